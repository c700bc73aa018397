/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Task queues: taskq(9F). A queue of one thread runs its tasks in their order;
 * what a task does is under the rules of any kernel thread.
 *
 * A queue that was destroyed stays in memory, so that whoever still uses it is
 * told so.
 */

#include "ktaskq.h"

taskq_t *system_taskq;
static ktaskq_t *ktaskqs, *ktaskqs_last;	/* oldest first */

boolean_t taskq_empty(taskq_t *);
taskq_t *taskq_create_sysdc(const char *, int, int, int, struct proc *, uint_t,
    uint_t);
void taskq_wait_id(taskq_t *, taskqid_t);

ktaskq_t *
ktaskq_of(taskq_t *tq, const char *called)
{
	ktaskq_t *kq;

	for (kq = ktaskqs; kq != NULL; kq = kq->kq_next) {
		if (&kq->kq_tq == tq)
			break;
	}
	if (kq == NULL) {
		hc_panic("%s: %p is no task queue", called, (void *)tq);
	}
	if (kq->kq_state == KTQ_DESTROYED) {
		hc_violation("taskq", "%s: task queue %s was destroyed",
		    called, tq->tq_name);
		return (NULL);
	}
	return (kq);
}

void
ktaskq_check_name(const char *called, const char *name)
{
	const char *c;

	if (name == NULL) {
		hc_violation("taskq", "%s: no name", called);
		return;
	}
	for (c = name; *c != '\0'; c++) {
		if ((*c < '0' || *c > '9') && (*c < 'a' || *c > 'z') &&
		    (*c < 'A' || *c > 'Z') && *c != '_') {
			hc_violation("taskq", "%s: name \"%s\" has a character "
			    "that is neither letter nor digit (0x%x)", called,
			    name, (uchar_t)*c);
			break;
		}
	}
	if (*name == '\0')
		hc_violation("taskq", "%s: the name is empty", called);
	if (strlen(name) > TASKQ_NAMELEN) {
		hc_violation("taskq", "%s: name \"%s\" has more than %d "
		    "characters", called, name, TASKQ_NAMELEN);
	}
}

boolean_t
ktaskq_is_empty(ktaskq_t *kq)
{
	return (kq->kq_tq.tq_task.tqent_next == &kq->kq_tq.tq_task);
}

boolean_t
ktaskq_is_mine(ktaskq_t *kq)
{
	return (taskq_member(&kq->kq_tq, curthread) != 0);
}

ktaskq_t *
ktaskq_where(const taskq_ent_t *ent)
{
	const taskq_ent_t *te;
	ktaskq_t *kq;

	for (kq = ktaskqs; kq != NULL; kq = kq->kq_next) {
		if (kq->kq_state == KTQ_DESTROYED)
			continue;
		for (te = kq->kq_tq.tq_task.tqent_next;
		    te != &kq->kq_tq.tq_task; te = te->tqent_next) {
			if (te == ent)
				return (kq);
		}
	}
	return (NULL);
}

static void
task_run(kworker_t *kw, taskq_ent_t *ent)
{
	ktaskq_t *kq = kw->kw_queue;
	uintptr_t flags = ent->tqent_un.tqent_flags;
	task_func_t *func = ent->tqent_func;
	void *arg = ent->tqent_arg;
	struct kentry ke;

	if ((flags & KTQENT_OWNED) == 0) {
		kw->kw_id = ((ktask_t *)ent)->kt_id;
		hc_free(ent);
	}
	/* From here on the entry is its owner's. */
	if ((flags & KTQENT_MODULE) != 0 &&
	    hc_module_of((void *)func) == NULL) {
		hc_violation("taskq", "a task of queue %s has its function "
		    "(%p) in a module that was unloaded", kq->kq_tq.tq_name,
		    (void *)func);
		return;
	}
	kentry_enter(&ke, kq->kq_what);
	func(arg);
	kentry_leave(&ke);
}

static void
taskq_worker(void *arg)
{
	kworker_t *kw = arg;
	ktaskq_t *kq = kw->kw_queue;
	taskq_t *tq = &kq->kq_tq;
	kworker_t **kwp;
	taskq_ent_t *ent;
	boolean_t owned;

	mutex_enter(&tq->tq_lock);
	kw->kw_thread = curthread;
	while (!kq->kq_exit) {
		if (ktaskq_is_empty(kq) || kq->kq_suspended) {
			kq->kq_idle++;
			cv_wait(&kq->kq_dispatch_cv, &tq->tq_lock);
			kq->kq_idle--;
			if (kq->kq_signalled > 0)
				kq->kq_signalled--;
			continue;
		}
		ent = tq->tq_task.tqent_next;
		ent->tqent_next->tqent_prev = ent->tqent_prev;
		ent->tqent_prev->tqent_next = ent->tqent_next;
		owned = (ent->tqent_un.tqent_flags & KTQENT_OWNED) != 0;
		tq->tq_active++;
		mutex_exit(&tq->tq_lock);

		task_run(kw, ent);

		mutex_enter(&tq->tq_lock);
		kw->kw_id = 0;
		tq->tq_active--;
		tq->tq_executed++;
		if (!owned)
			kq->kq_nalloc--;
		cv_broadcast(&kq->kq_wait_cv);
	}
	for (kwp = &kq->kq_workers; *kwp != kw; kwp = &(*kwp)->kw_next)
		;
	*kwp = kw->kw_next;
	hc_free(kw);
	tq->tq_nthreads--;
	cv_broadcast(&kq->kq_wait_cv);
	mutex_exit(&tq->tq_lock);
}

void
ktaskq_thread(ktaskq_t *kq)
{
	kworker_t *kw = hc_alloc(sizeof (*kw));

	kw->kw_queue = kq;
	kw->kw_next = kq->kq_workers;
	kq->kq_workers = kw;
	kq->kq_tq.tq_nthreads++;
	kw->kw_thread = kthread_spawn(kq->kq_tq.tq_name, taskq_worker, kw,
	    kq->kq_tq.tq_pri);
}

taskq_t *
ktaskq_create(const char *name, int nthreads, pri_t pri, int maxalloc,
    uint_t flags)
{
	ktaskq_t *kq = hc_alloc(sizeof (*kq));
	taskq_t *tq = &kq->kq_tq;
	size_t i;

	for (i = 0; i < TASKQ_NAMELEN && name[i] != '\0'; i++)
		tq->tq_name[i] = name[i];
	(void) strcpy(kq->kq_what, "a task of queue ");
	(void) strcat(kq->kq_what, tq->tq_name);
	mutex_init(&tq->tq_lock, NULL, MUTEX_DEFAULT, NULL);
	cv_init(&kq->kq_dispatch_cv, NULL, CV_DEFAULT, NULL);
	cv_init(&kq->kq_wait_cv, NULL, CV_DEFAULT, NULL);
	tq->tq_pri = pri;
	tq->tq_flags = flags;
	tq->tq_task.tqent_next = tq->tq_task.tqent_prev = &tq->tq_task;
	kq->kq_maxalloc = maxalloc;
	kq->kq_dynamic = (flags & TASKQ_DYNAMIC) != 0;
	if ((flags & TASKQ_THREADS_CPU_PCT) != 0)
		nthreads = hc_ncpus() * nthreads / 100;
	kq->kq_maxthreads = nthreads > 0 ? nthreads : 1;
	if (ktaskqs_last != NULL)
		ktaskqs_last->kq_next = kq;
	else
		ktaskqs = kq;
	ktaskqs_last = kq;
	while (!kq->kq_dynamic && tq->tq_nthreads < kq->kq_maxthreads)
		ktaskq_thread(kq);
	return (tq);
}

void
ktaskq_setup(void)
{
	system_taskq = ktaskq_create("system_taskq", 64, minclsyspri, INT_MAX,
	    TASKQ_DYNAMIC);
}

/*
 * Unlike ddi_taskq_create(9F) these cannot fail: they sleep for memory.
 */
taskq_t *
taskq_create_instance(const char *name, int instance, int nthreads, pri_t pri,
    int minalloc, int maxalloc, uint_t flags)
{
	taskq_t *tq;

	hc_point();
	(void) kctx_may_sleep("taskq_create");
	ktaskq_check_name("taskq_create", name);
	tq = ktaskq_create(name != NULL ? name : "unnamed", nthreads, pri,
	    maxalloc, flags);
	kr_add(KR_TASKQ, tq, 0, tq->tq_name);
	return (tq);
}

taskq_t *
taskq_create(const char *name, int nthreads, pri_t pri, int minalloc,
    int maxalloc, uint_t flags)
{
	return (taskq_create_instance(name, 0, nthreads, pri, minalloc,
	    maxalloc, flags));
}

taskq_t *
taskq_create_proc(const char *name, int nthreads, pri_t pri, int minalloc,
    int maxalloc, struct proc *proc, uint_t flags)
{
	taskq_t *tq = taskq_create_instance(name, 0, nthreads, pri, minalloc,
	    maxalloc, flags);

	tq->tq_proc = proc;
	return (tq);
}

taskq_t *
taskq_create_sysdc(const char *name, int nthreads, int minalloc, int maxalloc,
    struct proc *proc, uint_t dc, uint_t flags)
{
	return (taskq_create_proc(name, nthreads, minclsyspri, minalloc,
	    maxalloc, proc, flags));
}

/*
 * Waiting for one's own end is reported and not done.
 */
static boolean_t
may_wait(ktaskq_t *kq, const char *called)
{
	(void) kctx_may_sleep(called);
	if (!ktaskq_is_mine(kq))
		return (B_TRUE);
	hc_violation("taskq", "%s: called by a task of the queue itself (%s), "
	    "would wait for its own end", called, kq->kq_tq.tq_name);
	return (B_FALSE);
}

void
taskq_wait(taskq_t *tq)
{
	ktaskq_t *kq;

	hc_point();
	if ((kq = ktaskq_of(tq, "taskq_wait")) == NULL ||
	    !may_wait(kq, "taskq_wait"))
		return;
	mutex_enter(&tq->tq_lock);
	while (!ktaskq_is_empty(kq) || tq->tq_active != 0)
		cv_wait(&kq->kq_wait_cv, &tq->tq_lock);
	mutex_exit(&tq->tq_lock);
}

static boolean_t
task_is_there(ktaskq_t *kq, taskqid_t id)
{
	taskq_ent_t *end = &kq->kq_tq.tq_task;
	taskq_ent_t *te;
	kworker_t *kw;

	for (te = end->tqent_next; te != end; te = te->tqent_next) {
		if ((te->tqent_un.tqent_flags & KTQENT_OWNED) == 0 &&
		    ((ktask_t *)te)->kt_id == id)
			return (B_TRUE);
	}
	for (kw = kq->kq_workers; kw != NULL; kw = kw->kw_next) {
		if (kw->kw_id == id)
			return (B_TRUE);
	}
	return (B_FALSE);
}

void
taskq_wait_id(taskq_t *tq, taskqid_t id)
{
	ktaskq_t *kq;

	hc_point();
	if (id == 0 || (kq = ktaskq_of(tq, "taskq_wait_id")) == NULL ||
	    !may_wait(kq, "taskq_wait_id"))
		return;
	mutex_enter(&tq->tq_lock);
	while (task_is_there(kq, id))
		cv_wait(&kq->kq_wait_cv, &tq->tq_lock);
	mutex_exit(&tq->tq_lock);
}

void
taskq_destroy(taskq_t *tq)
{
	ktaskq_t *kq;

	hc_point();
	if ((kq = ktaskq_of(tq, "taskq_destroy")) == NULL)
		return;
	if (kq->kq_state == KTQ_CLOSING) {
		hc_violation("taskq", "taskq_destroy: task queue %s is being "
		    "destroyed already", tq->tq_name);
		return;
	}
	if (!may_wait(kq, "taskq_destroy"))
		return;

	mutex_enter(&tq->tq_lock);
	if (kq->kq_suspended && !ktaskq_is_empty(kq)) {
		hc_violation("taskq", "taskq_destroy: task queue %s is "
		    "suspended, so its tasks never end", tq->tq_name);
		kq->kq_suspended = B_FALSE;
		cv_broadcast(&kq->kq_dispatch_cv);
	}
	kq->kq_state = KTQ_CLOSING;
	while (!ktaskq_is_empty(kq) || tq->tq_active != 0)
		cv_wait(&kq->kq_wait_cv, &tq->tq_lock);
	kq->kq_exit = B_TRUE;
	cv_broadcast(&kq->kq_dispatch_cv);
	while (tq->tq_nthreads != 0)
		cv_wait(&kq->kq_wait_cv, &tq->tq_lock);
	kq->kq_state = KTQ_DESTROYED;
	mutex_exit(&tq->tq_lock);

	cv_destroy(&kq->kq_wait_cv);
	cv_destroy(&kq->kq_dispatch_cv);
	mutex_destroy(&tq->tq_lock);
	(void) kr_remove(KR_TASKQ, tq);
}

/*
 * No task begins any more, and those that run have ended at return.
 */
void
taskq_suspend(taskq_t *tq)
{
	ktaskq_t *kq;

	hc_point();
	if ((kq = ktaskq_of(tq, "taskq_suspend")) == NULL ||
	    !may_wait(kq, "taskq_suspend"))
		return;
	mutex_enter(&tq->tq_lock);
	if (kq->kq_suspended) {
		hc_violation("taskq", "taskq_suspend: task queue %s is "
		    "suspended already", tq->tq_name);
	}
	kq->kq_suspended = B_TRUE;
	while (tq->tq_active != 0)
		cv_wait(&kq->kq_wait_cv, &tq->tq_lock);
	mutex_exit(&tq->tq_lock);
}

int
taskq_suspended(taskq_t *tq)
{
	ktaskq_t *kq = ktaskq_of(tq, "taskq_suspended");

	return (kq != NULL && kq->kq_suspended);
}

void
taskq_resume(taskq_t *tq)
{
	ktaskq_t *kq;

	hc_point();
	if ((kq = ktaskq_of(tq, "taskq_resume")) == NULL)
		return;
	mutex_enter(&tq->tq_lock);
	if (!kq->kq_suspended) {
		hc_violation("taskq", "taskq_resume: task queue %s is not "
		    "suspended", tq->tq_name);
	}
	kq->kq_suspended = B_FALSE;
	cv_broadcast(&kq->kq_dispatch_cv);
	mutex_exit(&tq->tq_lock);
}

boolean_t
taskq_empty(taskq_t *tq)
{
	ktaskq_t *kq = ktaskq_of(tq, "taskq_empty");

	return (kq == NULL || (ktaskq_is_empty(kq) && tq->tq_active == 0));
}

int
taskq_member(taskq_t *tq, kthread_t *thread)
{
	ktaskq_t *kq = ktaskq_of(tq, "taskq_member");
	kworker_t *kw;

	for (kw = kq != NULL ? kq->kq_workers : NULL; kw != NULL;
	    kw = kw->kw_next) {
		if (kw->kw_thread == thread)
			return (1);
	}
	return (0);
}

/*
 * Entries that wait in memory that is freed: the queue would follow pointers
 * through freed memory.
 */
void
ktaskq_forget(const void *addr, size_t size)
{
	ktaskq_t *kq;
	taskq_ent_t *te, *next;

	for (kq = ktaskqs; kq != NULL; kq = kq->kq_next) {
		if (kq->kq_state == KTQ_DESTROYED)
			continue;
		for (te = kq->kq_tq.tq_task.tqent_next;
		    te != &kq->kq_tq.tq_task; te = next) {
			next = te->tqent_next;
			if ((uintptr_t)te - (uintptr_t)addr >= size)
				continue;
			hc_violation("memory", "kmem_free: the buffer of %lu "
			    "bytes at %p holds a task that waits in queue %s",
			    size, addr, kq->kq_tq.tq_name);
			te->tqent_prev->tqent_next = next;
			next->tqent_prev = te->tqent_prev;
			kq->kq_tq.tq_tasks--;
		}
	}
}
