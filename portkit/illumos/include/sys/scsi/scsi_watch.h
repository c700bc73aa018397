/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Polling a device for changes: scsi_watch_request_submit().
 */

#ifndef _SYS_SCSI_SCSI_WATCH_H
#define	_SYS_SCSI_SCSI_WATCH_H

#include <sys/scsi/scsi_params.h>

struct scsi_device;
struct scsi_status;
struct scsi_extended_sense;
struct scsi_pkt;

struct scsi_watch_result {
	struct scsi_status *statusp;
	struct scsi_extended_sense *sensep;
	uchar_t actual_sense_length;
	uchar_t mmc_data[8];
	struct scsi_pkt *pkt;
};

/* Seconds. */
#define	SCSI_WATCH_IO_TIME	120
#define	SCSI_WATCH_TERMINATE_WAIT	0x0
#define	SCSI_WATCH_TERMINATE_NOWAIT	0x1
#define	SCSI_WATCH_TERMINATE_ALL_WAIT	0x2
#define	SCSI_WATCH_TERMINATE_SUCCESS	0x0
#define	SCSI_WATCH_TERMINATE_FAIL	0x1
void scsi_watch_init();
void scsi_watch_fini();
opaque_t scsi_watch_request_submit(struct scsi_device *, int, int, int (*)(),
    caddr_t);
opaque_t scsi_mmc_watch_request_submit(struct scsi_device *, int, int,
    int (*)(), caddr_t);
int scsi_watch_request_terminate(opaque_t, int);
int scsi_watch_get_ref_count(opaque_t);
void scsi_watch_resume(opaque_t);
void scsi_watch_suspend(opaque_t);

#endif	/* _SYS_SCSI_SCSI_WATCH_H */
