/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * kstat_queue(9F): how long requests wait and run, and kstat_timer(9S). The
 * caller holds the ks_lock, which these functions do not know.
 */

#include <sys/time.h>
#include "kkstat.h"

static void
waitq_update(kstat_io_t *kiop, hrtime_t now, const char *called, int change)
{
	hrtime_t delta = now - kiop->wlastupdate;

	if (change < 0 && kiop->wcnt == 0) {
		hc_violation("memory", "%s: the wait queue is empty", called);
		return;
	}
	kiop->wlastupdate = now;
	if (kiop->wcnt != 0) {
		kiop->wlentime += delta * kiop->wcnt;
		kiop->wtime += delta;
	}
	kiop->wcnt += change;
}

static void
runq_update(kstat_io_t *kiop, hrtime_t now, const char *called, int change)
{
	hrtime_t delta = now - kiop->rlastupdate;

	if (change < 0 && kiop->rcnt == 0) {
		hc_violation("memory", "%s: the run queue is empty", called);
		return;
	}
	kiop->rlastupdate = now;
	if (kiop->rcnt != 0) {
		kiop->rlentime += delta * kiop->rcnt;
		kiop->rtime += delta;
	}
	kiop->rcnt += change;
}

void
kstat_waitq_enter(kstat_io_t *kiop)
{
	waitq_update(kiop, gethrtime(), "kstat_waitq_enter", 1);
}

void
kstat_waitq_exit(kstat_io_t *kiop)
{
	waitq_update(kiop, gethrtime(), "kstat_waitq_exit", -1);
}

void
kstat_runq_enter(kstat_io_t *kiop)
{
	runq_update(kiop, gethrtime(), "kstat_runq_enter", 1);
}

void
kstat_runq_exit(kstat_io_t *kiop)
{
	runq_update(kiop, gethrtime(), "kstat_runq_exit", -1);
}

void
kstat_waitq_to_runq(kstat_io_t *kiop)
{
	hrtime_t now = gethrtime();

	waitq_update(kiop, now, "kstat_waitq_to_runq", -1);
	runq_update(kiop, now, "kstat_waitq_to_runq", 1);
}

void
kstat_runq_back_to_waitq(kstat_io_t *kiop)
{
	hrtime_t now = gethrtime();

	runq_update(kiop, now, "kstat_runq_back_to_waitq", -1);
	waitq_update(kiop, now, "kstat_runq_back_to_waitq", 1);
}

void
kstat_timer_init(kstat_timer_t *kt, const char *name)
{
	kstat_set_string(kt->name, name);
}

void
kstat_timer_start(kstat_timer_t *kt)
{
	kt->start_time = gethrtime();
}

void
kstat_timer_stop(kstat_timer_t *kt)
{
	hrtime_t spent;

	kt->stop_time = gethrtime();
	spent = kt->stop_time - kt->start_time;
	if (kt->num_events == 0 || spent < kt->min_time)
		kt->min_time = spent;
	if (spent > kt->max_time)
		kt->max_time = spent;
	kt->elapsed_time += spent;
	kt->num_events++;
}
