/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Constants of the i86pc machine on amd64: its pages and its limits.
 */

#ifndef _SYS_MACHPARAM_H
#define	_SYS_MACHPARAM_H

#include <sys/types.h>

#define	NCPU	256
#define	NCPU_LOG2	8
#define	NCPU_P2	0x100
#define	MMU_PAGESIZE	0x1000
#define	MMU_PAGESHIFT	12
#define	MMU_PAGEOFFSET	4095
#define	MMU_PAGEMASK	(~(MMU_PAGESIZE - 1UL))
#define	PAGESIZE	0x1000
#define	PAGESHIFT	12
#define	PAGEOFFSET	4095
#define	PAGEMASK	(~(PAGESIZE - 1UL))
#define	T_STACKSZ	8192

#endif	/* _SYS_MACHPARAM_H */
