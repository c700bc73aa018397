/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Numbers of targets, units and tags on a SCSI bus.
 */

#ifndef _SYS_SCSI_SCSI_PARAMS_H
#define	_SYS_SCSI_SCSI_PARAMS_H

#include <sys/types.h>

typedef void *opaque_t;

#define	NUM_SENSE_KEYS	16
#define	NTAGS	256
#define	NTARGETS	8
#define	NTARGETS_WIDE	16
#define	NLUNS_PER_TARGET	8
#define	SCSI_1LUN_PER_TARGET	1
#define	SCSI_8LUN_PER_TARGET	NLUNS_PER_TARGET
#define	SCSI_16LUNS_PER_TARGET	16
#define	SCSI_32LUNS_PER_TARGET	32

#endif	/* _SYS_SCSI_SCSI_PARAMS_H */
