/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Queues of work that threads of the kernel do: taskq(9F). Drivers have
 * ddi_taskq(9F) as well.
 */

#ifndef _SYS_TASKQ_H
#define	_SYS_TASKQ_H

#include <sys/types.h>
#include <sys/thread.h>

#define	TASKQ_NAMELEN	31
#define	TASKQ_PREPOPULATE	0x1
#define	TASKQ_CPR_SAFE	0x2
#define	TASKQ_DYNAMIC	0x4
#define	TASKQ_THREADS_CPU_PCT	0x8
#define	TASKQ_DC_BATCH	0x10
#define	TQ_SLEEP	0x0
#define	TQ_NOSLEEP	0x1
#define	TQ_NOQUEUE	0x2
#define	TQ_NOALLOC	0x4
#define	TQ_FRONT	0x8
typedef struct taskq taskq_t;
typedef uintptr_t taskqid_t;
typedef void task_func_t(void *);
extern taskq_t *system_taskq;
taskq_t *taskq_create(const char *, int, pri_t, int, int, uint_t);
taskq_t *taskq_create_instance(const char *, int, int, pri_t, int, int,
    uint_t);
taskq_t *taskq_create_proc(const char *, int, pri_t, int, int, struct proc *,
    uint_t);
taskqid_t taskq_dispatch(taskq_t *, task_func_t, void *, uint_t);
void nulltask(void *);
void taskq_destroy(taskq_t *);
void taskq_wait(taskq_t *);
void taskq_suspend(taskq_t *);
int taskq_suspended(taskq_t *);
void taskq_resume(taskq_t *);
int taskq_member(taskq_t *, kthread_t *);

#endif	/* _SYS_TASKQ_H */
