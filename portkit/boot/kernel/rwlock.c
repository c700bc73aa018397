/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Locks for many readers or one writer: rwlock(9F).
 *
 * A waiting writer keeps new readers out. So a reader that enters again waits
 * for the writer that waits for it: rwlock(9F) calls this a programming error,
 * whether or not a writer happens to wait.
 */

#include "ksync.h"

#define	WRITER(rw)	((rw) == RW_WRITER)

void
rw_init(krwlock_t *rwlp, char *name, krw_type_t type, void *arg)
{
	struct ksync *ks;

	if (kctx_interrupt_level() != 0)
		hc_violation("context", "rw_init: called %s",
		    kctx_reason(NULL));
	ks = ksync_init(KS_RWLOCK, rwlp, name, __builtin_return_address(0),
	    "rw_init");
	ks->ks_level = (int)(uintptr_t)arg;
}

void
rw_destroy(krwlock_t *rwlp)
{
	if (kctx_interrupt_level() != 0)
		hc_violation("context", "rw_destroy: called %s",
		    kctx_reason(NULL));
	ksync_destroy(ksync_use(KS_RWLOCK, rwlp, "rw_destroy"), "rw_destroy");
}

static boolean_t
is_free(const struct ksync *ks, krw_t rw)
{
	if (ks->ks_owner != NULL)
		return (B_FALSE);
	if (WRITER(rw))
		return (ks->ks_readers == 0);
	return (rw == RW_READER_STARVEWRITER || ks->ks_writers == 0);
}

static void
take(struct ksync *ks, struct kthr *kt, krw_t rw)
{
	if (WRITER(rw))
		ks->ks_owner = kt;
	else
		ks->ks_readers++;
	kthr_hold(kt, ks, !WRITER(rw));
	hc_hb_acquire((void *)ks->ks_addr);
}

/*
 * One hold of the thread's; readers of the same lock go on holding it.
 */
void
krw_break(struct ksync *ks, struct kthr *kt)
{
	hc_hb_release((void *)ks->ks_addr);
	if (ks->ks_owner == kt) {
		ks->ks_owner = NULL;
		ks->ks_depth = 0;
		(void) kthr_drop(kt, ks, B_FALSE);
	} else if (kthr_drop(kt, ks, B_TRUE)) {
		ks->ks_readers--;
	}
	kthr_unlend(kt);
	if (ks->ks_owner == NULL)
		kwait_wake_all(&ks->ks_queue);
}

void
rw_enter(krwlock_t *rwlp, krw_t rw)
{
	struct kthr *kt = kthr_self();
	struct ksync *ks;

	kpoint();
	ks = ksync_use(KS_RWLOCK, rwlp, "rw_enter");
	if (hc_level() > LOCK_LEVEL) {
		hc_violation("context", "rw_enter: rwlock %s at a high "
		    "priority level (%d)", ks->ks_label, hc_level());
	}
	if (ks->ks_owner == kt) {
		hc_violation("lock", "rw_enter: recursive: rwlock %s is held "
		    "for writing by the calling thread", ks->ks_label);
		ks->ks_depth++;
		return;
	}
	if (kthr_holds(kt, ks) != NULL && rw != RW_READER_STARVEWRITER) {
		hc_violation("lock", "rw_enter: recursive: rwlock %s is held "
		    "for reading by the calling thread, which deadlocks with "
		    "%s", ks->ks_label, WRITER(rw) ? "itself" :
		    "a writer that waits");
		/* It is of more use with the second hold than without. */
		if (!WRITER(rw))
			rw = RW_READER_STARVEWRITER;
	}
	korder_enter(ks, "rw_enter");
	while (!is_free(ks, rw)) {
		if (kctx_interrupt_level() > LOCK_LEVEL) {
			hc_panic("rw_enter: rwlock %s at a high priority level",
			    ks->ks_label);
		}
		if (WRITER(rw))
			ks->ks_writers++;
		kt->kt_wants = ks;
		if (ks->ks_owner != NULL)
			kthr_lend(ks->ks_owner, kthr_pri(kt));
		(void) kwait(&ks->ks_queue, HC_FOREVER, 0, "rw_enter", rwlp);
		kt->kt_wants = NULL;
		if (WRITER(rw))
			ks->ks_writers--;
	}
	take(ks, kt, rw);
}

int
rw_tryenter(krwlock_t *rwlp, krw_t rw)
{
	struct ksync *ks;

	kpoint();
	ks = ksync_use(KS_RWLOCK, rwlp, "rw_tryenter");
	if (!is_free(ks, rw))
		return (0);
	take(ks, kthr_self(), rw);
	return (1);
}

void
rw_exit(krwlock_t *rwlp)
{
	struct ksync *ks = ksync_use(KS_RWLOCK, rwlp, "rw_exit");
	struct kthr *kt = kthr_self();

	if (kthr_holds(kt, ks) != NULL) {
		if (ks->ks_depth > 0 && ks->ks_owner == kt)
			ks->ks_depth--;
		else
			krw_break(ks, kt);
	} else if (ks->ks_owner != NULL) {
		hc_violation("lock", "rw_exit: rwlock %s is held by %s, not by "
		    "the calling thread", ks->ks_label, ks->ks_owner->kt_name);
	} else {
		hc_violation("lock", "rw_exit: rwlock %s is not held%s",
		    ks->ks_label, ks->ks_readers != 0 ?
		    " by the calling thread, but by others for reading" : "");
	}
	kpoint();
}

void
rw_downgrade(krwlock_t *rwlp)
{
	struct ksync *ks = ksync_use(KS_RWLOCK, rwlp, "rw_downgrade");
	struct kthr *kt = kthr_self();

	if (ks->ks_owner != kt) {
		hc_violation("lock", "rw_downgrade: rwlock %s is not held for "
		    "writing by the calling thread", ks->ks_label);
		return;
	}
	krw_break(ks, kt);
	take(ks, kt, RW_READER);
	kpoint();
}

int
rw_tryupgrade(krwlock_t *rwlp)
{
	struct ksync *ks = ksync_use(KS_RWLOCK, rwlp, "rw_tryupgrade");
	struct kthr *kt = kthr_self();
	struct khold *kh = kthr_holds(kt, ks);

	if (kh == NULL || !kh->kh_reader) {
		hc_violation("lock", "rw_tryupgrade: rwlock %s is not held for "
		    "reading by the calling thread", ks->ks_label);
		return (ks->ks_owner == kt);
	}
	if (ks->ks_readers != 1 || ks->ks_writers != 0)
		return (0);
	(void) kthr_drop(kt, ks, B_TRUE);
	ks->ks_readers--;
	take(ks, kt, RW_WRITER);
	return (1);
}

int
rw_read_held(krwlock_t *rwlp)
{
	struct ksync *ks = ksync_find(KS_RWLOCK, rwlp);

	return (ks != NULL && ks->ks_readers != 0);
}

int
rw_write_held(krwlock_t *rwlp)
{
	struct ksync *ks = ksync_find(KS_RWLOCK, rwlp);

	return (ks != NULL && ks->ks_owner == kthr_self());
}

int
rw_lock_held(krwlock_t *rwlp)
{
	return (rw_read_held(rwlp) || rw_write_held(rwlp));
}

int
rw_read_locked(krwlock_t *rwlp)
{
	struct ksync *ks = ksync_use(KS_RWLOCK, rwlp, "rw_read_locked");

	if (kthr_holds(kthr_self(), ks) == NULL) {
		hc_violation("lock", "rw_read_locked: rwlock %s is not held by "
		    "the calling thread", ks->ks_label);
	}
	return (ks->ks_readers != 0);
}

int
rw_iswriter(krwlock_t *rwlp)
{
	struct ksync *ks = ksync_find(KS_RWLOCK, rwlp);

	return (ks != NULL && (ks->ks_owner != NULL || ks->ks_writers != 0));
}

kthread_t *
rw_owner(krwlock_t *rwlp)
{
	struct ksync *ks = ksync_find(KS_RWLOCK, rwlp);

	return (ks != NULL && ks->ks_owner != NULL ?
	    &ks->ks_owner->kt_thread : NULL);
}
