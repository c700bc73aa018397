/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Reading sense data whatever its format: scsi_sense_key(9F),
 * scsi_validate_sense(9F).
 */

#ifndef _SYS_SCSI_IMPL_SENSE_H
#define	_SYS_SCSI_IMPL_SENSE_H

#include <sys/types.h>
#include <sys/sysmacros.h>

/* Sense keys of drivers' own. */
#define	SUN_KEY_FATAL	0x10
#define	SUN_KEY_TIMEOUT	0x11
#define	SUN_KEY_EOF	0x12
#define	SUN_KEY_EOT	0x13
#define	SUN_KEY_LENGTH	0x14
#define	SUN_KEY_BOT	0x15
#define	SUN_KEY_WRONGMEDIA	0x16
#define	NUM_IMPL_SENSE_KEYS	7
#define	SENSE_LENGTH	\
	(roundup(sizeof (struct scsi_extended_sense), sizeof (int)))
#define	MAX_SENSE_LENGTH	252
#define	SUN_MIN_SENSE_LENGTH	4
#define	emulex_ercl_ercd	es_cmd_info[0]
#define	emulex_cyl_msb	es_info_1
#define	emulex_cyl_lsb	es_info_2
#define	emulex_head_num	es_info_3
#define	emulex_sect_num	es_info_4

struct scsi_descr_template {
	uchar_t sdt_descr_type;
	uchar_t sdt_addl_length;
};

uint8_t *scsi_find_sense_descr(uint8_t *, int, int);
uint8_t scsi_sense_key(uint8_t *);
uint8_t scsi_sense_asc(uint8_t *);
uint8_t scsi_sense_ascq(uint8_t *);
boolean_t scsi_sense_info_uint64(uint8_t *, int, uint64_t *);
boolean_t scsi_sense_cmdspecific_uint64(uint8_t *, int, uint64_t *);
void scsi_ext_sense_fields(uint8_t *, int, uint8_t **, uint8_t **, uint8_t **,
    uint8_t **, uint8_t **);
int scsi_validate_sense(uint8_t *, int, int *);

/* What scsi_validate_sense(9F) returns. */
#define	SENSE_UNUSABLE	0
#define	SENSE_FIXED_FORMAT	1
#define	SENSE_DESCR_FORMAT	2
#define	SNS_BUF_OVERFLOW	1
#define	SNS_BUF_DEFERRED	2

#endif	/* _SYS_SCSI_IMPL_SENSE_H */
