/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Virtual time's timers: a list in the order in which they are due, and of
 * those due at the same time in the order in which they were set.
 */

#include "impl.h"

static struct hc_timer *timers;

static void
unlink_timer(struct hc_timer *t)
{
	if (t->prev != NULL)
		t->prev->next = t->next;
	else
		timers = t->next;
	if (t->next != NULL)
		t->next->prev = t->prev;
	t->next = t->prev = NULL;
	t->pending = 0;
	if ((t->flags & HC_TIMER_BACKGROUND) == 0)
		mc.foreground--;
	mc.due = mc_next_due();
}

hc_time
mc_next_due(void)
{
	return (timers == NULL ? INT64_MAX : timers->when);
}

void
mc_timer_set(struct hc_timer *t, hc_time when)
{
	struct hc_timer *at, *prev = NULL;

	if (t->pending)
		unlink_timer(t);
	for (at = timers; at != NULL && at->when <= when; at = at->next)
		prev = at;
	t->when = when;
	t->prev = prev;
	t->next = at;
	if (at != NULL)
		at->prev = t;
	if (prev != NULL)
		prev->next = t;
	else
		timers = t;
	t->pending = 1;
	if ((t->flags & HC_TIMER_BACKGROUND) == 0)
		mc.foreground++;
	mc.due = timers->when;
}

hc_timer *
hc_timer_new(void (*fn)(void *), void *arg, unsigned flags)
{
	hc_timer *t = hc_alloc(sizeof (*t));

	t->fn = fn;
	t->arg = arg;
	t->flags = flags;
	return (t);
}

void
hc_timer_at(hc_timer *t, hc_time when)
{
	/* Not before now: see mc_timers_run(). */
	mc_timer_set(t, when < mc.now ? mc.now : when);
}

int
hc_timer_cancel(hc_timer *t)
{
	if (!t->pending)
		return (0);
	unlink_timer(t);
	return (1);
}

void
hc_timer_free(hc_timer *t)
{
	(void) hc_timer_cancel(t);
	hc_free(t);
}

/*
 * Calls what is due. Each takes a nanosecond: so one that sets itself to a
 * time that is over comes again at the next call only.
 */
void
mc_timers_run(void)
{
	void *outer = mc.timer_frame;
	struct hc_timer *t;
	hc_time now = mc.now;

	if (mc.due > now || mc.quiet)
		return;
	mc.quiet++;
	mc.timer_frame = __builtin_frame_address(0);
	mc_ignore_begin();
	while ((t = timers) != NULL && t->when <= now) {
		unlink_timer(t);
		mc.now++;
		t->fn(t->arg);
	}
	mc_ignore_end();
	mc.timer_frame = outer;
	mc.quiet--;
}

hc_time
hc_now(void)
{
	return (mc.now);
}
