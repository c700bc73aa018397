/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Many commands at once. Each has a part of a disk to itself, writes it and
 * reads it again, so that it is known what each read has to bring, whatever
 * the order in which commands end. Several threads start them: so they come
 * from several CPUs.
 */

#include <stdio.h>
#include <string.h>

#include "disk.h"

#define	LOOK_NS	(100 * 1000000L)	/* who was not woken looks again */

static void
landed(void *arg, int error)
{
	struct slot *s = arg;
	struct pilot *p = s->pilot;

	s->error = error;
	s->ended = 1;
	/* It may wait for something else, which this must not end. */
	if (p->waits) {
		p->waits = 0;
		hc_wake(p->ctx);
	}
}

static int
taken_away(struct disk *d)
{
	unsigned char byte;

	return (hvc_disk_get(d->id, d->target, d->lun, d->from, &byte, 1) != 0);
}

/*
 * What has come of a command.
 */
static void
inspect(struct flight *f, struct slot *s)
{
	struct disk *d = s->disk;

	s->busy = s->ended = 0;
	f->ended++;
	if (s->error != 0) {
		f->failed++;
		if (s->write)
			s->unknown = 1;
		if (!f->may_fail)
			disk_complain("%s: %s of %ld bytes at %lld, one of %d "
			    "at once: error %d", d->name, s->write ? "write" :
			    "read", s->len, s->at, f->depth, s->error);
		return;
	}
	if (s->write) {
		memcpy(d->want + (s->at - d->from), s->memory, (size_t)s->len);
		s->unknown = 0;
		/* With the disk went its file. */
		if (!f->may_fail || !taken_away(d))
			(void) disk_same(d, s->at, s->len, NULL,
			    "acknowledged write");
	} else if (!s->unknown) {
		(void) disk_same(d, s->at, s->len, s->memory, "read");
	}
}

/*
 * The next command: a write, of all of it when its content is not known, and a
 * read of some of it.
 */
static int
take_off(struct flight *f, struct slot *s)
{
	struct disk *d = s->disk;
	long blocks = f->region / (long)d->block;
	long n = 1 + (long)hc_random((hc_u32)blocks), first;
	int error;

	s->write = !f->reads && (s->unknown || s->turn++ % 2 == 0);
	if (s->unknown)
		n = blocks;
	first = (long)hc_random((hc_u32)(blocks - n) + 1);
	s->at = s->home + first * (long)d->block;
	s->len = n * (long)d->block;
	noise(s->memory, s->len, hc_random(0x7fffffff));
	s->busy = 1;
	s->ended = 0;
	f->started++;
	error = kc_disk_start(d->name, s->write, (unsigned long long)s->at,
	    s->memory, s->len, landed, s);
	if (error == 0)
		return (0);
	s->error = error;
	s->ended = 1;
	return (-1);
}

static void
fly(void *arg)
{
	struct pilot *p = arg;
	struct flight *f = p->flight;
	struct slot *s;
	int i, aloft, idle;

	p->ctx = hc_self();
	do {
		aloft = 0;
		idle = 1;
		for (i = p->index; i < f->depth; i += f->pilots) {
			s = &f->slots[i];
			if (s->busy && s->ended) {
				inspect(f, s);
				idle = 0;
			}
			if (!s->busy && !f->stop && (f->total == 0 ||
			    f->started < f->total)) {
				/* A disk that is gone does not come back. */
				if (take_off(f, s) != 0)
					kc_sleep_ms(10);
				idle = 0;
			}
			aloft += s->busy;
		}
		for (i = p->index; idle && i < f->depth; i += f->pilots)
			idle = !(f->slots[i].busy && f->slots[i].ended);
		if (idle && aloft > 0) {
			p->waits = 1;
			(void) hc_block(hc_now() + LOOK_NS, "wait", p);
			p->waits = 0;
		}
	} while (aloft > 0 || (!f->stop && (f->total == 0 ||
	    f->started < f->total)));
	p->gone = 1;
	f->gone++;
}

/*
 * -1 when the disks have not as much room.
 */
int
flight_begin(struct flight *f)
{
	struct slot *s;
	int i;

	if (f->depth > MAXSLOTS || f->pilots > MAXPILOTS)
		return (-1);
	if (f->pilots < 1)
		f->pilots = 1;
	if (f->pilots > f->depth)
		f->pilots = f->depth;
	f->slots = hc_alloc((hc_u64)f->depth * sizeof (*s));
	for (i = 0; i < f->depth; i++) {
		s = &f->slots[i];
		s->pilot = &f->crew[i % f->pilots];
		s->disk = &f->disks[i % f->ndisks];
		s->home = s->disk->from + i / f->ndisks * f->region;
		if (s->home + f->region > s->disk->from + s->disk->kept)
			return (-1);
		/* Some begin with a read. */
		s->turn = (unsigned)(i / f->ndisks);
		s->memory = kc_disk_buffer(f->region,
		    (int)(hc_random(8) * 512));
	}
	for (i = 0; i < f->pilots; i++) {
		f->crew[i].flight = f;
		f->crew[i].index = i;
		f->crew[i].waits = f->crew[i].gone = 0;
		kc_spawn("dd", fly, &f->crew[i]);
	}
	return (0);
}

long
flight_aloft(const struct flight *f)
{
	return (f->started - f->ended);
}

struct awaited {
	struct flight	*flight;
	long		ended;
};

static int
enough(void *arg)
{
	struct awaited *a = arg;

	return (a->flight->ended >= a->ended || disk_faulty());
}

int
flight_wait(struct flight *f, long ended, long timeout_ms)
{
	struct awaited a = { f, ended };

	return (kc_wait(enough, &a, timeout_ms));
}

static int
all_gone(void *arg)
{
	struct flight *f = arg;

	return (f->gone == f->pilots);
}

/*
 * No more are started. -1 when some have not ended in time: then their memory
 * stays theirs.
 */
int
flight_end(struct flight *f, long timeout_ms)
{
	f->stop = 1;
	if (kc_wait(all_gone, f, timeout_ms) != 0) {
		disk_complain("%ld of %ld commands have not ended after %ld s",
		    flight_aloft(f), f->started, timeout_ms / SECOND_MS);
		return (-1);
	}
	return (0);
}

/*
 * A write that failed may have been done, or not, or in part.
 */
void
flight_settle(struct flight *f)
{
	struct slot *s;
	struct disk *d;
	int i;

	for (i = 0; i < f->depth; i++) {
		s = &f->slots[i];
		d = s->disk;
		if (!s->unknown)
			continue;
		s->unknown = 0;
		(void) hvc_disk_get(d->id, d->target, d->lun, s->home,
		    d->want + (s->home - d->from), f->region);
	}
}

void
flight_free(struct flight *f)
{
	int i;

	if (f->slots == NULL || (f->gone != f->pilots && f->started > 0))
		return;
	for (i = 0; i < f->depth; i++) {
		if (f->slots[i].memory != NULL)
			kc_disk_buffer_free(f->slots[i].memory);
	}
	hc_free(f->slots);
	f->slots = NULL;
}

int
flight(struct flight *f, long timeout_ms)
{
	long total = f->total;

	if (flight_begin(f) != 0) {
		disk_complain("the disks are too small for %d commands",
		    f->depth);
		flight_free(f);
		return (-1);
	}
	(void) flight_wait(f, total, timeout_ms);
	if (flight_end(f, timeout_ms) != 0)
		return (-1);
	flight_free(f);
	return (disk_faulty() ? -1 : 0);
}
