/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Groups of ioctl(2) commands.
 */

#ifndef _SYS_IOCTL_H
#define	_SYS_IOCTL_H

#define	IOCTYPE	0xff00
#define	LIOC	('l' << 8)
#define	LIOCGETP	(LIOC | 1)
#define	LIOCSETP	(LIOC | 2)
#define	LIOCGETS	(LIOC | 5)
#define	LIOCSETS	(LIOC | 6)
#define	DIOC	('d' << 8)
#define	DIOCGETC	(DIOC | 1)
#define	DIOCGETB	(DIOC | 2)
#define	DIOCSETE	(DIOC | 3)

#endif	/* _SYS_IOCTL_H */
