/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Mode pages as devices before SCSI-3 have them.
 */

#ifndef _SYS_SCSI_IMPL_MODE_H
#define	_SYS_SCSI_IMPL_MODE_H

#include <sys/scsi/generic/mode.h>

struct modeheader_seq {
	uchar_t datalen;
	uchar_t mediumtype;
	uchar_t speed: 4;
	uchar_t bufm: 3;
	uchar_t wp: 1;
	uchar_t bd_len;
	struct block_descriptor blk_desc;
};

#define	PAGELENGTH_DAD_MODE_ERR_RECOV_CCS	0x6

struct mode_err_recov_ccs {
	struct mode_page mode_page;
	uchar_t dcr: 1;
	uchar_t dte: 1;
	uchar_t per: 1;
	uchar_t eec: 1;
	uchar_t rc: 1;
	uchar_t tb: 1;
	uchar_t arre: 1;
	uchar_t awre: 1;
	uchar_t retry_count;
	uchar_t correction_span;
	uchar_t head_offset_count;
	uchar_t strobe_offset_count;
	uchar_t recovery_time_limit;
};

#define	PAGELENGTH_DAD_MODE_CACHE	0xa

struct mode_cache {
	struct mode_page mode_page;
	uchar_t rcd: 1;
	uchar_t mf: 1;
	uchar_t wce: 1;
	uchar_t : 5;
	uchar_t write_reten_pri: 4;
	uchar_t read_reten_pri: 4;
	ushort_t dis_prefetch_len;
	ushort_t min_prefetch;
	ushort_t max_prefetch;
	ushort_t prefetch_ceiling;
};

struct mode_cache_ccs {
	struct mode_page mode_page;
	uchar_t mode;
	uchar_t threshold;
	uchar_t max_prefetch;
	uchar_t max_multiplier;
	uchar_t min_prefetch;
	uchar_t min_multiplier;
	uchar_t rsvd2[8];
};

#define	PAGELENGTH_MODE_CONTROL	0x6

struct mode_control {
	struct mode_page mode_page;
	uchar_t rlec: 1;
	uchar_t : 7;
	uchar_t qdisable: 1;
	uchar_t que_err: 1;
	uchar_t : 2;
	uchar_t que_mod: 4;
	uchar_t eanp: 1;
	uchar_t uaaenp: 1;
	uchar_t raenp: 1;
	uchar_t : 4;
	uchar_t eeca: 1;
	uchar_t reserved;
	ushort_t ready_aen_holdoff;
};

struct emulex_format_params {
	uchar_t alt_cyl;
	uchar_t : 1;
	uchar_t sst: 2;
	uchar_t ssz: 1;
	uchar_t nheads: 4;
	uchar_t nsect;
	uchar_t ncyl_hi;
	uchar_t ncyl_lo;
	uchar_t head_skew;
	uchar_t reserved[3];
};

#define	CDROM_MODE_SPEED	0x31

struct mode_speed {
	struct mode_page mode_page;
	uchar_t speed;
	uchar_t reserved;
};

#endif	/* _SYS_SCSI_IMPL_MODE_H */
