/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The machine's clock: what an interrupt at clock level and the time stamp
 * counter have for others.
 */

#ifndef _SYS_CLOCK_H
#define	_SYS_CLOCK_H

#include <sys/types.h>
#include <sys/spl.h>
#include <sys/time.h>

#define	YRBASE	0
#define	CBE_HIGH_PIL	14
#define	CBE_LOCK_PIL	10
#define	CBE_LOW_PIL	2
hrtime_t tsc_read(void);
time_t ggmtl(void);
void sgmtl(time_t);
void rtcsync(void);
extern void (*hrtime_tick)(void);
extern int tsc_gethrtime_enable;

/* What else a driver may expect from this header. */
#include <sys/processor.h>

#endif	/* _SYS_CLOCK_H */
