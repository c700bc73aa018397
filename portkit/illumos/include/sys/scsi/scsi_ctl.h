/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Capabilities, reset and abort: scsi_ifgetcap(9F), scsi_reset(9F).
 */

#ifndef _SYS_SCSI_SCSI_CTL_H
#define	_SYS_SCSI_SCSI_CTL_H

#include <sys/scsi/scsi_pkt.h>

struct scsi_device;

/* Levels of scsi_reset(9F). */
#define	RESET_ALL	0
#define	RESET_TARGET	1
#define	RESET_BUS	2
#define	RESET_LUN	3

/* Flags of scsi_reset_notify(9F). */
#define	SCSI_RESET_NOTIFY	0x1
#define	SCSI_RESET_CANCEL	0x2
#define	SCSI_MAXNAMELEN	MAXNAMELEN
#define	SCSI_NO_QUIESCE	"scsi-no-quiesce"
int scsi_ifgetcap(struct scsi_address *, char *, int);
int scsi_ifsetcap(struct scsi_address *, char *, int, int);
int scsi_abort(struct scsi_address *, struct scsi_pkt *);
int scsi_reset(struct scsi_address *, int);
int scsi_reset_notify(struct scsi_address *, int, void (*)(caddr_t), caddr_t);
int scsi_clear_task_set(struct scsi_address *);
int scsi_terminate_task(struct scsi_address *, struct scsi_pkt *);
int scsi_clear_aca(struct scsi_address *);
int scsi_ua_get_reportdev(struct scsi_device *, char *, int);
int scsi_ua_get(struct scsi_device *, char *, int);

#endif	/* _SYS_SCSI_SCSI_CTL_H */
