/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Counting semaphores: semaphore(9F).
 */

#include "ksync.h"

void
sema_init(ksema_t *sp, uint32_t value, char *name, ksema_type_t type,
    void *arg)
{
	struct ksync *ks;

	if (kctx_interrupt_level() != 0) {
		hc_violation("context", "sema_init: called %s",
		    kctx_reason(NULL));
	}
	ks = ksync_init(KS_SEMAPHORE, sp, name, __builtin_return_address(0),
	    "sema_init");
	if (value > INT_MAX) {
		hc_violation("lock", "sema_init: semaphore %s begins with %u, "
		    "which is negative", ks->ks_label, value);
	}
	ks->ks_count = (int)value;
}

void
sema_destroy(ksema_t *sp)
{
	if (kctx_interrupt_level() != 0) {
		hc_violation("context", "sema_destroy: called %s",
		    kctx_reason(NULL));
	}
	ksync_destroy(ksync_use(KS_SEMAPHORE, sp, "sema_destroy"),
	    "sema_destroy");
}

/* No semaphore function may be called at a level above LOCK_LEVEL. */
static void
check_level(const char *called)
{
	if (kctx_interrupt_level() > LOCK_LEVEL)
		hc_violation("context", "%s: called %s", called,
		    kctx_reason(NULL));
}

static int
down(ksema_t *sp, int flags, const char *called)
{
	struct ksync *ks;

	kpoint();
	ks = ksync_use(KS_SEMAPHORE, sp, called);
	(void) kctx_may_sleep(called);
	while (ks->ks_count <= 0) {
		if (kctx_interrupt_level() > LOCK_LEVEL)
			hc_panic("%s: called %s", called, kctx_reason(NULL));
		if (kwait(&ks->ks_queue, HC_FOREVER, flags, called, sp) == 2)
			return (1);
		ks = ksync_use(KS_SEMAPHORE, sp, called);
	}
	ks->ks_count--;
	hc_hb_acquire(sp);
	return (0);
}

void
sema_p(ksema_t *sp)
{
	(void) down(sp, 0, "sema_p");
}

int
sema_p_sig(ksema_t *sp)
{
	return (down(sp, KWAIT_SIGNAL, "sema_p_sig"));
}

int
sema_tryp(ksema_t *sp)
{
	struct ksync *ks;

	kpoint();
	check_level("sema_tryp");
	ks = ksync_use(KS_SEMAPHORE, sp, "sema_tryp");
	if (ks->ks_count <= 0)
		return (0);
	ks->ks_count--;
	hc_hb_acquire(sp);
	return (1);
}

void
sema_v(ksema_t *sp)
{
	struct ksync *ks = ksync_use(KS_SEMAPHORE, sp, "sema_v");

	check_level("sema_v");
	hc_hb_release(sp);
	ks->ks_count++;
	(void) kwait_wake_one(&ks->ks_queue);
	kpoint();
}

int
sema_held(ksema_t *sp)
{
	struct ksync *ks = ksync_find(KS_SEMAPHORE, sp);

	return (ks != NULL && ks->ks_count <= 0);
}
