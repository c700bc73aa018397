/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Interrupt priority levels and the simple locks below mutex(9F).
 */

#ifndef _SYS_MACHLOCK_H
#define	_SYS_MACHLOCK_H

#include <sys/types.h>

/* Handlers up to LOCK_LEVEL run as threads and may block on adaptive locks. */
#define	PIL_MAX	15
#define	CLOCK_LEVEL	10
#define	LOCK_LEVEL	10
#define	DISP_LEVEL	11
#define	HIGH_LEVELS	5
typedef lock_t disp_lock_t;
void lock_set(lock_t *);
int lock_try(lock_t *);
void lock_clear(lock_t *);
void lock_set_spl(lock_t *, int, ushort_t *);
void lock_clear_splx(lock_t *, int);
#define	SPIN_LOCK(level)	(ipltospl(LOCK_LEVEL) < (level))

/* What else a driver may expect from this header. */
#include <sys/time.h>

#endif	/* _SYS_MACHLOCK_H */
