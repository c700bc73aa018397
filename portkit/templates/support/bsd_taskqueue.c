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
 * The tasks of FreeBSD's taskqueue(9), on the kernel's own task queues.
 *
 * A task may be on its caller's stack, and its handler may free it or enqueue
 * it again.  So a thread that has begun a task does not look at it any more:
 * what is running is known by its address alone (struct task_run, on the
 * thread's stack), which is also how a drain recognises it.  The entry that a
 * task was queued with is the task's own again when the queue calls
 * task_run(), so a handler's own task can be queued at once.
 *
 * The bucket locks may be taken by an interrupt handler.  Nothing is allocated
 * and nothing waits with one held, except in the functions that are documented
 * to sleep.  Order of locks: a task's bucket lock, then the queue's.
 *
 * A thread that is bound to a CPU follows the CPU's state: it is let go while
 * the CPU is offline, since a CPU with threads bound to it could not be taken
 * offline at all, and bound again, or for the first time, when the CPU comes
 * online.  The thread's own data (tsd) tells us when it ends.  Order of locks:
 * cpu_lock, under which the kernel tells us of CPUs, then bound_lock.
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
#include <sys/bitmap.h>
#include <sys/cpuvar.h>
#include <sys/machlock.h>
#include <sys/debug.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include <sys/ddi_intr.h>
#include "bsd_taskqueue.h"

/* A power of two; keeps the tasks of one CPU from waiting on another's. */
#define	TASK_BUCKETS	16

struct task_run {
	list_node_t	tr_link;
	struct bsd_task	*tr_task;	/* an address, no more */
};

static struct task_bucket {
	kmutex_t	tb_lock;
	kcondvar_t	tb_cv;		/* a task has ended, or was cancelled */
	uint_t		tb_waiters;	/* threads that want to know */
	list_t		tb_runs;	/* struct task_run */
} task_buckets[TASK_BUCKETS];

struct bound_thread {
	list_node_t	bt_link;
	kthread_t	*bt_thread;
	processorid_t	bt_cpu;
	boolean_t	bt_isbound;
};

static kmutex_t bound_lock;
static list_t bound_threads;
static uint_t bound_key;

taskq_t *taskqueue_thread;
taskq_t *taskqueue_swi;
taskq_t *taskqueue_fast;

static struct task_bucket *
task_bucket(const struct bsd_task *task)
{
	uintptr_t a = (uintptr_t)task;

	return (&task_buckets[((a >> 6) ^ (a >> 12)) & (TASK_BUCKETS - 1)]);
}

void
bsd_task_init(struct bsd_task *task, ushort_t priority, task_fn_t *func,
    void *context)
{
	bzero(task, sizeof (*task));
	task->ta_priority = priority;
	task->ta_func = func;
	task->ta_context = context;
}

/* Whoever drains a task looks again whether that is the one. */
static void
task_over(struct task_bucket *tb)
{
	ASSERT(MUTEX_HELD(&tb->tb_lock));
	if (tb->tb_waiters != 0)
		cv_broadcast(&tb->tb_cv);
}

static void
task_run(void *arg)
{
	struct bsd_task *task = arg;
	struct task_bucket *tb = task_bucket(task);
	struct task_run run;
	task_fn_t *func;
	void *context;
	int pending;

	mutex_enter(&tb->tb_lock);
	func = task->ta_func;
	context = task->ta_context;
	pending = task->ta_pending;
	task->ta_pending = 0;
	bzero(&run, sizeof (run));
	run.tr_task = task;
	list_insert_tail(&tb->tb_runs, &run);
	mutex_exit(&tb->tb_lock);

	func(context, pending);

	mutex_enter(&tb->tb_lock);
	list_remove(&tb->tb_runs, &run);
	task_over(tb);
	mutex_exit(&tb->tb_lock);
}

static boolean_t
task_is_running(struct task_bucket *tb, const struct bsd_task *task)
{
	struct task_run *tr;

	ASSERT(MUTEX_HELD(&tb->tb_lock));
	for (tr = list_head(&tb->tb_runs); tr != NULL;
	    tr = list_next(&tb->tb_runs, tr)) {
		if (tr->tr_task == task)
			return (B_TRUE);
	}
	return (B_FALSE);
}

/*
 * The mutex that a task's state is under, for those below and for timeout
 * tasks, whose callouts take it.
 */
kmutex_t *
bsd_task_lock(const struct bsd_task *task)
{
	return (&task_bucket(task)->tb_lock);
}

void
bsd_task_enqueue_locked(taskq_t *tq, struct bsd_task *task)
{
	ASSERT(MUTEX_HELD(bsd_task_lock(task)));
	ASSERT(task->ta_func != NULL);
	if (task->ta_pending == 0) {
		taskq_dispatch_ent(tq, task_run, task,
		    task->ta_priority > 0 ? TQ_FRONT : 0, &task->ta_ent);
	}
	if (task->ta_pending < USHRT_MAX)
		task->ta_pending++;
}

/*
 * May be called from an interrupt handler.  Always returns 0.
 */
int
taskqueue_enqueue(taskq_t *tq, struct bsd_task *task)
{
	struct task_bucket *tb = task_bucket(task);

	mutex_enter(&tb->tb_lock);
	bsd_task_enqueue_locked(tq, task);
	mutex_exit(&tb->tb_lock);
	return (0);
}

/*
 * Take a task's entry off its queue.  It is not there any more when a thread
 * has taken it that has not come to task_run() yet.  The queue has no function
 * for this; the list is walked because an entry does not tell.
 */
static boolean_t
task_unqueue(taskq_t *tq, struct bsd_task *task)
{
	taskq_ent_t *end = &tq->tq_task;
	taskq_ent_t *ent;

	mutex_enter(&tq->tq_lock);
	for (ent = end->tqent_next; ent != end; ent = ent->tqent_next) {
		if (ent == &task->ta_ent) {
			ent->tqent_prev->tqent_next = ent->tqent_next;
			ent->tqent_next->tqent_prev = ent->tqent_prev;
			tq->tq_tasks--;
			break;
		}
	}
	mutex_exit(&tq->tq_lock);
	return (ent != end);
}

int
bsd_task_cancel_locked(taskq_t *tq, struct bsd_task *task, uint_t *pendp)
{
	struct task_bucket *tb = task_bucket(task);

	ASSERT(MUTEX_HELD(&tb->tb_lock));
	*pendp = 0;
	if (task->ta_pending != 0 && task_unqueue(tq, task)) {
		*pendp = task->ta_pending;
		task->ta_pending = 0;
		task_over(tb);
	}
	if (task->ta_pending != 0 || task_is_running(tb, task))
		return (EBUSY);
	return (0);
}

/*
 * Take a task off the queue.  Returns EBUSY if it is running or about to,
 * which this does not wait for; *pendp gets the pending count that is lost.
 */
int
taskqueue_cancel(taskq_t *tq, struct bsd_task *task, uint_t *pendp)
{
	struct task_bucket *tb = task_bucket(task);
	uint_t pending;
	int error;

	mutex_enter(&tb->tb_lock);
	error = bsd_task_cancel_locked(tq, task, &pending);
	mutex_exit(&tb->tb_lock);

	if (pendp != NULL)
		*pendp = pending;
	return (error);
}

/*
 * Returns nonzero if the task is pending or running.
 */
/*ARGSUSED*/
int
taskqueue_poll_is_busy(taskq_t *tq, struct bsd_task *task)
{
	struct task_bucket *tb = task_bucket(task);
	int busy;

	mutex_enter(&tb->tb_lock);
	busy = task->ta_pending != 0 || task_is_running(tb, task);
	mutex_exit(&tb->tb_lock);
	return (busy);
}

/*
 * Wait until a task is neither pending nor running.
 */
/*ARGSUSED*/
void
taskqueue_drain(taskq_t *tq, struct bsd_task *task)
{
	struct task_bucket *tb = task_bucket(task);

	mutex_enter(&tb->tb_lock);
	while (task->ta_pending != 0 || task_is_running(tb, task)) {
		tb->tb_waiters++;
		cv_wait(&tb->tb_cv, &tb->tb_lock);
		tb->tb_waiters--;
	}
	mutex_exit(&tb->tb_lock);
}

/*
 * Bind a thread to its CPU, if that is there.
 */
static void
bound_set(struct bound_thread *bt)
{
	cpu_t *cp;

	ASSERT(MUTEX_HELD(&cpu_lock) && MUTEX_HELD(&bound_lock));
	cp = cpu_get(bt->bt_cpu);
	if (!bt->bt_isbound && cp != NULL && cpu_is_online(cp)) {
		thread_affinity_set(bt->bt_thread, bt->bt_cpu);
		bt->bt_isbound = B_TRUE;
	}
}

static void
bound_clear(struct bound_thread *bt)
{
	ASSERT(MUTEX_HELD(&bound_lock));
	if (bt->bt_isbound) {
		thread_affinity_clear(bt->bt_thread);
		bt->bt_isbound = B_FALSE;
	}
}

/*
 * What the end of a bound thread calls, in that thread.
 */
static void
bound_exit(void *arg)
{
	struct bound_thread *bt = arg;

	mutex_enter(&bound_lock);
	list_remove(&bound_threads, bt);
	bound_clear(bt);
	mutex_exit(&bound_lock);
	kmem_free(bt, sizeof (*bt));
}

/*ARGSUSED*/
static int
bound_cpu_setup(cpu_setup_t what, int id, void *arg)
{
	struct bound_thread *bt;

	mutex_enter(&bound_lock);
	for (bt = list_head(&bound_threads); bt != NULL;
	    bt = list_next(&bound_threads, bt)) {
		if (bt->bt_cpu != id)
			continue;
		switch (what) {
		case CPU_INIT:
		case CPU_ON:
		case CPU_CPUPART_IN:
			bound_set(bt);
			break;
		case CPU_OFF:
		case CPU_UNCONFIG:
		case CPU_CPUPART_OUT:
			bound_clear(bt);
			break;
		default:
			break;
		}
	}
	mutex_exit(&bound_lock);
	return (0);
}

/*
 * Bind the thread that calls this to a CPU, the first one of a set, for as
 * long as that is online.  Sleeps.  Returns 0, or EINVAL if the set is empty.
 */
int
bsd_thread_bind(const cpuset_t *set)
{
	struct bound_thread *bt;
	processorid_t id;

	for (id = 0; id < NCPU; id++) {
		if (CPU_IN_SET(*set, id))
			break;
	}
	if (id == NCPU)
		return (EINVAL);

	if ((bt = tsd_get(bound_key)) == NULL) {
		bt = kmem_zalloc(sizeof (*bt), KM_SLEEP);
		bt->bt_thread = curthread;
		bt->bt_cpu = id;
		mutex_enter(&bound_lock);
		list_insert_tail(&bound_threads, bt);
		mutex_exit(&bound_lock);
		(void) tsd_set(bound_key, bt);
	}

	mutex_enter(&cpu_lock);
	mutex_enter(&bound_lock);
	bound_clear(bt);
	bt->bt_cpu = id;
	bound_set(bt);
	mutex_exit(&bound_lock);
	mutex_exit(&cpu_lock);
	return (0);
}

struct bind_arg {
	const cpuset_t	*ba_set;
	int		ba_error;
};

/*ARGSUSED*/
static void
bind_task(void *arg, int pending)
{
	struct bind_arg *ba = arg;

	ba->ba_error = bsd_thread_bind(ba->ba_set);
}

/*
 * The same for the thread of a queue that has one.  Waits for what the queue
 * has to do first.
 */
int
bsd_taskq_bind(taskq_t *tq, const cpuset_t *set)
{
	struct bind_arg ba;
	struct bsd_task task;

	ba.ba_set = set;
	ba.ba_error = 0;
	bsd_task_init(&task, 0, bind_task, &ba);
	(void) taskqueue_enqueue(tq, &task);
	taskqueue_drain(tq, &task);
	return (ba.ba_error);
}

/*
 * To be called once before any other function here, and once after the last.
 * What FreeBSD runs from software interrupts runs in one thread of the highest
 * system priority.
 */
int
bsd_taskqueue_init(void)
{
	struct task_bucket *tb;

	for (tb = task_buckets; tb < &task_buckets[TASK_BUCKETS]; tb++) {
		mutex_init(&tb->tb_lock, NULL, MUTEX_DRIVER,
		    DDI_INTR_PRI(LOCK_LEVEL));
		cv_init(&tb->tb_cv, NULL, CV_DRIVER, NULL);
		list_create(&tb->tb_runs, sizeof (struct task_run),
		    offsetof(struct task_run, tr_link));
	}

	mutex_init(&bound_lock, NULL, MUTEX_DRIVER, NULL);
	list_create(&bound_threads, sizeof (struct bound_thread),
	    offsetof(struct bound_thread, bt_link));
	tsd_create(&bound_key, bound_exit);
	mutex_enter(&cpu_lock);
	register_cpu_setup_func(bound_cpu_setup, NULL);
	mutex_exit(&cpu_lock);

	taskqueue_thread = taskq_create("taskqueue_thread", 1, minclsyspri, 1,
	    INT_MAX, 0);
	taskqueue_fast = taskq_create("taskqueue_fast", 1, maxclsyspri, 1,
	    INT_MAX, 0);
	taskqueue_swi = taskqueue_fast;
	return (0);
}

void
bsd_taskqueue_fini(void)
{
	struct task_bucket *tb;

	taskq_destroy(taskqueue_thread);
	taskq_destroy(taskqueue_fast);
	taskqueue_thread = taskqueue_fast = taskqueue_swi = NULL;

	mutex_enter(&cpu_lock);
	unregister_cpu_setup_func(bound_cpu_setup, NULL);
	mutex_exit(&cpu_lock);
	/* Also waits for a thread that is just ending, in bound_exit(). */
	tsd_destroy(&bound_key);
	list_destroy(&bound_threads);
	mutex_destroy(&bound_lock);

	for (tb = task_buckets; tb < &task_buckets[TASK_BUCKETS]; tb++) {
		list_destroy(&tb->tb_runs);
		cv_destroy(&tb->tb_cv);
		mutex_destroy(&tb->tb_lock);
	}
}
