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
 * FreeBSD's taskqueue(9).
 *
 * A taskq(9F) copies a function and an argument into an entry of its own, so
 * a dispatch can fail, and the same work can be queued twice.  Here the caller
 * owns the task: queueing it takes no memory and cannot fail, a task that is
 * already queued only has its pending count raised, and it is possible to wait
 * for one task or to take it back.
 *
 * A task is a struct bsd_task because the kernel has a struct task of its own
 * (sys/task.h), which sys/sunddi.h brings in.
 */

#include <sys/types.h>
#include <sys/list.h>
#include "bsd_callout.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void task_fn_t(void *, int);

struct taskqueue;

struct bsd_task {
	list_node_t	ta_link;	/* on its queue while pending */
	uint64_t	ta_seq;		/* when it was queued */
	ushort_t	ta_pending;	/* enqueued so often since last run */
	ushort_t	ta_priority;	/* higher runs first */
	task_fn_t	*ta_func;
	void		*ta_context;
};

struct timeout_task {
	struct bsd_task		tt_task;
	struct bsd_callout	tt_callout;
	struct taskqueue	*tt_queue;
	boolean_t		tt_armed;
	boolean_t		tt_draining;
};

#define	TASK_INITIALIZER(prio, func, context)	\
	{ .ta_priority = (prio), .ta_func = (func), .ta_context = (context) }

#define	TASK_INIT(task, prio, func, context)	\
	bsd_task_init((task), (prio), (func), (context))

#define	TIMEOUT_TASK_INIT(tq, ttask, prio, func, context)	\
	bsd_timeout_task_init((tq), (ttask), (prio), (func), (context))

extern struct taskqueue *taskqueue_thread;
extern struct taskqueue *taskqueue_swi;
extern struct taskqueue *taskqueue_fast;

extern int bsd_taskqueue_init(void);
extern void bsd_taskqueue_fini(void);

extern void bsd_task_init(struct bsd_task *, ushort_t, task_fn_t *, void *);
extern void bsd_timeout_task_init(struct taskqueue *, struct timeout_task *,
    ushort_t, task_fn_t *, void *);

extern struct taskqueue *taskqueue_create(const char *, int);
extern int taskqueue_start_threads(struct taskqueue **, int, pri_t,
    const char *, ...);
extern int taskqueue_start_threads_cpu(struct taskqueue **, int, pri_t, int,
    const char *, ...);
extern int bsd_taskqueue_bind(int);
extern void taskqueue_free(struct taskqueue *);

extern int taskqueue_enqueue(struct taskqueue *, struct bsd_task *);
extern int taskqueue_enqueue_timeout(struct taskqueue *,
    struct timeout_task *, int);
extern int taskqueue_cancel(struct taskqueue *, struct bsd_task *, uint_t *);
extern int taskqueue_cancel_timeout(struct taskqueue *, struct timeout_task *,
    uint_t *);
extern int taskqueue_poll_is_busy(struct taskqueue *, struct bsd_task *);
extern void taskqueue_drain(struct taskqueue *, struct bsd_task *);
extern void taskqueue_drain_timeout(struct taskqueue *, struct timeout_task *);
extern void taskqueue_drain_all(struct taskqueue *);
extern void taskqueue_block(struct taskqueue *);
extern void taskqueue_unblock(struct taskqueue *);
extern int taskqueue_member(struct taskqueue *, kthread_t *);

#ifdef __cplusplus
}
#endif

#endif	/* _BSD_TASKQUEUE_H */
