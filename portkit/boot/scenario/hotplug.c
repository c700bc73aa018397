/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Devices that come and go while the guest runs.
 */

#include <stdio.h>
#include <string.h>

#include "scenario.h"

#define	GONE_MS	MINUTE_MS

static int
released(void *arg)
{
	return (hvc_released(*(int *)arg));
}

static int
wait_released(int id, long timeout_ms)
{
	return (kc_wait(released, &id, timeout_ms));
}

/*
 * Takes a device away; the guest has to close the channel and give its number
 * back, and its node must be gone.
 */
static int
take(int id, const char *milestone)
{
	hc_time then = hc_now();
	const char *path;

	if (hvc_rescind(id) != 0) {
		report(milestone, 0, "cannot be rescinded");
		return (-1);
	}
	if (wait_released(id, GONE_MS) != 0) {
		report(milestone, 0, "rescinded, and not released after %ld s",
		    GONE_MS / SECOND_MS);
		return (-1);
	}
	path = world_path_of(id);
	report(milestone, path == NULL, "released after %.3f ms%s%s",
	    (double)(hc_now() - then) / 1e6, path ? ", and there still is " :
	    ", its node is gone", path ? path : "");
	return (path == NULL ? 0 : -1);
}

static int
give(const char *class, const char *milestone)
{
	int id = hvc_add(class);

	if (world_wait_open(id, 1, ANSWER_MS) != 0) {
		report(milestone, 0, "offered, and its channel is not open "
		    "after %ld s", ANSWER_MS / SECOND_MS);
		return (-1);
	}
	report(milestone, 1, "%s", world_path_of(id) ? world_path_of(id) :
	    "its channel is open");
	return (id);
}

/*
 * A request is under way when the device goes.
 */
static void
heartbeat_in_flight(void)
{
	int i, id;

	for (i = 0; i < 5; i++) {
		report_manner = FAILURES;
		id = give("heartbeat", "hot-add");
		if (id < 0)
			return;
		(void) wait_ready(id, ANSWER_MS);
		(void) hvc_heartbeat(id);
		/* Each time a little later in the life of the request. */
		hc_spend(i * 2000);
		if (take(id, "rescind-busy") != 0)
			return;
	}
	report_manner = LOUD;
	report("rescind-busy", 1, "%d heartbeat devices went with a request "
	    "under way", i);
}

static void
timesync_in_flight(void)
{
	if (wait_ready(devices.timesync, ANSWER_MS) != 0 ||
	    hvc_timesync(devices.timesync, 0,
	    kc_wall_clock() * 1000000000LL) != 0)
		return;
	if (take(devices.timesync, "rescind-timesync") == 0)
		devices.timesync = give("timesync", "re-add-timesync");
	if (devices.timesync >= 0)
		(void) service_timesync(devices.timesync);
}

/*
 * The daemon has a request in its hands, and the minor node open. So the node
 * may stay until the daemon is gone, but no longer.
 */
static int
kvp_node_gone(void *arg)
{
	return (world_path_of(*(int *)arg) == NULL);
}

static void
kvp_in_flight(void)
{
	int id = devices.kvp, early;

	if (kvpd_start(DAEMON_KEEPS) != 0 || wait_ready(id, ANSWER_MS) != 0 ||
	    hvc_kvp_set(id, 0, "key", "value") != 0) {
		report("rescind-kvp", 0, "no transaction can be started");
		return;
	}
	kc_sleep_ms(SECOND_MS);
	if (kvpd_served() != 1)
		report("rescind-kvp", 0, "the daemon has not got the request");
	(void) hvc_rescind(id);
	early = wait_released(id, 10 * SECOND_MS) == 0;
	kvpd_stop();
	if (wait_released(id, GONE_MS) != 0 ||
	    kc_wait(kvp_node_gone, &id, GONE_MS) != 0) {
		report("rescind-kvp", 0, "the daemon is gone, and after %ld s "
		    "%s", GONE_MS / SECOND_MS, hvc_released(id) ?
		    "the node is still there" : "the channel is not released");
		return;
	}
	report("rescind-kvp", 1, "released %s the daemon", early ?
	    "without waiting for" : "after");
	devices.kvp = give("kvp", "re-add-kvp");
	if (devices.kvp >= 0)
		(void) service_kvp(devices.kvp);
}

static void
vss_in_flight(void)
{
	int id = devices.vss;

	if (vssd_start(0, DAEMON_KEEPS) != 0 ||
	    wait_ready(id, ANSWER_MS) != 0 ||
	    hvc_vss(id, HVC_VSS_HOT_BACKUP) != 0) {
		report("rescind-vss", 0, "no operation can be started");
		return;
	}
	kc_sleep_ms(SECOND_MS);
	(void) hvc_rescind(id);
	(void) wait_released(id, 10 * SECOND_MS);
	vssd_stop(0);
	if (wait_released(id, GONE_MS) != 0 ||
	    kc_wait(kvp_node_gone, &id, GONE_MS) != 0) {
		report("rescind-vss", 0, "the daemon is gone, and after %ld s "
		    "%s", GONE_MS / SECOND_MS, hvc_released(id) ?
		    "the node is still there" : "the channel is not released");
		return;
	}
	report("rescind-vss", 1, "released");
	devices.vss = give("vss", "re-add-vss");
	if (devices.vss >= 0)
		(void) service_vss(devices.vss);
}

void
scenario_hotplug(void)
{
	int had_kvp, had_vss, had_timesync;

	devices_add();
	if (world_up() != 0)
		return;
	if (!hvc_open(devices.heartbeat)) {
		report("heartbeat", 0, "the channel is not open");
		return;
	}
	had_kvp = hvc_open(devices.kvp);
	had_vss = hvc_open(devices.vss);
	had_timesync = hvc_open(devices.timesync);

	if (take(devices.heartbeat, "rescind") != 0)
		return;
	devices.heartbeat = give("heartbeat", "hot-add");
	if (devices.heartbeat < 0)
		return;
	(void) service_heartbeats(devices.heartbeat, 2, "heartbeat");
	/* What has no driver comes and goes just as well. */
	(void) take(devices.unknown, "rescind-unattached");
	devices.unknown = hvc_add("unknown");
	heartbeat_in_flight();
	report_manner = LOUD;
	if (had_timesync)
		timesync_in_flight();
	if (had_vss)
		vss_in_flight();
	if (had_kvp)
		kvp_in_flight();
	(void) service_heartbeats(devices.heartbeat, 1, "heartbeat-after");
}
