/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How the command of an ioctl(2) is put together: direction, size of the
 * argument, letter and number.
 */

#ifndef _SYS_IOCCOM_H
#define	_SYS_IOCCOM_H

#define	IOCPARM_MASK	0xff
#define	IOC_VOID	0x20000000
#define	IOC_OUT	0x40000000
#define	IOC_IN	0x80000000
#define	IOC_INOUT	3221225472
#define	_IO(x, y)	((int)(IOC_VOID | ((x) << 8) | (y)))
#define	_IORN(x, y, n)	((int)((uint32_t)(IOC_OUT |		\
	(((n) & IOCPARM_MASK) << 16) | ((x) << 8) | (y))))
#define	_IOWN(x, y, n)	((int)((uint32_t)(IOC_IN |		\
	(((n) & IOCPARM_MASK) << 16) | ((x) << 8) | (y))))
#define	_IOWRN(x, y, n)	((int)((uint32_t)(IOC_INOUT |		\
	(((n) & IOCPARM_MASK) << 16) | ((x) << 8) | (y))))
#define	_IOR(x, y, t)	_IORN(x, y, sizeof (t))
#define	_IOW(x, y, t)	_IOWN(x, y, sizeof (t))
#define	_IOWR(x, y, t)	_IOWRN(x, y, sizeof (t))

#endif	/* _SYS_IOCCOM_H */
