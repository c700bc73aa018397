/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What disks say about themselves, and those that are not quite disks: one
 * that is write-protected, a DVD drive with and without a medium, a disk
 * behind the IDE controller.
 */

#include <stdio.h>
#include <string.h>

#include "disk.h"

#define	INQUIRY		0x12
#define	UNMAP		0x42
#define	EVPD		1
#define	ILLEGAL_REQUEST	5		/* sense key */
#define	DVD_LUN		10
#define	EMPTY_LUN	11
#define	DVD_BYTES	(2 * MIB)
#define	DVD_BLOCK	2048
#define	DVD_TYPE	5
#define	IDE_BYTES	(1 * MIB)

static struct disk ide_disk;

/*
 * A page of vital product data; its length, or -1.
 */
static int
vpd(struct disk *d, int page, unsigned char *data)
{
	unsigned char cdb[6] = { INQUIRY, EVPD, 0, 0, 255, 0 };
	unsigned char *buf = disk_memory(255, 0);
	struct kc_scsi result;
	int n;

	cdb[2] = (unsigned char)page;
	memset(buf, 0, 255);
	if (kc_disk_command(d->name, cdb, sizeof (cdb), 0, buf, 255, 10,
	    &result) != 0) {
		disk_complain("%s: INQUIRY page 0x%02x: status 0x%02x, reason "
		    "%d", d->name, page, result.status, result.reason);
		return (-1);
	}
	n = buf[2] << 8 | buf[3];
	if (buf[1] != page || n > 251) {
		disk_complain("%s: INQUIRY page 0x%02x is page 0x%02x, %d "
		    "bytes", d->name, page, buf[1], n);
		return (-1);
	}
	memcpy(data, buf + 4, (size_t)n);
	return (n);
}

static int
has_page(const unsigned char *list, int n, int page)
{
	int i;

	for (i = 0; i < n; i++) {
		if (list[i] == page)
			return (1);
	}
	return (0);
}

/*
 * No two disks are called the same in any way.
 */
void
disk_identity(struct disk *disks, int n)
{
	unsigned char list[256], data[256];
	struct kc_disk a, b;
	int i, k, len;

	for (i = 0; i < n; i++) {
		if (!disk_find(&disks[i], &a))
			disk_complain("%s is gone", disks[i].name);
		if (a.devid[0] == '\0')
			disk_complain("%s has no devid", a.name);
		for (k = 0; k < i; k++) {
			(void) disk_find(&disks[k], &b);
			if (strcmp(a.devid, b.devid) == 0 ||
			    strcmp(a.path, b.path) == 0 ||
			    strcmp(a.name, b.name) == 0)
				disk_complain("%s and %s: the same devid or "
				    "path, %s", a.name, b.name, a.devid);
		}
		len = vpd(&disks[i], 0, list);
		if (len < 0)
			continue;
		if (!has_page(list, len, 0x83))
			disk_complain("%s: no page 0x83", a.name);
		for (k = 0; k < len; k++) {
			if (vpd(&disks[i], list[k], data) < 0)
				break;
		}
	}
	(void) disk_report("disk-identity", "%d disks, each with its own "
	    "devid; the last %s", n, a.devid);
}

void
disk_flushes(struct disk *d)
{
	long before = hvc_disk_commands(d->id, d->target, d->lun,
	    SYNC_CACHE_10);
	unsigned char cdb[10] = { UNMAP, 0, 0, 0, 0, 0, 0, 0, 24, 0 };
	struct kc_scsi r = { .key = -1 };
	unsigned char *buf;
	int error;

	if ((error = kc_disk_flush(d->name)) != 0 ||
	    hvc_disk_commands(d->id, d->target, d->lun, SYNC_CACHE_10) !=
	    before + 1)
		disk_complain("%s: SYNCHRONIZE CACHE: error %d", d->name,
		    error);
	/* Four blocks that nobody needs; old hosts do not know the command. */
	buf = disk_memory(24, 0);
	memset(buf, 0, 24);
	buf[1] = 22;
	buf[3] = 16;
	buf[15] = 8;
	buf[19] = 4;
	error = kc_disk_command(d->name, cdb, sizeof (cdb), 1, buf, 24, 10,
	    &r);
	if (error != 0 && r.key != ILLEGAL_REQUEST)
		disk_complain("%s: UNMAP: error %d, sense key %d", d->name,
		    error, r.key);
	(void) hvc_disk_get(d->id, d->target, d->lun, 8 * d->block,
	    d->want + 8 * d->block, 4 * d->block);
	(void) disk_read(d, 0, 64 * KIB, 0);
	(void) disk_report("disk-flush", "%s: SYNCHRONIZE CACHE, UNMAP%s",
	    d->name, error == 0 ? "" : " (which this host does not know)");
}

void
disk_protected(struct disk *d)
{
	unsigned char *buf;

	(void) hvc_disk_read_only(d->id, d->target, d->lun, 1);
	buf = disk_memory(4096, 0);
	noise(buf, 4096, 1);
	if (kc_disk_io(d->name, 1, 0, buf, 4096) == 0)
		disk_complain("%s: is write-protected, and a write was "
		    "acknowledged", d->name);
	(void) disk_same(d, 0, 8192, NULL, "refused write");
	(void) disk_read(d, 0, 8192, 0);
	(void) hvc_disk_read_only(d->id, d->target, d->lun, 0);
	(void) disk_both(d, 0, 4096, 0);
	(void) disk_report("disk-protected", "%s: refuses writes, and then "
	    "does not", d->name);
}

/*
 * DVD drives. An adapter may leave what is not a disk aside.
 */
void
cdrom_add(int id)
{
	(void) hvc_disk_add(id, 0, DVD_LUN, DVD_BYTES, DVD_BLOCK, 1);
	(void) hvc_disk_add(id, 0, EMPTY_LUN, 0, DVD_BLOCK, 1);
}

void
cdrom_check(int id)
{
	struct disk dvd = { .id = id, .lun = DVD_LUN, .bytes = DVD_BYTES,
	    .block = DVD_BLOCK };
	struct disk empty = { .id = id, .lun = EMPTY_LUN, .block = DVD_BLOCK };
	struct kc_disk kd;
	unsigned char *buf;
	int i;

	(void) disk_find(&dvd, NULL);
	if (dvd.name[0] == '\0') {
		report("dvd", 1, "the driver has disks alone");
		return;
	}
	/* How large its blocks are is known when the medium has been read. */
	buf = disk_memory(DVD_BLOCK, 0);
	if ((i = kc_disk_io(dvd.name, 0, 0, buf, DVD_BLOCK)) != 0)
		disk_complain("%s: error %d", dvd.name, i);
	memset(&kd, 0, sizeof (kd));
	(void) disk_find(&dvd, &kd);
	if (kd.type != DVD_TYPE || !kd.ready || kd.block_size != DVD_BLOCK)
		disk_complain("%s: type %d, blocks of %u bytes, %sready",
		    dvd.name, kd.type, kd.block_size, kd.ready ? "" : "not ");
	(void) disk_window(&dvd, 0, DVD_BYTES);
	for (i = 0; i < 12 && !disk_faulty(); i++)
		(void) disk_read(&dvd, disk_where(&dvd, (long)DVD_BLOCK << i %
		    6), (long)DVD_BLOCK << i % 6, i % 8 * 512);
	buf = disk_memory(DVD_BLOCK, 0);
	if (kc_disk_io(dvd.name, 1, 0, buf, DVD_BLOCK) == 0)
		disk_complain("%s: a DVD was written", dvd.name);
	disk_forget(&dvd);
	memset(&kd, 0, sizeof (kd));
	(void) disk_find(&empty, &kd);
	if (empty.name[0] != '\0' && kd.ready)
		disk_complain("%s: ready, without a medium", empty.name);
	(void) disk_report("dvd", "%s: blocks of %d bytes, read alone; %s",
	    dvd.name, DVD_BLOCK, empty.name[0] == '\0' ?
	    "the empty drive is left aside" : "the other drive is empty");
}

void
ide_add(int id)
{
	memset(&ide_disk, 0, sizeof (ide_disk));
	if (id >= 0)
		(void) disk_add(&ide_disk, id, 0, 0, IDE_BYTES, 512);
}

/*
 * Where the driver is for that class of device, too.
 */
void
ide_check(int id)
{
	int i;

	if (id >= 0 && hvc_open(id)) {
		if (disks_wait(&ide_disk, 1, ANSWER_MS) != 0)
			disk_complain("the guest has no disk behind the IDE "
			    "controller");
		for (i = 0; i < 10 && !disk_faulty(); i++)
			(void) disk_both(&ide_disk, disk_where(&ide_disk,
			    512L << i), 512L << i, i % 8 * 512);
		(void) disk_report("disk-ide", "%s: written and read",
		    ide_disk.name);
	}
	disk_forget(&ide_disk);
}
