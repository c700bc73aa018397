/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What is behind taskq(9F): the entry that a caller brings to
 * taskq_dispatch_ent(), and of a queue, what its owner may look at.
 */

#ifndef _SYS_TASKQ_IMPL_H
#define	_SYS_TASKQ_IMPL_H

#include <sys/taskq.h>
#include <sys/list.h>
#include <sys/kstat.h>
#include <sys/rwlock.h>
#include <sys/vmem.h>
#include <sys/inttypes.h>

struct taskq_bucket;
typedef struct taskq_bucket taskq_bucket_t;

/*
 * Zeroed by its owner before the first use. It is the queue's from the call
 * until the function is called, which may dispatch it again.
 */
struct taskq_ent {
	struct taskq_ent *tqent_next;
	struct taskq_ent *tqent_prev;
	task_func_t *tqent_func;
	void *tqent_arg;
	union {
		taskq_bucket_t *tqent_bucket;
		uintptr_t tqent_flags;
	} tqent_un;
	kthread_t *tqent_thread;
	kcondvar_t tqent_cv;
};

typedef struct taskq_ent taskq_ent_t;

/* tq_task heads the list of the entries that wait; tq_lock is for it. */
struct taskq {
	char tq_name[32];
	kmutex_t tq_lock;
	char _pad0[14];
	pri_t tq_pri;
	uint_t tq_flags;
	int tq_active;
	int tq_nthreads;
	char _pad1[44];
	taskq_ent_t tq_task;
	char _pad2[48];
	struct proc *tq_proc;
	char _pad3[32];
	uint64_t tq_tasks;
	uint64_t tq_executed;
	char _pad4[16];
};

void taskq_dispatch_ent(taskq_t *, task_func_t, void *, uint_t, taskq_ent_t *);

#endif	/* _SYS_TASKQ_IMPL_H */
