/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * How many reads a second: 8 KiB each, anywhere on the disk.
 *
 * The host takes no time over a command, and always as long to see that there
 * is one.  What passes besides is what the guest itself needs: each basic block
 * of a driver, and each call of the kernel's, has its price in virtual time.
 * The same seed gives the same figure on each machine, and other seeds nearly
 * that.  It says how long the path through the driver is, how many interrupts
 * and signals it takes, and what waits for what.  It does not say what caches
 * and locks cost: those, and how fast a disk is, are for a real machine.  All
 * CPUs share one clock, since one of them runs at a time, so more CPUs do not
 * make it faster.
 *
 * The threads read as pread(2) does, each its own part, and compare nothing
 * while the clock runs.
 */

#include <stdio.h>
#include <string.h>

#include "disk.h"

#define	SIZE		(32 * MIB)
#define	LENGTH		(8 * KIB)
#define	READERS		32
#define	READS		1600

struct reader {
	struct disk	*disk;
	unsigned char	*memory;
	int		index;
};

static long reads_left;
static int readers_left, readers_failed;
static hc_time finished;	/* when the last read came back */

static void
reader(void *arg)
{
	struct reader *r = arg;
	unsigned long long at;

	while (reads_left > 0) {
		reads_left--;
		at = (unsigned long long)hc_random(SIZE / LENGTH) * LENGTH;
		if (kc_disk_io(r->disk->name, 0, at, r->memory, LENGTH) != 0)
			readers_failed++;
	}
	finished = hc_now();
	readers_left--;
}

static int
all_read(void *arg)
{
	(void) arg;
	return (readers_left == 0);
}

static void
speed(struct disk *d, int depth)
{
	struct reader readers[READERS];
	hc_time then, spent;
	char milestone[32];
	int i;

	reads_left = READS;
	readers_left = depth;
	readers_failed = 0;
	for (i = 0; i < depth; i++) {
		readers[i].disk = d;
		readers[i].index = i;
		readers[i].memory = kc_disk_buffer(LENGTH, 0);
	}
	then = hc_now();
	for (i = 0; i < depth; i++)
		kc_spawn("reader", reader, &readers[i]);
	if (kc_wait(all_read, NULL, 10 * MINUTE_MS) != 0) {
		disk_complain("the reads do not end");
		depth = 0;		/* they may have the memory yet */
	}
	/* Not from now: whoever waits looks only every few milliseconds. */
	spent = finished - then;
	for (i = 0; i < depth; i++)
		kc_disk_buffer_free(readers[i].memory);
	if (readers_failed != 0)
		disk_complain("%d reads failed", readers_failed);
	(void) snprintf(milestone, sizeof (milestone), "speed:%d", depth);
	(void) disk_report(milestone, "%ld IOPS, %.2f us for each of %d reads "
	    "of %ld KiB, %d at once, %d CPU%s", (long)(READS * 1e9 /
	    (double)spent), (double)spent / 1e3 / READS, READS, LENGTH / KIB,
	    depth, hc_ncpus(), hc_ncpus() == 1 ? "" : "s");
}

void
scenario_disk_speed(void)
{
	struct disk d;
	int id, i;

	if (!storage_planned())
		return;
	/* Drivers that count on further processors are compared on one, too. */
	kc_cpus_may_come();
	devices_services();
	id = hvc_add("scsi");
	if (disk_add(&d, id, 0, 0, SIZE, 512) != 0 || disks_up(&d, 1) != 0)
		return;
	hvc_storage_latency_us(0);
	hvc_steady(1);
	/* The first ones are for whatever is made at the first use. */
	for (i = 0; i < 50; i++)
		(void) disk_read(&d, disk_where(&d, LENGTH), LENGTH, 0);
	speed(&d, 1);
	speed(&d, READERS);
	hvc_steady(0);
	disk_memory_free();
	disk_forget(&d);
}
