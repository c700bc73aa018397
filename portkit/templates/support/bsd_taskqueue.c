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
 * FreeBSD's taskqueue(9): queues of caller-owned tasks, each served by kernel
 * threads of its own.
 *
 * A task may be on its caller's stack, and its handler may free it or enqueue
 * it again.  So a thread that has taken a task off the queue does not look at
 * it any more: what the thread is running is known by the address alone
 * (tqt_running), which is also how a drain recognises it.
 *
 * tq_lock may be taken by an interrupt handler.  Nothing is allocated and
 * nothing waits with it held, except in the functions that are documented to
 * sleep (create, start, drain, free).
 *
 * A thread that is bound to a CPU follows the CPU's state: it is let go while
 * the CPU is offline, since a CPU with threads bound to it could not be taken
 * offline at all, and bound again, or for the first time, when the CPU comes
 * online.  The list of all threads is protected by cpu_lock, under which the
 * kernel tells us of such changes.
 */

#include <sys/types.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/sysmacros.h>
#include <sys/errno.h>
#include <sys/kmem.h>
#include <sys/list.h>
#include <sys/ksynch.h>
#include <sys/thread.h>
#include <sys/proc.h>
#include <sys/disp.h>
#include <sys/cpuvar.h>
#include <sys/machlock.h>
#include <sys/varargs.h>
#include <sys/debug.h>
#include <sys/cmn_err.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include <sys/ddi_intr.h>
#include "bsd_taskqueue.h"

#define	TASKQUEUE_NAMELEN	32
#define	TASKQUEUE_NOCPU		(-1)

struct taskqueue_thread {
	list_node_t		tqt_link;	/* on tq_threads */
	list_node_t		tqt_cpulink;	/* on taskqueue_workers */
	struct taskqueue	*tqt_queue;
	kthread_t		*tqt_thread;
	kt_did_t		tqt_did;
	struct bsd_task		*tqt_running;	/* an address, no more */
	uint64_t		tqt_seq;	/* of what it runs */
	processorid_t		tqt_cpu;	/* or TASKQUEUE_NOCPU */
	boolean_t		tqt_isbound;	/* protected by cpu_lock */
	char			tqt_name[TASKQUEUE_NAMELEN];
};

struct taskqueue {
	kmutex_t	tq_lock;
	kcondvar_t	tq_work_cv;	/* for the threads */
	kcondvar_t	tq_done_cv;	/* for those who drain */
	list_t		tq_tasks;	/* pending tasks, by priority */
	list_t		tq_threads;	/* struct taskqueue_thread */
	uint64_t	tq_seq;		/* of the task queued last */
	uint_t		tq_timeouts;	/* timeout tasks that are armed */
	boolean_t	tq_blocked;
	boolean_t	tq_ending;
	char		tq_name[TASKQUEUE_NAMELEN];
};

struct taskqueue *taskqueue_thread;
struct taskqueue *taskqueue_swi;
struct taskqueue *taskqueue_fast;

static list_t taskqueue_workers;

void
bsd_task_init(struct bsd_task *task, ushort_t priority, task_fn_t *func,
    void *context)
{
	bzero(task, sizeof (*task));
	task->ta_priority = priority;
	task->ta_func = func;
	task->ta_context = context;
}

static void
taskqueue_bind(struct taskqueue_thread *tqt)
{
	ASSERT(MUTEX_HELD(&cpu_lock));
	if (!tqt->tqt_isbound) {
		thread_affinity_set(tqt->tqt_thread, tqt->tqt_cpu);
		tqt->tqt_isbound = B_TRUE;
	}
}

static void
taskqueue_unbind(struct taskqueue_thread *tqt)
{
	ASSERT(MUTEX_HELD(&cpu_lock));
	if (tqt->tqt_isbound) {
		thread_affinity_clear(tqt->tqt_thread);
		tqt->tqt_isbound = B_FALSE;
	}
}

/*ARGSUSED*/
static int
taskqueue_cpu_setup(cpu_setup_t what, int id, void *arg)
{
	struct taskqueue_thread *tqt;

	ASSERT(MUTEX_HELD(&cpu_lock));
	for (tqt = list_head(&taskqueue_workers); tqt != NULL;
	    tqt = list_next(&taskqueue_workers, tqt)) {
		if (tqt->tqt_cpu != id)
			continue;
		switch (what) {
		case CPU_INIT:
		case CPU_ON:
		case CPU_CPUPART_IN:
			taskqueue_bind(tqt);
			break;
		case CPU_OFF:
		case CPU_UNCONFIG:
		case CPU_CPUPART_OUT:
			taskqueue_unbind(tqt);
			break;
		default:
			break;
		}
	}
	return (0);
}

/*
 * Bind a thread to its CPU, if it has one and that is there.
 */
static void
taskqueue_follow_cpu(struct taskqueue_thread *tqt)
{
	cpu_t *cp;

	ASSERT(MUTEX_HELD(&cpu_lock));
	if (tqt->tqt_cpu == TASKQUEUE_NOCPU)
		return;
	cp = cpu_get(tqt->tqt_cpu);
	if (cp != NULL && cpu_is_online(cp))
		taskqueue_bind(tqt);
}

/*
 * Take the next task and run it, until the queue is ended and empty.
 */
static void
taskqueue_worker(void *arg)
{
	struct taskqueue_thread *tqt = arg;
	struct taskqueue *tq = tqt->tqt_queue;
	struct bsd_task *task;
	task_fn_t *func;
	void *context;
	int pending;

	tqt->tqt_thread = curthread;
	mutex_enter(&cpu_lock);
	list_insert_tail(&taskqueue_workers, tqt);
	taskqueue_follow_cpu(tqt);
	mutex_exit(&cpu_lock);

	mutex_enter(&tq->tq_lock);
	for (;;) {
		task = NULL;
		if (!tq->tq_blocked || tq->tq_ending)
			task = list_head(&tq->tq_tasks);
		if (task == NULL) {
			if (tq->tq_ending)
				break;
			cv_wait(&tq->tq_work_cv, &tq->tq_lock);
			continue;
		}
		list_remove(&tq->tq_tasks, task);
		func = task->ta_func;
		context = task->ta_context;
		pending = task->ta_pending;
		task->ta_pending = 0;
		tqt->tqt_running = task;
		tqt->tqt_seq = task->ta_seq;
		mutex_exit(&tq->tq_lock);

		func(context, pending);

		mutex_enter(&tq->tq_lock);
		tqt->tqt_running = NULL;
		cv_broadcast(&tq->tq_done_cv);
	}
	mutex_exit(&tq->tq_lock);

	mutex_enter(&cpu_lock);
	list_remove(&taskqueue_workers, tqt);
	taskqueue_unbind(tqt);
	mutex_exit(&cpu_lock);
	thread_exit();
}

/*
 * May sleep unless KM_NOSLEEP is given, and only then returns NULL.
 */
struct taskqueue *
taskqueue_create(const char *name, int kmflags)
{
	struct taskqueue *tq;

	if ((tq = kmem_zalloc(sizeof (*tq), kmflags)) == NULL)
		return (NULL);
	(void) strlcpy(tq->tq_name, name, sizeof (tq->tq_name));
	mutex_init(&tq->tq_lock, NULL, MUTEX_DRIVER, DDI_INTR_PRI(LOCK_LEVEL));
	cv_init(&tq->tq_work_cv, NULL, CV_DRIVER, NULL);
	cv_init(&tq->tq_done_cv, NULL, CV_DRIVER, NULL);
	list_create(&tq->tq_tasks, sizeof (struct bsd_task),
	    offsetof(struct bsd_task, ta_link));
	list_create(&tq->tq_threads, sizeof (struct taskqueue_thread),
	    offsetof(struct taskqueue_thread, tqt_link));
	return (tq);
}

static int
taskqueue_vstart(struct taskqueue *tq, int count, pri_t pri, processorid_t id,
    const char *fmt, va_list ap)
{
	char name[TASKQUEUE_NAMELEN];
	struct taskqueue_thread *tqt;
	kthread_t *t;

	if (count <= 0)
		return (EINVAL);

	(void) vsnprintf(name, sizeof (name), fmt, ap);
	while (count-- > 0) {
		tqt = kmem_zalloc(sizeof (*tqt), KM_SLEEP);
		tqt->tqt_queue = tq;
		tqt->tqt_cpu = id;
		(void) strlcpy(tqt->tqt_name, name, sizeof (tqt->tqt_name));
		mutex_enter(&tq->tq_lock);
		list_insert_tail(&tq->tq_threads, tqt);
		mutex_exit(&tq->tq_lock);

		t = thread_create(NULL, 0, taskqueue_worker, tqt, 0, &p0,
		    TS_RUN, pri);
		tqt->tqt_did = t->t_did;
	}
	return (0);
}

/*
 * Start threads that run at the given priority of the SYS class.  Sleeps;
 * returns 0 or EINVAL.  tqp is a pointer to a pointer as in FreeBSD.
 */
int
taskqueue_start_threads(struct taskqueue **tqp, int count, pri_t pri,
    const char *fmt, ...)
{
	va_list ap;
	int error;

	va_start(ap, fmt);
	error = taskqueue_vstart(*tqp, count, pri, TASKQUEUE_NOCPU, fmt, ap);
	va_end(ap);
	return (error);
}

/*
 * The same, with threads that run on one CPU for as long as it is online.
 */
int
taskqueue_start_threads_cpu(struct taskqueue **tqp, int count, pri_t pri,
    int id, const char *fmt, ...)
{
	va_list ap;
	int error;

	va_start(ap, fmt);
	error = taskqueue_vstart(*tqp, count, pri, id, fmt, ap);
	va_end(ap);
	return (error);
}

/*
 * For a task: bind the thread that runs it, and so the tasks it runs from now
 * on, to a CPU.  Returns 0, or ESRCH if this is no thread of a queue.
 */
int
bsd_taskqueue_bind(int id)
{
	struct taskqueue_thread *tqt;

	mutex_enter(&cpu_lock);
	for (tqt = list_head(&taskqueue_workers); tqt != NULL;
	    tqt = list_next(&taskqueue_workers, tqt)) {
		if (tqt->tqt_thread == curthread) {
			taskqueue_unbind(tqt);
			tqt->tqt_cpu = id;
			taskqueue_follow_cpu(tqt);
			break;
		}
	}
	mutex_exit(&cpu_lock);
	return (tqt != NULL ? 0 : ESRCH);
}

/*
 * Run what is still queued, end the threads, wait for them, and free the
 * queue.  Timeout tasks that are armed are waited for as well.
 */
void
taskqueue_free(struct taskqueue *tq)
{
	struct taskqueue_thread *tqt;
	struct bsd_task *task;

	mutex_enter(&tq->tq_lock);
	while (tq->tq_timeouts > 0)
		cv_wait(&tq->tq_done_cv, &tq->tq_lock);
	tq->tq_ending = B_TRUE;
	cv_broadcast(&tq->tq_work_cv);
	mutex_exit(&tq->tq_lock);

	/*
	 * The list of threads does not change any more, but threads that are
	 * not done yet may still look at it.
	 */
	for (tqt = list_head(&tq->tq_threads); tqt != NULL;
	    tqt = list_next(&tq->tq_threads, tqt))
		thread_join(tqt->tqt_did);
	while ((tqt = list_remove_head(&tq->tq_threads)) != NULL)
		kmem_free(tqt, sizeof (*tqt));
	/* Only a queue without threads has anything left. */
	while ((task = list_remove_head(&tq->tq_tasks)) != NULL)
		task->ta_pending = 0;

	list_destroy(&tq->tq_threads);
	list_destroy(&tq->tq_tasks);
	cv_destroy(&tq->tq_done_cv);
	cv_destroy(&tq->tq_work_cv);
	mutex_destroy(&tq->tq_lock);
	kmem_free(tq, sizeof (*tq));
}

static void
taskqueue_enqueue_locked(struct taskqueue *tq, struct bsd_task *task)
{
	struct bsd_task *prev;

	ASSERT(MUTEX_HELD(&tq->tq_lock));
	ASSERT(task->ta_func != NULL);
	if (task->ta_pending != 0) {
		if (task->ta_pending < USHRT_MAX)
			task->ta_pending++;
		return;
	}

	for (prev = list_tail(&tq->tq_tasks); prev != NULL;
	    prev = list_prev(&tq->tq_tasks, prev)) {
		if (prev->ta_priority >= task->ta_priority)
			break;
	}
	if (prev == NULL)
		list_insert_head(&tq->tq_tasks, task);
	else
		list_insert_after(&tq->tq_tasks, prev, task);
	task->ta_pending = 1;
	task->ta_seq = ++tq->tq_seq;
	if (!tq->tq_blocked)
		cv_signal(&tq->tq_work_cv);
}

/*
 * May be called from an interrupt handler.  Always returns 0.
 */
int
taskqueue_enqueue(struct taskqueue *tq, struct bsd_task *task)
{
	mutex_enter(&tq->tq_lock);
	taskqueue_enqueue_locked(tq, task);
	mutex_exit(&tq->tq_lock);
	return (0);
}

static boolean_t
taskqueue_is_running(struct taskqueue *tq, const struct bsd_task *task)
{
	struct taskqueue_thread *tqt;

	ASSERT(MUTEX_HELD(&tq->tq_lock));
	for (tqt = list_head(&tq->tq_threads); tqt != NULL;
	    tqt = list_next(&tq->tq_threads, tqt)) {
		if (tqt->tqt_running == task)
			return (B_TRUE);
	}
	return (B_FALSE);
}

static int
taskqueue_cancel_locked(struct taskqueue *tq, struct bsd_task *task,
    uint_t *pendp)
{
	ASSERT(MUTEX_HELD(&tq->tq_lock));
	if (pendp != NULL)
		*pendp = task->ta_pending;
	if (task->ta_pending != 0) {
		list_remove(&tq->tq_tasks, task);
		task->ta_pending = 0;
		/* Whoever drains this task, or all, waits for it no longer. */
		cv_broadcast(&tq->tq_done_cv);
	}
	return (taskqueue_is_running(tq, task) ? EBUSY : 0);
}

/*
 * Take a task off the queue.  Returns EBUSY if it is running, which this does
 * not wait for; *pendp gets the pending count it had.
 */
int
taskqueue_cancel(struct taskqueue *tq, struct bsd_task *task, uint_t *pendp)
{
	int error;

	mutex_enter(&tq->tq_lock);
	error = taskqueue_cancel_locked(tq, task, pendp);
	mutex_exit(&tq->tq_lock);
	return (error);
}

/*
 * Returns nonzero if the task is pending or running.
 */
int
taskqueue_poll_is_busy(struct taskqueue *tq, struct bsd_task *task)
{
	int busy;

	mutex_enter(&tq->tq_lock);
	busy = task->ta_pending != 0 || taskqueue_is_running(tq, task);
	mutex_exit(&tq->tq_lock);
	return (busy);
}

/*
 * Wait until a task is neither pending nor running.
 */
void
taskqueue_drain(struct taskqueue *tq, struct bsd_task *task)
{
	mutex_enter(&tq->tq_lock);
	while (task->ta_pending != 0 || taskqueue_is_running(tq, task))
		cv_wait(&tq->tq_done_cv, &tq->tq_lock);
	mutex_exit(&tq->tq_lock);
}

/*
 * Whether anything queued at or before the given time is not finished.
 */
static boolean_t
taskqueue_is_older(struct taskqueue *tq, uint64_t seq)
{
	struct taskqueue_thread *tqt;
	struct bsd_task *task;

	for (task = list_head(&tq->tq_tasks); task != NULL;
	    task = list_next(&tq->tq_tasks, task)) {
		if (task->ta_seq <= seq)
			return (B_TRUE);
	}
	for (tqt = list_head(&tq->tq_threads); tqt != NULL;
	    tqt = list_next(&tq->tq_threads, tqt)) {
		if (tqt->tqt_running != NULL && tqt->tqt_seq <= seq)
			return (B_TRUE);
	}
	return (B_FALSE);
}

/*
 * Wait for every task that is pending or running now, but not for those that
 * are queued later.
 */
void
taskqueue_drain_all(struct taskqueue *tq)
{
	uint64_t seq;

	mutex_enter(&tq->tq_lock);
	seq = tq->tq_seq;
	while (taskqueue_is_older(tq, seq))
		cv_wait(&tq->tq_done_cv, &tq->tq_lock);
	mutex_exit(&tq->tq_lock);
}

/*
 * Have the threads start no further task.  Those that run are not waited for.
 */
void
taskqueue_block(struct taskqueue *tq)
{
	mutex_enter(&tq->tq_lock);
	tq->tq_blocked = B_TRUE;
	mutex_exit(&tq->tq_lock);
}

void
taskqueue_unblock(struct taskqueue *tq)
{
	mutex_enter(&tq->tq_lock);
	tq->tq_blocked = B_FALSE;
	cv_broadcast(&tq->tq_work_cv);
	mutex_exit(&tq->tq_lock);
}

/*
 * Returns nonzero if the thread is one of the queue's own.
 */
int
taskqueue_member(struct taskqueue *tq, kthread_t *t)
{
	struct taskqueue_thread *tqt;
	int member = 0;

	mutex_enter(&tq->tq_lock);
	for (tqt = list_head(&tq->tq_threads); tqt != NULL;
	    tqt = list_next(&tq->tq_threads, tqt)) {
		if (tqt->tqt_thread == t)
			member = 1;
	}
	mutex_exit(&tq->tq_lock);
	return (member);
}

/*
 * What a timeout task's callout calls, with the lock of the queue held.
 */
static void
taskqueue_timeout(void *arg)
{
	struct timeout_task *tt = arg;
	struct taskqueue *tq = tt->tt_queue;

	ASSERT(MUTEX_HELD(&tq->tq_lock));
	tt->tt_armed = B_FALSE;
	tq->tq_timeouts--;
	taskqueue_enqueue_locked(tq, &tt->tt_task);
	/* taskqueue_free() may be waiting for this. */
	cv_broadcast(&tq->tq_done_cv);
}

void
bsd_timeout_task_init(struct taskqueue *tq, struct timeout_task *tt,
    ushort_t priority, task_fn_t *func, void *context)
{
	bsd_task_init(&tt->tt_task, priority, func, context);
	bsd_callout_init_mtx(&tt->tt_callout, &tq->tq_lock, 0);
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
taskqueue_enqueue_timeout(struct taskqueue *tq, struct timeout_task *tt,
    int ticks)
{
	int pending;

	mutex_enter(&tq->tq_lock);
	ASSERT(tt->tt_queue == tq);
	pending = tt->tt_task.ta_pending;
	if (tt->tt_draining) {
		pending = -1;
	} else if (ticks == 0) {
		taskqueue_enqueue_locked(tq, &tt->tt_task);
	} else {
		if (tt->tt_armed) {
			pending++;
		} else {
			tt->tt_armed = B_TRUE;
			tq->tq_timeouts++;
			ticks = ABS(ticks);
		}
		if (ticks > 0) {
			(void) bsd_callout_reset(&tt->tt_callout, ticks,
			    taskqueue_timeout, tt);
		}
	}
	mutex_exit(&tq->tq_lock);
	return (pending);
}

static boolean_t
taskqueue_disarm(struct taskqueue *tq, struct timeout_task *tt)
{
	ASSERT(MUTEX_HELD(&tq->tq_lock));
	if (!tt->tt_armed)
		return (B_FALSE);
	tt->tt_armed = B_FALSE;
	tq->tq_timeouts--;
	cv_broadcast(&tq->tq_done_cv);
	return (B_TRUE);
}

/*
 * Stop the timeout and take the task off the queue, see taskqueue_cancel().
 */
int
taskqueue_cancel_timeout(struct taskqueue *tq, struct timeout_task *tt,
    uint_t *pendp)
{
	uint_t pending;
	int error;

	mutex_enter(&tq->tq_lock);
	(void) bsd_callout_stop(&tt->tt_callout);
	error = taskqueue_cancel_locked(tq, &tt->tt_task, &pending);
	if (taskqueue_disarm(tq, tt))
		pending++;
	mutex_exit(&tq->tq_lock);

	if (pendp != NULL)
		*pendp = pending;
	return (error);
}

/*
 * Stop the timeout, and wait until the task is neither pending nor running.
 * It cannot be enqueued meanwhile.
 */
void
taskqueue_drain_timeout(struct taskqueue *tq, struct timeout_task *tt)
{
	mutex_enter(&tq->tq_lock);
	tt->tt_draining = B_TRUE;
	mutex_exit(&tq->tq_lock);

	/* Not with the lock, which the callout's handler takes. */
	(void) bsd_callout_drain(&tt->tt_callout);

	mutex_enter(&tq->tq_lock);
	(void) taskqueue_disarm(tq, tt);
	mutex_exit(&tq->tq_lock);

	taskqueue_drain(tq, &tt->tt_task);

	mutex_enter(&tq->tq_lock);
	tt->tt_draining = B_FALSE;
	mutex_exit(&tq->tq_lock);
}

static struct taskqueue *
taskqueue_create_global(const char *name, pri_t pri)
{
	struct taskqueue *tq = taskqueue_create(name, KM_SLEEP);

	(void) taskqueue_start_threads(&tq, 1, pri, "%s", name);
	return (tq);
}

/*
 * To be called once before any other function here, and once after the last.
 * What FreeBSD runs from software interrupts runs in one thread of the highest
 * system priority.
 */
int
bsd_taskqueue_init(void)
{
	list_create(&taskqueue_workers, sizeof (struct taskqueue_thread),
	    offsetof(struct taskqueue_thread, tqt_cpulink));
	mutex_enter(&cpu_lock);
	register_cpu_setup_func(taskqueue_cpu_setup, NULL);
	mutex_exit(&cpu_lock);

	taskqueue_thread = taskqueue_create_global("bsd_thread", minclsyspri);
	taskqueue_fast = taskqueue_create_global("bsd_fast", maxclsyspri);
	taskqueue_swi = taskqueue_fast;
	return (0);
}

void
bsd_taskqueue_fini(void)
{
	taskqueue_free(taskqueue_thread);
	taskqueue_free(taskqueue_fast);
	taskqueue_thread = taskqueue_fast = taskqueue_swi = NULL;

	mutex_enter(&cpu_lock);
	unregister_cpu_setup_func(taskqueue_cpu_setup, NULL);
	mutex_exit(&cpu_lock);
	list_destroy(&taskqueue_workers);
}
