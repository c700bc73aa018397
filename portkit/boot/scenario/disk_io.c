/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * One command at a time, and everything about it checked: what was read, what
 * came to lie in the host's file, the blocks beside it, and the memory around
 * the buffer.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "disk.h"

#define	GUARD	64
#define	GUARDED	0xa5

static unsigned char *memory;		/* with a page on either side */
static long room;			/* between them */
static char fault[384];

void
disk_complain(const char *fmt, ...)
{
	va_list args;

	if (fault[0] != '\0')
		return;
	va_start(args, fmt);
	(void) vsnprintf(fault, sizeof (fault), fmt, args);
	va_end(args);
}

int
disk_faulty(void)
{
	return (fault[0] != '\0');
}

const char *
disk_fault(void)
{
	static char told[sizeof (fault)];

	memcpy(told, fault, sizeof (told));
	fault[0] = '\0';
	return (told);
}

int
disk_report(const char *milestone, const char *fmt, ...)
{
	char text[256];
	va_list args;

	if (disk_faulty()) {
		report(milestone, 0, "%s", disk_fault());
		return (-1);
	}
	va_start(args, fmt);
	(void) vsnprintf(text, sizeof (text), fmt, args);
	va_end(args);
	report(milestone, 1, "%s", text);
	return (0);
}

/*
 * Memory of the kernel's, from `offset' bytes into a page on.
 */
void *
disk_memory(long len, int offset)
{
	unsigned char *at;

	if (len > room) {
		disk_memory_free();
		room = (len + HC_PAGE - 1) / HC_PAGE * HC_PAGE;
		memory = kc_disk_buffer(room + 3 * (long)HC_PAGE, 0);
	}
	at = memory + HC_PAGE + offset % (int)HC_PAGE;
	memset(at - GUARD, GUARDED, GUARD);
	memset(at + len, GUARDED, GUARD);
	return (at);
}

void
disk_memory_free(void)
{
	if (memory != NULL)
		kc_disk_buffer_free(memory);
	memory = NULL;
	room = 0;
}

static int
guarded(const unsigned char *at, long len)
{
	int i;

	for (i = 0; i < GUARD; i++) {
		if (at[-1 - i] != GUARDED || at[len + i] != GUARDED)
			return (0);
	}
	return (1);
}

/*
 * A place for so many bytes, in what is kept track of.
 */
long long
disk_where(const struct disk *d, long len)
{
	long room = (d->kept - len) / (long)d->block;

	return (d->from + (long long)(room > 0 ? hc_random((hc_u32)room + 1) :
	    0) * d->block);
}

static int
compare(struct disk *d, long long at, const unsigned char *want,
    const unsigned char *got, long len, const char *what)
{
	long i;

	if (memcmp(want, got, (size_t)len) == 0)
		return (0);
	for (i = 0; want[i] == got[i]; i++)
		;
	disk_complain("%s: %s of %ld bytes at %lld: byte %ld is 0x%02x, "
	    "should be 0x%02x", d->name, what, len, at, i, got[i], want[i]);
	return (-1);
}

int
disk_same(struct disk *d, long long at, long len, const void *got,
    const char *what)
{
	const unsigned char *want = d->want + (at - d->from);
	unsigned char *file;
	int wrong;

	if (at < d->from || at + len > d->from + d->kept) {
		disk_complain("%s: nobody knows what is at %lld", d->name, at);
		return (-1);
	}
	if (got != NULL)
		return (compare(d, at, want, got, len, what));
	file = hc_alloc((hc_u64)len);
	if (hvc_disk_get(d->id, d->target, d->lun, at, file, len) != 0) {
		disk_complain("%s: the host has no such disk", d->name);
		wrong = -1;
	} else {
		wrong = compare(d, at, want, file, len, what);
	}
	hc_free(file);
	return (wrong);
}

int
disk_read(struct disk *d, long long at, long len, int offset)
{
	unsigned char *buf = disk_memory(len, offset);
	int error;

	noise(buf, len, (unsigned long)len);
	error = kc_disk_io(d->name, 0, (unsigned long long)at, buf, len);
	if (error != 0)
		disk_complain("%s: read of %ld bytes at %lld into memory at "
		    "offset %d of a page: error %d", d->name, len, at, offset,
		    error);
	else if (!guarded(buf, len))
		disk_complain("%s: read of %ld bytes at %lld: memory beside "
		    "the buffer was changed", d->name, len, at);
	else if (disk_same(d, at, len, buf, "read") == 0)
		return (0);
	return (-1);
}

int
disk_write(struct disk *d, long long at, long len, int offset)
{
	unsigned char *buf = disk_memory(len, offset);
	long long first = at - d->block, last = at + len + d->block;
	int error;

	noise(buf, len, hc_random(0x7fffffff));
	error = kc_disk_io(d->name, 1, (unsigned long long)at, buf, len);
	if (error != 0) {
		disk_complain("%s: write of %ld bytes at %lld from memory at "
		    "offset %d of a page: error %d", d->name, len, at, offset,
		    error);
		return (-1);
	}
	memcpy(d->want + (at - d->from), buf, (size_t)len);
	/* The blocks beside it are as they were. */
	if (first < d->from)
		first = d->from;
	if (last > d->from + d->kept)
		last = d->from + d->kept;
	return (disk_same(d, first, (long)(last - first), NULL,
	    "acknowledged write"));
}

int
disk_both(struct disk *d, long long at, long len, int offset)
{
	return (disk_write(d, at, len, offset) != 0 ||
	    disk_read(d, at, len, (offset + (int)d->block) % (int)HC_PAGE) !=
	    0 ? -1 : 0);
}
