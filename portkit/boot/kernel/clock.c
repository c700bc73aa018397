/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The time of day, and its chip.
 *
 * The machine is switched on at the same moment each time; then the time of day
 * goes with the machine's clock until somebody sets it. The chip (tod_set)
 * keeps a time of its own, which a real machine starts from after a reboot.
 */

#include <sys/time.h>
#include "kern.h"
#include "kern_ctl.h"

#define	POWERED_ON	1767225600L	/* 2026-01-01T00:00:00Z */

kmutex_t tod_lock;
int tod_needsync;
volatile timestruc_t hrestime;

/* What the clocks showed when the machine was switched on. */
static timestruc_t wall_base = { POWERED_ON, 0 };
static timestruc_t chip_base = { POWERED_ON, 0 };
static int clock_sets;

static timestruc_t
plus(timestruc_t ts, hrtime_t ns)
{
	ts.tv_sec += ns / NANOSEC;
	ts.tv_nsec += ns % NANOSEC;
	ts.tv_sec += ts.tv_nsec / (long)NANOSEC;
	ts.tv_nsec %= (long)NANOSEC;
	if (ts.tv_nsec < 0) {
		ts.tv_sec--;
		ts.tv_nsec += (long)NANOSEC;
	}
	return (ts);
}

static timestruc_t
wall_now(void)
{
	timestruc_t now = plus(wall_base, hc_now());

	hrestime.tv_sec = now.tv_sec;
	hrestime.tv_nsec = now.tv_nsec;
	return (now);
}

void
gethrestime(timespec_t *ts)
{
	hc_point();
	*ts = wall_now();
}

void
gethrestime_lasttick(timespec_t *ts)
{
	gethrestime(ts);
}

time_t
gethrestime_sec(void)
{
	hc_point();
	return (wall_now().tv_sec);
}

time_t
ddi_get_time(void)
{
	return (gethrestime_sec());
}

void
uniqtime(struct timeval *tv)
{
	static timestruc_t last;
	timestruc_t now;

	hc_point();
	now = wall_now();
	now.tv_nsec -= now.tv_nsec % 1000;
	/* No two callers get the same time. */
	if (now.tv_sec < last.tv_sec || (now.tv_sec == last.tv_sec &&
	    now.tv_nsec <= last.tv_nsec))
		now = plus(last, 1000);
	last = now;
	tv->tv_sec = now.tv_sec;
	tv->tv_usec = now.tv_nsec / 1000;
}

void
set_hrestime(timestruc_t *ts)
{
	hc_point();
	wall_base = plus(*ts, -hc_now());
	(void) wall_now();
	clock_sets++;
}

static void
check_tod_lock(const char *called)
{
	if (!mutex_owned(&tod_lock))
		hc_violation("lock", "%s: tod_lock is not held", called);
}

void
tod_set(timestruc_t ts)
{
	hc_point();
	check_tod_lock("tod_set");
	chip_base = plus(ts, -hc_now());
}

timestruc_t
tod_get(void)
{
	hc_point();
	check_tod_lock("tod_get");
	return (plus(chip_base, hc_now()));
}

/*
 * The chip runs in UTC.
 */
time_t
ggmtl(void)
{
	return (0);
}

void
hrt2ts(hrtime_t hrt, timestruc_t *ts)
{
	ts->tv_sec = hrt / NANOSEC;
	ts->tv_nsec = hrt % NANOSEC;
}

hrtime_t
ts2hrt(const timestruc_t *ts)
{
	return ((hrtime_t)ts->tv_sec * NANOSEC + ts->tv_nsec);
}

void
hrt2tv(hrtime_t hrt, struct timeval *tv)
{
	tv->tv_sec = hrt / NANOSEC;
	tv->tv_usec = hrt % NANOSEC / 1000;
}

hrtime_t
tv2hrt(struct timeval *tv)
{
	return ((hrtime_t)tv->tv_sec * NANOSEC + tv->tv_usec * 1000);
}

void
timespecadd(timespec_t *a, timespec_t *b)
{
	*a = plus(*a, ts2hrt(b));
}

void
timespecsub(timespec_t *a, timespec_t *b)
{
	*a = plus(*a, -ts2hrt(b));
}

/*
 * gethrtime_unscaled(9F) counts nanoseconds here.
 */
void
scalehrtime(hrtime_t *hrt)
{
}

long
kc_wall_clock(void)
{
	return (wall_now().tv_sec);
}

long
kc_wall_clock_ns(void)
{
	return (wall_now().tv_nsec);
}

int
kc_clock_sets(void)
{
	return (clock_sets);
}
