/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Mutual exclusion locks: mutex(9F).
 *
 * A mutex that is initialised with an interrupt priority above LOCK_LEVEL
 * spins and keeps the processor at that priority while it is held; any other
 * is adaptive: who finds it held sleeps, interrupt threads included.
 *
 * mutex(9F) wants the priority of the handler that takes the mutex. A handler
 * of add_avintr() has no cookie from which to learn it, and for all priorities
 * up to LOCK_LEVEL the mutex is the same with NULL. So a handler of such a
 * priority may take a mutex that was initialised with NULL; a spin mutex must
 * be of a priority that keeps the handler out, or the processor waits for
 * itself.
 */

#include "ksync.h"

/* Nobody holds a spin mutex for so long: it is a deadlock. */
#define	SPIN_STEP	500L
#define	SPIN_LIMIT	(500L * 1000000L)

void
mutex_init(kmutex_t *mp, char *name, kmutex_type_t type, void *arg)
{
	const void *site = __builtin_return_address(0);
	uintptr_t level = (uintptr_t)arg;
	struct ksync *ks;

	if (kctx_interrupt_level() != 0) {
		hc_violation("context", "mutex_init: called %s",
		    kctx_reason(NULL));
	}
	ks = ksync_init(KS_MUTEX, mp, name, site, "mutex_init");
	if (level > PIL_MAX) {
		hc_violation("lock", "mutex_init: %s: 0x%lx is no interrupt "
		    "priority", ks->ks_label, (ulong_t)level);
		level = 0;
	}
	if (level > LOCK_LEVEL && type != MUTEX_DRIVER && type != MUTEX_SPIN) {
		hc_violation("lock", "mutex_init: %s: a mutex with priority "
		    "%u is no MUTEX_DRIVER", ks->ks_label, (uint_t)level);
	}
	if (type == MUTEX_SPIN && level <= LOCK_LEVEL) {
		hc_violation("lock", "mutex_init: %s: MUTEX_SPIN without a "
		    "priority above LOCK_LEVEL", ks->ks_label);
	}
	ks->ks_level = (int)level;
}

void
mutex_destroy(kmutex_t *mp)
{
	struct ksync *ks = ksync_use(KS_MUTEX, mp, "mutex_destroy");

	if (kctx_interrupt_level() != 0) {
		hc_violation("context", "mutex_destroy: called %s",
		    kctx_reason(NULL));
	}
	ksync_destroy(ks, "mutex_destroy");
}

/*
 * Whether this mutex may be taken here at all.
 */
static void
check_context(struct ksync *ks, const char *called)
{
	int level = kctx_interrupt_level();

	if (KSYNC_SPIN(ks)) {
		if (level > ks->ks_level) {
			hc_violation("lock", "%s: mutex %s was initialised "
			    "with interrupt priority %d and is taken in an "
			    "interrupt handler of priority %d", called,
			    ks->ks_label, ks->ks_level, level);
		}
	} else if (level > LOCK_LEVEL || hc_level() > LOCK_LEVEL) {
		hc_violation("context", "%s: adaptive mutex %s at a high "
		    "priority level (%d)", called, ks->ks_label, hc_level());
	}
}

static void
acquired(struct ksync *ks, struct kthr *kt)
{
	ks->ks_owner = kt;
	kthr_hold(kt, ks, B_FALSE);
	hc_hb_acquire((void *)ks->ks_addr);
}

static void
acquire_spin(struct ksync *ks, const char *why)
{
	hc_time spun = 0;
	int old = hc_level();

	if (old < ks->ks_level)
		(void) hc_set_level(ks->ks_level);
	while (ks->ks_owner != NULL) {
		if (spun >= SPIN_LIMIT) {
			hc_panic("%s: deadlock: mutex %s is held by %s and "
			    "does not come free", why, ks->ks_label,
			    ks->ks_owner->kt_name);
		}
		hc_spend(SPIN_STEP);
		spun += SPIN_STEP;
	}
	ks->ks_oldlevel = old;
}

/*
 * Takes it when it comes free. There is no point between the last look and
 * the return, so whoever called has it.
 */
void
kmutex_acquire(struct ksync *ks, const char *why)
{
	struct kthr *kt = kthr_self();

	if (KSYNC_SPIN(ks)) {
		acquire_spin(ks, why);
	} else {
		while (ks->ks_owner != NULL) {
			kt->kt_wants = ks;
			kthr_lend(ks->ks_owner, kthr_pri(kt));
			(void) kwait(&ks->ks_queue, HC_FOREVER, 0, why,
			    (void *)ks->ks_addr);
			kt->kt_wants = NULL;
		}
	}
	acquired(ks, kt);
}

void
kmutex_release(struct ksync *ks)
{
	struct kthr *kt = ks->ks_owner;
	boolean_t spin = KSYNC_SPIN(ks);
	int old = ks->ks_oldlevel;

	hc_hb_release((void *)ks->ks_addr);
	ks->ks_owner = NULL;
	ks->ks_depth = 0;
	(void) kthr_drop(kt, ks, B_FALSE);
	kthr_unlend(kt);
	kwait_wake_all(&ks->ks_queue);
	/* This may let an interrupt in, so it comes last. */
	if (spin && kt == kthr_self() && hc_level() != old)
		(void) hc_set_level(old);
}

/*
 * So that a lock that a driver has lost does not stop everybody else.
 */
void
kmutex_break(struct ksync *ks)
{
	struct kthr *kt;

	if (ks->ks_kind == KS_MUTEX && ks->ks_owner != NULL)
		kmutex_release(ks);
	if (ks->ks_kind != KS_RWLOCK)
		return;
	for (kt = kthr_list(); kt != NULL; kt = kt->kt_next) {
		while (kthr_holds(kt, ks) != NULL)
			krw_break(ks, kt);
	}
}

/*
 * What the thread holds beyond the given number, newest first.
 */
void
klock_break(struct kthr *kt, uint_t held)
{
	while (kt->kt_nheld > held) {
		struct ksync *ks = kt->kt_held[kt->kt_nheld - 1].kh_sync;

		if (ks->ks_kind == KS_MUTEX)
			kmutex_release(ks);
		else
			krw_break(ks, kt);
	}
}

void
mutex_enter(kmutex_t *mp)
{
	struct ksync *ks;

	kpoint();
	ks = ksync_use(KS_MUTEX, mp, "mutex_enter");
	if (ks->ks_owner == kthr_self()) {
		hc_violation("lock", "mutex_enter: recursive: mutex %s is held "
		    "by the calling thread", ks->ks_label);
		ks->ks_depth++;
		return;
	}
	/* In a panic its holder stands still: who comes goes in. */
	if (panicstr != NULL && ks->ks_owner != NULL)
		return;
	check_context(ks, "mutex_enter");
	/* It would have to sleep, where nothing can. */
	if (!KSYNC_SPIN(ks) && ks->ks_owner != NULL &&
	    kctx_interrupt_level() > LOCK_LEVEL) {
		hc_panic("mutex_enter: adaptive at high PIL, mutex %s, owner "
		    "%s", ks->ks_label, ks->ks_owner->kt_name);
	}
	korder_enter(ks, "mutex_enter");
	kmutex_acquire(ks, "mutex_enter");
}

int
mutex_tryenter(kmutex_t *mp)
{
	struct ksync *ks;
	int old;

	kpoint();
	ks = ksync_use(KS_MUTEX, mp, "mutex_tryenter");
	check_context(ks, "mutex_tryenter");
	if (ks->ks_owner != NULL)
		return (0);
	if (KSYNC_SPIN(ks)) {
		old = hc_level();
		if (old < ks->ks_level)
			(void) hc_set_level(ks->ks_level);
		ks->ks_oldlevel = old;
	}
	acquired(ks, kthr_self());
	return (1);
}

void
mutex_exit(kmutex_t *mp)
{
	struct ksync *ks = ksync_use(KS_MUTEX, mp, "mutex_exit");

	if (panicstr != NULL && ks->ks_owner != kthr_self()) {
		kpoint();	/* see mutex_enter() */
		return;
	}
	if (ks->ks_owner == NULL) {
		hc_violation("lock", "mutex_exit: mutex %s is not held",
		    ks->ks_label);
	} else if (ks->ks_owner != kthr_self()) {
		hc_violation("lock", "mutex_exit: mutex %s is held by %s, not "
		    "by the calling thread", ks->ks_label,
		    ks->ks_owner->kt_name);
	} else if (ks->ks_depth > 0) {
		ks->ks_depth--;
	} else {
		kmutex_release(ks);
	}
	kpoint();
}

int
mutex_owned(const kmutex_t *mp)
{
	struct ksync *ks = ksync_find(KS_MUTEX, mp);

	return (ks != NULL && ks->ks_owner == kthr_self());
}

kthread_t *
mutex_owner(const kmutex_t *mp)
{
	struct ksync *ks = ksync_find(KS_MUTEX, mp);

	return (ks != NULL && ks->ks_owner != NULL ?
	    &ks->ks_owner->kt_thread : NULL);
}
