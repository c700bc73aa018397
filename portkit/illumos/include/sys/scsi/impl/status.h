/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The size of a status block.
 */

#ifndef _SYS_SCSI_IMPL_STATUS_H
#define	_SYS_SCSI_IMPL_STATUS_H

#define	STATUS_SIZE	4

#endif	/* _SYS_SCSI_IMPL_STATUS_H */
