/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Tasks go onto their queue: taskq_dispatch(), taskq_dispatch_ent(), and
 * ddi_taskq_dispatch(9F) with the rest of its family.
 */

#include "ktaskq.h"

static taskqid_t last_id;

/*
 * Under tq_lock.
 */
static void
enqueue(ktaskq_t *kq, taskq_ent_t *ent, task_func_t *func, void *arg,
    uint_t flags)
{
	taskq_ent_t *head = &kq->kq_tq.tq_task;
	taskq_ent_t *after;

	ent->tqent_func = func;
	ent->tqent_arg = arg;
	if (hc_module_of((void *)func) != NULL)
		ent->tqent_un.tqent_flags |= KTQENT_MODULE;
	after = (flags & TQ_FRONT) != 0 ? head : head->tqent_prev;
	ent->tqent_next = after->tqent_next;
	ent->tqent_prev = after;
	after->tqent_next->tqent_prev = ent;
	after->tqent_next = ent;
	kq->kq_tq.tq_tasks++;

	if (kq->kq_suspended)
		return;
	if (kq->kq_idle > kq->kq_signalled) {
		kq->kq_signalled++;
		cv_signal(&kq->kq_dispatch_cv);
	} else if (kq->kq_tq.tq_nthreads < kq->kq_maxthreads) {
		ktaskq_thread(kq);
	}
}

static boolean_t
may_dispatch(ktaskq_t *kq, task_func_t *func, const char *called)
{
	if (func == NULL) {
		hc_violation("taskq", "%s: no function, for task queue %s",
		    called, kq->kq_tq.tq_name);
		return (B_FALSE);
	}
	if (kq->kq_state == KTQ_CLOSING) {
		hc_violation("taskq", "%s: task queue %s is being destroyed",
		    called, kq->kq_tq.tq_name);
	}
	return (B_TRUE);
}

/*
 * 0 when there is no memory, or with TQ_NOQUEUE no idle thread.
 */
static taskqid_t
dispatch(taskq_t *tq, task_func_t *func, void *arg, uint_t flags,
    const char *called)
{
	ktaskq_t *kq;
	ktask_t *kt;
	taskqid_t id;

	hc_point();
	if ((flags & TQ_NOSLEEP) == 0)
		(void) kctx_may_sleep(called);
	if ((kq = ktaskq_of(tq, called)) == NULL ||
	    !may_dispatch(kq, func, called))
		return (0);
	if ((flags & TQ_NOSLEEP) != 0 && hc_fail("taskq"))
		return (0);

	mutex_enter(&tq->tq_lock);
	if (kq->kq_nalloc >= kq->kq_maxalloc) {
		if ((flags & TQ_NOSLEEP) != 0) {
			mutex_exit(&tq->tq_lock);
			return (0);
		}
		/* Slowed down, but not for ever: the caller may be a task. */
		(void) cv_reltimedwait(&kq->kq_wait_cv, &tq->tq_lock, hz,
		    TR_CLOCK_TICK);
	}
	if ((flags & TQ_NOQUEUE) != 0 && kq->kq_idle <= kq->kq_signalled &&
	    tq->tq_nthreads >= kq->kq_maxthreads) {
		mutex_exit(&tq->tq_lock);
		return (0);
	}
	kt = hc_alloc(sizeof (*kt));
	id = kt->kt_id = ++last_id;
	kq->kq_nalloc++;
	enqueue(kq, &kt->kt_ent, func, arg, flags);
	mutex_exit(&tq->tq_lock);
	return (id);
}

taskqid_t
taskq_dispatch(taskq_t *tq, task_func_t *func, void *arg, uint_t flags)
{
	return (dispatch(tq, func, arg, flags, (flags & TQ_NOSLEEP) != 0 ?
	    "taskq_dispatch" : "taskq_dispatch(TQ_SLEEP)"));
}

/*
 * Neither allocates nor sleeps. The entry is the queue's until func is called.
 */
void
taskq_dispatch_ent(taskq_t *tq, task_func_t *func, void *arg, uint_t flags,
    taskq_ent_t *ent)
{
	ktaskq_t *kq, *there;

	hc_point();
	if ((kq = ktaskq_of(tq, "taskq_dispatch_ent")) == NULL ||
	    !may_dispatch(kq, func, "taskq_dispatch_ent"))
		return;
	if (kq->kq_dynamic) {
		hc_violation("taskq", "taskq_dispatch_ent: task queue %s has "
		    "TASKQ_DYNAMIC", tq->tq_name);
	}
	mutex_enter(&tq->tq_lock);
	if ((there = ktaskq_where(ent)) != NULL) {
		hc_violation("taskq", "taskq_dispatch_ent: entry %p still "
		    "waits in task queue %s", (void *)ent,
		    there->kq_tq.tq_name);
	} else {
		ent->tqent_un.tqent_flags = KTQENT_OWNED;
		enqueue(kq, ent, func, arg, flags);
	}
	mutex_exit(&tq->tq_lock);
}

/*ARGSUSED*/
void
nulltask(void *arg)
{
}

/*
 * A ddi_taskq_t is the taskq_t.
 */
ddi_taskq_t *
ddi_taskq_create(dev_info_t *dip, const char *name, int nthreads, pri_t pri,
    uint_t flags)
{
	char full[128];
	taskq_t *tq;
	size_t n = 0;
	const char *c;

	hc_point();
	(void) kctx_may_sleep("ddi_taskq_create");
	/* The driver's name goes in front; "tq" is for what has no name. */
	if (dip != NULL) {
		for (c = ddi_driver_name(dip); *c != '\0' && n < 64; c++)
			full[n++] = *c;
		full[n++] = '_';
		if (name == NULL)
			name = "tq";
	}
	if (name != NULL) {
		for (c = name; *c != '\0' && n < sizeof (full) - 1; c++)
			full[n++] = *c;
	}
	full[n] = '\0';
	ktaskq_check_name("ddi_taskq_create", full);
	if (nthreads <= 0) {
		hc_violation("taskq", "ddi_taskq_create: %s with %d threads",
		    full, nthreads);
	}
	if (flags != 0) {
		hc_violation("taskq", "ddi_taskq_create: %s with flags 0x%x, "
		    "which should be 0", full, flags);
	}
	if (hc_fail("taskq"))
		return (NULL);
	tq = ktaskq_create(full, nthreads,
	    pri == TASKQ_DEFAULTPRI ? minclsyspri : pri, INT_MAX,
	    TASKQ_PREPOPULATE);
	kr_add(KR_TASKQ, tq, 0, tq->tq_name);
	return ((ddi_taskq_t *)tq);
}

int
ddi_taskq_dispatch(ddi_taskq_t *tq, void (*func)(void *), void *arg,
    uint_t flags)
{
	boolean_t sleep = flags == DDI_SLEEP;

	return (dispatch((taskq_t *)tq, func, arg,
	    sleep ? TQ_SLEEP : TQ_NOSLEEP, sleep ?
	    "ddi_taskq_dispatch(DDI_SLEEP)" : "ddi_taskq_dispatch") != 0 ?
	    DDI_SUCCESS : DDI_FAILURE);
}

void
ddi_taskq_destroy(ddi_taskq_t *tq)
{
	taskq_destroy((taskq_t *)tq);
}

void
ddi_taskq_wait(ddi_taskq_t *tq)
{
	taskq_wait((taskq_t *)tq);
}

void
ddi_taskq_suspend(ddi_taskq_t *tq)
{
	taskq_suspend((taskq_t *)tq);
}

void
ddi_taskq_resume(ddi_taskq_t *tq)
{
	taskq_resume((taskq_t *)tq);
}

boolean_t
ddi_taskq_suspended(ddi_taskq_t *tq)
{
	return (taskq_suspended((taskq_t *)tq) != 0 ? B_TRUE : B_FALSE);
}
