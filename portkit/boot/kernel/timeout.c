/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * timeout(9F), untimeout(9F), ddi_periodic_add(9F), and their unofficial
 * relatives. A timeout expires at a clock tick, never early.
 */

#include "kcallout.h"
#include <sys/callo.h>

#define	TICK	((hc_time)nsec_per_tick)

static hc_time
round_up(hc_time t, hc_time unit)
{
	return ((t + unit - 1) / unit * unit);
}

static uint64_t
add_ticks(void (*func)(void *), void *arg, clock_t ticks, const char *what)
{
	hc_point();
	if (func == NULL)
		hc_violation("timeout", "%s: no function", what);
	if (ticks < 1)
		ticks = 1;
	return (kcallout_add(func, arg, round_up(hc_now() + ticks * TICK, TICK),
	    0, B_FALSE, what));
}

timeout_id_t
timeout(void (*func)(void *), void *arg, clock_t ticks)
{
	return ((timeout_id_t)add_ticks(func, arg, ticks,
	    "handler of timeout(9F)"));
}

timeout_id_t
realtime_timeout(void (*func)(void *), void *arg, clock_t ticks)
{
	return ((timeout_id_t)add_ticks(func, arg, ticks,
	    "handler of realtime_timeout()"));
}

callout_id_t
timeout_default(void (*func)(void *), void *arg, clock_t ticks)
{
	return (add_ticks(func, arg, ticks, "handler of timeout_default()"));
}

/*
 * In nanoseconds, with a resolution of its own.
 */
callout_id_t
timeout_generic(int type, void (*func)(void *), void *arg, hrtime_t when,
    hrtime_t resolution, int flags)
{
	hc_time t = (hc_time)when;

	hc_point();
	if (func == NULL)
		hc_violation("timeout", "timeout_generic: no function");
	if ((flags & CALLOUT_FLAG_ABSOLUTE) == 0)
		t += hc_now();
	if (resolution > 1) {
		t = (flags & CALLOUT_FLAG_ROUNDUP) != 0 ?
		    round_up(t, (hc_time)resolution) :
		    t / (hc_time)resolution * (hc_time)resolution;
	}
	return (kcallout_add(func, arg, t, 0, B_FALSE,
	    "handler of timeout_generic()"));
}

/*
 * Nanoseconds that were left, or -1: it has run, or there is none such.
 */
static hc_time
remove(uint64_t id, boolean_t wait, const char *called)
{
	hc_time left;

	hc_point();
	if (kcallout_remove(id, wait, &left, called) == KCO_CANCELLED)
		return (left);
	return (-1);
}

clock_t
untimeout(timeout_id_t id)
{
	hc_time left = remove((uint64_t)id, B_TRUE, "untimeout");

	return (left < 0 ? -1 : left / TICK);
}

clock_t
untimeout_default(callout_id_t id, int nowait)
{
	hc_time left = remove(id, !nowait, "untimeout_default");

	return (left < 0 ? -1 : left / TICK);
}

hrtime_t
untimeout_generic(callout_id_t id, int nowait)
{
	return (remove(id, !nowait, "untimeout_generic"));
}

/*
 * Once, as soon as can be.
 */
void
softcall(void (*func)(void *), void *arg)
{
	hc_point();
	(void) kcallout_add(func, arg, hc_now(), 0, B_FALSE,
	    "handler of softcall()");
}

/*
 * At level 0 the function is called in kernel context and may sleep.
 */
ddi_periodic_t
ddi_periodic_add(void (*func)(void *), void *arg, hrtime_t interval, int level)
{
	hc_point();
	(void) kctx_may_sleep("ddi_periodic_add");
	if (level < DDI_IPL_0 || level > DDI_IPL_10) {
		hc_panic("ddi_periodic_add: invalid interrupt level (%d)",
		    level);
	}
	if (func == NULL)
		hc_panic("ddi_periodic_add: no function");
	if (interval <= 0 || interval % (NANOSEC / 100) != 0) {
		hc_violation("timeout", "ddi_periodic_add: interval %lld is no "
		    "multiple of 10 milliseconds", (long long)interval);
		interval = interval <= 0 ? NANOSEC / 100 :
		    round_up((hc_time)interval, NANOSEC / 100);
	}
	return ((ddi_periodic_t)kcallout_add(func, arg,
	    hc_now() + (hc_time)interval, (hc_time)interval, level == 0,
	    "handler of ddi_periodic_add(9F)"));
}

void
ddi_periodic_delete(ddi_periodic_t id)
{
	hc_time left;

	hc_point();
	if (kcallout_remove((uint64_t)id, B_TRUE, &left,
	    "ddi_periodic_delete") == KCO_MINE) {
		hc_violation("timeout", "ddi_periodic_delete: called from its "
		    "own handler");
	} else {
		(void) kctx_may_sleep("ddi_periodic_delete");
	}
}
