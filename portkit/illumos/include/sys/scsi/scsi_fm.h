/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Fault management of SCSI devices.
 */

#ifndef _SYS_SCSI_SCSI_FM_H
#define	_SYS_SCSI_SCSI_FM_H

#include <sys/types.h>
#include <sys/nvpair.h>

struct scsi_device;

void scsi_fm_init(struct scsi_device *);
void scsi_fm_fini(struct scsi_device *);
void scsi_fm_ereport_post(struct scsi_device *, int, char *, const char *,
    uint64_t, char *, char *, int, nvlist_t *, ...);

#endif	/* _SYS_SCSI_SCSI_FM_H */
