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
 * FreeBSD's callout(9) over timeout(9F).
 *
 * untimeout(9F) waits for a handler that has begun, so it must not be called
 * with a lock that the handler takes; callout_stop() is called with just that
 * lock, and promises that the handler will not run.  To have both, the
 * function given to timeout(9F) is always bsd_callout_expire(), and its
 * argument is a number, not the callout.  The number is looked up among the
 * armed callouts: if it is not there, somebody stopped or moved the callout,
 * and the callout, which may have been freed since, is not looked at.  Thus
 * removing a callout from the armed list is what stops it.  The untimeout()
 * that follows only tidies up, and what it may have to wait for is an
 * expiry that finds nothing to do.
 *
 * While a handler runs, a struct callout_run on its thread's stack says so.
 * A second expiry of the same callout does not run beside the first: it marks
 * the callout as due, and the first one runs it again when it is done.
 *
 * Order of locks: a callout's own mutex, then the bucket lock.
 */

#include <sys/types.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/sysmacros.h>
#include <sys/list.h>
#include <sys/ksynch.h>
#include <sys/debug.h>
#include <sys/time.h>
#include <sys/thread.h>
#include <sys/machlock.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include <sys/ddi_intr.h>
#include "bsd_callout.h"

/* c_flags, beside BSD_CALLOUT_RETURNUNLOCKED */
#define	CALLOUT_ACTIVE		0x01	/* reset, and not stopped since */
#define	CALLOUT_DUE		0x02	/* expired while its handler ran */

/* A power of two; keeps the callouts of one CPU from waiting on another's. */
#define	CALLOUT_BUCKETS		16

struct callout_run {
	list_node_t		cr_link;
	struct bsd_callout	*cr_callout;
	kthread_t		*cr_thread;
	boolean_t		cr_started;	/* too late to stop it */
	boolean_t		cr_cancelled;	/* must not call the handler */
	boolean_t		cr_draining;	/* must not be armed again */
	uintptr_t		cr_seq;
};

static struct callout_bucket {
	kmutex_t	cb_lock;
	kcondvar_t	cb_cv;		/* a run has ended */
	list_t		cb_armed;	/* struct bsd_callout */
	list_t		cb_runs;	/* struct callout_run */
	uintptr_t	cb_seq;
} callout_buckets[CALLOUT_BUCKETS];

static void bsd_callout_expire(void *);

static struct callout_bucket *
callout_bucket(const struct bsd_callout *c)
{
	uintptr_t a = (uintptr_t)c;

	return (&callout_buckets[((a >> 6) ^ (a >> 12)) &
	    (CALLOUT_BUCKETS - 1)]);
}

/*
 * To be called once before any other function here, and once after the last.
 */
int
bsd_callout_setup(void)
{
	struct callout_bucket *cb;

	for (cb = callout_buckets; cb < &callout_buckets[CALLOUT_BUCKETS];
	    cb++) {
		mutex_init(&cb->cb_lock, NULL, MUTEX_DRIVER,
		    DDI_INTR_PRI(LOCK_LEVEL));
		cv_init(&cb->cb_cv, NULL, CV_DRIVER, NULL);
		list_create(&cb->cb_armed, sizeof (struct bsd_callout),
		    offsetof(struct bsd_callout, c_link));
		list_create(&cb->cb_runs, sizeof (struct callout_run),
		    offsetof(struct callout_run, cr_link));
		cb->cb_seq = 0;
	}
	return (0);
}

void
bsd_callout_teardown(void)
{
	struct callout_bucket *cb;

	for (cb = callout_buckets; cb < &callout_buckets[CALLOUT_BUCKETS];
	    cb++) {
		ASSERT(list_is_empty(&cb->cb_armed));
		/* A handler may have been the last thing its driver did. */
		mutex_enter(&cb->cb_lock);
		while (!list_is_empty(&cb->cb_runs))
			cv_wait(&cb->cb_cv, &cb->cb_lock);
		mutex_exit(&cb->cb_lock);
		list_destroy(&cb->cb_armed);
		list_destroy(&cb->cb_runs);
		cv_destroy(&cb->cb_cv);
		mutex_destroy(&cb->cb_lock);
	}
}

static struct bsd_callout *
callout_find(struct callout_bucket *cb, uintptr_t id)
{
	struct bsd_callout *c;

	ASSERT(MUTEX_HELD(&cb->cb_lock));
	for (c = list_head(&cb->cb_armed); c != NULL;
	    c = list_next(&cb->cb_armed, c)) {
		if (c->c_id == id)
			break;
	}
	return (c);
}

static struct callout_run *
callout_find_run(struct callout_bucket *cb, const struct bsd_callout *c)
{
	struct callout_run *cr;

	ASSERT(MUTEX_HELD(&cb->cb_lock));
	for (cr = list_head(&cb->cb_runs); cr != NULL;
	    cr = list_next(&cb->cb_runs, cr)) {
		if (cr->cr_callout == c)
			break;
	}
	return (cr);
}

/*
 * Take a callout off the armed list, if it is there.  The identity of the
 * timeout that is now of no use is left for untimeout() in *tidp.
 */
static boolean_t
callout_disarm(struct callout_bucket *cb, struct bsd_callout *c,
    timeout_id_t *tidp)
{
	ASSERT(MUTEX_HELD(&cb->cb_lock));
	*tidp = NULL;
	if (c->c_id == 0)
		return (B_FALSE);
	list_remove(&cb->cb_armed, c);
	if ((c->c_flags & CALLOUT_DUE) == 0)
		*tidp = c->c_tid;
	c->c_flags &= ~CALLOUT_DUE;
	c->c_id = 0;
	c->c_tid = NULL;
	return (B_TRUE);
}

/*
 * Call the handler of a callout that has expired.  Enters and leaves with the
 * bucket lock held.  The callout must not be used after the handler has been
 * entered: the handler may free it.
 */
static void
callout_call(struct callout_bucket *cb, struct callout_run *cr,
    struct bsd_callout *c)
{
	void (*func)(void *) = c->c_func;
	void *arg = c->c_arg;
	kmutex_t *mtx = c->c_mtx;
	boolean_t unlock = (c->c_flags & BSD_CALLOUT_RETURNUNLOCKED) == 0;
	timeout_id_t tid;

	(void) callout_disarm(cb, c, &tid);
	cr->cr_started = (mtx == NULL);
	cr->cr_cancelled = B_FALSE;
	if (mtx != NULL) {
		mutex_exit(&cb->cb_lock);
		mutex_enter(mtx);
		mutex_enter(&cb->cb_lock);
		if (cr->cr_cancelled) {
			/* Stopped by somebody who held the mutex. */
			mutex_exit(&cb->cb_lock);
			mutex_exit(mtx);
			mutex_enter(&cb->cb_lock);
			return;
		}
		cr->cr_started = B_TRUE;
	}
	mutex_exit(&cb->cb_lock);
	func(arg);
	if (mtx != NULL && unlock)
		mutex_exit(mtx);
	mutex_enter(&cb->cb_lock);
}

/*
 * What timeout(9F) calls.  The low bits of the identity say which bucket.
 */
static void
bsd_callout_expire(void *arg)
{
	uintptr_t id = (uintptr_t)arg;
	struct callout_bucket *cb = &callout_buckets[id &
	    (CALLOUT_BUCKETS - 1)];
	struct callout_run run;
	struct bsd_callout *c;

	mutex_enter(&cb->cb_lock);
	if ((c = callout_find(cb, id)) == NULL) {
		mutex_exit(&cb->cb_lock);
		return;
	}
	if (callout_find_run(cb, c) != NULL) {
		c->c_flags |= CALLOUT_DUE;
		mutex_exit(&cb->cb_lock);
		return;
	}

	bzero(&run, sizeof (run));
	run.cr_callout = c;
	run.cr_thread = curthread;
	run.cr_seq = ++cb->cb_seq;
	list_insert_tail(&cb->cb_runs, &run);
	do {
		callout_call(cb, &run, c);
		/*
		 * Look for the same callout by address: it is only touched
		 * if it is armed, that is, alive.
		 */
		for (c = list_head(&cb->cb_armed); c != NULL;
		    c = list_next(&cb->cb_armed, c)) {
			if (c == run.cr_callout)
				break;
		}
	} while (c != NULL && (c->c_flags & CALLOUT_DUE) != 0);
	list_remove(&cb->cb_runs, &run);
	cv_broadcast(&cb->cb_cv);
	mutex_exit(&cb->cb_lock);
}

/*
 * MP safety is a matter of course; the parameter is FreeBSD's.
 */
/*ARGSUSED*/
void
bsd_callout_init(struct bsd_callout *c, int mpsafe)
{
	bzero(c, sizeof (*c));
}

void
bsd_callout_init_mtx(struct bsd_callout *c, kmutex_t *mtx, int flags)
{
	bzero(c, sizeof (*c));
	c->c_mtx = mtx;
	c->c_flags = flags & BSD_CALLOUT_RETURNUNLOCKED;
}

/*
 * Have a handler that waits for the mutex we hold give up.  Returns whether
 * there was one.
 */
static boolean_t
callout_cancel_run(struct bsd_callout *c, struct callout_run *cr)
{
	if (cr == NULL || cr->cr_started || cr->cr_cancelled)
		return (B_FALSE);
	if (!MUTEX_HELD(c->c_mtx))
		return (B_FALSE);
	cr->cr_cancelled = B_TRUE;
	return (B_TRUE);
}

/*
 * Call func(arg) in `ticks' clock ticks (at least one), instead of what was
 * asked for before.  Returns nonzero if an earlier call was pending, which
 * will now not happen.  While somebody drains the callout, nothing is armed.
 */
int
bsd_callout_reset(struct bsd_callout *c, clock_t ticks, void (*func)(void *),
    void *arg)
{
	struct callout_bucket *cb = callout_bucket(c);
	struct callout_run *cr;
	timeout_id_t tid;
	boolean_t stopped;

	mutex_enter(&cb->cb_lock);
	stopped = callout_disarm(cb, c, &tid);
	cr = callout_find_run(cb, c);
	if (callout_cancel_run(c, cr))
		stopped = B_TRUE;
	if (cr == NULL || !cr->cr_draining) {
		c->c_func = func;
		c->c_arg = arg;
		c->c_ticks = MAX(ticks, 1);
		c->c_flags |= CALLOUT_ACTIVE;
		/* Zero means not armed, so it is never an identity. */
		c->c_id = (++cb->cb_seq * CALLOUT_BUCKETS) |
		    (uintptr_t)(cb - callout_buckets);
		list_insert_tail(&cb->cb_armed, c);
		c->c_tid = timeout(bsd_callout_expire, (void *)c->c_id,
		    c->c_ticks);
	}
	mutex_exit(&cb->cb_lock);

	if (tid != NULL)
		(void) untimeout(tid);
	return (stopped);
}

/*
 * The same with a period in nanoseconds.  timeout(9F) counts clock ticks, and
 * cyclics are the kernel's own, so the period is rounded up to whole ticks:
 * a driver that asks for 100 microseconds gets its handler at the next tick.
 */
int
bsd_callout_reset_hires(struct bsd_callout *c, hrtime_t ns,
    void (*func)(void *), void *arg)
{
	clock_t usec = (clock_t)((ns + (NANOSEC / MICROSEC) - 1) /
	    (NANOSEC / MICROSEC));

	return (bsd_callout_reset(c, drv_usectohz(MAX(usec, 1)), func, arg));
}

int
bsd_callout_schedule(struct bsd_callout *c, clock_t ticks)
{
	return (bsd_callout_reset(c, ticks, c->c_func, c->c_arg));
}

/*
 * Returns 1 if the handler would have been called and now will not be, 0 if
 * it is running and cannot be stopped, -1 if nothing was armed.  A caller that
 * holds the callout's mutex can rely on the handler not running.
 */
int
bsd_callout_stop(struct bsd_callout *c)
{
	struct callout_bucket *cb = callout_bucket(c);
	struct callout_run *cr;
	timeout_id_t tid;
	int ret;

	mutex_enter(&cb->cb_lock);
	ret = callout_disarm(cb, c, &tid) ? 1 : -1;
	c->c_flags &= ~CALLOUT_ACTIVE;
	if ((cr = callout_find_run(cb, c)) != NULL) {
		if (callout_cancel_run(c, cr))
			ret = 1;
		else if (!cr->cr_cancelled)
			ret = 0;
	}
	mutex_exit(&cb->cb_lock);

	if (tid != NULL)
		(void) untimeout(tid);
	return (ret);
}

/*
 * Stop, and wait for a handler that is running.  The handler itself, which
 * could wait for ever, and the holder of the callout's mutex, for which the
 * handler may wait, do not wait.
 */
int
bsd_callout_drain(struct bsd_callout *c)
{
	struct callout_bucket *cb = callout_bucket(c);
	struct callout_run *cr;
	uintptr_t seq;
	timeout_id_t tid;
	int ret;

	mutex_enter(&cb->cb_lock);
	ret = callout_disarm(cb, c, &tid) ? 1 : -1;
	c->c_flags &= ~CALLOUT_ACTIVE;
	if ((cr = callout_find_run(cb, c)) != NULL) {
		seq = cr->cr_seq;
		if (!cr->cr_started) {
			/* It will not run, but it still has to leave. */
			if (!cr->cr_cancelled)
				ret = 1;
			cr->cr_cancelled = B_TRUE;
		} else {
			ret = 0;
		}
		if (cr->cr_thread != curthread &&
		    (c->c_mtx == NULL || !MUTEX_HELD(c->c_mtx))) {
			cr->cr_draining = B_TRUE;
			do {
				cv_wait(&cb->cb_cv, &cb->cb_lock);
				cr = callout_find_run(cb, c);
			} while (cr != NULL && cr->cr_seq == seq);
		}
	}
	mutex_exit(&cb->cb_lock);

	if (tid != NULL)
		(void) untimeout(tid);
	return (ret);
}

int
bsd_callout_pending(struct bsd_callout *c)
{
	struct callout_bucket *cb = callout_bucket(c);
	int pending;

	mutex_enter(&cb->cb_lock);
	pending = (c->c_id != 0);
	mutex_exit(&cb->cb_lock);
	return (pending);
}

int
bsd_callout_active(struct bsd_callout *c)
{
	struct callout_bucket *cb = callout_bucket(c);
	int active;

	mutex_enter(&cb->cb_lock);
	active = (c->c_flags & CALLOUT_ACTIVE) != 0;
	mutex_exit(&cb->cb_lock);
	return (active);
}

void
bsd_callout_deactivate(struct bsd_callout *c)
{
	struct callout_bucket *cb = callout_bucket(c);

	mutex_enter(&cb->cb_lock);
	c->c_flags &= ~CALLOUT_ACTIVE;
	mutex_exit(&cb->cb_lock);
}
