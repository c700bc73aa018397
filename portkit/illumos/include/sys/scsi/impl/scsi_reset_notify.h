/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Keeping the list of who wants to hear of resets:
 * scsi_hba_reset_notify_setup(9F).
 */

#ifndef _SYS_SCSI_IMPL_SCSI_RESET_NOTIFY_H
#define	_SYS_SCSI_IMPL_SCSI_RESET_NOTIFY_H

#include <sys/note.h>
#include <sys/scsi/scsi_address.h>
#include <sys/t_lock.h>

struct scsi_reset_notify_entry {
	struct scsi_address *ap;
	void (*callback)(caddr_t);
	caddr_t arg;
	struct scsi_reset_notify_entry *next;
};

int scsi_hba_reset_notify_setup(struct scsi_address *, int, void (*)(caddr_t),
    caddr_t, kmutex_t *, struct scsi_reset_notify_entry **);
void scsi_hba_reset_notify_tear_down(struct scsi_reset_notify_entry *);
void scsi_hba_reset_notify_callback(kmutex_t *, struct
    scsi_reset_notify_entry **);

/* What else a driver may expect from this header. */
#include <sys/scsi/scsi_types.h>

#endif	/* _SYS_SCSI_IMPL_SCSI_RESET_NOTIFY_H */
