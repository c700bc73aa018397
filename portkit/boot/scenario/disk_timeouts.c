/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * A host that does not answer a command, or only when nobody waits for the
 * answer any more. Somebody has to hear of it, and all others go on. (Its
 * memory belongs to the command until the answer has come.)
 */

#include <stdio.h>
#include <string.h>

#include "disk.h"

#define	LENGTH	(8 * KIB)
#define	PATIENCE_MS	(15 * MINUTE_MS)

struct lonely {
	unsigned char	*memory;
	int		ended, error;
};

static void
lonely_ended(void *arg, int error)
{
	struct lonely *l = arg;

	l->error = error;
	l->ended = 1;
}

static int
has_ended(void *arg)
{
	return (((struct lonely *)arg)->ended);
}

/*
 * In the packet, and so with the target driver, or by the driver on the
 * console; a line that has been there before counts once.
 */
static int
timeout_told(struct disk *d, long before, char *line, int len)
{
	static const char *const words[] = {
		"timeout", "timed out", "time out", "did not return",
		"Timeout", "not responding", NULL
	};
	static int by_console;
	int i;

	if (kc_disk_timeouts(d->name) > before) {
		(void) snprintf(line, (size_t)len, "the packet's reason");
		return (1);
	}
	for (i = 0; words[i] != NULL; i++) {
		if (before == 0 || by_console) {
			if (hc_console_has(words[i], line, (hc_u64)len)) {
				by_console = 1;
				return (1);
			}
		}
	}
	return (0);
}

struct telling {
	struct disk	*disk;
	long		before;
	char		line[256];
};

static int
told(void *arg)
{
	struct telling *t = arg;

	return (timeout_told(t->disk, t->before, t->line, sizeof (t->line)));
}

/*
 * One command without an answer.
 */
static void
one_never(struct disk *disks, int n, int write, const char *milestone)
{
	struct disk *d = &disks[0];
	struct lonely l = { .ended = 0 };
	struct telling t = { .disk = d, .before = kc_disk_timeouts(d->name) };
	struct flight f = { .disks = disks, .ndisks = n, .depth = 16,
	    .pilots = 2, .region = 8 * KIB, .total = 60 };
	long long at = 512 * KIB;	/* where no other command is */
	hc_time then = hc_now();
	int early;

	l.memory = kc_disk_buffer(LENGTH, 0);
	noise(l.memory, LENGTH, hc_random(0x7fffffff));
	/* It may be asked first whether it is ready; after this it is. */
	(void) disk_read(d, at, LENGTH, 0);
	if (write)
		memcpy(d->want + at, l.memory, LENGTH);
	(void) hvc_storage_fault(d->id, d->target, d->lun, -1, HVC_FAULT_NEVER,
	    0, 1, 0);
	if (kc_disk_start(d->name, write, (unsigned long long)at, l.memory,
	    LENGTH, lonely_ended, &l) != 0)
		disk_complain("%s: a command cannot be started", d->name);
	/* The others do not wait for it. */
	kc_sleep_ms(100);
	(void) flight(&f, 30 * SECOND_MS);
	early = l.ended;
	if (early)
		disk_complain("%s: the command ended before its time, error "
		    "%d, after %.3f s", d->name, l.error,
		    (double)(hc_now() - then) / 1e9);
	if (kc_wait(told, &t, PATIENCE_MS) != 0)
		disk_complain("%s: nobody was told after %ld minutes that a "
		    "command has no answer", d->name, PATIENCE_MS / MINUTE_MS);
	then = hc_now() - then;
	memset(&f, 0, sizeof (f));
	f.disks = disks;
	f.ndisks = n;
	f.depth = 16;
	f.pilots = 2;
	f.region = 8 * KIB;
	f.total = 60;
	(void) flight(&f, PATIENCE_MS);
	/* It ends by itself, or when the host answers after all. */
	early = kc_wait(has_ended, &l, PATIENCE_MS) == 0;
	(void) hvc_storage_release(d->id);
	if (kc_wait(has_ended, &l, MINUTE_MS) != 0) {
		disk_complain("%s: the command has not ended, though the host "
		    "answered at last", d->name);
		(void) disk_report(milestone, "%s", "");
		return;			/* its memory stays its own */
	}
	kc_sleep_ms(5 * SECOND_MS);
	if (l.error == 0)
		(void) disk_same(d, at, LENGTH, write ? NULL : l.memory,
		    "command without an answer");
	else
		(void) hvc_disk_get(d->id, d->target, d->lun, at, d->want + at,
		    LENGTH);
	(void) disk_both(d, at, LENGTH, 0);
	kc_disk_buffer_free(l.memory);
	(void) disk_report(milestone, "told after %.0f s by %s; ended %s, "
	    "error %d; the others went on", (double)then / 1e9, t.line, early ?
	    "by itself" : "when the host answered", l.error);
}

/*
 * The answer comes when the command is long over.
 */
static void
late(struct disk *d)
{
	unsigned char cdb[10] = { READ_10, 0, 0, 0, 0, 0, 0, 0, LENGTH / 512,
	    0 };
	unsigned char *buf;
	struct kc_scsi r;
	hc_time then;
	int i, error = 0;

	for (i = 0; i < 3; i++) {
		memset(&r, 0, sizeof (r));
		buf = disk_memory(LENGTH, 0);
		(void) hvc_storage_fault(d->id, d->target, d->lun, READ_10,
		    HVC_FAULT_LATE, 0, 1, 20000);
		then = hc_now();
		error = kc_disk_command(d->name, cdb, sizeof (cdb), 0, buf,
		    LENGTH, 4, &r);
		then = hc_now() - then;
		hvc_storage_fault_clear(d->id);
		/* Packets are used again. */
		(void) disk_both(d, 0, 64 * KIB, 0);
		kc_sleep_ms(30 * SECOND_MS);
		(void) disk_both(d, 0, 64 * KIB, 512);
	}
	(void) disk_report("late", "an answer after 20 s to a command of 4 s: "
	    "error %d, reason %d after %.1f s", error, r.reason,
	    (double)then / 1e9);
}

/*
 * Nothing is answered for a while.
 */
static void
all_never(struct disk *disks, int n)
{
	struct flight f = { .disks = disks, .ndisks = n, .depth = 16,
	    .pilots = 4, .region = 8 * KIB, .total = 32, .may_fail = 1 };
	int i, released;

	(void) hvc_storage_fault(disks[0].id, -1, -1, -1, HVC_FAULT_NEVER, 0,
	    16, 0);
	if (flight_begin(&f) != 0)
		return;
	(void) flight_wait(&f, 32, PATIENCE_MS);
	hvc_storage_fault_clear(disks[0].id);
	released = hvc_storage_release(disks[0].id);
	if (flight_end(&f, PATIENCE_MS) == 0) {
		flight_settle(&f);
		flight_free(&f);
	}
	for (i = 0; i < n; i++) {
		if (disks_wait(&disks[i], 1, SECOND_MS) != 0)
			disks_rescan(disks[i].id);
		(void) disks_wait(&disks[i], 1, ANSWER_MS);
		(void) disk_both(&disks[i], 0, LENGTH, 0);
	}
	(void) disk_report("all-never", "16 commands without an answer, %d "
	    "answered at last; %ld of %ld ended in an error", released,
	    f.failed, f.ended);
}

void
scenario_disk_timeouts(void)
{
	struct disk disks[2];
	int id;

	if (!storage_planned())
		return;
	devices_services();
	id = hvc_add("scsi");
	if (disk_add(&disks[0], id, 0, 0, 1 * MIB, 512) != 0 ||
	    disk_add(&disks[1], id, 0, 3, 1 * MIB, 512) != 0)
		return;
	if (disks_up(disks, 2) != 0)
		return;
	one_never(disks, 2, 0, "never-read");
	one_never(disks, 2, 1, "never-write");
	late(&disks[0]);
	all_never(disks, 2);
	disk_memory_free();
	disk_forget(&disks[0]);
	disk_forget(&disks[1]);
}
