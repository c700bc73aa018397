/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Task queues: taskq.c has the queues and their threads, taskq_dispatch.c what
 * is put on them, ddi_taskq.c the interface of taskq(9F).
 */

#ifndef _KTASKQ_H
#define	_KTASKQ_H

#include "kern.h"
#include <sys/taskq.h>
#include <sys/taskq_impl.h>

/* tqent_flags; the first is the real kernel's name for an owner's entry */
#define	KTQENT_OWNED	0x1
#define	KTQENT_MODULE	0x100	/* the function is a module's */

/* A task of taskq_dispatch(), which has no entry of its owner's. */
typedef struct ktask {
	taskq_ent_t	kt_ent;		/* first */
	taskqid_t	kt_id;
} ktask_t;

typedef struct kworker {
	struct kworker	*kw_next;
	struct ktaskq	*kw_queue;
	kthread_t	*kw_thread;
	taskqid_t	kw_id;		/* of the task that runs */
} kworker_t;

typedef enum { KTQ_ALIVE, KTQ_CLOSING, KTQ_DESTROYED } ktaskq_state_t;

/*
 * What is public in a taskq_t is true: tq_lock, the list of tq_task, tq_active,
 * tq_nthreads, tq_tasks, tq_executed. The rest is here.
 */
typedef struct ktaskq {
	taskq_t		kq_tq;		/* first */
	struct ktaskq	*kq_next;
	char		kq_what[64];	/* for kentry_enter() */
	ktaskq_state_t	kq_state;
	boolean_t	kq_suspended;
	boolean_t	kq_exit;	/* threads are to end */
	boolean_t	kq_dynamic;	/* threads come when there is work */
	int		kq_maxthreads;
	int		kq_idle;
	int		kq_signalled;	/* of the idle, on their way */
	int		kq_maxalloc;
	int		kq_nalloc;	/* tasks of taskq_dispatch() */
	kcondvar_t	kq_dispatch_cv;
	kcondvar_t	kq_wait_cv;
	kworker_t	*kq_workers;
} ktaskq_t;

/* The queue, or NULL after a violation that says what `called' was given. */
ktaskq_t *ktaskq_of(taskq_t *, const char *called);
taskq_t	*ktaskq_create(const char *name, int nthreads, pri_t, int maxalloc,
	    uint_t flags);
void	ktaskq_thread(ktaskq_t *);
boolean_t ktaskq_is_mine(ktaskq_t *);
boolean_t ktaskq_is_empty(ktaskq_t *);
/* Where an entry waits, on whatever queue; NULL. */
ktaskq_t *ktaskq_where(const taskq_ent_t *);
/* A name as the manual page wants it? Says what is wrong with it. */
void	ktaskq_check_name(const char *called, const char *name);

#endif	/* _KTASKQ_H */
