/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * As many commands at once as an adapter takes, and more than that.
 */

#include <stdio.h>
#include <string.h>

#include "disk.h"

enum { DISKS = 4 };

#define	TOGETHER	128		/* must be with the host at once */
#define	TOO_MANY	400
#define	SLOW_US		4000

/*
 * So many are begun before the first ends.
 */
static void
together(struct disk *disks, int n, int depth, long region, long total,
    int most, const char *milestone)
{
	struct flight f = { .disks = disks, .ndisks = n, .depth = depth,
	    .pilots = 8, .region = region, .total = total };
	hc_time then = hc_now();
	int reached;

	hvc_storage_latency_us(SLOW_US);
	(void) hvc_storage_most(disks[0].id);
	(void) flight(&f, 5 * MINUTE_MS);
	reached = hvc_storage_most(disks[0].id);
	hvc_storage_latency_us(-1);
	if (reached < most)
		disk_complain("no more than %d commands were with the host at "
		    "once, of %d", reached, depth);
	(void) disk_report(milestone, "%ld commands to %d disk%s, %d at once "
	    "with the host, in %.3f s", f.ended, n, n == 1 ? "" : "s", reached,
	    (double)(hc_now() - then) / 1e9);
}

/*
 * Each channel that was opened carries its share.
 */
static void
channels(int id)
{
	int i, n = hvc_storage_channels(id);
	char list[128] = "";
	size_t len;
	long count;

	for (i = 0; i < n; i++) {
		count = hvc_storage_on_channel(id, i);
		len = strlen(list);
		(void) snprintf(list + len, sizeof (list) - len, "%s%ld",
		    i > 0 ? ", " : "", count);
		if (count == 0)
			disk_complain("channel %d of %d is open, and carried "
			    "nothing", i, n);
	}
	(void) disk_report("load-channels", "%d: %s commands", n, list);
}

void
scenario_disk_load(void)
{
	struct disk disks[DISKS];
	struct flight f;
	int id, i;

	if (!storage_planned())
		return;
	devices_services();
	id = hvc_add("scsi");
	for (i = 0; i < DISKS; i++) {
		if (disk_add(&disks[i], id, i / 3, i % 3, 4 * MIB, 512) != 0)
			return;
	}
	if (disks_up(disks, DISKS) != 0)
		return;
	together(disks, DISKS, TOGETHER + 32, 16 * KIB, 500, TOGETHER,
	    "load-luns");
	together(disks, 1, TOGETHER + 32, 8 * KIB, 300, TOGETHER,
	    "load-one-lun");
	/* More than fit into the adapter's ring: some have to wait. */
	together(disks, DISKS, TOO_MANY, 4 * KIB, 800, TOGETHER,
	    "load-too-many");

	/* As fast as it goes, and everything at random. */
	memset(&f, 0, sizeof (f));
	f.disks = disks;
	f.ndisks = DISKS;
	f.depth = 48;
	f.pilots = 12;
	f.region = 64 * KIB;
	f.total = 300;
	(void) flight(&f, 5 * MINUTE_MS);
	for (i = 0; i < DISKS; i++) {
		(void) disk_same(&disks[i], 0, disks[i].kept, NULL,
		    "all that was written");
		if (kc_disk_errors(disks[i].name) != 0 ||
		    kc_disk_timeouts(disks[i].name) != 0)
			disk_complain("%s: %ld errors, %ld timeouts",
			    disks[i].name, kc_disk_errors(disks[i].name),
			    kc_disk_timeouts(disks[i].name));
	}
	(void) disk_report("load-mixed", "%ld commands, up to 64 KiB; all "
	    "disks are as they should be", f.ended);
	channels(id);
	for (i = 0; i < DISKS; i++)
		disk_forget(&disks[i]);
}
