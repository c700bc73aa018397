/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

#ifndef _BSD_TASKQUEUE_H
#define	_BSD_TASKQUEUE_H

/*
 * The tasks of FreeBSD's taskqueue(9), on the kernel's own task queues
 * (sys/taskq.h).
 *
 * A taskq_dispatch() may fail, and the same work can be queued twice.  Here the
 * caller owns the task: queueing it takes no memory and cannot fail, a task
 * that is already queued only has its pending count raised, and it is possible
 * to wait for one task or to take it back.  The queues must not be dynamic
 * (TASKQ_DYNAMIC): those take no entries of a caller's.
 *
 * A task is a struct bsd_task because the kernel has a struct task of its own
 * (sys/task.h), which sys/sunddi.h brings in.
 */

#include <sys/types.h>
#include <sys/ksynch.h>
#include <sys/taskq.h>
#include <sys/taskq_impl.h>
#include <sys/cpuvar.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef void task_fn_t(void *, int);

struct bsd_task {
	taskq_ent_t	ta_ent;		/* the queue's while pending */
	ushort_t	ta_pending;	/* enqueued so often since last run */
	ushort_t	ta_priority;	/* above 0: to the queue's front */
	task_fn_t	*ta_func;
	void		*ta_context;
};

#define	TASK_INITIALIZER(prio, func, context)	\
	{ .ta_priority = (prio), .ta_func = (func), .ta_context = (context) }

#define	TASK_INIT(task, prio, func, context)	\
	bsd_task_init((task), (prio), (func), (context))

extern taskq_t *taskqueue_thread;
extern taskq_t *taskqueue_swi;
extern taskq_t *taskqueue_fast;

extern int bsd_taskqueue_init(void);
extern void bsd_taskqueue_fini(void);

extern void bsd_task_init(struct bsd_task *, ushort_t, task_fn_t *, void *);
extern kmutex_t *bsd_task_lock(const struct bsd_task *);
extern void bsd_task_enqueue_locked(taskq_t *, struct bsd_task *);
extern int bsd_task_cancel_locked(taskq_t *, struct bsd_task *, uint_t *);

extern int taskqueue_enqueue(taskq_t *, struct bsd_task *);
extern int taskqueue_cancel(taskq_t *, struct bsd_task *, uint_t *);
extern int taskqueue_poll_is_busy(taskq_t *, struct bsd_task *);
extern void taskqueue_drain(taskq_t *, struct bsd_task *);

extern int bsd_thread_bind(const cpuset_t *);
extern int bsd_taskq_bind(taskq_t *, const cpuset_t *);

#ifdef __cplusplus
}
#endif

#endif	/* _BSD_TASKQUEUE_H */
