/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The files of --disk. They are their owner's: one that has something on it is
 * read and not written. One that is blank, or that an earlier run has marked,
 * is written; first of all the mark, so that the next run knows it again.
 */

#include <stdio.h>
#include <string.h>

#include "disk.h"

#define	BLOCK	512
#define	HEAD	(2 * MIB)	/* how much of each end is tried */
#define	TAIL	(512 * KIB)
#define	TRIES	24
#define	PER_TARGET	(64 - USER_LUN)

int
user_disks_add(int id, int first_lun)
{
	int i, n = hvc_user_disks();

	for (i = 0; i < n; i++) {
		if (hvc_user_disk_add(id, i / PER_TARGET, first_lun + i %
		    PER_TARGET, i) != 0) {
			report("user-disk", 0, "the host has no room for disk "
			    "%d", i);
			return (i);
		}
	}
	return (n);
}

/*
 * What is in the file now is what ought to be there.
 */
static int
look_at(struct disk *d, long long from, long len)
{
	hc_free(d->want);
	d->want = hc_alloc((hc_u64)len);
	d->from = from;
	d->kept = len;
	return (hvc_disk_get(d->id, d->target, d->lun, from, d->want, len));
}

static int
mark(struct disk *d)
{
	char *buf = disk_memory(BLOCK, 0);
	int error;

	memset(buf, 0, BLOCK);
	(void) strcpy(buf, HVC_DISK_MARK);
	error = kc_disk_io(d->name, 1, 0, buf, BLOCK);
	if (error != 0)
		disk_complain("%s: the mark cannot be written: error %d",
		    d->name, error);
	return (error == 0 ? 0 : -1);
}

/*
 * Reads, and writes if it may be, here and there.
 */
static void
try_part(struct disk *d, long long from, long len, int writes)
{
	long n, most;
	int i;

	if (len <= 0 || look_at(d, from, len) != 0)
		return;
	most = len < 128 * KIB ? len : 128 * KIB;
	for (i = 0; i < TRIES && !disk_faulty(); i++) {
		n = BLOCK * (1 + (long)hc_random((hc_u32)(most / BLOCK)));
		if (writes && i % 2 == 0)
			(void) disk_both(d, disk_where(d, n), n,
			    (int)hc_random(8) * BLOCK);
		else
			(void) disk_read(d, disk_where(d, n), n,
			    (int)hc_random(8) * BLOCK);
	}
}

static void
check(struct disk *d, int index)
{
	int blank = hvc_user_disk_blank(index);
	long long skip = blank ? BLOCK : 0, size = d->bytes;
	char milestone[32], line[128];

	(void) snprintf(milestone, sizeof (milestone), "user-disk:%d", index);
	if (disks_wait(d, 1, ANSWER_MS) != 0) {
		report(milestone, 0, "the guest has no disk of %lld bytes for "
		    "lun %d", d->bytes, d->lun);
		return;
	}
	if (!blank) {
		(void) snprintf(line, sizeof (line), "%s: the file has "
		    "something on it: it is read, not written\n", d->name);
		hc_console(line);
	} else if (mark(d) != 0) {
		(void) disk_report(milestone, "%s", "");
		return;
	}
	try_part(d, skip, (long)(size - skip < HEAD ? size - skip : HEAD),
	    blank);
	if (size > HEAD + TAIL && !disk_faulty())
		try_part(d, size - TAIL, TAIL, blank);
	disk_forget(d);
	(void) disk_report(milestone, "%s, %lld bytes, %s", d->name, size,
	    blank ? "written and read" : "read alone");
}

void
user_disks_check(int id, int first_lun)
{
	struct disk d;
	int i, n = hvc_user_disks();

	for (i = 0; i < n; i++) {
		memset(&d, 0, sizeof (d));
		d.id = id;
		d.target = i / PER_TARGET;
		d.lun = first_lun + i % PER_TARGET;
		d.bytes = hvc_user_disk_bytes(i);
		d.block = BLOCK;
		check(&d, i);
	}
}
