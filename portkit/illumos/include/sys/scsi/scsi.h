/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * All of SCSA: what a SCSI host bus adapter or target driver includes.
 */

#ifndef _SYS_SCSI_SCSI_H
#define	_SYS_SCSI_SCSI_H

#include <sys/scsi/scsi_types.h>

#endif	/* _SYS_SCSI_SCSI_H */
