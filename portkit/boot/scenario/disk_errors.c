/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Commands that do not end well. The one that fails must say so, one that can
 * be repeated must come to a good end, and the next must find nothing wrong.
 */

#include <stdio.h>
#include <string.h>

#include "disk.h"

#define	LENGTH		4096
#define	FOR_EVER	1000000

/* SCSI status */
#define	CHECK_CONDITION	0x02
#define	BUSY		0x08
#define	RESERVED	0x18

/* sense keys, with additional sense code and its qualifier */
#define	SENSE(key, asc, ascq)	((key) << 16 | (asc) << 8 | (ascq))
#define	MEDIUM_ERROR	SENSE(3, 0x11, 0)
#define	HARDWARE_ERROR	SENSE(4, 0x44, 0)
#define	ILLEGAL_REQUEST	SENSE(5, 0x24, 0)
#define	ATTENTION	SENSE(6, 0x29, 0)	/* reset occurred */
#define	CHANGED		SENSE(6, 0x2a, 9)	/* capacity data */
#define	ABORTED		SENSE(11, 0, 0)

/* How a transfer that meets it once has to end. */
enum end { GOOD, BAD, ANY };

static const struct trouble {
	const char	*name;
	int		kind;
	unsigned	detail;
	enum end	end;
	int		status;		/* that the target driver sees; -1 */
} troubles[] = {
	{ "busy", HVC_FAULT_BUSY, 0, GOOD, BUSY },
	{ "task-set-full", HVC_FAULT_TASK_FULL, 0, GOOD, -1 },
	{ "reserved", HVC_FAULT_RESERVED, 0, ANY, RESERVED },
	{ "unit-attention", HVC_FAULT_CHECK, ATTENTION, GOOD, CHECK_CONDITION },
	{ "capacity-changed", HVC_FAULT_CHECK, CHANGED, GOOD, -1 },
	{ "medium-error", HVC_FAULT_CHECK, MEDIUM_ERROR, ANY,
	    CHECK_CONDITION },
	{ "hardware-error", HVC_FAULT_CHECK, HARDWARE_ERROR, ANY,
	    CHECK_CONDITION },
	{ "illegal-request", HVC_FAULT_CHECK, ILLEGAL_REQUEST, BAD,
	    CHECK_CONDITION },
	{ "aborted-command", HVC_FAULT_CHECK, ABORTED, GOOD, CHECK_CONDITION },
	{ "no-sense", HVC_FAULT_NO_SENSE, 0, ANY, CHECK_CONDITION },
	{ "srb-aborted", HVC_FAULT_SRB, 0x02, ANY, -1 },
	{ "srb-error", HVC_FAULT_SRB, 0x04, ANY, -1 },
	{ "srb-busy", HVC_FAULT_SRB, 0x05, ANY, -1 },
	{ "srb-no-device", HVC_FAULT_SRB, 0x08, ANY, -1 },
	{ "srb-timeout", HVC_FAULT_SRB, 0x09, ANY, -1 },
	{ "srb-selection-timeout", HVC_FAULT_SRB, 0x0a, ANY, -1 },
	{ "srb-bus-reset", HVC_FAULT_SRB, 0x0e, ANY, -1 },
	{ "srb-overrun", HVC_FAULT_SRB, 0x12, ANY, -1 },
	{ "srb-invalid-lun", HVC_FAULT_SRB, 0x20, ANY, -1 },
	{ "srb-internal", HVC_FAULT_SRB, 0x30, ANY, -1 },
	{ "short", HVC_FAULT_SHORT, LENGTH / 4, ANY, -1 },
	{ "nothing", HVC_FAULT_SHORT, 0, ANY, -1 },
};

static void
arm(struct disk *d, int opcode, const struct trouble *t, int count)
{
	if (hvc_storage_fault(d->id, d->target, d->lun, opcode, t->kind, 0,
	    count, t->detail) != 0)
		disk_complain("the host knows no fault %d", t->kind);
}

static void
check_end(const struct trouble *t, const char *what, int error)
{
	if (t->end == GOOD && error != 0)
		disk_complain("%s: %s, met once, ended with error %d", t->name,
		    what, error);
	if (t->end == BAD && error == 0)
		disk_complain("%s: %s ended well", t->name, what);
}

/*
 * What is tried again for as long as it lasts: a full queue empties, and news
 * of another capacity are read.
 */
static int
endless(const struct trouble *t)
{
	return (t->kind == HVC_FAULT_TASK_FULL || t->detail == CHANGED);
}

/*
 * What the target driver sees of a single command.
 */
static void
as_seen(struct disk *d, const struct trouble *t, char *text, size_t len)
{
	unsigned char cdb[10] = { READ_10, 0, 0, 0, 0, 0, 0, 0, LENGTH / 512,
	    0 };
	unsigned char *buf = disk_memory(LENGTH, 0);
	struct kc_scsi r;
	int error;

	memset(&r, 0, sizeof (r));
	noise(buf, LENGTH, 3);
	/* Also when the target driver tries again. */
	arm(d, READ_10, t, endless(t) ? 2 : FOR_EVER);
	error = kc_disk_command(d->name, cdb, sizeof (cdb), 0, buf, LENGTH, 20,
	    &r);
	hvc_storage_fault_clear(d->id);
	(void) snprintf(text, len, "reason %d state 0x%x status 0x%02x "
	    "sense %d/%x/%x resid %ld", r.reason, r.state, r.status, r.key,
	    r.asc, r.ascq, r.resid);
	if (t->status >= 0 && r.status != t->status)
		disk_complain("%s: the target driver sees no status 0x%02x: "
		    "%s", t->name, t->status, text);
	if (t->kind == HVC_FAULT_CHECK && t->status >= 0 &&
	    ((unsigned)r.key != t->detail >> 16 ||
	    (unsigned)r.asc != (t->detail >> 8 & 0xff) ||
	    (unsigned)r.ascq != (t->detail & 0xff)))
		disk_complain("%s: the sense data do not arrive: %s", t->name,
		    text);
	if (t->kind == HVC_FAULT_SRB && error == 0)
		disk_complain("%s: SRB status 0x%02x is taken for success: %s",
		    t->name, t->detail, text);
	if (t->kind == HVC_FAULT_SHORT &&
	    r.resid != LENGTH - (long)t->detail)
		disk_complain("%s: %u of %d bytes came: %s", t->name,
		    t->detail, LENGTH, text);
}

/*
 * And what a program gets.
 */
static void
transfers(struct disk *d, const struct trouble *t)
{
	unsigned char *buf = disk_memory(LENGTH, 0);
	long long at = 64 * KIB;
	int error;

	/* It may be asked first whether it is ready; after this it is. */
	(void) disk_read(d, at, LENGTH, 0);
	noise(buf, LENGTH, 5);
	arm(d, -1, t, 1);
	error = kc_disk_io(d->name, 0, (unsigned long long)at, buf, LENGTH);
	hvc_storage_fault_clear(d->id);
	check_end(t, "a read", error);
	if (error == 0)
		(void) disk_same(d, at, LENGTH, buf, t->name);

	(void) disk_read(d, at, LENGTH, 0);
	noise(buf, LENGTH, hc_random(0x7fffffff));
	arm(d, -1, t, 1);
	error = kc_disk_io(d->name, 1, (unsigned long long)at, buf, LENGTH);
	hvc_storage_fault_clear(d->id);
	check_end(t, "a write", error);
	if (error == 0) {
		memcpy(d->want + at, buf, LENGTH);
		(void) disk_same(d, at, LENGTH, NULL, t->name);
	} else {
		(void) hvc_disk_get(d->id, d->target, d->lun, at, d->want + at,
		    LENGTH);
	}
	(void) disk_both(d, at, LENGTH, 512);
}

/*
 * A disk that does not recover: the error has to reach the program.
 */
static void
for_ever(struct disk *d, const struct trouble *t)
{
	unsigned char *buf = disk_memory(LENGTH, 0);
	int error;

	if (t->kind == HVC_FAULT_SHORT || endless(t))
		return;
	/* Commands of all kinds, but those that find out what is wrong. */
	arm(d, READ_6, t, FOR_EVER);
	arm(d, READ_10, t, FOR_EVER);
	error = kc_disk_io(d->name, 0, 0, buf, LENGTH);
	hvc_storage_fault_clear(d->id);
	if (error == 0)
		disk_complain("%s: each command fails, and a read ended well",
		    t->name);
	/* It may have been taken offline, and comes back when asked. */
	if (disks_wait(d, 1, SECOND_MS) != 0)
		disks_rescan(d->id);
	(void) disks_wait(d, 1, ANSWER_MS);
	(void) disk_both(d, 0, LENGTH, 0);
}

/*
 * A reset, or an abort, while commands are under way. They may end in an error;
 * end they must.
 */
static void
in_full_flight(struct disk *disks, int n, int (*stir)(const char *, int),
    int how, const char *milestone)
{
	struct flight f = { .disks = disks, .ndisks = n, .depth = 32,
	    .pilots = 4, .region = 16 * KIB, .may_fail = 1 };
	int resets = hvc_storage_resets(disks[0].id);
	int i, done = 0;

	hvc_storage_latency_us(20000);
	if (flight_begin(&f) != 0) {
		disk_complain("the disks are too small");
	} else {
		for (i = 0; i < 3; i++) {
			(void) flight_wait(&f, f.ended + 20, MINUTE_MS);
			done += stir(disks[0].name, how) == 1;
		}
		(void) flight_wait(&f, f.ended + 40, MINUTE_MS);
		if (flight_end(&f, 10 * MINUTE_MS) == 0) {
			flight_settle(&f);
			flight_free(&f);
		}
	}
	hvc_storage_latency_us(-1);
	for (i = 0; i < n; i++)
		(void) disk_both(&disks[i], 0, LENGTH, 0);
	resets = hvc_storage_resets(disks[0].id) - resets;
	(void) disk_report(milestone, "%d of 3 done, %d came to the host; %ld "
	    "commands, %ld ended in an error", done, resets, f.ended,
	    f.failed);
}

static int
abort_all(const char *name, int how)
{
	(void) how;
	return (kc_disk_abort(name));
}

void
scenario_disk_errors(void)
{
	struct disk disks[2];
	char text[128], milestone[64];
	size_t i;
	int id;

	if (!storage_planned())
		return;
	devices_services();
	id = hvc_add("scsi");
	if (disk_add(&disks[0], id, 0, 0, 1 * MIB, 512) != 0 ||
	    disk_add(&disks[1], id, 1, 0, 1 * MIB, 512) != 0)
		return;
	if (disks_up(disks, 2) != 0)
		return;
	for (i = 0; i < sizeof (troubles) / sizeof (troubles[0]); i++) {
		(void) snprintf(milestone, sizeof (milestone), "error:%s",
		    troubles[i].name);
		as_seen(&disks[0], &troubles[i], text, sizeof (text));
		transfers(&disks[0], &troubles[i]);
		for_ever(&disks[0], &troubles[i]);
		(void) disk_report(milestone, "%s", text);
	}
	in_full_flight(disks, 2, kc_disk_reset, 3, "error:reset-lun");
	in_full_flight(disks, 2, kc_disk_reset, 2, "error:reset-target");
	in_full_flight(disks, 2, kc_disk_reset, 1, "error:reset-bus");
	in_full_flight(disks, 2, abort_all, 0, "error:abort");
	disk_memory_free();
	disk_forget(&disks[0]);
	disk_forget(&disks[1]);
}
