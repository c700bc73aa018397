/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

#ifndef _BSD_SCSI_H
#define	_BSD_SCSI_H

/*
 * SCSI structures by whole bytes, and numbers without a name in illumos.
 * See the SCSI Primary Commands (SPC).
 */

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define	SHORT_INQUIRY_LENGTH	36	/* up to the revision */
#define	SI_EVPD			0x01	/* byte 1 of INQUIRY */

struct bsd_request_sense {
	uint8_t		opcode;
	uint8_t		byte2;
	uint8_t		unused[2];
	uint8_t		length;
	uint8_t		control;
};

/* Sense data in the fixed format. */
#define	SSD_FULL_SIZE		252
#define	SSD_MIN_SIZE		18

#define	SSD_ERRCODE		0x7f	/* error_code */
#define	SSD_CURRENT_ERROR	0x70
#define	SSD_DEFERRED_ERROR	0x71
#define	SSD_DESC_CURRENT_ERROR	0x72
#define	SSD_DESC_DEFERRED_ERROR	0x73
#define	SSD_ERRCODE_VALID	0x80
#define	SSD_KEY			0x0f	/* flags */
#define	SSD_ILI			0x20
#define	SSD_EOM			0x40
#define	SSD_FILEMARK		0x80

struct bsd_sense_data_fixed {
	uint8_t		error_code;
	uint8_t		segment;
	uint8_t		flags;
	uint8_t		info[4];
	uint8_t		extra_len;
	uint8_t		cmd_spec_info[4];
	uint8_t		add_sense_code;
	uint8_t		add_sense_code_qual;
	uint8_t		fru;
	uint8_t		sense_key_spec[3];
	uint8_t		extra_bytes[14];
};

/* Messages of the parallel bus. */
#define	MSG_EXT_SDTR_LEN	3
#define	MSG_EXT_WDTR_LEN	2
#define	MSG_EXT_PPR_LEN		6
#define	MSG_EXT_WDTR_BUS_8_BIT	0
#define	MSG_EXT_WDTR_BUS_16_BIT	1
#define	MSG_EXT_WDTR_BUS_32_BIT	2
#define	MSG_IDENTIFY_LUNMASK	0x3f

extern const char *bsd_scsi_op_desc(uint_t);
extern uint_t bsd_calc_syncparam(uint_t);
extern void bsd_strvis(char *, const char *, int, int);

#ifdef __cplusplus
}
#endif

#endif	/* _BSD_SCSI_H */
