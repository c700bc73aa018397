/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

#ifndef _BSD_TIMEOUTTASK_H
#define	_BSD_TIMEOUTTASK_H

/*
 * The timeout tasks of FreeBSD's taskqueue(9).
 */

#include <sys/types.h>
#include <sys/taskq.h>
#include "bsd_callout.h"
#include "bsd_taskqueue.h"

#ifdef __cplusplus
extern "C" {
#endif

struct timeout_task {
	struct bsd_task		tt_task;
	struct bsd_callout	tt_callout;
	taskq_t			*tt_queue;
	boolean_t		tt_armed;
	boolean_t		tt_draining;
};

#define	TIMEOUT_TASK_INIT(tq, ttask, prio, func, context)	\
	bsd_timeout_task_init((tq), (ttask), (prio), (func), (context))

extern void bsd_timeout_task_init(taskq_t *, struct timeout_task *, ushort_t,
    task_fn_t *, void *);
extern int taskqueue_enqueue_timeout(taskq_t *, struct timeout_task *, int);
extern int taskqueue_cancel_timeout(taskq_t *, struct timeout_task *,
    uint_t *);
extern void taskqueue_drain_timeout(taskq_t *, struct timeout_task *);

#ifdef __cplusplus
}
#endif

#endif	/* _BSD_TIMEOUTTASK_H */
