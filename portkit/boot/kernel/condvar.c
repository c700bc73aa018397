/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Condition variables: condvar(9F).
 *
 * As in a real kernel, a deadline that has passed returns -1 without the mutex
 * ever being released, and a wait ends only by cv_signal(), cv_broadcast(),
 * the deadline or a signal.
 */

#include <sys/types.h>
#include <sys/callo.h>
#include <sys/disp.h>

#include "ksync.h"

#define	NSEC	1000000000L
#define	TICK	(NSEC / hz)
#define	PANIC_STEP	1000L	/* what a wait takes that is none */

void
cv_init(kcondvar_t *cvp, char *name, kcv_type_t type, void *arg)
{
	(void) ksync_init(KS_CONDVAR, cvp, name, __builtin_return_address(0),
	    "cv_init");
}

void
cv_destroy(kcondvar_t *cvp)
{
	ksync_destroy(ksync_use(KS_CONDVAR, cvp, "cv_destroy"), "cv_destroy");
}

/*
 * Waits, and has the mutex again. Returns as kwait() does.
 */
static int
wait(kcondvar_t *cvp, kmutex_t *mp, hc_time deadline, int flags,
    const char *called)
{
	struct ksync *cv, *mutex;
	const char *reason;
	boolean_t held;
	int result;

	kpoint();
	cv = ksync_use(KS_CONDVAR, cvp, called);
	mutex = ksync_use(KS_MUTEX, mp, called);
	/* In a panic nobody waits, because nobody would come. */
	if (panicstr != NULL) {
		hc_spend(PANIC_STEP);
		return (0);
	}
	held = (mutex->ks_owner == kthr_self());
	if (!held) {
		hc_violation("lock", "%s: mutex %s is not held by the calling "
		    "thread", called, mutex->ks_label);
	}
	if (mutex->ks_depth > 0) {
		hc_violation("lock", "%s: mutex %s was entered more than once",
		    called, mutex->ks_label);
	}
	if ((reason = kctx_reason(held ? mutex : NULL)) != NULL) {
		hc_violation("context", "%s: called %s", called, reason);
		if (kctx_interrupt_level() > LOCK_LEVEL)
			hc_panic("%s: called %s", called, reason);
	}
	if (cv->ks_queue.kq_count != 0 && cv->ks_mutex != mutex) {
		hc_violation("lock", "%s: %s waits for condition variable %s "
		    "with another mutex than %s", called,
		    cv->ks_queue.kq_first->kt_name, cv->ks_label,
		    mutex->ks_label);
	}
	cv->ks_mutex = mutex;
	kwait_join(&cv->ks_queue);
	if (held)
		kmutex_release(mutex);
	result = kwait_block(&cv->ks_queue, deadline, flags, called, cvp);
	if (result == 0)
		hc_hb_acquire(cvp);
	if (held) {
		/* The mutex may be gone by now, which is an error, too. */
		mutex = ksync_use(KS_MUTEX, mp, called);
		kmutex_acquire(mutex, called);
	}
	return (result);
}

/*
 * The return values of the waits with a deadline: the ticks that were left, at
 * least one.
 */
static clock_t
timed(kcondvar_t *cvp, kmutex_t *mp, hc_time length, int flags,
    const char *called)
{
	hc_time now = hc_now(), deadline;
	clock_t left;

	if (length <= 0)
		return (-1);
	deadline = length > LONG_MAX - now ? LONG_MAX : now + length;
	switch (wait(cvp, mp, deadline == LONG_MAX ? HC_FOREVER : deadline,
	    flags, called)) {
	case 0:
		left = (deadline - hc_now()) / TICK;
		return (left > 0 ? left : 1);
	case 1:
		return (-1);
	default:
		return (0);
	}
}

/*
 * Kernel threads get no signals: kt_signal is never set for one.
 */
static boolean_t
signalled(kcondvar_t *cvp, kmutex_t *mp, const char *called)
{
	(void) ksync_use(KS_CONDVAR, cvp, called);
	if (!kthr_self()->kt_signal)
		return (B_FALSE);
	if (mutex_owned(mp)) {
		mutex_exit(mp);
		mutex_enter(mp);
	}
	return (B_TRUE);
}

/* Saturates: a driver may ask for a wait of LONG_MAX ticks. */
static hc_time
ticks_to_time(clock_t ticks)
{
	if (ticks <= 0)
		return (0);
	return (ticks > LONG_MAX / TICK ? LONG_MAX : ticks * TICK);
}

void
cv_wait(kcondvar_t *cvp, kmutex_t *mp)
{
	(void) wait(cvp, mp, HC_FOREVER, 0, "cv_wait");
}

int
cv_wait_sig(kcondvar_t *cvp, kmutex_t *mp)
{
	if (signalled(cvp, mp, "cv_wait_sig"))
		return (0);
	return (wait(cvp, mp, HC_FOREVER, KWAIT_SIGNAL, "cv_wait_sig") == 0);
}

int
cv_wait_sig_swap(kcondvar_t *cvp, kmutex_t *mp)
{
	return (cv_wait_sig(cvp, mp));
}

clock_t
cv_timedwait(kcondvar_t *cvp, kmutex_t *mp, clock_t when)
{
	return (timed(cvp, mp, ticks_to_time(when - ddi_get_lbolt()), 0,
	    "cv_timedwait"));
}

clock_t
cv_timedwait_sig(kcondvar_t *cvp, kmutex_t *mp, clock_t when)
{
	if (signalled(cvp, mp, "cv_timedwait_sig"))
		return (0);
	return (timed(cvp, mp, ticks_to_time(when - ddi_get_lbolt()),
	    KWAIT_SIGNAL, "cv_timedwait_sig"));
}

static void
check_resolution(time_res_t res, const char *called)
{
	if (!TIME_RES_VALID(res)) {
		hc_violation("lock", "%s: resolution %d is not one of "
		    "condvar(9F)", called, (int)res);
	}
}

clock_t
cv_reltimedwait(kcondvar_t *cvp, kmutex_t *mp, clock_t delta, time_res_t res)
{
	check_resolution(res, "cv_reltimedwait");
	return (timed(cvp, mp, ticks_to_time(delta), 0, "cv_reltimedwait"));
}

clock_t
cv_reltimedwait_sig(kcondvar_t *cvp, kmutex_t *mp, clock_t delta,
    time_res_t res)
{
	check_resolution(res, "cv_reltimedwait_sig");
	if (signalled(cvp, mp, "cv_reltimedwait_sig"))
		return (0);
	return (timed(cvp, mp, ticks_to_time(delta), KWAIT_SIGNAL,
	    "cv_reltimedwait_sig"));
}

clock_t
cv_timedwait_hires(kcondvar_t *cvp, kmutex_t *mp, hrtime_t when, hrtime_t res,
    int flag)
{
	hc_time length = (flag & CALLOUT_FLAG_ABSOLUTE) ?
	    when - gethrtime() : when;

	if (length > 0 && res > 1 && (flag & CALLOUT_FLAG_ROUNDUP))
		length = (length + res - 1) / res * res;
	return (timed(cvp, mp, length, 0, "cv_timedwait_hires"));
}

int
cv_timedwait_sig_hrtime(kcondvar_t *cvp, kmutex_t *mp, hrtime_t when)
{
	clock_t left;

	if (signalled(cvp, mp, "cv_timedwait_sig_hrtime"))
		return (0);
	left = timed(cvp, mp, when - gethrtime(), KWAIT_SIGNAL,
	    "cv_timedwait_sig_hrtime");
	return (left > 0 ? 1 : (int)left);
}

void
cv_signal(kcondvar_t *cvp)
{
	struct ksync *ks;

	kpoint();
	ks = ksync_use(KS_CONDVAR, cvp, "cv_signal");
	hc_hb_release(cvp);
	(void) kwait_wake_one(&ks->ks_queue);
}

void
cv_broadcast(kcondvar_t *cvp)
{
	struct ksync *ks;

	kpoint();
	ks = ksync_use(KS_CONDVAR, cvp, "cv_broadcast");
	hc_hb_release(cvp);
	kwait_wake_all(&ks->ks_queue);
}
