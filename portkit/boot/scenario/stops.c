/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Ends: the host's request to shut down, and unloading what is in use.
 */

#include <stdio.h>
#include <string.h>

#include "scenario.h"

#define	FORCE	0x1
#define	RESTART	0x2
#define	UNKNOWN	0x8000

static int
ask(unsigned flags, unsigned *status)
{
	if (hvc_shutdown(devices.shutdown, flags) != 0 ||
	    wait_answer(devices.shutdown, ANSWER_MS) != 0 ||
	    !hvc_shutdown_status(devices.shutdown, status))
		return (-1);
	/* What the guest does, it does behind its answer. */
	kc_sleep_ms(5 * SECOND_MS);
	return (0);
}

void
scenario_shutdown(void)
{
	unsigned status = 0;
	int before, how = -1;

	devices_add();
	if (world_up() != 0)
		return;
	if (!hvc_open(devices.shutdown))
		return;			/* no driver, nothing to see */
	if (wait_ready(devices.shutdown, ANSWER_MS) != 0) {
		report("shutdown", 0, "the guest has not chosen a version");
		return;
	}
	if (ask(UNKNOWN, &status) != 0)
		report("shutdown-refused", 0, "no answer");
	else
		report("shutdown-refused", status != 0 &&
		    kc_signals_to_init() == 0 && !kc_powered_off(&how),
		    "flags 0x%x: status 0x%08x, init(8) got %d signals",
		    UNKNOWN, status, kc_signals_to_init());

	(void) service_shutdown(devices.shutdown);

	before = kc_signals_to_init();
	if (ask(FORCE, &status) != 0)
		report("shutdown-force", 0, "no answer");
	else
		report("shutdown-force", status == 0 &&
		    (kc_signals_to_init() > before || kc_powered_off(&how)),
		    "status 0x%08x, init(8) got %d signals more, the last is "
		    "%d", status, kc_signals_to_init() - before,
		    kc_init_signal());

	/* Since 3.1; a guest that does not know it says so. */
	if (hvc_ic_at_least(devices.shutdown, 3, 1)) {
		before = kc_signals_to_init();
		if (ask(RESTART, &status) != 0)
			report("shutdown-restart", 0, "no answer");
		else
			report("shutdown-restart", status != 0 ||
			    kc_signals_to_init() > before ||
			    kc_powered_off(&how), "status 0x%08x, init(8) got "
			    "%d signals more", status,
			    kc_signals_to_init() - before);
	}
	/* A driver may help itself when init(8) does not. */
	kc_sleep_ms(10 * MINUTE_MS);
	if (kc_powered_off(&how))
		report("powered-off", 1, "uadmin function %d", how);
}

/*
 * A driver may refuse to be suspended, but it must not take the command for
 * another.
 */
void
scenario_suspend(void)
{
	int error, suspended, resumed;

	devices_add();
	if (world_up() != 0)
		return;
	error = kc_suspend(&suspended, &resumed);
	report("suspend", error != 0 || suspended > 0, "%s, %d device%s had "
	    "been suspended", error == 0 ? "the machine was suspended" :
	    "a driver refused", suspended, suspended == 1 ? "" : "s");
	report("resume", resumed == suspended, "%d of %d resumed", resumed,
	    suspended);
	if (hvc_open(devices.heartbeat))
		(void) service_heartbeats(devices.heartbeat, 2,
		    "heartbeat-after");
	if (hvc_open(devices.scsi))
		(void) service_disk(devices.scsi, "disk-after");
}

/*
 * A minor node that is open keeps its module and its node.
 */
static const char *
driver_of(const char *minor)
{
	static char driver[64];

	(void) snprintf(driver, sizeof (driver), "%.*s",
	    (int)strcspn(minor, ":"), minor);
	return (driver);
}

static void
open_minor(const char *minor)
{
	const char *driver = driver_of(minor);
	struct kc_node node;
	kc_file *file;
	char id[160];
	int error, had;

	(void) snprintf(id, sizeof (id), "open:%s", minor);
	if ((error = kc_open(minor, K_FREAD | K_FWRITE, &file)) != 0) {
		report(id, 0, "does not open: error %d", error);
		return;
	}
	error = kc_unload(driver);
	if (error == 0) {
		report(id, 0, "%s was unloaded while it is open", driver);
		return;
	}
	had = world_node_of(driver, &node);
	report(id, error == K_EBUSY && had, "modunload of %s gives %d, %s %s",
	    driver, error, had ? node.path : "its node", had ? "is attached" :
	    "is gone");
	(void) kc_close(file);
}

static int
detach(void *path)
{
	return (kc_detach(path));
}

/*
 * Nodes that are detached with a request under way, and attached again.
 */
static void
detach_busy(int id, int (*send)(int), const char *milestone)
{
	char path[256];
	int error = 0, i;

	if (world_path_of(id) == NULL) {
		report(milestone, 0, "the node of device %d is not known", id);
		return;
	}
	(void) snprintf(path, sizeof (path), "%s", world_path_of(id));
	for (i = 0; i < 5; i++) {
		if (wait_ready(id, ANSWER_MS) != 0 || send(id) != 0) {
			report(milestone, 0, "request %d cannot be sent", i);
			return;
		}
		hc_spend(i * 3000);
		if (world_try("detach", detach, path, BOOT_MS, &error) != 0) {
			world_stuck = 1;
			hc_violation("hang", "detach of %s does not return",
			    path);
			return;
		}
		if (error != 0) {
			/* Some refuse to detach; then it goes on as before. */
			report(milestone, hvc_open(id), "detach is refused "
			    "with %d, the channel is %s", error,
			    hvc_open(id) ? "open" : "closed");
			return;
		}
		if (hvc_open(id)) {
			report(milestone, 0, "%s is detached and its channel "
			    "open", path);
			return;
		}
		if ((error = kc_attach(path)) != 0 ||
		    world_wait_open(id, 1, ANSWER_MS) != 0) {
			report(milestone, 0, "%s does not attach again: error "
			    "%d", path, error);
			return;
		}
	}
	report(milestone, 1, "%s detached and attached %d times", path, i);
}

static int
send_timesync(int id)
{
	return (hvc_timesync(id, 0, kc_wall_clock() * 1000000000LL));
}

void
scenario_busy(void)
{
	char minor[128];
	int i;

	devices_add();
	if (world_up() != 0)
		return;
	for (i = 0; kc_minor(i, minor, sizeof (minor)); i++)
		open_minor(minor);
	if (world_attached(ANSWER_MS) != 0) {
		report("busy", 0, "a node is no longer attached");
		return;
	}
	if (hvc_open(devices.heartbeat)) {
		detach_busy(devices.heartbeat, hvc_heartbeat,
		    "detach-heartbeat");
		if (!world_stuck)
			(void) service_heartbeats(devices.heartbeat, 1,
			    "heartbeat");
	}
	if (!world_stuck && hvc_open(devices.timesync))
		detach_busy(devices.timesync, send_timesync, "detach-timesync");
}
