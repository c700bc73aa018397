/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Polled commands, with interrupts off: how a crash dump is written. Others
 * may be under way at that moment; they end later, or with the machine.
 */

#include <stdio.h>
#include <string.h>

#include "disk.h"

#define	SLOW_US		20000
#define	DUMP_AT		(1 * MIB)	/* what no other command touches */
#define	DUMP_LEN	(256 * KIB)

static int
dump(struct disk *d, long long at, long len, int panicking)
{
	unsigned char *buf = disk_memory(len, 0);
	hc_time then = hc_now();
	int error;

	noise(buf, len, hc_random(0x7fffffff));
	error = kc_disk_dump(d->name, (unsigned long long)at, buf, len,
	    panicking);
	if (error != 0) {
		disk_complain("%s: dump of %ld bytes at %lld: error %d after "
		    "%.3f s", d->name, len, at, error,
		    (double)(hc_now() - then) / 1e9);
		return (-1);
	}
	memcpy(d->want + (at - d->from), buf, (size_t)len);
	return (disk_same(d, at, len, NULL, "dump"));
}

static void
dumps(struct disk *d, int n, int panicking)
{
	long len;
	int i;

	for (i = 0; i < n; i++) {
		len = 512L * (1 + (long)hc_random(128));
		if (dump(d, DUMP_AT + 512 * (long long)hc_random((hc_u32)
		    ((DUMP_LEN - len) / 512)), len, panicking) != 0)
			return;
	}
}

/*
 * While others are under way: the dump ends, and so do they.
 */
static void
among_others(struct disk *disks, int n, int panicking, const char *milestone)
{
	struct flight f = { .disks = disks, .ndisks = n, .depth = 64,
	    .pilots = 4, .region = 16 * KIB };
	int most;

	hvc_storage_latency_us(SLOW_US);
	if (flight_begin(&f) != 0) {
		disk_complain("the disks are too small");
	} else {
		(void) flight_wait(&f, 20, MINUTE_MS);
		(void) hvc_storage_most(disks[0].id);
		dumps(&disks[0], 4, panicking);
		most = hvc_storage_most(disks[0].id);
		if (most < 16)
			disk_complain("no more than %d commands were with the "
			    "host", most);
		/* And they go on. */
		(void) flight_wait(&f, f.ended + 100, MINUTE_MS);
		if (flight_end(&f, MINUTE_MS) == 0)
			flight_free(&f);
		(void) disk_report(milestone, "4 among %ld others, %d of them "
		    "with the host at once", f.ended, most - 1);
	}
	hvc_storage_latency_us(-1);
}

/*
 * What is in the way must not be waited for without end.
 */
static void
in_trouble(struct disk *d)
{
	unsigned char *buf;
	hc_time then;
	int error;

	(void) hvc_storage_fault(d->id, d->target, d->lun, -1, HVC_FAULT_BUSY,
	    0, 2, 0);
	(void) dump(d, DUMP_AT, 8192, 0);
	hvc_storage_fault_clear(d->id);
	(void) disk_report("dump-busy", "%s: written, though it was busy",
	    d->name);

	(void) hvc_storage_fault(d->id, d->target, d->lun, -1,
	    HVC_FAULT_NEVER, 0, 100000, 0);
	buf = disk_memory(8192, 0);
	then = hc_now();
	error = kc_disk_dump(d->name, DUMP_AT, buf, 8192, 0);
	if (error == 0)
		disk_complain("%s: the host never answered, and the dump is "
		    "done", d->name);
	hvc_storage_fault_clear(d->id);
	(void) disk_report("dump-never", "%s: no answer: error %d after %.1f "
	    "s", d->name, error, (double)(hc_now() - then) / 1e9);
	(void) hvc_storage_release(d->id);
	kc_sleep_ms(5 * SECOND_MS);
	(void) hvc_disk_get(d->id, d->target, d->lun, DUMP_AT,
	    d->want + DUMP_AT, 8192);
	(void) disk_both(d, 0, 16 * KIB, 0);
	(void) disk_report("dump-after", "%s: goes on after that", d->name);
}

void
scenario_disk_dump(void)
{
	struct disk disks[2];
	int id, i;

	if (!storage_planned())
		return;
	devices_services();
	id = hvc_add("scsi");
	if (disk_add(&disks[0], id, 0, 0, 2 * MIB, 512) != 0 ||
	    disk_add(&disks[1], id, 1, 0, 2 * MIB, 512) != 0)
		return;
	if (disks_up(disks, 2) != 0)
		return;
	dumps(&disks[0], 12, 0);
	(void) disk_report("dump", "%s: 12 times, interrupts off",
	    disks[0].name);
	among_others(disks, 2, 0, "dump-busy-adapter");
	in_trouble(&disks[1]);
	dumps(&disks[0], 4, 1);
	(void) disk_report("dump-panic", "%s: 4 times, the other CPUs stand "
	    "still", disks[0].name);
	among_others(disks, 2, 1, "dump-panic-busy");
	disk_memory_free();
	for (i = 0; i < 2; i++)
		disk_forget(&disks[i]);
}
