/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

/*
 * The timeout tasks of FreeBSD's taskqueue(9): a task that a callout enqueues.
 *
 * The callout's mutex is the one that the task's own state is under, so one
 * that is stopped with it held does not enqueue any more.
 */

#include <sys/types.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/sysmacros.h>
#include <sys/ksynch.h>
#include <sys/debug.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include "bsd_timeouttask.h"

/*
 * What a timeout task's callout calls, with the task's lock held.
 */
static void
task_timeout(void *arg)
{
	struct timeout_task *tt = arg;

	tt->tt_armed = B_FALSE;
	bsd_task_enqueue_locked(tt->tt_queue, &tt->tt_task);
}

void
bsd_timeout_task_init(taskq_t *tq, struct timeout_task *tt, ushort_t priority,
    task_fn_t *func, void *context)
{
	bsd_task_init(&tt->tt_task, priority, func, context);
	bsd_callout_init_mtx(&tt->tt_callout, bsd_task_lock(&tt->tt_task), 0);
	tt->tt_queue = tq;
	tt->tt_armed = B_FALSE;
	tt->tt_draining = B_FALSE;
}

/*
 * Enqueue after `ticks' clock ticks, counted anew if it is armed already; at
 * once if that is 0.  A negative number does not move a task that is armed.
 * Returns how often the task was pending or armed before, or -1 while it is
 * being drained.
 */
int
taskqueue_enqueue_timeout(taskq_t *tq, struct timeout_task *tt, int ticks)
{
	kmutex_t *lock = bsd_task_lock(&tt->tt_task);
	int pending;

	mutex_enter(lock);
	ASSERT(tt->tt_queue == tq);
	pending = tt->tt_task.ta_pending;
	if (tt->tt_draining) {
		pending = -1;
	} else if (ticks == 0) {
		bsd_task_enqueue_locked(tq, &tt->tt_task);
	} else {
		if (tt->tt_armed)
			pending++;
		else
			ticks = ABS(ticks);
		tt->tt_armed = B_TRUE;
		if (ticks > 0) {
			(void) bsd_callout_reset(&tt->tt_callout, ticks,
			    task_timeout, tt);
		}
	}
	mutex_exit(lock);
	return (pending);
}

/*
 * Stop the timeout and take the task off the queue, see taskqueue_cancel().
 */
int
taskqueue_cancel_timeout(taskq_t *tq, struct timeout_task *tt, uint_t *pendp)
{
	kmutex_t *lock = bsd_task_lock(&tt->tt_task);
	uint_t pending;
	int error;

	mutex_enter(lock);
	(void) bsd_callout_stop(&tt->tt_callout);
	error = bsd_task_cancel_locked(tq, &tt->tt_task, &pending);
	if (tt->tt_armed)
		pending++;
	tt->tt_armed = B_FALSE;
	mutex_exit(lock);

	if (pendp != NULL)
		*pendp = pending;
	return (error);
}

/*
 * Stop the timeout, and wait until the task is neither pending nor running.
 * It cannot be armed meanwhile.
 */
void
taskqueue_drain_timeout(taskq_t *tq, struct timeout_task *tt)
{
	kmutex_t *lock = bsd_task_lock(&tt->tt_task);

	mutex_enter(lock);
	tt->tt_draining = B_TRUE;
	mutex_exit(lock);

	/* Not with the lock, which the callout's handler takes. */
	(void) bsd_callout_drain(&tt->tt_callout);
	taskqueue_drain(tq, &tt->tt_task);

	mutex_enter(lock);
	tt->tt_armed = B_FALSE;
	tt->tt_draining = B_FALSE;
	mutex_exit(lock);
}
