/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How the system was booted: flags of boothowto.
 */

#ifndef _SYS_REBOOT_H
#define	_SYS_REBOOT_H

#include <sys/types.h>

#define	RB_AUTOBOOT	0
#define	RB_ASKNAME	0x1
#define	RB_SINGLE	0x2
#define	RB_HALT	0x8
#define	RB_CONFIG	0x800
#define	RB_RECONFIG	0x1000
#define	RB_VERBOSE	0x2000
#define	RB_KMDB	0x20000
#define	RB_DEBUG	0x40
extern int boothowto;

#endif	/* _SYS_REBOOT_H */
