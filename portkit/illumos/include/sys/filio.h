/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The ioctl(2) commands that every file may get.
 */

#ifndef _SYS_FILIO_H
#define	_SYS_FILIO_H

#include <sys/ioccom.h>
#include <sys/stdint.h>

#define	FIOCLEX	_IO('f', 1)
#define	FIONCLEX	_IO('f', 2)
#define	FIOGETOWN	_IOR('f', 123, int)
#define	FIOSETOWN	_IOW('f', 124, int)
#define	FIOASYNC	_IOW('f', 125, int)
#define	FIONBIO	_IOW('f', 126, int)
#define	FIONREAD	_IOR('f', 127, int)
#define	_FIO_SEEK_DATA	_IO('f', 97)
#define	_FIO_SEEK_HOLE	_IO('f', 98)

#endif	/* _SYS_FILIO_H */
