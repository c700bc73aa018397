/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Disks and adapters that come and go while commands are under way: each
 * command ends, and what was acknowledged is there.
 */

#include <stdio.h>
#include <string.h>

#include "disk.h"

#define	SLOW_US		10000
#define	NOTICE_MS	500	/* for the guest to see it by itself */
#define	SIZE		(1 * MIB)
#define	RELOADS		3
#define	BUSY		24		/* commands at once */
#define	BESIDES		2
#define	PATIENCE_MS	(30 * MINUTE_MS)	/* each try has a minute */
#define	GONE_STEP_MS	500
#define	GONE_WAITS	(3 * 3600 * 2)

static int
no_such_disk(void *arg)
{
	struct disk *d = arg;
	struct kc_disk kd;

	memset(&kd, 0, sizeof (kd));
	(void) disk_find(d, &kd);
	return (kd.name[0] == '\0' || !kd.ready);
}

/*
 * The guest may find it by itself, or has to be told to look.
 */
static const char *
appears(struct disk *d)
{
	if (disks_wait(d, 1, NOTICE_MS) == 0)
		return ("by itself");
	disks_rescan(d->id);
	if (disks_wait(d, 1, ANSWER_MS) == 0)
		return ("when told to look");
	disk_complain("target %d lun %d of %lld bytes is there, and the guest "
	    "has no such disk", d->target, d->lun, d->bytes);
	return ("never");
}

/*
 * Gone, for programs; the administrator unconfigures what is left of it, so
 * that what comes to the same place is looked at anew.
 */
static const char *
vanishes(struct disk *d)
{
	struct kc_disk kd;
	int error;

	if (kc_wait(no_such_disk, d, ANSWER_MS) != 0) {
		disk_complain("%s is gone, and the guest still has it",
		    d->name);
		return ("never");
	}
	memset(&kd, 0, sizeof (kd));
	(void) disk_find(d, &kd);
	if (kd.name[0] == '\0')
		return ("with its node");
	if ((error = kc_detach(kd.path)) != 0)
		disk_complain("%s is gone, and its node does not detach: error "
		    "%d", d->name, error);
	return ("and its node when it was unconfigured");
}

static void
load(struct flight *f, struct disk *disks, int n, int depth, int may_fail)
{
	memset(f, 0, sizeof (*f));
	f->disks = disks;
	f->ndisks = n;
	f->depth = depth;
	f->pilots = 3;
	f->region = 8 * KIB;
	f->may_fail = may_fail;
	if (flight_begin(f) != 0)
		disk_complain("the disks are too small");
	(void) flight_wait(f, 2 * depth, MINUTE_MS);
}

static void
unload(struct flight *f)
{
	if (flight_end(f, PATIENCE_MS) == 0)
		flight_free(f);
}

/*
 * One comes while others are busy, is used, and goes while it is busy itself.
 */
static void
come_and_go(struct disk *d, int n, int id, int lun, long long size, int round)
{
	struct flight others, own;
	const char *came, *went;
	char milestone[32];

	if (disk_add(&d[n], id, 0, lun, size, 512) != 0)
		return;
	load(&others, d, n, BESIDES, 0);
	came = appears(&d[n]);
	(void) snprintf(milestone, sizeof (milestone), "disk-added:%d", round);
	if (disk_report(milestone, "%s of %lld KiB, %s", d[n].name, size / KIB,
	    came) != 0) {
		unload(&others);
		return;
	}
	load(&own, &d[n], 1, BUSY, 1);
	if (hvc_disk_remove(id, 0, lun) != 0)
		disk_complain("the host does not remove lun %d", lun);
	/* Neither waits for the other. */
	(void) flight_wait(&own, own.ended + 40, 5 * SECOND_MS);
	(void) flight_wait(&others, others.ended + 20, 5 * SECOND_MS);
	unload(&others);
	unload(&own);
	went = vanishes(&d[n]);
	(void) snprintf(milestone, sizeof (milestone), "disk-removed:%d",
	    round);
	(void) disk_report(milestone, "%s went %s; %ld of its %ld commands "
	    "failed, none of %ld others", d[n].name, went, own.failed,
	    own.ended, others.ended);
	disk_forget(&d[n]);
}

/*
 * Detaching an adapter that is in use: it refuses, or waits.
 */
static int
detach(void *path)
{
	return (kc_detach(path));
}

static int
detach_busy(struct disk *d, int n)
{
	struct flight f;
	char path[256];
	const char *hba = world_path_of(d[0].id);
	int error = 0, result = 0, i, refused = 0;

	if (hba == NULL) {
		report("detach-busy", 0, "the adapter's node is not known");
		return (-1);
	}
	(void) snprintf(path, sizeof (path), "%s", hba);
	load(&f, d, n, BUSY, 1);
	for (i = 0; i < 3 && !disk_faulty(); i++) {
		if (world_try("detach", detach, path, BOOT_MS, &error) != 0) {
			world_stuck = 1;
			hc_violation("hang", "detach of %s does not return",
			    path);
			return (-1);
		}
		if (error != 0) {
			refused++;
			(void) flight_wait(&f, f.ended + 20, MINUTE_MS);
			continue;
		}
		kc_sleep_ms(100);
		if ((result = kc_attach(path)) != 0 ||
		    disks_wait(d, n, ANSWER_MS) != 0)
			disk_complain("%s does not attach again: error %d",
			    path, result);
		(void) flight_wait(&f, f.ended + 20, MINUTE_MS);
	}
	if (flight_end(&f, 10 * MINUTE_MS) == 0) {
		flight_settle(&f);
		flight_free(&f);
	}
	for (i = 0; i < n; i++)
		(void) disk_same(&d[i], 0, d[i].kept, NULL, "all of it");
	return (disk_report("detach-busy", "%d of 3 refused, %ld commands, %ld "
	    "could not begin", refused, f.ended, f.failed));
}

static int
adapter_gone(void *arg)
{
	int id = *(int *)arg;

	return (hvc_released(id) && world_path_of(id) == NULL);
}

/*
 * The adapter itself is taken away; another one stays.
 */
static void
adapter_removed(struct disk *stays)
{
	struct disk d[2];
	struct flight f, others;
	int id = hvc_add("scsi"), waits;
	hc_time then;

	memset(d, 0, sizeof (d));
	if (disk_add(&d[0], id, 0, 0, SIZE, 512) != 0 ||
	    disk_add(&d[1], id, 1, 0, SIZE, 512) != 0)
		return;
	if (disks_wait(d, 2, ANSWER_MS) != 0) {
		disks_rescan(id);
		(void) disks_wait(d, 2, ANSWER_MS);
	}
	if (d[0].name[0] == '\0' || d[1].name[0] == '\0')
		disk_complain("another adapter came, and its disks did not");
	if (disk_report("adapter-added", "%s, %s", d[0].name, d[1].name) != 0)
		return;
	load(&others, stays, 1, BESIDES, 0);
	load(&f, d, 2, BUSY, 1);
	then = hc_now();
	(void) hvc_rescind(id);
	(void) flight_wait(&f, f.ended + 60, 5 * SECOND_MS);
	(void) flight_wait(&others, others.ended + 20, 5 * SECOND_MS);
	unload(&others);
	unload(&f);
	/*
	 * A target driver may have something to write, and wait for that as
	 * often and as long as it does: it need not know that nobody answers.
	 */
	for (waits = 0; waits < GONE_WAITS && !adapter_gone(&id); waits++)
		kc_sleep_ms(GONE_STEP_MS);
	if (!adapter_gone(&id))
		disk_complain("the adapter is gone, and %s",
		    hvc_released(id) ? "its node is still there" :
		    "its channel is not released");
	(void) disk_report("adapter-removed", "under load: gone after %.3f s, "
	    "%ld of %ld commands failed, none of %ld on the other",
	    (double)(hc_now() - then) / 1e9, f.failed, f.ended, others.ended);
	disk_forget(&d[0]);
	disk_forget(&d[1]);
}

/*
 * What is on the disks stays there.
 */
static void
reloads(struct disk *d, int n)
{
	int i, k, bad = 0;

	for (i = 0; i < RELOADS && !bad; i++) {
		report_manner = FAILURES;
		bad = world_down() != 0 || world_up() != 0 ||
		    disks_wait(d, n, ANSWER_MS) != 0;
		report_manner = LOUD;
		for (k = 0; !bad && k < n; k++) {
			(void) disk_read(&d[k], 0, 256 * KIB, 0);
			(void) disk_both(&d[k], disk_where(&d[k], 16 * KIB),
			    16 * KIB, 512);
		}
		disk_memory_free();
	}
	if (bad)
		disk_complain("the disks do not come back after reload %d", i);
	(void) disk_report("reload-disks", "%d times", i);
}

void
scenario_disk_remove(void)
{
	struct disk d[3];
	int id, i;

	if (!storage_planned())
		return;
	devices_services();
	memset(d, 0, sizeof (d));
	id = hvc_add("scsi");
	if (disk_add(&d[0], id, 0, 0, SIZE, 512) != 0 ||
	    disk_add(&d[1], id, 1, 0, SIZE, 512) != 0)
		return;
	if (disks_up(d, 2) != 0)
		return;
	hvc_storage_latency_us(SLOW_US);
	come_and_go(d, 2, id, 2, SIZE, 1);
	/* The same lun again is another disk. */
	come_and_go(d, 2, id, 2, SIZE / 2, 2);
	come_and_go(d, 2, id, 9, SIZE, 3);
	adapter_removed(&d[0]);
	if (detach_busy(d, 2) == 0) {
		hvc_storage_latency_us(-1);
		reloads(d, 2);
	}
	disk_memory_free();
	for (i = 0; i < 2; i++)
		disk_forget(&d[i]);
}
