/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Disks: giving them to the host, and finding them in the guest.
 */

#include <stdio.h>
#include <string.h>

#include "disk.h"

#define	FILLED	(64 * MIB)	/* larger disks begin as zeros */

static int
is_driver(const char *name)
{
	const char *w[8];
	int i;

	for (i = 0; i < hc_plan_lines(); i++) {
		if (hc_plan(i, w) >= 3 && strcmp(w[0], "module") == 0 &&
		    strcmp(w[1], "drv") == 0 && strcmp(w[2], name) == 0)
			return (1);
	}
	return (0);
}

/*
 * The driver of a host bus adapter needs the framework's module, whatever the
 * adapter is; nothing else does that has a place in a plan.
 */
int
storage_planned(void)
{
	const char *w[8];
	int i;

	for (i = 0; i < hc_plan_lines(); i++) {
		if (hc_plan(i, w) >= 3 && strcmp(w[0], "depends") == 0 &&
		    strcmp(w[2], "misc/scsi") == 0 && is_driver(w[1]))
			return (1);
	}
	return (0);
}

void
noise(void *buf, long len, unsigned long seed)
{
	unsigned char *to = buf;
	unsigned long x = seed * 0x9e3779b97f4a7c15UL + 88172645463325252UL;
	long i, part;

	if (x == 0)
		x = 1;
	for (i = 0; i < len; i += part) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		part = len - i < (long)sizeof (x) ? len - i : (long)sizeof (x);
		memcpy(to + i, &x, (size_t)part);
	}
}

/*
 * Keeps track of this part of the disk from now on, and has noise there.
 */
int
disk_window(struct disk *d, long long from, long len)
{
	static unsigned long seed;

	hc_free(d->want);
	d->want = hc_alloc((hc_u64)len);
	d->from = from;
	d->kept = len;
	noise(d->want, len, ++seed);
	return (hvc_disk_put(d->id, d->target, d->lun, from, d->want, len));
}

int
disk_add(struct disk *d, int id, int target, int lun, long long bytes,
    unsigned block)
{
	memset(d, 0, sizeof (*d));
	d->id = id;
	d->target = target;
	d->lun = lun;
	d->bytes = bytes;
	d->block = block;
	if (hvc_disk_add(id, target, lun, bytes, block, 0) != 0) {
		report("disk-add", 0, "the host has no room for lun %d,%d",
		    target, lun);
		return (-1);
	}
	return (bytes <= FILLED ? disk_window(d, 0, (long)bytes) : 0);
}

void
disk_forget(struct disk *d)
{
	hc_free(d->want);
	d->want = NULL;
	d->kept = 0;
}

int
disk_find(struct disk *d, struct kc_disk *found)
{
	const char *hba = world_path_of(d->id);
	struct kc_disk kd;
	size_t len;
	int i;

	if (hba == NULL)
		return (0);
	len = strlen(hba);
	for (i = 0; kc_disk(i, &kd); i++) {
		if (strncmp(kd.path, hba, len) != 0 || kd.path[len] != '/' ||
		    kd.target != d->target || kd.lun != d->lun)
			continue;
		(void) snprintf(d->name, sizeof (d->name), "%s", kd.name);
		if (found != NULL)
			*found = kd;
		return (kd.ready && kd.block_size == d->block &&
		    kd.blocks * d->block == (unsigned long long)d->bytes);
	}
	return (0);
}

struct several {
	struct disk	*disks;
	int		n;
};

static int
all_found(void *arg)
{
	struct several *s = arg;
	int i;

	for (i = 0; i < s->n; i++) {
		if (!disk_find(&s->disks[i], NULL))
			return (0);
	}
	return (1);
}

int
disks_wait(struct disk *disks, int n, long timeout_ms)
{
	struct several s = { disks, n };

	return (kc_wait(all_found, &s, timeout_ms));
}

/* What `cfgadm -c configure' does. */
void
disks_rescan(int id)
{
	const char *path = world_path_of(id);
	char hba[256];

	if (path == NULL)
		return;
	(void) snprintf(hba, sizeof (hba), "%s", path);
	(void) kc_rescan(hba);
}

int
disks_up(struct disk *disks, int n)
{
	hc_time then = hc_now();
	int i;

	if (world_up() != 0)
		return (-1);
	if (!hvc_open(disks[0].id))
		return (1);
	if (disks_wait(disks, n, ANSWER_MS) == 0) {
		report("disks", 1, "%d of %d after %.3f s", n, n,
		    (double)(hc_now() - then) / 1e9);
		return (0);
	}
	for (i = 0; i < n; i++) {
		if (!disk_find(&disks[i], NULL))
			break;
	}
	report("disks", 0, "after %ld s the guest %s target %d lun %d of %lld "
	    "bytes", ANSWER_MS / SECOND_MS, disks[i].name[0] == '\0' ?
	    "has no disk for" : "cannot use", disks[i].target, disks[i].lun,
	    disks[i].bytes);
	return (-1);
}

int
disks_listed(const char *milestone)
{
	char line[256] = "";
	int n = kc_disk_listing();
	int seen;

	seen = hc_console_has("Virtual Disk", line, sizeof (line)) &&
	    strstr(line, "Msft") != NULL;
	report(milestone, n > 0 && seen, "%d disk%s:%s", n, n == 1 ? "" : "s",
	    seen ? line : " none is Msft Virtual Disk");
	return (n);
}
