/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Flags of an open file, as open(9E), ioctl(9E) and read(9E) see them.
 */

#ifndef _SYS_FILE_H
#define	_SYS_FILE_H

#include <sys/types.h>

#define	FOPEN	0xffffffff
#define	FREAD	0x1
#define	FWRITE	0x2
#define	FNDELAY	0x4
#define	FAPPEND	0x8
#define	FSYNC	0x10
#define	FNONBLOCK	0x80
#define	FMASK	0xa0ff
#define	FCREAT	0x100
#define	FTRUNC	0x200
#define	FEXCL	0x400
#define	FNOCTTY	0x800
#define	FKIOCTL	0x80000000
#define	FEXEC	0x400000

/* What else a driver may expect from this header. */
#include <sys/t_lock.h>
#include <sys/model.h>
#include <sys/user.h>

#endif	/* _SYS_FILE_H */
