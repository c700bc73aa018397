/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Ordinary lives: one boot with everything, many boots, two devices of a kind,
 * and a boot in which an allocation fails.
 */

#include <stdio.h>
#include <string.h>

#include "disk.h"

#define	RELOADS	20

static void
report_tree(void)
{
	struct kc_node node, last;
	int i, n = 0, open = 0;

	kc_report_tree();
	for (i = 0; kc_node(i, &node); i++) {
		if (node.depth == 2 && !node.attached) {
			last = node;
			n++;
		}
	}
	for (i = 1; i <= hvc_offered(); i++)
		open += hvc_open(i) != 0;
	report("tree", world_children(1) == open, "%d offers, %d nodes, %d "
	    "attached, %d channels open", hvc_offered(), world_children(0),
	    world_children(1), open);
	if (n > 0)
		report("unattached", 1, "%s (driver not attached)", last.path);
}

void
scenario_boot(void)
{
	devices_add();
	if (devices.scsi >= 0)
		(void) user_disks_add(devices.scsi, USER_LUN);
	(void) world_up();
	if (world_stuck)
		return;
	report_tree();
	if (hvc_open(devices.scsi)) {
		service_disk_wait(devices.scsi);
		(void) disks_listed("disk-list");
		user_disks_check(devices.scsi, USER_LUN);
	}
	services_all();
}

void
scenario_reload(void)
{
	int i, bad = 0;

	devices_add();
	for (i = 0; i < RELOADS && bad == 0; i++) {
		report_manner = FAILURES;
		bad = world_up() != 0;
		if (!bad && hvc_open(devices.heartbeat))
			bad = service_heartbeats(devices.heartbeat, 1,
			    "heartbeat") != 0;
		if (world_stuck || (i < RELOADS - 1 && world_down() != 0))
			bad = 1;
	}
	report_manner = LOUD;
	report("reload", bad == 0, "loaded, attached and unloaded %d times of "
	    "%d, %d heartbeats", i - bad, RELOADS,
	    hvc_heartbeats(devices.heartbeat));
}

/*
 * The second one of each pair only speaks the oldest version.
 */
void
scenario_twins(void)
{
	int heartbeat, timesync, kvp, shutdown;
	struct kc_node nexus;

	devices_add();
	heartbeat = hvc_add("heartbeat");
	timesync = hvc_add("timesync");
	shutdown = hvc_add("shutdown");
	kvp = hvc_add("kvp");
	(void) hvc_ic_limit(heartbeat, 1, 0);
	(void) hvc_ic_limit(timesync, 3, 0);
	(void) hvc_ic_limit(shutdown, 1, 0);
	if (world_up() != 0 || !world_nexus(&nexus))
		return;
	report_tree();
	if (hvc_open(devices.heartbeat)) {
		(void) service_heartbeats(devices.heartbeat, 2, "heartbeat");
		report("twin:heartbeat", world_wait_open(heartbeat, 1,
		    ANSWER_MS) == 0, "%s", world_path_of(heartbeat) ?
		    world_path_of(heartbeat) : "a node that is not known");
		(void) service_heartbeats(heartbeat, 2, "twin:heartbeat-old");
		/* Both at once. */
		(void) hvc_heartbeat(devices.heartbeat);
		(void) hvc_heartbeat(heartbeat);
		report("twin:together", wait_answer(heartbeat,
		    ANSWER_MS) == 0 && wait_answer(devices.heartbeat,
		    ANSWER_MS) == 0, "%d and %d answered",
		    hvc_heartbeats(devices.heartbeat),
		    hvc_heartbeats(heartbeat));
	}
	if (hvc_open(devices.timesync)) {
		(void) service_timesync(devices.timesync);
		report("twin:timesync", world_wait_open(timesync, 1,
		    ANSWER_MS) == 0, "the other one speaks %s",
		    hvc_ic_version(timesync));
		(void) service_timesync(timesync);
	}
	if (hvc_open(devices.kvp))
		report("twin:kvp", world_wait_open(kvp, 1, ANSWER_MS) == 0,
		    "%s", world_path_of(kvp) ? world_path_of(kvp) : "attached");
	if (hvc_open(devices.shutdown))
		(void) service_shutdown(shutdown);
}

/*
 * The machine makes one allocation of this boot fail. The drivers may come up
 * nevertheless, or stay away; then nothing fails any more, and they must come
 * up.
 */
void
scenario_fail_alloc(void)
{
	int good, beats;

	devices_add();
	report_manner = MUTE;
	good = world_up() == 0;
	if (!world_stuck && hvc_open(devices.heartbeat))
		(void) service_heartbeats(devices.heartbeat, 1, "heartbeat");
	if (!world_stuck && hvc_open(devices.scsi))
		(void) service_disk(devices.scsi, "disk-io");
	report_manner = FAILURES;
	if (world_stuck || world_down() != 0)
		return;
	/* Not reached: there are fewer in a boot, and this was the last run. */
	if (!hc_fail_done())
		return;
	/* The proof is the heartbeat, where the first boot had one. */
	if (world_up() != 0) {
		report("second-boot", 0, "the second boot does not come up, "
		    "though nothing failed in it");
	} else if (hvc_open(devices.heartbeat) || !hvc_open(devices.scsi)) {
		beats = service_heartbeats(devices.heartbeat, 1,
		    "heartbeat") == 0;
		report_manner = beats ? LOUD : FAILURES;
		report("second-boot", beats, beats ?
		    "the first boot %s, the second one has a heartbeat" :
		    "the first boot %s, the second one has no heartbeat, "
		    "though nothing failed in it", good ? "came up" :
		    "did not come up");
		report_manner = FAILURES;
	}
	if (hvc_open(devices.scsi))
		(void) service_disk(devices.scsi, "second-boot-disk");
}
