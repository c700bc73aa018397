/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What the parts of the simulated kernel share. The DDI's own functions have
 * their declarations in the DDI's headers: whatever is used of those headers
 * must be in the embedded ones and in a gate's alike.
 */

#ifndef _KERN_H
#define	_KERN_H

#include <sys/types.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/debug.h>
#include <sys/cmn_err.h>
#include <sys/kmem.h>
#include <sys/ksynch.h>
#include <sys/thread.h>
#include <sys/cpuvar.h>
#include <sys/conf.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include <sys/modctl.h>

#include "../machine/machine.h"

/* lock.c, thread.c, cpu.c */
void	kthread_setup(void);
void	kcpu_setup(void);
kthread_t *kthread_spawn(const char *name, void (*)(void *), void *, pri_t);
uintptr_t kpsm_lookup(const char *module, const char *symbol);	/* or 0 */
/* A signal is pending for the thread, or no longer: cv_wait_sig(9F). */
void	kthread_signal(kthread_t *, boolean_t pending);

/*
 * Whether the caller may sleep; if not, a `context' violation that names what
 * it called, and B_FALSE.
 */
boolean_t kctx_may_sleep(const char *called);
/* The same without a report. */
boolean_t kctx_can_sleep(void);
/* hc_block() for a thread that sleeps: ends what kctx_spun() measures. */
int	kblock(hc_time deadline, const char *why, const void *what);
/* Time that was spun away since the thread last slept or began: `busywait'. */
void	kctx_spun(hc_time);

/*
 * Around each call of a driver's entry point or handler. Locks that are held at
 * its return and were not at the call, a level or preemption count that did not
 * come back: violations that name `what' ("attach(9E) of hv_vmbus0").
 */
struct kentry {
	const char	*ke_what;
	uint_t		ke_locks;
	int		ke_level;
	int		ke_preempt;
	boolean_t	ke_cli;
};
void	kentry_enter(struct kentry *, const char *what);
void	kentry_leave(struct kentry *);

/* Locks that lie in memory which is freed, or in a module that is unloaded. */
void	klock_forget(const void *, size_t);
/* Memory that is freed: nothing may be bound to it for DMA. dmamem.c. */
void	kdma_forget(const void *, size_t);

/*
 * resource.c: what modules own, for the leak check. The owner is the innermost
 * module on the caller's stack; nothing is recorded without one.
 */
typedef enum {
	KR_MEMORY, KR_DMA, KR_NODE, KR_MINOR, KR_KSTAT, KR_TASKQ, KR_TIMEOUT,
	KR_SOFTSTATE, KR_INTERRUPT, KR_THREAD, KR_PROPERTY, KR_TSD, KR_OTHER
} kr_kind_t;
void	kr_add(kr_kind_t, const void *key, size_t size, const char *what);
boolean_t kr_remove(kr_kind_t, const void *key);
const struct hc_trace *kr_trace(kr_kind_t, const void *key);
/* Reports and forgets what the module still owns; the number of leaks. */
uint_t	kr_check(const char *module);
/* The same for one device: what its driver took in attach and did not give */
/* back in a failed attach or a detach, where the ledger can tell. */

/* kmem.c, taskq.c, callout.c */
void	kmem_setup(void);
void	kmem_check(void);	/* writes to freed memory, beyond the end */
void	kcallout_setup(void);
void	ktaskq_setup(void);	/* called by kcallout_setup() */

/* console.c: cmn_err(9F)'s formatting */
size_t	kprintf_format(char *, size_t, const char *, va_list);

/* devinfo.c, module.c: see kern_ctl.h, too */
void	kdev_setup(void);
void	kscsi_setup(void);		/* scsihba.c, after it */
void	ksd_setup(void);		/* sd.c, after that */
const char *kdev_path(dev_info_t *, char *, size_t);	/* "/hv_vmbus@0/..." */
/* minor.c: reports and removes minors that are left; how many there were. */
int	kminor_gone(dev_info_t *, const char *after);
int	kminor_open_count(dev_info_t *);	/* open files of a node */
void	kstat_setup(void);		/* kstat.c */
void	kproc_setup(void);		/* process.c and clock.c */
struct dev_ops *kdev_ops_of_major(major_t);
dev_info_t *kdev_of_instance(major_t, int instance);

/*
 * What orders the calls of a device for a thread sanitizer, as specfs' own
 * locks do: what open(9E) and close(9E) did is done for all who come later, and
 * what the others did for close(9E). Reads and writes are not ordered among
 * themselves.
 */
#define	KORDER_OPEN(dip)	((const char *)(dip) + 1)
#define	KORDER_CALL(dip)	((const char *)(dip) + 2)

/* Whether some thread is in attach(9E) or detach(9E) of it. */
boolean_t kcall_is_attaching(dev_info_t *);

#endif	/* _KERN_H */
