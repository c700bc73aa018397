/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The status a SCSI command ends with: scsi_status(9S), scsi_arq_status(9S).
 */

#ifndef _SYS_SCSI_GENERIC_STATUS_H
#define	_SYS_SCSI_GENERIC_STATUS_H

#include <sys/types.h>
#include <sys/scsi/generic/sense.h>

struct scsi_status {
	uchar_t sts_vu0: 1;
	uchar_t sts_chk: 1;
	uchar_t sts_cm: 1;
	uchar_t sts_busy: 1;
	uchar_t sts_is: 1;
	uchar_t sts_vu6: 1;
	uchar_t sts_vu7: 1;
	uchar_t sts_resvd: 1;
};

#define	sts_scsi2	sts_vu6

struct scsi_arq_status {
	struct scsi_status sts_status;
	struct scsi_status sts_rqpkt_status;
	uchar_t sts_rqpkt_reason;
	uchar_t sts_rqpkt_resid;
	uint_t sts_rqpkt_state;
	uint_t sts_rqpkt_statistics;
	struct scsi_extended_sense sts_sensedata;
};

#define	SECMDS_STATUS_SIZE	(sizeof (struct scsi_arq_status))

/* The status as a byte. */
#define	STATUS_MASK	0x3e
#define	STATUS_GOOD	0x0
#define	STATUS_CHECK	0x2
#define	STATUS_MET	0x4
#define	STATUS_BUSY	0x8
#define	STATUS_INTERMEDIATE	0x10
#define	STATUS_SCSI2	0x20
#define	STATUS_INTERMEDIATE_MET	0x14
#define	STATUS_RESERVATION_CONFLICT	0x18
#define	STATUS_TERMINATED	0x22
#define	STATUS_QFULL	0x28
#define	STATUS_ACA_ACTIVE	0x30
#define	STATUS_TASK_ABORT	0x40

#include <sys/scsi/impl/status.h>

#endif	/* _SYS_SCSI_GENERIC_STATUS_H */
