/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Functions that are called later.
 *
 * In a real kernel the handlers of timeout(9F) run in threads of a task queue,
 * and those of other kinds in interrupts. Whichever it is, the manual page puts
 * them under the rules of a soft interrupt handler. So here they run in threads
 * (there are several) at a priority above all others: handlers run side by side
 * on several CPUs and may wait for a mutex; but to sleep in one is a `context'
 * violation, for a thread that runs one is marked so (kt_nosleep).
 *
 * The machine's timer only makes calls ready and wakes threads. One thread more
 * than are busy is kept, up to a limit.
 */

#include "ksync.h"
#include "kcallout.h"

#define	THREADS		16
#define	PRI		((pri_t)(maxclsyspri + 10))
#define	POLL		1000000L	/* to find out about a deadlock, */
#define	POLLS		200		/* but not for ever: a hang is one */

typedef enum { CO_PENDING, CO_READY, CO_RUNNING, CO_OVER } co_state_t;

typedef struct callout {
	struct callout	*co_next;	/* by time, then by age */
	uint64_t	co_id;
	co_state_t	co_state;
	void		(*co_func)(void *);
	void		*co_arg;
	hc_time		co_when;
	hc_time		co_interval;
	boolean_t	co_may_sleep;
	boolean_t	co_module;	/* the function is a module's */
	boolean_t	co_cancelled;	/* not once more */
	const char	*co_what;
	struct hc_trace	co_trace;	/* who asked for it */
	struct kthr	*co_thread;	/* that runs it */
	struct kwaitq	co_waiters;
	uint_t		co_refs;	/* waiters that still look at it */
} callout_t;

static callout_t *callouts;
static hc_timer *callout_timer;
static uint64_t last_id;
static struct kwaitq idle;
static int nthreads;

static void callout_thread(void *);

static void
insert(callout_t *co)
{
	callout_t **cop = &callouts;

	while (*cop != NULL && (*cop)->co_when <= co->co_when)
		cop = &(*cop)->co_next;
	co->co_next = *cop;
	*cop = co;
}

static void
unlink(callout_t *co)
{
	callout_t **cop;

	for (cop = &callouts; *cop != co; cop = &(*cop)->co_next)
		;
	*cop = co->co_next;
}

static void
set_timer(void)
{
	callout_t *co;

	for (co = callouts; co != NULL; co = co->co_next) {
		if (co->co_state == CO_PENDING) {
			hc_timer_at(callout_timer, co->co_when);
			return;
		}
	}
	(void) hc_timer_cancel(callout_timer);
}

/*
 * On whatever context runs.
 */
static void
expire(void *arg)
{
	hc_time now = hc_now();
	callout_t *co;

	for (co = callouts; co != NULL && co->co_when <= now;
	    co = co->co_next) {
		if (co->co_state == CO_PENDING) {
			co->co_state = CO_READY;
			(void) kwait_wake_one(&idle);
		}
	}
	set_timer();
}

void
kcallout_setup(void)
{
	callout_timer = hc_timer_new(expire, NULL, 0);
	ktaskq_setup();
}

uint64_t
kcallout_add(void (*func)(void *), void *arg, hc_time when, hc_time interval,
    boolean_t may_sleep, const char *what)
{
	callout_t *co = hc_alloc(sizeof (*co));

	/* Not 0, and no pointer that looks like one. */
	co->co_id = (++last_id << 8) | 0xc1;
	co->co_func = func;
	co->co_arg = arg;
	co->co_when = when;
	co->co_interval = interval;
	co->co_may_sleep = may_sleep;
	co->co_module = hc_module_of((void *)func) != NULL;
	co->co_what = what;
	hc_trace_take(&co->co_trace);
	insert(co);
	kr_add(KR_TIMEOUT, (void *)co->co_id, 0, what);
	hc_hb_release(co);
	if (nthreads == 0) {
		nthreads++;
		(void) kthread_spawn("callout", callout_thread, NULL, PRI);
	}
	set_timer();
	return (co->co_id);
}

static callout_t *
next_ready(void)
{
	callout_t *co;

	for (co = callouts; co != NULL; co = co->co_next) {
		if (co->co_state == CO_READY)
			return (co);
	}
	return (NULL);
}

static void
call(callout_t *co)
{
	struct kthr *kt = kthr_self();
	struct kentry ke;

	if (co->co_func == NULL || (co->co_module &&
	    hc_module_of((void *)co->co_func) == NULL)) {
		hc_violation_at(&co->co_trace, "timeout", "%s: its function is "
		    "in no loaded module any more when its time has come",
		    co->co_what);
		co->co_cancelled = B_TRUE;
		return;
	}
	hc_hb_acquire(co);
	if (!co->co_may_sleep) {
		kt->kt_nosleep = "in the handler of a timeout, which is like "
		    "an interrupt handler";
	}
	kentry_enter(&ke, co->co_what);
	co->co_func(co->co_arg);
	kentry_leave(&ke);
	kt->kt_nosleep = NULL;
	/* As if by the lock of the queue, for those who come too late. */
	hc_hb_release(&callouts);
}

/*
 * It has run: again at its next time, or no more. What it runs for has begun
 * late or has taken long is skipped.
 */
static void
finish(callout_t *co)
{
	unlink(co);
	co->co_thread = NULL;
	if (co->co_interval != 0 && !co->co_cancelled) {
		hc_time now = hc_now();

		co->co_when += co->co_interval;
		if (co->co_when <= now) {
			co->co_when += (now - co->co_when) / co->co_interval *
			    co->co_interval + co->co_interval;
		}
		co->co_state = CO_PENDING;
		insert(co);
		set_timer();
		return;
	}
	(void) kr_remove(KR_TIMEOUT, (void *)co->co_id);
	co->co_state = CO_OVER;
	kwait_wake_all(&co->co_waiters);
	if (co->co_refs == 0)
		hc_free(co);
}

static void
callout_thread(void *arg)
{
	callout_t *co;

	for (;;) {
		if ((co = next_ready()) == NULL) {
			(void) kwait(&idle, HC_FOREVER, 0, "callout", NULL);
			continue;
		}
		co->co_state = CO_RUNNING;
		co->co_thread = kthr_self();
		if (idle.kq_count == 0 && nthreads < THREADS) {
			nthreads++;
			(void) kthread_spawn("callout", callout_thread, NULL,
			    PRI);
		}
		call(co);
		finish(co);
	}
}

/*
 * Whether the handler waits for a lock that the caller holds, so that both
 * would wait for ever. Says so.
 */
static boolean_t
deadlock(const callout_t *co, const char *called)
{
	struct ksync *ks = co->co_thread != NULL ? co->co_thread->kt_wants :
	    NULL;

	if (ks == NULL || kthr_holds(kthr_self(), ks) == NULL)
		return (B_FALSE);
	hc_violation("timeout", "%s: deadlock: it waits for the handler, and "
	    "the handler waits for %s %s, which the caller holds", called,
	    ksync_word(ks), ks->ks_label);
	return (B_TRUE);
}

static void
wait_for(callout_t *co, const char *called)
{
	int polls;

	co->co_refs++;
	for (polls = 0; co->co_state == CO_RUNNING; polls++) {
		if (deadlock(co, called))
			break;
		(void) kwait(&co->co_waiters, polls < POLLS ?
		    hc_now() + POLL : HC_FOREVER, 0, called, co);
	}
	co->co_refs--;
	if (co->co_state == CO_OVER && co->co_refs == 0)
		hc_free(co);
}

kcallout_end_t
kcallout_remove(uint64_t id, boolean_t wait, hc_time *left,
    const char *called)
{
	callout_t *co;

	*left = 0;
	for (co = callouts; co != NULL && co->co_id != id; co = co->co_next)
		;
	if (co == NULL) {
		hc_hb_acquire(&callouts);
		return (KCO_NONE);
	}
	co->co_cancelled = B_TRUE;
	if (co->co_state == CO_RUNNING) {
		if (co->co_thread == kthr_self())
			return (KCO_MINE);
		if (wait)
			wait_for(co, called);
		hc_hb_acquire(&callouts);
		return (KCO_WAITED);
	}
	if (co->co_when > hc_now())
		*left = co->co_when - hc_now();
	(void) kr_remove(KR_TIMEOUT, (void *)co->co_id);
	unlink(co);
	hc_free(co);
	set_timer();
	return (KCO_CANCELLED);
}
