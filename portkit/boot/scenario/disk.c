/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Disks that do as they should: several luns of two targets, and what can be
 * read from and written to them.
 */

#include <stdio.h>
#include <string.h>

#include "disk.h"

enum { FIRST, SECOND, FAR, OTHER, COARSE, HUGE, NDISKS };

#define	SERVICE_DISK	(256 * KIB)
#define	SECTOR		512
#define	SWEEP		(64 * KIB)

/*
 * Of a boot with everything: one disk, briefly.
 */
void
service_disk_add(int id)
{
	if (hvc_disk_add(id, 0, 0, SERVICE_DISK, SECTOR, 0) != 0)
		report("disk-add", 0, "the host has no room for a disk");
}

static void
service_disk_is(struct disk *d, int id)
{
	memset(d, 0, sizeof (*d));
	d->id = id;
	d->bytes = SERVICE_DISK;
	d->block = SECTOR;
}

int
service_disk_wait(int id)
{
	struct disk d;

	service_disk_is(&d, id);
	return (disks_wait(&d, 1, ANSWER_MS));
}

int
service_disk(int id, const char *milestone)
{
	struct disk d;
	long len = SECTOR;
	int i;

	service_disk_is(&d, id);
	if (disks_wait(&d, 1, report_manner == MUTE ? SECOND_MS :
	    ANSWER_MS) != 0) {
		report(milestone, 0, "the guest has no disk");
		return (-1);
	}
	(void) disk_window(&d, 0, (long)d.bytes);
	for (i = 0; i < 4; i++, len *= 4)
		(void) disk_both(&d, disk_where(&d, len), len, i * SECTOR);
	disk_memory_free();
	disk_forget(&d);
	return (disk_report(milestone, "%s: written, read, and in the host's "
	    "file", d.name));
}

/*
 * As dd(8) copies to a raw disk and back.
 */
static void
sequential(struct disk *d, long bs)
{
	long at;

	for (at = 0; at + bs <= d->kept; at += bs) {
		if (disk_write(d, at, bs, 0) != 0)
			return;
	}
	for (at = 0; at + bs <= d->kept; at += bs) {
		if (disk_read(d, at, bs, 0) != 0)
			return;
	}
}

/*
 * Every size, each at another place of the disk and of a page.
 */
static void
sizes(struct disk *d)
{
	long len, blocks;

	for (len = SECTOR; len <= SWEEP; len += SECTOR) {
		blocks = len / SECTOR;
		if (disk_both(d, (blocks * 37 % 997) * SECTOR, len,
		    (int)(blocks * 3 % 8) * SECTOR) != 0)
			return;
	}
}

static void
large_sizes(struct disk *d)
{
	static const long list[] = {
		SWEEP + SECTOR, 96 * KIB, 128 * KIB - SECTOR, 128 * KIB,
		128 * KIB + SECTOR, 256 * KIB - SECTOR, 256 * KIB,
		256 * KIB + SECTOR, 384 * KIB, 512 * KIB - SECTOR, 512 * KIB,
		512 * KIB + SECTOR, 768 * KIB, 1024 * KIB - SECTOR, 1024 * KIB,
	};
	size_t i;
	long len;

	for (i = 0; i < sizeof (list) / sizeof (list[0]); i++) {
		if (disk_both(d, disk_where(d, list[i]), list[i],
		    (int)i % 8 * SECTOR) != 0)
			return;
	}
	for (i = 0; i < 10; i++) {
		len = SECTOR * (1 + (long)hc_random(DISK_MOST / SECTOR));
		if (disk_both(d, disk_where(d, len), len,
		    (int)hc_random(8) * SECTOR) != 0)
			return;
	}
}

/*
 * Memory that begins anywhere: at sectors, and at odd bytes. What an adapter
 * cannot reach, binding it has to copy.
 */
static void
buffers(struct disk *d)
{
	static const int offsets[] = {
		0, 512, 1024, 1536, 2048, 2560, 3072, 3584,
		1, 2, 3, 4, 7, 8, 60, 511, 513, 1023, 2049, 4088, 4094, 4095,
	};
	static const long lengths[] = { 512, 4096, 8704, 65536 };
	size_t i, k;

	for (i = 0; i < sizeof (offsets) / sizeof (offsets[0]); i++) {
		for (k = 0; k < sizeof (lengths) / sizeof (lengths[0]); k++) {
			if (disk_write(d, disk_where(d, lengths[k]),
			    lengths[k], offsets[i]) != 0 ||
			    disk_read(d, disk_where(d, lengths[k]),
			    lengths[k], offsets[i]) != 0)
				return;
		}
	}
}

static void
at_random(struct disk *disks, int n, int times)
{
	struct disk *d;
	long len;
	int i;

	for (i = 0; i < times; i++) {
		d = &disks[hc_random((hc_u32)n)];
		len = (long)d->block * (1 + (long)hc_random((hc_u32)(128 *
		    KIB / d->block)));
		if (len > d->kept)
			len = d->kept;
		if ((hc_random(2) ? disk_write : disk_read)(d,
		    disk_where(d, len), len, (int)hc_random(8) * SECTOR) != 0)
			return;
	}
}

/*
 * Beyond what 32 bits can number, and across that place.
 */
static void
huge(struct disk *d)
{
	long before, after;
	int i;

	(void) disk_window(d, 2 * TIB - 128 * KIB, 256 * KIB);
	(void) disk_both(d, 2 * TIB - 4096, 8192, 0);
	for (i = 0; i < 6; i++)
		(void) disk_both(d, disk_where(d, 16 * KIB), 16 * KIB, 512);
	before = hvc_disk_commands(d->id, d->target, d->lun, READ_16);
	(void) disk_window(d, d->bytes - 256 * KIB, 256 * KIB);
	(void) disk_both(d, d->bytes - 512, 512, 0);
	(void) disk_both(d, d->bytes - 64 * KIB, 64 * KIB, 1024);
	after = hvc_disk_commands(d->id, d->target, d->lun, READ_16);
	if (after <= before)
		disk_complain("%s: blocks beyond 2^32 were read without "
		    "READ(16)", d->name);
}

static void
beyond(struct disk *d)
{
	void *buf = disk_memory(4096, 0);

	if (kc_disk_io(d->name, 0, (unsigned long long)d->bytes, buf,
	    SECTOR) == 0)
		disk_complain("%s: a block past the last one can be read",
		    d->name);
	(void) disk_read(d, d->bytes - SECTOR, SECTOR, 0);
}

/*
 * None of all this may have needed a second try.
 */
static void
unhurt(struct disk *disks, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		if (kc_disk_timeouts(disks[i].name) != 0 ||
		    kc_disk_errors(disks[i].name) != 0)
			disk_complain("%s: %ld timeouts, %ld errors, %ld "
			    "retries", disks[i].name,
			    kc_disk_timeouts(disks[i].name),
			    kc_disk_errors(disks[i].name),
			    kc_disk_retries(disks[i].name));
	}
}

static int
all_luns(struct disk *disks, int id)
{
	int bad = 0;

	bad |= disk_add(&disks[FIRST], id, 0, 0, 8 * MIB, SECTOR);
	bad |= disk_add(&disks[SECOND], id, 0, 1, 2 * MIB, SECTOR);
	bad |= disk_add(&disks[FAR], id, 0, 7, 1 * MIB, SECTOR);
	bad |= disk_add(&disks[OTHER], id, 1, 0, 2 * MIB, SECTOR);
	bad |= disk_add(&disks[COARSE], id, 1, 3, 4 * MIB, 4096);
	bad |= disk_add(&disks[HUGE], id, 1, 4, 3 * TIB, SECTOR);
	return (bad);
}

void
scenario_disk(void)
{
	struct disk disks[NDISKS];
	int id, ide, i;

	if (!storage_planned())
		return;
	devices_services();
	id = hvc_add("scsi");
	ide = hvc_add("ide");
	if (all_luns(disks, id) != 0)
		return;
	cdrom_add(id);
	ide_add(ide);
	(void) user_disks_add(id, USER_LUN);
	if (disks_up(disks, NDISKS) != 0)
		return;
	(void) disks_listed("disk-list");
	disk_identity(disks, NDISKS);

	sequential(&disks[FAR], 64 * KIB);
	(void) disk_report("disk-sequential", "%s: all of it in 64 KiB, "
	    "written and read", disks[FAR].name);
	sizes(&disks[FIRST]);
	(void) disk_report("disk-sizes", "%s: every size up to %ld KiB",
	    disks[FIRST].name, SWEEP / KIB);
	large_sizes(&disks[FIRST]);
	(void) disk_report("disk-sizes-large", "%s: up to %ld KiB",
	    disks[FIRST].name, DISK_MOST / KIB);
	buffers(&disks[SECOND]);
	(void) disk_report("disk-buffers", "%s: buffers from 22 places of a "
	    "page on", disks[SECOND].name);
	at_random(disks, COARSE + 1, 100);
	(void) disk_report("disk-random", "%d disks, 100 commands", COARSE + 1);
	for (i = 0; i < 12; i++)
		(void) disk_both(&disks[COARSE], disk_where(&disks[COARSE],
		    4096L << i % 6), 4096L << i % 6, i % 8 * SECTOR);
	(void) disk_report("disk-4k", "%s: blocks of 4096 bytes",
	    disks[COARSE].name);
	huge(&disks[HUGE]);
	(void) disk_report("disk-huge", "%s: %lld GiB, up to the last block",
	    disks[HUGE].name, disks[HUGE].bytes >> 30);
	unhurt(disks, NDISKS);
	(void) disk_report("disk-unhurt", "no timeout, no error");
	beyond(&disks[FIRST]);
	(void) disk_report("disk-beyond", "%s: nothing past the last block",
	    disks[FIRST].name);

	disk_flushes(&disks[FIRST]);
	disk_protected(&disks[SECOND]);
	cdrom_check(id);
	ide_check(ide);
	user_disks_check(id, USER_LUN);
	disk_memory_free();
	for (i = 0; i < NDISKS; i++)
		disk_forget(&disks[i]);
}
