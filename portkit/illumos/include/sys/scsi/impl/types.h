/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the system itself adds to SCSA.
 */

#ifndef _SYS_SCSI_IMPL_TYPES_H
#define	_SYS_SCSI_IMPL_TYPES_H

#include <sys/kmem.h>
#include <sys/map.h>
#include <sys/open.h>
#include <sys/uio.h>
#include <sys/sysmacros.h>
#include <sys/buf.h>
#include <sys/errno.h>
#include <sys/fcntl.h>
#include <sys/ioctl.h>
#include <sys/conf.h>
#include <sys/scsi/impl/services.h>
#include <sys/scsi/impl/transport.h>
#include <sys/scsi/impl/uscsi.h>

#endif	/* _SYS_SCSI_IMPL_TYPES_H */
