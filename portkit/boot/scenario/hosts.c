/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Hosts that are not as they should be.
 */

#include <stdio.h>
#include <string.h>

#include "scenario.h"

#define	STORM		2000
#define	STORM_ROUNDS	5

static int
configure(void *arg)
{
	(void) arg;
	return (kc_configure());
}

static int
down(void *arg)
{
	struct kc_node nexus;

	(void) arg;
	return (world_nexus(&nexus) ? kc_detach(nexus.path) : 0);
}

void
scenario_storms(void)
{
	int i, bad = 0;

	devices_add();
	if (world_up() != 0)
		return;
	for (i = 0; i < STORM_ROUNDS && bad == 0; i++) {
		report_manner = FAILURES;
		hvc_message_storm(STORM);
		hvc_event_storm(STORM);
		bad = service_heartbeats(devices.heartbeat, 1, "heartbeat");
	}
	report_manner = LOUD;
	if (bad == 0)
		report("storms", 1, "%d heartbeats among %d messages and %d "
		    "events", i, STORM * i, STORM * i);
	/* And the next is answered when it is quiet again. */
	(void) service_heartbeats(devices.heartbeat, 1, "heartbeat-after");
}

void
scenario_slow_host(void)
{
	hc_time then = hc_now();

	hvc_delay_us(250000);
	devices_add();
	if (world_up() != 0)
		return;
	report("slow-host", 1, "up after %.1f s, 0.25 s for each answer",
	    (double)(hc_now() - then) / 1e9);
	services_all();
}

/*
 * A guest cannot do much about a host that does not answer; FreeBSD's driver
 * waits for it without end. What it must not do is to spin, to crash, or to
 * give up in a way that leaves something behind.
 */
void
scenario_silent_host(void)
{
	int error = 0;

	devices_add();
	hvc_silent(1);
	if (world_load() != 0)
		return;
	if (world_try("devfsadm", configure, NULL, 5 * MINUTE_MS,
	    &error) != 0) {
		report("silent-host", 1, "attach waits for the host's answer; "
		    "nothing spins");
		world_stuck = 1;
		return;
	}
	report("silent-host", !hvc_contacted(), "attach gave up: error %d",
	    error);
	hvc_silent(0);
	report_manner = FAILURES;
	if (world_down() != 0)
		return;
	report_manner = LOUD;
	if (world_up() == 0)
		(void) service_heartbeats(devices.heartbeat, 1, "heartbeat");
}

/*
 * Nothing comes back about a device that is added to a running guest.
 */
void
scenario_silent_device(void)
{
	int error = 0, id;

	devices_add();
	if (world_up() != 0)
		return;
	hvc_silent(1);
	id = hvc_add("heartbeat");
	kc_sleep_ms(5 * MINUTE_MS);
	report("silent-device", !hvc_open(id), "after five minutes the channel "
	    "is %sopen", hvc_open(id) ? "" : "not ");
	/* The others live. */
	if (hvc_open(devices.heartbeat))
		(void) service_heartbeats(devices.heartbeat, 2, "heartbeat");
	hvc_silent(0);

	/*
	 * An answer that was lost does not come later: who waits, waits. And
	 * memory that the host may still hold must not be given back, so this
	 * is not unloaded.
	 */
	if (world_try("detach", down, NULL, BOOT_MS, &error) != 0)
		report("silent-detach", 1, "detach waits for who waits for the "
		    "host; nothing spins");
	else
		report("silent-detach", 1, "detach gives %d", error);
	world_stuck = 1;
}

/*
 * Whatever the drivers make of it, nothing may break.
 */
void
scenario_wrong_host(void)
{
	int error = 0;

	devices_add();
	hvc_wrong(1);
	if (world_load() != 0)
		return;
	if (world_try("devfsadm", configure, NULL, BOOT_MS, &error) != 0) {
		report("wrong-host", 1, "attach waits for an answer that makes "
		    "sense; nothing spins");
		world_stuck = 1;
		return;
	}
	kc_sleep_ms(10 * SECOND_MS);
	report("wrong-host", 1, "attach returned %d, %s, %d offers, %d nodes "
	    "attached", error, hvc_contacted() ? "contact" : "no contact",
	    hvc_offered(), world_children(1));
	hvc_wrong(0);
	report_manner = FAILURES;
	if (world_down() != 0)
		return;
	report_manner = LOUD;
	if (world_up() == 0)
		(void) service_heartbeats(devices.heartbeat, 1, "heartbeat");
}

/*
 * One thing is refused, the drivers come down cleanly; then it is granted, and
 * they come up.
 */
static int
try_again(const char *milestone)
{
	int bad;

	report_manner = FAILURES;
	if (world_stuck || world_down() != 0) {
		report_manner = LOUD;
		return (-1);
	}
	bad = world_up() != 0 || service_heartbeats(devices.heartbeat, 1,
	    "heartbeat") != 0 || world_down() != 0;
	report_manner = LOUD;
	report(milestone, !bad, bad ? "the next boot does not come up" :
	    "refused; the next boot came up");
	return (bad);
}

void
scenario_refusals(void)
{
	devices_add();

	/* E_ACCESSDENIED, until it is taken back. */
	report_manner = MUTE;
	hvc_refuse_open(0x80070005U);
	(void) world_up();
	hvc_refuse_open(0);
	report_manner = LOUD;
	if (!world_stuck)
		report("refused-open", !hvc_open(devices.heartbeat), "%d nodes "
		    "attached", world_children(1));
	if (world_stuck || try_again("after-refused-open") != 0)
		return;

	report_manner = MUTE;
	hvc_refuse_gpadl(1);
	(void) world_up();
	hvc_refuse_gpadl(0);
	report_manner = LOUD;
	if (!world_stuck)
		report("refused-gpadl", !hvc_open(devices.heartbeat), "%d "
		    "nodes attached", world_children(1));
	if (world_stuck || try_again("after-refused-gpadl") != 0)
		return;

	/* Messages that the host has no room for are to be sent again. */
	hvc_busy_posts(5);
	if (world_up() == 0)
		(void) service_heartbeats(devices.heartbeat, 2, "heartbeat");
	if (world_stuck || world_down() != 0)
		return;

	/* So many that the guest may give up. */
	report_manner = MUTE;
	hvc_busy_posts(100000);
	(void) world_up();
	hvc_busy_posts(0);
	report_manner = LOUD;
	(void) try_again("after-busy-posts");
}
