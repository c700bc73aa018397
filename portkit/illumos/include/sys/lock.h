/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Locks of processes in memory (plock(3C)): nothing that a driver calls, and
 * the flags that it may see.
 */

#ifndef _SYS_LOCK_H
#define	_SYS_LOCK_H

#include <sys/types.h>

#define	UNLOCK	0
#define	PROCLOCK	1
#define	TXTLOCK	2
#define	DATLOCK	4
#define	MEMLOCK	8

#endif	/* _SYS_LOCK_H */
