/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What a disk is called. Its path, its instance, its name below /dev and its
 * devid are in files that outlive a boot: they must not depend on the order in
 * which adapters and disks turn up. Which disk it really is, is written on it.
 */

#include <stdio.h>
#include <string.h>

#include "disk.h"

#define	ADAPTERS	3
#define	LUNS		3
#define	MAXKNOWN	(ADAPTERS * LUNS)

struct known {
	int	adapter, target, lun;
	struct kc_disk disk;
	struct kc_node hba;
};

static int ids[ADAPTERS];

/* A target without a lun 0 is one that few systems look for. */
static const struct place {
	int	target, lun;
} places[ADAPTERS][LUNS] = {
	{ { 0, 0 }, { 0, 1 }, { 1, 0 } },
	{ { 0, 0 }, { 0, 5 }, { 1, 0 } },
	{ { 0, 0 }, { 1, 0 }, { 1, 3 } },
};

static void
label(char *text, size_t len, int adapter, int target, int lun)
{
	(void) snprintf(text, len, "adapter %d target %d lun %d", adapter,
	    target, lun);
}

static int
labelled(const char *block, struct known *k)
{
	char text[64];
	int a, i;

	for (a = 0; a < ADAPTERS; a++) {
		for (i = 0; i < LUNS; i++) {
			k->adapter = a;
			k->target = places[a][i].target;
			k->lun = places[a][i].lun;
			label(text, sizeof (text), a, k->target, k->lun);
			if (strcmp(text, block) == 0)
				return (1);
		}
	}
	return (0);
}

static int
adapter_add(int a)
{
	char block[512];
	int i, target, lun;

	if ((ids[a] = hvc_add("scsi")) < 0)
		return (-1);
	/* The last lun first. */
	for (i = LUNS - 1; i >= 0; i--) {
		target = places[a][i].target;
		lun = places[a][i].lun;
		memset(block, 0, sizeof (block));
		label(block, sizeof (block), a, target, lun);
		if (hvc_disk_add(ids[a], target, lun, 64 * KIB, 512, 0) != 0 ||
		    hvc_disk_put(ids[a], target, lun, 0, block,
		    sizeof (block)) != 0)
			return (-1);
	}
	return (0);
}

struct wanted {
	int	disks;
};

static int
enough(void *arg)
{
	struct wanted *w = arg;
	struct kc_disk kd;
	int i, n = 0;

	for (i = 0; kc_disk(i, &kd); i++)
		n += kd.ready;
	return (n >= w->disks);
}

static int
hba_of(const char *path, struct kc_node *found)
{
	struct kc_node node;
	size_t len, most = 0;
	int i;

	for (i = 0; kc_node(i, &node); i++) {
		len = strlen(node.path);
		if (node.depth == 2 && strncmp(node.path, path, len) == 0 &&
		    path[len] == '/' && len > most) {
			*found = node;
			most = len;
		}
	}
	return (most > 0);
}

/*
 * Reads the label of each disk that there is; how many, -1 for a fault.
 */
static int
look(struct known *known, int expected)
{
	struct wanted w = { expected };
	struct known *k;
	char block[513];
	int i, n = 0;

	if (kc_wait(enough, &w, ANSWER_MS) != 0) {
		disk_complain("not all of %d disks are there after %ld s",
		    expected, ANSWER_MS / SECOND_MS);
		return (-1);
	}
	for (i = 0; n < MAXKNOWN && kc_disk(i, &known[n].disk); i++) {
		k = &known[n];
		if (!k->disk.ready)
			continue;
		if (kc_disk_io(k->disk.name, 0, 0, disk_memory(512, 0),
		    512) != 0) {
			disk_complain("%s: block 0 cannot be read",
			    k->disk.name);
			return (-1);
		}
		memcpy(block, disk_memory(512, 0), 512);
		block[512] = '\0';
		if (!labelled(block, k)) {
			disk_complain("%s: has no label", k->disk.name);
			return (-1);
		}
		if (k->target != k->disk.target || k->lun != k->disk.lun)
			disk_complain("%s is target %d lun %d for the guest, "
			    "%d %d for the host", k->disk.name, k->disk.target,
			    k->disk.lun, k->target, k->lun);
		memset(&k->hba, 0, sizeof (k->hba));
		if (!hba_of(k->disk.path, &k->hba))
			disk_complain("%s: no adapter above %s", k->disk.name,
			    k->disk.path);
		n++;
	}
	return (n);
}

static void
same(const struct known *a, const struct known *b)
{
	if (strcmp(a->disk.path, b->disk.path) != 0)
		disk_complain("adapter %d target %d lun %d was %s and is %s",
		    a->adapter, a->target, a->lun, a->disk.path, b->disk.path);
	else if (a->disk.instance != b->disk.instance)
		disk_complain("%s was instance %d and is %d", a->disk.path,
		    a->disk.instance, b->disk.instance);
	else if (strcmp(a->disk.name, b->disk.name) != 0)
		disk_complain("%s was %s and is %s", a->disk.path,
		    a->disk.name, b->disk.name);
	else if (strcmp(a->disk.devid, b->disk.devid) != 0)
		disk_complain("%s: devid was %s and is %s", a->disk.path,
		    a->disk.devid, b->disk.devid);
	else if (strcmp(a->disk.serial, b->disk.serial) != 0)
		disk_complain("%s: serial number was %s and is %s",
		    a->disk.path, a->disk.serial, b->disk.serial);
	else if (strcmp(a->hba.path, b->hba.path) != 0 ||
	    a->hba.instance != b->hba.instance)
		disk_complain("the adapter of %s was %s%d and is %s%d",
		    a->disk.path, a->hba.driver, a->hba.instance,
		    b->hba.driver, b->hba.instance);
}

static void
compare(const struct known *before, int n, const char *milestone,
    const char *when)
{
	struct known now[MAXKNOWN];
	int i, k, m = look(now, n);

	for (i = 0; m >= 0 && i < n; i++) {
		for (k = 0; k < m; k++) {
			if (before[i].adapter == now[k].adapter &&
			    before[i].target == now[k].target &&
			    before[i].lun == now[k].lun)
				break;
		}
		if (k == m)
			disk_complain("%s is gone", before[i].disk.name);
		else
			same(&before[i], &now[k]);
	}
	if (m >= 0 && m != n)
		disk_complain("%d disks, there were %d", m, n);
	disk_memory_free();
	(void) disk_report(milestone, "%d disks of %s", n, when);
}

/*
 * Adapters go and come one by one, in another order.
 */
static void
one_by_one(const int *order, int n)
{
	char paths[ADAPTERS][256];
	const char *path;
	int i, error;

	for (i = 0; i < n; i++) {
		if ((path = world_path_of(ids[i])) == NULL)
			return;
		(void) snprintf(paths[i], sizeof (paths[i]), "%s", path);
	}
	for (i = 0; i < n; i++) {
		if ((error = kc_detach(paths[i])) != 0)
			disk_complain("%s does not detach: error %d", paths[i],
			    error);
	}
	for (i = 0; i < n; i++) {
		if ((error = kc_attach(paths[order[i]])) != 0)
			disk_complain("%s does not attach: error %d",
			    paths[order[i]], error);
	}
}

static int
again(void)
{
	int error;

	report_manner = FAILURES;
	error = world_down() != 0 || world_up() != 0;
	report_manner = LOUD;
	return (error);
}

void
scenario_disk_names(void)
{
	static const int order[ADAPTERS] = { 2, 0, 1 };
	struct known first[MAXKNOWN];
	int i, n;

	if (!storage_planned())
		return;
	devices_services();
	if (adapter_add(0) != 0 || adapter_add(1) != 0) {
		report("disk-add", 0, "the host has no room for the disks");
		return;
	}
	if (world_up() != 0 || !hvc_open(ids[0]))
		return;
	n = look(first, 2 * LUNS);
	for (i = 0; i < n; i++) {
		if (i > 0 && strcmp(first[i].hba.path, first[0].hba.path) != 0)
			break;
	}
	disk_memory_free();
	if (n != 2 * LUNS || i == n)
		disk_complain("%d disks, of one adapter", n);
	if (disk_report("disk-names", "%d disks of 2 adapters: %s, %s", n,
	    first[0].disk.path, first[i].disk.path) != 0)
		return;

	hvc_reverse();
	if (again() != 0)
		return;
	compare(first, n, "names-reversed", "adapters that were offered in the "
	    "other order, after a reload");

	/* One more, which comes to a guest that runs. */
	if (adapter_add(2) != 0 || (n = look(first, 3 * LUNS)) < 0) {
		(void) disk_report("names-added", "%s", "");
		return;
	}
	disk_memory_free();
	report("names-added", n == 3 * LUNS, "%d disks of 3 adapters", n);
	one_by_one(order, ADAPTERS);
	compare(first, n, "names-one-by-one", "adapters that were detached and "
	    "attached in another order");
	for (i = 0; i < ADAPTERS; i++)
		disks_rescan(ids[i]);
	compare(first, n, "names-rescan", "adapters that were configured "
	    "again");
	hvc_reverse();
	if (again() == 0)
		compare(first, n, "names-reload", "adapters that came all at "
		    "once, in the other order");
}
