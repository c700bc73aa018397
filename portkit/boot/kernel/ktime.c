/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Time since boot, and waiting for it: ddi_get_lbolt(9F), gethrtime(9F),
 * delay(9F), drv_usecwait(9F). A clock tick is 10 milliseconds.
 */

#include "kern.h"
#include <sys/clock.h>

int hz = 100;
int nsec_per_tick = 10000000;
int usec_per_tick = 10000;
int msec_per_tick = 10;
int tick_per_msec = 0;		/* a tick is longer */

clock_t
ddi_get_lbolt(void)
{
	hc_point();
	return (hc_now() / nsec_per_tick);
}

int64_t
ddi_get_lbolt64(void)
{
	return (ddi_get_lbolt());
}

hrtime_t
gethrtime(void)
{
	hc_point();
	return (hc_now());
}

/*
 * The time stamp counter runs at 1 GHz.
 */
hrtime_t
gethrtime_unscaled(void)
{
	return (gethrtime());
}

hrtime_t
tsc_read(void)
{
	return (gethrtime());
}

clock_t
drv_usectohz(clock_t us)
{
	return (us <= 0 ? 0 : (us - 1) / usec_per_tick + 1);
}

clock_t
drv_hztousec(clock_t ticks)
{
	return (ticks * usec_per_tick);
}

/*
 * Interrupts and other CPUs go on meanwhile.
 */
void
drv_usecwait(clock_t us)
{
	hc_point();
	if (us <= 0)
		return;
	hc_spend((hc_time)us * 1000);
	kctx_spun((hc_time)us * 1000);
	hc_point();
}

void
tenmicrosec(void)
{
	drv_usecwait(10);
}

/*
 * Until so many ticks have come: the first one may come at once.
 */
static void
sleep_ticks(clock_t ticks, const char *called)
{
	hc_time until;

	hc_point();
	if (ticks <= 0)
		return;
	until = (hc_now() / nsec_per_tick + ticks) * nsec_per_tick;
	if (panicstr != NULL || !kctx_may_sleep(called)) {
		hc_spend(until - hc_now());
		return;
	}
	while (hc_now() < until)
		(void) kblock(until, called, NULL);
}

void
delay(clock_t ticks)
{
	sleep_ticks(ticks, "delay");
}

/*
 * No signal comes to end it.
 */
int
delay_sig(clock_t ticks)
{
	sleep_ticks(ticks, "delay_sig");
	return (0);
}

void
delay_random(clock_t ticks)
{
	if (ticks > 0)
		sleep_ticks(1 + hc_random((hc_u32)ticks), "delay_random");
}
