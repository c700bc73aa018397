/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Bringing the drivers up and taking them down again.
 */

#define	_GNU_SOURCE	/* strcasestr() */
#include <stdio.h>
#include <string.h>

#include "scenario.h"

struct devices devices;
int world_stuck;

static int up;		/* there may be something to take down */

void
devices_none(void)
{
	devices.heartbeat = devices.shutdown = devices.timesync = -1;
	devices.kvp = devices.vss = devices.unknown = devices.scsi = -1;
}

void
devices_services(void)
{
	devices.heartbeat = hvc_add("heartbeat");
	devices.shutdown = hvc_add("shutdown");
	devices.timesync = hvc_add("timesync");
	devices.kvp = hvc_add("kvp");
	devices.vss = hvc_add("vss");
	devices.unknown = hvc_add("unknown");
}

void
devices_add(void)
{
	devices_services();
	if (storage_planned()) {
		devices.scsi = hvc_add("scsi");
		service_disk_add(devices.scsi);
	}
}

/*
 * Something that may never come back, in a thread of its own.
 */
struct attempt {
	int	(*call)(void *);
	void	*arg;
	int	result, done;
};

static void
attempt_thread(void *arg)
{
	struct attempt *a = arg;

	a->result = a->call(a->arg);
	a->done = 1;
}

static int
attempt_done(void *arg)
{
	return (((struct attempt *)arg)->done);
}

int
world_try(const char *name, int (*call)(void *), void *arg, long timeout_ms,
    int *result)
{
	/* The thread may outlive the caller's patience. */
	struct attempt *a = hc_alloc(sizeof (*a));

	a->call = call;
	a->arg = arg;
	kc_spawn(name, attempt_thread, a);
	if (kc_wait(attempt_done, a, timeout_ms) != 0)
		return (-1);
	*result = a->result;
	hc_free(a);
	return (0);
}

/*
 * The device tree.
 */
static int
is_ours(const char *driver)
{
	const char *name, *kind;
	int i;

	for (i = 0; kc_modules(i, &name, &kind); i++) {
		if (strcmp(name, driver) == 0)
			return (1);
	}
	return (0);
}

int
world_nexus(struct kc_node *found)
{
	struct kc_node node, next;
	int i, any = 0;

	for (i = 0; kc_node(i, &node); i++) {
		if (node.depth != 1 || !node.attached || !is_ours(node.driver))
			continue;
		if (!any)
			*found = node;
		any = 1;
		if (kc_node(i + 1, &next) && next.depth == 2) {
			*found = node;
			return (1);
		}
	}
	return (any);
}

int
world_node_of(const char *driver, struct kc_node *found)
{
	struct kc_node node;
	int i;

	for (i = 0; kc_node(i, &node); i++) {
		if (node.attached && strcmp(node.driver, driver) == 0) {
			*found = node;
			return (1);
		}
	}
	return (0);
}

int
world_nodes_of(const char *driver)
{
	struct kc_node node;
	int i, n = 0;

	for (i = 0; kc_node(i, &node); i++)
		n += node.attached && strcmp(node.driver, driver) == 0;
	return (n);
}

int
world_children(int attached)
{
	struct kc_node nexus, node;
	int i, n = 0;

	if (!world_nexus(&nexus))
		return (0);
	for (i = 0; kc_node(i, &node); i++) {
		if (node.depth == 2 && (!attached || node.attached) &&
		    strncmp(node.path, nexus.path, strlen(nexus.path)) == 0)
			n++;
	}
	return (n);
}

static int
only_attached(struct kc_node *found)
{
	struct kc_node node;
	int i, n = 0;

	for (i = 0; kc_node(i, &node); i++) {
		if (node.depth == 2 && node.attached) {
			*found = node;
			n++;
		}
	}
	return (n == 1);
}

/*
 * The node of one of the host's devices: its instance is in the address or in a
 * property, however the driver writes it.
 */
const char *
world_path_of(int id)
{
	static const char *const properties[] = {
		"deviceid", "instance", "guid", NULL
	};
	static char path[256];
	char guid[64], value[256];
	struct kc_node node;
	int i, p, named = 0;

	if (hvc_device_guid(id, guid, sizeof (guid)) != 0)
		return (NULL);
	for (i = 0; kc_node(i, &node); i++) {
		int found = strcasestr(node.address, guid) != NULL;

		for (p = 0; !found && properties[p] != NULL; p++) {
			if (kc_property(node.path, properties[p], value,
			    sizeof (value)) != 0)
				continue;
			named = 1;
			found = strcasestr(value, guid) != NULL;
		}
		if (found) {
			(void) snprintf(path, sizeof (path), "%s", node.path);
			return (path);
		}
	}
	/* Without a name it is the one that there is, or none. */
	if (!named && hvc_open(id) && only_attached(&node)) {
		(void) snprintf(path, sizeof (path), "%s", node.path);
		return (path);
	}
	return (NULL);
}

/*
 * Waiting for what comes about by itself.
 */
struct expected {
	int	id, open;
};

static int
open_is(void *arg)
{
	struct expected *e = arg;

	return ((hvc_open(e->id) != 0) == e->open);
}

int
world_wait_open(int id, int open, long timeout_ms)
{
	struct expected e = { id, open };

	return (kc_wait(open_is, &e, timeout_ms));
}

static int
all_attached(void *arg)
{
	struct kc_node nexus, node;
	const char *name, *kind;
	int i;

	(void) arg;
	if (!world_nexus(&nexus))
		return (0);
	for (i = 0; kc_modules(i, &name, &kind); i++) {
		if (strcmp(kind, "drv") == 0 &&
		    strcmp(name, nexus.driver) != 0 &&
		    !world_node_of(name, &node))
			return (0);
	}
	return (1);
}

int
world_attached(long timeout_ms)
{
	return (kc_wait(all_attached, NULL, timeout_ms));
}

/*
 * Up.
 */
int
world_load(void)
{
	const char *name, *kind;
	char list[256] = "";
	int i, error, n = 0, bad = 0;

	up = 1;
	for (i = 0; kc_modules(i, &name, &kind); i++) {
		error = kc_load(name);
		if (error != 0) {
			bad++;
			report("load", 0, "%s/%s does not load: error %d", kind,
			    name, error);
			continue;
		}
		n++;
		if (strlen(list) + strlen(name) + 3 < sizeof (list)) {
			(void) strcat(list, n > 1 ? ", " : "");
			(void) strcat(list, name);
		}
	}
	if (bad == 0)
		report("load", n > 0, "%d modules: %s", n, list);
	return (bad == 0 && n > 0 ? 0 : -1);
}

static int
configure(void *arg)
{
	(void) arg;
	return (kc_configure());
}

int
world_configure(long timeout_ms)
{
	int error;

	up = 1;
	return (world_try("devfsadm", configure, NULL, timeout_ms, &error));
}

static void
report_nexus(void)
{
	struct kc_node nexus;
	char line[256];

	if (!world_nexus(&nexus)) {
		report("nexus", 0, "no node at the root has a driver attached");
		return;
	}
	report("nexus", hvc_contacted() != 0, "%s%d, %s, %s %s, %d offers",
	    nexus.driver, nexus.instance, nexus.path,
	    hvc_contacted() ? "protocol" : "no contact with the host",
	    hvc_contacted() ? hvc_version_text() : "", hvc_offered());
	if (!hc_console_has("Hyper-V Version", line, sizeof (line)) &&
	    !hc_console_has("Hyper-V Host Build", line, sizeof (line)))
		(void) snprintf(line, sizeof (line), "guest OS identity 0x%lx, "
		    "hypercall page %s", hvc_guest_id(),
		    hvc_hypercall_enabled() ? "enabled" : "not enabled");
	report("hypervisor", hvc_guest_id() != 0 && hvc_hypercall_enabled(),
	    "%s", line);
	if (hc_console_has("  Features=", line, sizeof (line)))
		report("features", 1, "%s", line);
}

static int
report_attached(void)
{
	struct kc_node nexus, node;
	const char *name, *kind;
	char id[96];
	int i, bad = 0;

	if (!world_nexus(&nexus))
		return (-1);
	for (i = 0; kc_modules(i, &name, &kind); i++) {
		if (strcmp(kind, "drv") != 0 || strcmp(name, nexus.driver) == 0)
			continue;
		(void) snprintf(id, sizeof (id), "attach:%s", name);
		if (world_node_of(name, &node)) {
			report(id, 1, "%s%d at %s%d, %s", name, node.instance,
			    nexus.driver, nexus.instance, node.path);
		} else {
			report(id, 0, "no node has it attached");
			bad++;
		}
	}
	return (bad == 0 ? 0 : -1);
}

int
world_up(void)
{
	if (world_load() != 0)
		return (-1);
	if (world_configure(BOOT_MS) != 0) {
		world_stuck = 1;
		hc_violation("hang", "attach of the drivers does not return "
		    "within %ld s", BOOT_MS / SECOND_MS);
		report("nexus", 0, "attach does not return");
		return (-1);
	}
	(void) world_attached(report_manner == MUTE ? SECOND_MS :
	    ANSWER_MS);
	report_nexus();
	return (report_attached());
}

/*
 * Down.
 */
static int
detach_nexus(void *arg)
{
	return (kc_detach(arg));
}

static int
unload_all(void *arg)
{
	(void) arg;
	return (kc_unload_all());
}

static void
after_detach(const char *path, int error)
{
	if (error != 0) {
		report("detach", 0, "%s does not detach: error %d", path,
		    error);
		return;
	}
	if (hvc_contacted() && !hvc_unloaded()) {
		report("detach", 0, "%s detached, and the host was not told "
		    "to unload", path);
		return;
	}
	if (hvc_synic_cpus() != 0) {
		report("detach", 0, "%s detached, and the SynIC of %d CPUs is "
		    "enabled", path, hvc_synic_cpus());
		return;
	}
	report("detach", 1, "%s and what is below it; no contact with the "
	    "host, no SynIC enabled", path);
}

int
world_down(void)
{
	struct kc_node nexus;
	int error = 0, had;

	if (world_stuck || !up)
		return (0);
	had = world_nexus(&nexus);
	if (had) {
		if (world_try("detach", detach_nexus, nexus.path, BOOT_MS,
		    &error) != 0) {
			world_stuck = 1;
			hc_violation("hang", "detach of %s does not return "
			    "within %ld s", nexus.path, BOOT_MS / SECOND_MS);
			report("detach", 0, "detach of %s does not return",
			    nexus.path);
			return (-1);
		}
		after_detach(nexus.path, error);
	}
	if (world_try("modunload", unload_all, NULL, BOOT_MS, &error) != 0) {
		world_stuck = 1;
		hc_violation("hang", "modunload does not return within %ld s",
		    BOOT_MS / SECOND_MS);
		report("unload-modules", 0, "modunload does not return");
		return (-1);
	}
	if (error != 0) {
		report("unload-modules", 0, "a module stays: error %d", error);
		return (-1);
	}
	if (hvc_hypercall_enabled())
		report("unload-modules", 0, "all modules are gone, and the "
		    "hypercall page is enabled");
	else
		report("unload-modules", 1, "all modules are gone, the "
		    "hypercall page is disabled");
	up = 0;
	return (0);
}
