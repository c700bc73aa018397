/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The report: a line of JSON for each event, one write(2) for each line. What
 * writes the lines uses no libc, so a signal handler may do it; handlers have
 * a buffer of their own, for they may come in the middle of a line.
 */

#include "impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

#define	MAXSEEN		512
#define	MAXPERCHECK	20

static int	report_fd = 1;
static char	buffers[2][1 << 20];

void
mc_report_init(int fd)
{
	report_fd = fd;
}

/*
 * Lines.
 */
static void
write_all(const char *p, size_t n)
{
	long r;

	while (n > 0) {
		r = mc_sys3(SYS_write, report_fd, p, n);
		if (r == -EINTR)
			continue;
		if (r <= 0)
			break;	/* nobody reads any more */
		p += r;
		n -= (size_t)r;
	}
}

static void
out_byte(struct mc_out *o, char c)
{
	if (o->n < o->size)
		o->p[o->n++] = c;
}

void
mc_out_raw(struct mc_out *o, const char *s)
{
	while (*s != '\0')
		out_byte(o, *s++);
}

/* Bytes beyond ASCII are taken for Latin-1. */
static size_t
escape(char to[8], char c)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char u = (unsigned char)c;

	if (u == '"' || u == '\\') {
		to[0] = '\\';
		to[1] = c;
		return (2);
	}
	if (u == '\n' || u == '\t') {
		to[0] = '\\';
		to[1] = u == '\n' ? 'n' : 't';
		return (2);
	}
	if (u >= 0x20 && u < 0x7f) {
		to[0] = c;
		return (1);
	}
	to[0] = '\\';
	to[1] = 'u';
	to[2] = to[3] = '0';
	to[4] = hex[u >> 4];
	to[5] = hex[u & 15];
	return (6);
}

void
mc_out_str(struct mc_out *o, const char *s)
{
	char esc[8];
	size_t i, n;

	out_byte(o, '"');
	for (; s != NULL && *s != '\0'; s++) {
		n = escape(esc, *s);
		for (i = 0; i < n; i++)
			out_byte(o, esc[i]);
	}
	out_byte(o, '"');
}

void
mc_out_num(struct mc_out *o, long v)
{
	char digits[24];
	hc_u64 u = v < 0 ? -(hc_u64)v : (hc_u64)v;
	int n = 0;

	if (v < 0)
		out_byte(o, '-');
	do {
		digits[n++] = (char)('0' + u % 10);
		u /= 10;
	} while (u != 0);
	while (n > 0)
		out_byte(o, digits[--n]);
}

void
mc_out_hex(struct mc_out *o, hc_u64 v)
{
	int shift = 60;

	while (shift > 0 && (v >> shift & 15) == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		out_byte(o, "0123456789abcdef"[v >> shift & 15]);
}

void
mc_out_stack(struct mc_out *o, const struct hc_trace *t)
{
	struct mc_object *object;
	hc_u64 offset;
	hc_u32 i;

	out_byte(o, '[');
	for (i = 0; i < t->n; i++) {
		object = mc_object_get(t->pc[i], &offset);
		mc_out_raw(o, i > 0 ? ",[" : "[");
		mc_out_str(o, object == NULL ? "" : object->path);
		out_byte(o, ',');
		mc_out_num(o, (long)(object == NULL ? t->pc[i] : offset));
		out_byte(o, ']');
	}
	out_byte(o, ']');
}

void
mc_out_begin(struct mc_out *o, const char *type)
{
	o->p = buffers[mc.crashed ? 1 : 0];
	o->size = sizeof (buffers[0]) - 8;
	o->n = 0;
	mc_out_raw(o, "{\"t\":");
	mc_out_str(o, type);
}

void
mc_out_end(struct mc_out *o)
{
	/* Room was kept for this; what was cut is for the reader to notice. */
	o->p[o->n++] = '}';
	o->p[o->n++] = '\n';
	write_all(o->p, o->n);
}

/* ,"name": */
static void
out_key(struct mc_out *o, const char *name)
{
	out_byte(o, ',');
	mc_out_str(o, name);
	out_byte(o, ':');
}

static void
out_where(struct mc_out *o, const struct hc_trace *t)
{
	out_key(o, "thread");
	mc_out_str(o, t->thread == NULL ? mc_trace_thread() : t->thread);
	out_key(o, "cpu");
	mc_out_num(o, hc_cpu());
	out_key(o, "time");
	mc_out_num(o, mc.now);
	out_key(o, "stack");
	mc_out_stack(o, t);
}

/*
 * Violations.
 */
void
mc_violation_raw(const struct hc_trace *t, const char *check,
    const char *message)
{
	struct mc_out o;

	mc_out_begin(&o, "violation");
	out_key(&o, "check");
	mc_out_str(&o, check);
	out_key(&o, "message");
	mc_out_str(&o, message);
	out_where(&o, t);
	mc_out_end(&o);
}

/*
 * Whether this place is new, and few enough of the check have been reported.
 */
static int
is_new(const struct hc_trace *t, const char *check, const char *fmt)
{
	static struct seen {
		const char	*check;
		hc_u64		place;
	} seen[MAXSEEN];
	static int nseen;
	struct mc_object *o;
	hc_u64 place = 0;
	hc_u32 f;
	int i, same = 0;

	check = mc_intern(check);
	for (f = 0; f < t->n && place == 0; f++) {
		o = mc_object_get(t->pc[f], NULL);
		if (o != NULL && o->module != NULL)
			place = t->pc[f];
	}
	if (place == 0)
		place = (hc_u64)mc_intern(fmt);
	for (i = 0; i < nseen; i++) {
		if (seen[i].check != check)
			continue;
		same++;
		if (seen[i].place == place)
			return (0);
	}
	if (same >= MAXPERCHECK || nseen == MAXSEEN)
		return (0);
	seen[nseen].check = check;
	seen[nseen++].place = place;
	return (1);
}

/* The count of a check, the repeated ones too. */
static hc_u64 *
count_of(const char *check)
{
	static struct {
		const char	*check;
		hc_u64		n;
	} counts[64];
	int i;

	check = mc_intern(check);
	for (i = 0; i < 63 && counts[i].check != NULL; i++) {
		if (counts[i].check == check)
			break;
	}
	counts[i].check = check;
	return (&counts[i].n);
}

hc_u64
hc_violations(const char *check)
{
	hc_u64 n;

	mc_ignore_begin();
	n = *count_of(check);
	mc_ignore_end();
	return (n);
}

static void
violation(const struct hc_trace *t, const char *check, const char *fmt,
    va_list ap)
{
	char message[1024];

	mc_ignore_begin();
	mc.violations++;
	++*count_of(check);
	if (is_new(t, check, fmt)) {
		(void) vsnprintf(message, sizeof (message), fmt, ap);
		mc_violation_raw(t, check, message);
	}
	mc_ignore_end();
}

void
hc_violation(const char *check, const char *fmt, ...)
{
	struct hc_trace t;
	va_list ap;

	mc_trace_frame(&t, __builtin_frame_address(0));
	va_start(ap, fmt);
	violation(&t, check, fmt, ap);
	va_end(ap);
}

void
hc_violation_at(const struct hc_trace *t, const char *check,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	violation(t, check, fmt, ap);
	va_end(ap);
}

/*
 * Other events.
 */
void
hc_milestone(const char *id, int ok, const char *fmt, ...)
{
	char evidence[1024];
	struct mc_out o;
	va_list ap;

	mc_ignore_begin();
	va_start(ap, fmt);
	(void) vsnprintf(evidence, sizeof (evidence), fmt, ap);
	va_end(ap);
	mc_out_begin(&o, "milestone");
	out_key(&o, "id");
	mc_out_str(&o, id);
	out_key(&o, "ok");
	mc_out_raw(&o, ok ? "true" : "false");
	out_key(&o, "evidence");
	mc_out_str(&o, evidence);
	mc_out_end(&o);
	mc_ignore_end();
}

/* json is an object: its members follow the type. Any length. */
void
hc_event(const char *type, const char *json)
{
	struct mc_out o;
	size_t len;
	char *line;

	mc_ignore_begin();
	mc_out_begin(&o, type);
	while (*json == ' ')
		json++;
	if (*json == '{')
		json++;
	while (*json == ' ')
		json++;
	if (*json != '}')
		out_byte(&o, ',');
	len = strlen(json);
	while (len > 0 && (json[len - 1] == ' ' || json[len - 1] == '\n'))
		len--;
	line = hc_alloc(o.n + len + 1);
	(void) memcpy(line, o.p, o.n);
	(void) memcpy(line + o.n, json, len);
	line[o.n + len] = '\n';
	write_all(line, o.n + len + 1);
	hc_free(line);
	mc_ignore_end();
}

char *
hc_json_string(const char *s)
{
	struct mc_out o = { NULL, 0, 0 };

	mc_ignore_begin();
	o.size = strlen(s) * 6 + 2;
	o.p = hc_alloc(o.size + 1);
	mc_out_str(&o, s);
	mc_ignore_end();
	return (o.p);
}

void
mc_panic_event(const struct hc_trace *t, const char *message)
{
	struct mc_out o;

	mc_out_begin(&o, "panic");
	out_key(&o, "message");
	mc_out_str(&o, message);
	out_where(&o, t);
	mc_out_end(&o);
}

void
hc_panic(const char *fmt, ...)
{
	char message[1024];
	struct hc_trace t;
	va_list ap;

	mc_ignore_begin();
	va_start(ap, fmt);
	(void) vsnprintf(message, sizeof (message), fmt, ap);
	va_end(ap);
	mc_trace_frame(&t, __builtin_frame_address(0));
	mc_panic_event(&t, message);
	mc_end(4);
}

/* All contexts, and what each waits for: after a hang. */
static const char *
waits_for(const hc_ctx *c)
{
	if (c->spin != NULL)
		return ("cross call");
	switch (c->state) {
	case MC_READY:
		return ("runnable");
	case MC_ONCPU:
		return (c == mc.cpu[c->cpu].top ? "running" : "interrupted");
	case MC_WOKEN:
		return ("interrupt, woken");
	default:
		return (c->why == NULL ? "" : c->why);
	}
}

void
mc_threads_event(void)
{
	struct hc_trace t;
	struct mc_object *object;
	struct mc_out o;
	hc_ctx *c;
	int i, n = 0;

	mc_out_begin(&o, "threads");
	out_key(&o, "list");
	out_byte(&o, '[');
	for (i = 0; i < mc.nall; i++) {
		c = mc.all[i];
		if (c->state == MC_DEAD || c->state == MC_POOL ||
		    c->state == MC_DYING || o.n > o.size - 8192)
			continue;
		mc_out_raw(&o, n++ > 0 ? ",{\"name\":" : "{\"name\":");
		mc_out_str(&o, c->name);
		out_key(&o, "cpu");
		mc_out_num(&o, c->cpu);
		out_key(&o, "why");
		mc_out_str(&o, waits_for(c));
		out_key(&o, "what");
		if (c->state == MC_BLOCKED && c->what != NULL) {
			mc_out_raw(&o, "\"0x");
			mc_out_hex(&o, (hc_u64)c->what);
			out_byte(&o, '"');
			object = mc_object_of((hc_u64)c->what);
			if (object != NULL) {
				out_key(&o, "where");
				out_byte(&o, '[');
				mc_out_str(&o, object->path);
				out_byte(&o, ',');
				mc_out_num(&o, (long)((hc_u64)c->what -
				    object->base));
				out_byte(&o, ']');
			}
		} else {
			mc_out_raw(&o, "\"\"");
		}
		if (c == mc.current && mc.culprit_trace != NULL)
			t = *mc.culprit_trace;
		else
			mc_trace_ctx(&t, c);
		out_key(&o, "stack");
		mc_out_stack(&o, &t);
		out_byte(&o, '}');
	}
	out_byte(&o, ']');
	mc_out_end(&o);
}

/*
 * The end, whatever its cause: the rest of the console, the event, and no
 * return to anybody.
 */
void
mc_end(int status)
{
	struct mc_out o;

	if (__atomic_exchange_n(&mc.over, 1, __ATOMIC_SEQ_CST) == 0) {
		mc_console_flush();
		mc_out_begin(&o, "end");
		out_key(&o, "status");
		mc_out_num(&o, status);
		out_key(&o, "time");
		mc_out_num(&o, mc.now);
		out_key(&o, "points");
		mc_out_num(&o, (long)mc.points);
		out_key(&o, "allocations");
		mc_out_num(&o, (long)hc_fail_count());
		out_key(&o, "violations");
		mc_out_num(&o, mc.violations);
		mc_out_end(&o);
	}
	for (;;)
		(void) mc_sys3(SYS_exit_group, status, 0, 0);
}

void
hc_finish(int status)
{
	if (status == 0 && mc_fail_at > hc_fail_count())
		status = 3;
	mc_end(status);
}
