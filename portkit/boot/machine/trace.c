/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Stack traces. Everything of ours is compiled with frame pointers. A program
 * counter is kept as the number of an object and the offset in it, for a
 * module may be gone, and another one in its place, when the trace is printed.
 */

#include "impl.h"

#include <link.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define	MAXOBJECTS	1024
#define	OBJECT_SHIFT	48

static struct mc_object objects[MAXOBJECTS];	/* number 0 is nobody's */
static int nobjects = 1;
static char *main_lo, *main_hi;

static int
scan_one(struct dl_phdr_info *info, size_t size, void *arg)
{
	const char *path = info->dlpi_name;
	hc_u64 lo = ~0UL, hi = 0, at;
	struct mc_object *o;
	int i, first = *(int *)arg == 0;

	(void) size;
	(*(int *)arg)++;
	for (i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type != PT_LOAD)
			continue;
		at = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
		if (at < lo)
			lo = at;
		if (at + info->dlpi_phdr[i].p_memsz > hi)
			hi = at + info->dlpi_phdr[i].p_memsz;
	}
	if (path == NULL || path[0] == '\0') {
		static char self[4096];
		ssize_t n;

		if (!first)
			path = "[vdso]";
		else if ((n = readlink("/proc/self/exe", self,
		    sizeof (self) - 1)) > 0)
			path = self;
		else
			path = "simulator";
	}
	for (i = 1; i < nobjects; i++) {
		o = &objects[i];
		if (o->base == info->dlpi_addr && strcmp(o->path, path) == 0) {
			o->live = 1;
			return (0);
		}
	}
	if (nobjects == MAXOBJECTS)
		return (0);
	o = &objects[nobjects++];
	o->path = mc_intern(path);
	o->base = info->dlpi_addr;
	o->lo = lo;
	o->hi = hi;
	o->live = 1;
	o->frames = first;
	return (0);
}

/* What is loaded now; after each dlopen() and dlclose(). */
void
mc_objects_scan(void)
{
	int i, count = 0;

	for (i = 1; i < nobjects; i++)
		objects[i].live = 0;
	mc_ignore_begin();
	(void) dl_iterate_phdr(scan_one, &count);
	mc_ignore_end();
	if (main_hi == NULL) {
		pthread_attr_t attr;
		void *lo;
		size_t size;

		if (pthread_getattr_np(pthread_self(), &attr) == 0) {
			(void) pthread_attr_getstack(&attr, &lo, &size);
			(void) pthread_attr_destroy(&attr);
			main_lo = lo;
			main_hi = main_lo + size;
		}
	}
}

struct mc_object *
mc_object_of(hc_u64 pc)
{
	int i;

	if (pc >> OBJECT_SHIFT != 0)
		return (mc_object_get(pc, NULL));
	for (i = nobjects - 1; i > 0; i--) {
		if (objects[i].live && pc >= objects[i].lo &&
		    pc < objects[i].hi)
			return (&objects[i]);
	}
	return (NULL);
}

hc_u64
mc_encode(hc_u64 pc)
{
	struct mc_object *o = mc_object_of(pc);

	if (o == NULL)
		return (pc);
	return ((hc_u64)(o - objects) << OBJECT_SHIFT | (pc - o->base));
}

struct mc_object *
mc_object_get(hc_u64 encoded, hc_u64 *offset)
{
	hc_u64 i = encoded >> OBJECT_SHIFT;

	if (offset != NULL)
		*offset = encoded & ((1UL << OBJECT_SHIFT) - 1);
	return (i == 0 || i >= (hc_u64)nobjects ? NULL : &objects[i]);
}

/*
 * Walking.
 */
static void
bounds(const hc_ctx *c, hc_u64 *lo, hc_u64 *hi)
{
	*lo = (hc_u64)(c == NULL ? main_lo : c->stack);
	*hi = (hc_u64)(c == NULL ? main_hi : c->bottom != NULL ? c->bottom :
	    c->stack_end);
}

static void
walk(struct hc_trace *t, const hc_ctx *c, hc_u64 fp)
{
	hc_u64 lo, hi, ret, next;
	hc_u64 end = (hc_u64)mc.timer_frame;

	bounds(c, &lo, &hi);
	if (end <= lo || end > hi)
		end = hi;
	while (t->n < HC_TRACE && fp % 8 == 0 && fp >= lo && fp + 16 <= end) {
		ret = ((hc_u64 *)fp)[1];
		next = ((hc_u64 *)fp)[0];
		if (mc_object_of(ret) == NULL)
			break;
		t->pc[t->n++] = mc_encode(ret - 1);
		if (next <= fp)
			break;
		fp = next;
	}
}

const char *
mc_trace_thread(void)
{
	if (mc.timer_frame != NULL)
		return ("host");
	return (mc.current == NULL ? "machine" : mc.current->name);
}

/* The stack of a frame of the context that runs. */
void
mc_trace_frame(struct hc_trace *t, void *fp)
{
	t->n = 0;
	t->thread = mc_trace_thread();
	walk(t, mc.current, (hc_u64)fp);
}

void
hc_trace_take(struct hc_trace *t)
{
	mc_trace_frame(t, __builtin_frame_address(0));
}

/* The stack of a context that does not run. */
void
mc_trace_ctx(struct hc_trace *t, const hc_ctx *c)
{
	t->n = 0;
	t->thread = c->name;
	if (c->fp != NULL)
		walk(t, c, (hc_u64)c->fp);
}

/*
 * From the registers of a signal. Where the program counter is in nobody's
 * code (a call of a null pointer), or in a library, which has no frame
 * pointers and may just have been called, the return address is on top of the
 * stack.
 */
void
mc_trace_from(struct hc_trace *t, const hc_ctx *c, hc_u64 pc, hc_u64 fp,
    hc_u64 sp)
{
	struct mc_object *o = mc_object_of(pc), *caller;
	hc_u64 lo, hi, ret;

	t->n = 0;
	t->thread = c == NULL ? "machine" : c->name;
	t->pc[t->n++] = mc_encode(pc);
	bounds(c, &lo, &hi);
	if ((o == NULL || (!o->frames && o->module == NULL)) && sp % 8 == 0 &&
	    sp >= lo && sp + 8 <= hi) {
		ret = *(hc_u64 *)sp;
		caller = mc_object_of(ret);
		if (caller != NULL && (caller->frames ||
		    caller->module != NULL))
			t->pc[t->n++] = mc_encode(ret - 1);
	}
	walk(t, c, fp);
}

const char *
mc_trace_module(const struct hc_trace *t)
{
	struct mc_object *o;
	hc_u32 i;

	for (i = 0; i < t->n; i++) {
		o = mc_object_get(t->pc[i], NULL);
		if (o != NULL && o->module != NULL)
			return (o->module);
	}
	return (NULL);
}

const char *
hc_module_of(const void *pc)
{
	struct mc_object *o = mc_object_of((hc_u64)pc);

	return (o == NULL ? NULL : o->module);
}

/* Innermost first: the caller's, or its caller's, ... that is in a module. */
void *
hc_caller(void)
{
	hc_u64 lo, hi, ret, next, fp = (hc_u64)__builtin_frame_address(0);
	struct mc_object *o;
	int n;

	if (mc.timer_frame != NULL)
		return (NULL);
	bounds(mc.current, &lo, &hi);
	for (n = 0; n < 64 && fp % 8 == 0 && fp >= lo && fp + 16 <= hi; n++) {
		next = ((hc_u64 *)fp)[0];
		ret = ((hc_u64 *)fp)[1];
		if (ret == 0)
			break;
		o = mc_object_of(ret - 1);
		if (o != NULL && o->module != NULL)
			return ((void *)(ret - 1));
		if (next <= fp)
			break;
		fp = next;
	}
	return (NULL);
}
