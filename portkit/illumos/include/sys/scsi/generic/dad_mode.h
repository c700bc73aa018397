/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Mode pages of disks.
 */

#ifndef _SYS_SCSI_GENERIC_DAD_MODE_H
#define	_SYS_SCSI_GENERIC_DAD_MODE_H

#include <sys/scsi/generic/mode.h>

#define	MODE_DAD_WP	0x80
#define	MODE_DAD_DPOFUA	0x10
#define	DAD_MTYP_DFLT	0x0
#define	DAD_MTYP_FLXSS	0x1
#define	DAD_MTYP_FLXDS	0x2
#define	DAD_MTYP_FLX_8SSSD	0x5
#define	DAD_MTYP_FLX_8DSSD	0x6
#define	DAD_MTYP_FLX_8SSDD	0x9
#define	DAD_MTYP_FLX_8DSDD	0xa
#define	DAD_MTYP_FLX_5SSLD	0xd
#define	DAD_MTYP_FLX_5DSMD1	0x12
#define	DAD_MTYP_FLX_5DSMD2	0x16
#define	DAD_MTYP_FLX_5DSQD	0x1a
#define	DAD_MTYP_FLX_3DSLD	0x1e
#define	DAD_MODE_ERR_RECOV	0x1
#define	DAD_MODE_FORMAT	0x3
#define	DAD_MODE_GEOMETRY	0x4
#define	DAD_MODE_FLEXDISK	0x5
#define	DAD_MODE_VRFY_ERR_RECOV	0x7
#define	DAD_MODE_CACHE	0x8
#define	DAD_MODE_MEDIA_TYPES	0xb
#define	DAD_MODE_NOTCHPART	0xc
#define	DAD_MODE_POWER_COND	0xd
#define	PAGELENGTH_DAD_MODE_ERR_RECOV	0xa

struct mode_err_recov {
	struct mode_page mode_page;
	uchar_t dcr: 1;
	uchar_t dte: 1;
	uchar_t per: 1;
	uchar_t eec: 1;
	uchar_t rc: 1;
	uchar_t tb: 1;
	uchar_t arre: 1;
	uchar_t awre: 1;
	uchar_t read_retry_count;
	uchar_t correction_span;
	uchar_t head_offset_count;
	uchar_t strobe_offset_count;
	uchar_t reserved;
	uchar_t write_retry_count;
	uchar_t reserved_2;
	ushort_t recovery_time_limit;
};

struct mode_format {
	struct mode_page mode_page;
	ushort_t tracks_per_zone;
	ushort_t alt_sect_zone;
	ushort_t alt_tracks_zone;
	ushort_t alt_tracks_vol;
	ushort_t sect_track;
	ushort_t data_bytes_sect;
	ushort_t interleave;
	ushort_t track_skew;
	ushort_t cylinder_skew;
	uchar_t : 3;
	uchar_t _reserved_ins: 1;
	uchar_t surf: 1;
	uchar_t rmb: 1;
	uchar_t hsec: 1;
	uchar_t ssec: 1;
	uchar_t reserved[2];
};

struct mode_geometry {
	struct mode_page mode_page;
	uchar_t cyl_ub;
	uchar_t cyl_mb;
	uchar_t cyl_lb;
	uchar_t heads;
	uchar_t precomp_cyl_ub;
	uchar_t precomp_cyl_mb;
	uchar_t precomp_cyl_lb;
	uchar_t current_cyl_ub;
	uchar_t current_cyl_mb;
	uchar_t current_cyl_lb;
	ushort_t step_rate;
	uchar_t landing_cyl_ub;
	uchar_t landing_cyl_mb;
	uchar_t landing_cyl_lb;
	uchar_t rpl: 2;
	uchar_t : 6;
	uchar_t rotational_offset;
	uchar_t reserved;
	ushort_t rpm;
	uchar_t reserved2[2];
};

#define	RPL_SPINDLE_SLAVE	1
#define	RPL_SPINDLE_MASTER	2
#define	RPL_SPINDLE_MASTER_CONTROL	3
#define	PAGELENGTH_DAD_MODE_CACHE_SCSI3	0x12

struct mode_cache_scsi3 {
	struct mode_page mode_page;
	uchar_t rcd: 1;
	uchar_t mf: 1;
	uchar_t wce: 1;
	uchar_t size: 1;
	uchar_t disc: 1;
	uchar_t cap: 1;
	uchar_t abpf: 1;
	uchar_t ic: 1;
	uchar_t write_reten_pri: 4;
	uchar_t read_reten_pri: 4;
	ushort_t dis_prefetch_len;
	ushort_t min_prefetch;
	ushort_t max_prefetch;
	ushort_t prefetch_ceiling;
	uchar_t : 3;
	uchar_t vu_123: 1;
	uchar_t vu_124: 1;
	uchar_t dra: 1;
	uchar_t lbcss: 1;
	uchar_t fsw: 1;
	uchar_t num_cache_seg;
	ushort_t cache_seg_size;
	uchar_t reserved;
	uchar_t non_cache_seg_size_ub;
	uchar_t non_cache_seg_size_mb;
	uchar_t non_cache_seg_size_lb;
};

#endif	/* _SYS_SCSI_GENERIC_DAD_MODE_H */
