/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Synthetic timers: four for each processor. One that expires sends a message
 * to a synthetic interrupt source of its processor.
 */

#include "core.h"

static struct stimer {
	uint64_t	config, count;
	uint64_t	due;		/* in units of 100 ns */
	int		vp;
	unsigned	index;
	hc_timer	*once, *often;
} stimers[HC_MAXCPU][HV_STIMERS];

static void
expire(void *arg)
{
	struct stimer *t = arg;
	struct hv_timer_message m = { .timer = t->index, .expired = t->due,
	    .delivered = hv_time() };
	int sint = (int)HV_STIMER_SINT(t->config);

	if ((t->config & HV_ENABLE) == 0)
		return;
	/* An expiration that nobody has taken yet is not repeated. */
	if (!hv_synic_queued(t->vp, sint, HV_TYPE_TIMER, t->index))
		(void) hv_synic_post(t->vp, sint, HV_TYPE_TIMER, t->index, &m,
		    sizeof (m));
	if ((t->config & HV_STIMER_PERIODIC) == 0) {
		t->config &= ~HV_ENABLE;
		return;
	}
	t->due += t->count;
	if (t->due <= hv_time())
		t->due = hv_time() + t->count;
	hc_timer_at(t->often, (hc_time)t->due * 100);
}

static void
start(struct stimer *t)
{
	bool periodic = (t->config & HV_STIMER_PERIODIC) != 0;

	if (t->once == NULL) {
		t->once = hc_timer_new(expire, t, 0);
		/* A tick that goes on for ever keeps nobody from hanging. */
		t->often = hc_timer_new(expire, t, HC_TIMER_BACKGROUND);
	}
	(void) hc_timer_cancel(t->once);
	(void) hc_timer_cancel(t->often);
	if ((t->config & HV_ENABLE) == 0)
		return;
	if (t->count == 0 || HV_STIMER_SINT(t->config) == 0) {
		t->config &= ~HV_ENABLE;
		return;
	}
	/* One shot: the count is a time. Periodic: an interval. */
	t->due = periodic ? hv_time() + t->count : t->count;
	if (t->due > (uint64_t)INT64_MAX / 100)
		return;			/* not in this world */
	hc_timer_at(periodic ? t->often : t->once, (hc_time)t->due * 100);
}

int
hv_stimer_rdmsr(int vp, unsigned n, uint64_t *value)
{
	struct stimer *t = &stimers[vp][n / 2];

	*value = n % 2 == 0 ? t->config : t->count;
	return (0);
}

int
hv_stimer_wrmsr(int vp, unsigned n, uint64_t value)
{
	struct stimer *t = &stimers[vp][n / 2];

	t->vp = vp;
	t->index = n / 2;
	if (n % 2 == 0) {
		if ((value & ~HV_STIMER_DEFINED) != 0) {
			hv_protocol("stimer %u: reserved bits 0x%lx are set",
			    t->index, value & ~HV_STIMER_DEFINED);
			return (1);
		}
		if ((t->config & value & HV_ENABLE) != 0)
			hv_protocol("stimer %u: configured while it is enabled",
			    t->index);
		if ((value & HV_ENABLE) != 0 && HV_STIMER_SINT(value) == 0)
			hv_protocol("stimer %u: enabled with no interrupt "
			    "source", t->index);
		t->config = value;
	} else {
		t->count = value;
		if (value == 0)
			t->config &= ~HV_ENABLE;
		else if ((t->config & HV_STIMER_AUTO_ENABLE) != 0)
			t->config |= HV_ENABLE;
	}
	start(t);
	return (0);
}
