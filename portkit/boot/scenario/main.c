/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The operator: picks the scenario that the command line names, runs it, and
 * switches the machine off.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "scenario.h"

static const struct scenario scenarios[] = {
	{ "boot", "cold boot, all services, shutdown of the drivers",
	    scenario_boot, 0 },
	{ "reload", "detach, unload and load again, 20 times",
	    scenario_reload, 0 },
	{ "hotplug", "devices come and go, also while they are busy",
	    scenario_hotplug, 0 },
	{ "twins", "two devices of one class", scenario_twins, 0 },
	{ "storms", "messages and events without end", scenario_storms, 0 },
	{ "slow-host", "the host takes its time", scenario_slow_host, 0 },
	{ "silent-host", "the host does not answer", scenario_silent_host, 0 },
	{ "silent-device", "the host falls silent about a new device",
	    scenario_silent_device, 0 },
	{ "wrong-host", "the host answers wrongly", scenario_wrong_host, 0 },
	{ "refusals", "the host refuses, and then does not",
	    scenario_refusals, 0 },
	{ "bad-messages", "messages that no host sends",
	    scenario_bad_messages, 0 },
	{ "daemons", "daemons that misbehave", scenario_daemons, 0 },
	{ "shutdown", "the host turns the guest off", scenario_shutdown, 0 },
	{ "suspend", "the machine is suspended, and resumed",
	    scenario_suspend, 0 },
	{ "busy", "detach and unload what is in use", scenario_busy, 0 },
	{ "disk", "disks of every kind, transfers of every size",
	    scenario_disk, 0 },
	{ "disk-names", "adapters and disks keep their names",
	    scenario_disk_names, 0 },
	{ "disk-load", "more commands at once than an adapter takes",
	    scenario_disk_load, 0 },
	{ "disk-errors", "commands that do not end well, resets, aborts",
	    scenario_disk_errors, 0 },
	{ "disk-timeouts", "the host does not answer a command, or too late",
	    scenario_disk_timeouts, 0 },
	{ "disk-dump", "polled commands with interrupts off",
	    scenario_disk_dump, 0 },
	{ "disk-remove", "disks and adapters come and go under load",
	    scenario_disk_remove, 0 },
	{ "disk-speed", "reads a second of virtual time", scenario_disk_speed,
	    0 },
	{ "fail-alloc", "an allocation fails, and then none",
	    scenario_fail_alloc, 0 },
	{ "module", "a driver of any kind, from load to unload",
	    scenario_module, 1 },
};

enum manner report_manner = LOUD;

void
report(const char *id, int ok, const char *fmt, ...)
{
	char text[512];
	va_list args;

	if (report_manner == MUTE || (report_manner == FAILURES && ok))
		return;
	va_start(args, fmt);
	(void) vsnprintf(text, sizeof (text), fmt, args);
	va_end(args);
	hc_milestone(id, ok, "%s", text);
}

/*
 * --list yes: what there is, as an event.
 */
static void
list_scenarios(size_t n)
{
	char text[4096] = "{\"list\":[", *name, *title;
	size_t i, len;

	for (i = 0; i < n; i++) {
		name = hc_json_string(scenarios[i].name);
		title = hc_json_string(scenarios[i].title);
		len = strlen(text);
		(void) snprintf(text + len, sizeof (text) - len, "%s[%s,%s]",
		    i > 0 ? "," : "", name, title);
		hc_free(name);
		hc_free(title);
	}
	len = strlen(text);
	(void) snprintf(text + len, sizeof (text) - len, "]}");
	hc_event("scenarios", text);
}

void
hc_operator(void *arg)
{
	const char *name = hc_arg("scenario");
	size_t i, n = sizeof (scenarios) / sizeof (scenarios[0]);
	int gone;

	(void) arg;
	if (hc_arg("list") != NULL) {
		list_scenarios(n);
		hc_finish(0);
	}
	for (i = 0; i < n; i++) {
		if (name != NULL && strcmp(scenarios[i].name, name) == 0)
			break;
	}
	if (i == n) {
		(void) fprintf(stderr, "simulator: no scenario \"%s\"\n",
		    name != NULL ? name : "");
		hc_finish(2);
	}

	kc_boot();
	devices_none();
	scenarios[i].run();
	if (!world_stuck) {
		gone = scenarios[i].alone ? 0 : world_down() == 0;
		kc_final_checks();
		if (gone)
			report("leak-free", hc_violations("leak") == 0,
			    "%lu resources outlived their module",
			    hc_violations("leak"));
	}
	hc_finish(0);
}
