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
 * What FreeBSD drivers of x86 hardware ask of the CPUs.
 */

/* The version of struct psm_ops that has all of today's members. */
#define	PSMI_1_7

#include <sys/types.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/kmem.h>
#include <sys/ksynch.h>
#include <sys/debug.h>
#include <sys/disp.h>
#include <sys/cpuvar.h>
#include <sys/x86_archext.h>
#include <sys/x_call.h>
#include <sys/avintr.h>
#include <sys/modctl.h>
#include <sys/psm_types.h>
#include <sys/smp_impldefs.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include "bsd_cpu.h"

/* No header declares it. */
extern int (*psm_intr_ops)(dev_info_t *, ddi_intr_handle_impl_t *,
    psm_intr_op_t, int *);

/*
 * The priority of interrupts that get a vector of their own: high enough to be
 * served before the softer ones, and below LOCK_LEVEL, so that their handlers
 * may take mutexes.
 */
#define	CPU_INTR_IPL	5

#define	CPU_NVECTORS	8
#define	CPU_NLATE	8

/*
 * A vector that the PSM has handed out cannot be given back, so those that a
 * driver has freed are kept for the next one.
 */
static struct cpu_vector {
	int		cv_irq;		/* what add_avintr() calls it */
	int		cv_vector;	/* what the CPU calls it */
	boolean_t	cv_known;
	boolean_t	cv_busy;
} cpu_vectors[CPU_NVECTORS];

/* Functions for CPUs that are yet to come; protected by cpu_lock. */
static struct cpu_late {
	void		(*cl_func)(void *);
	void		*cl_arg;
	cpuset_t	cl_done;	/* not to be called, or not again */
} cpu_late[CPU_NLATE];

/* Counters of interrupts, found by name when a driver attaches again. */
static struct cpu_intrcnt {
	struct cpu_intrcnt	*ci_next;
	char			ci_name[32];
	ulong_t			ci_count;
} *cpu_intrcnts;

static kmutex_t cpu_vector_lock;	/* for vectors and counters */

static boolean_t
cpu_is_ready(processorid_t id)
{
	ASSERT(MUTEX_HELD(&cpu_lock));
	return (cpu[id] != NULL && (cpu[id]->cpu_flags & CPU_READY) != 0);
}

/*ARGSUSED*/
static int
cpu_xcall(xc_arg_t func, xc_arg_t arg, xc_arg_t unused)
{
	((void (*)(void *))func)((void *)arg);
	return (0);
}

/*
 * cpu_lock is held.  New CPUs, at boot or later, get the functions once.
 */
/*ARGSUSED*/
static int
cpu_setup(cpu_setup_t what, int id, void *arg)
{
	struct cpu_late *cl;
	cpuset_t set;

	ASSERT(MUTEX_HELD(&cpu_lock));
	for (cl = cpu_late; cl < &cpu_late[CPU_NLATE]; cl++) {
		if (cl->cl_func == NULL)
			continue;
		switch (what) {
		case CPU_SETUP:
		case CPU_ON:
			if (!cpu_is_ready(id) || CPU_IN_SET(cl->cl_done, id))
				break;
			CPUSET_ADD(cl->cl_done, id);
			CPUSET_ONLY(set, id);
			kpreempt_disable();
			xc_sync((xc_arg_t)cl->cl_func, (xc_arg_t)cl->cl_arg, 0,
			    CPUSET2BV(set), cpu_xcall);
			kpreempt_enable();
			break;
		case CPU_UNCONFIG:
			CPUSET_DEL(cl->cl_done, id);
			break;
		default:
			break;
		}
	}
	return (0);
}

/*
 * To be called once before any other function here, and once after the last.
 */
int
bsd_cpu_init(void)
{
	mutex_init(&cpu_vector_lock, NULL, MUTEX_DRIVER, NULL);
	mutex_enter(&cpu_lock);
	register_cpu_setup_func(cpu_setup, NULL);
	mutex_exit(&cpu_lock);
	return (0);
}

void
bsd_cpu_fini(void)
{
	struct cpu_intrcnt *ci;

	while ((ci = cpu_intrcnts) != NULL) {
		cpu_intrcnts = ci->ci_next;
		kmem_free(ci, sizeof (*ci));
	}
	mutex_enter(&cpu_lock);
	unregister_cpu_setup_func(cpu_setup, NULL);
	mutex_exit(&cpu_lock);
	mutex_destroy(&cpu_vector_lock);
}

/*
 * Call setup(arg), then action(arg), then teardown(arg) on every CPU; none of
 * them begins on one CPU before the one before has ended on all.  They run at
 * a high interrupt level and must not block; NULL leaves one out.  Must not be
 * called from an interrupt handler.
 *
 * cpu_lock keeps CPUs from coming and going meanwhile.
 */
void
bsd_smp_rendezvous(void (*setup)(void *), void (*action)(void *),
    void (*teardown)(void *), void *arg)
{
	void (*funcs[3])(void *);
	boolean_t locked = MUTEX_HELD(&cpu_lock);
	cpuset_t set;
	int i;

	funcs[0] = setup;
	funcs[1] = action;
	funcs[2] = teardown;

	if (!locked)
		mutex_enter(&cpu_lock);
	CPUSET_ALL(set);
	kpreempt_disable();
	for (i = 0; i < 3; i++) {
		if (funcs[i] != NULL) {
			xc_sync((xc_arg_t)funcs[i], (xc_arg_t)arg, 0,
			    CPUSET2BV(set), cpu_xcall);
		}
	}
	kpreempt_enable();
	if (!locked)
		mutex_exit(&cpu_lock);
}

/*
 * Call func(arg), like an action above, on each CPU that is not there yet,
 * when it comes.  To reach all of them, call this before the rendezvous that
 * deals with those that are there.  Returns 0 or ENOSPC.
 */
int
bsd_smp_rendezvous_late(void (*func)(void *), void *arg)
{
	struct cpu_late *cl;
	int error = ENOSPC;
	int id;

	mutex_enter(&cpu_lock);
	for (cl = cpu_late; cl < &cpu_late[CPU_NLATE]; cl++) {
		if (cl->cl_func != NULL)
			continue;
		CPUSET_ZERO(cl->cl_done);
		for (id = 0; id < NCPU; id++) {
			if (cpu_is_ready(id))
				CPUSET_ADD(cl->cl_done, id);
		}
		cl->cl_arg = arg;
		cl->cl_func = func;
		error = 0;
		break;
	}
	mutex_exit(&cpu_lock);
	return (error);
}

void
bsd_smp_rendezvous_cancel(void (*func)(void *), void *arg)
{
	struct cpu_late *cl;

	mutex_enter(&cpu_lock);
	for (cl = cpu_late; cl < &cpu_late[CPU_NLATE]; cl++) {
		if (cl->cl_func == func && cl->cl_arg == arg)
			cl->cl_func = NULL;
	}
	mutex_exit(&cpu_lock);
}

/*
 * The function that allots vectors which any CPU can be interrupted with.
 *
 * With more than one CPU the kernel has it in psm_get_ipivect.  With one CPU
 * nobody has asked the PSM for it, but the PSM has it all the same: both of
 * those that drive local APICs export their operations as `psmops'.  The one
 * that is in use is the one whose interrupt operations the kernel uses.
 */
static int
(*cpu_get_ipivect(void))(int, int)
{
	static const char *const psms[] = { "apix", "pcplusmp" };
	struct psm_ops **opsp;
	uint_t i;

	if (psm_get_ipivect != NULL)
		return (psm_get_ipivect);
	for (i = 0; i < sizeof (psms) / sizeof (psms[0]); i++) {
		opsp = (struct psm_ops **)modlookup(psms[i], "psmops");
		if (opsp != NULL && *opsp != NULL &&
		    (*opsp)->psm_intr_ops == psm_intr_ops)
			return ((*opsp)->psm_get_ipivect);
	}
	return (NULL);
}

static int
cpu_vector_create(struct cpu_vector *cv)
{
	int (*get_ipivect)(int, int) = cpu_get_ipivect();
	int irq;

	if (get_ipivect == NULL)
		return (ENOTSUP);
	if ((irq = get_ipivect(CPU_INTR_IPL, -1)) == -1)
		return (ENOSPC);
	/* pcplusmp gives an irq, which has a vector; apix the vector itself. */
	cv->cv_irq = cv->cv_vector = irq;
	if (psm_xlate_vector_by_irq != NULL)
		cv->cv_vector = psm_xlate_vector_by_irq((uchar_t)irq);
	cv->cv_known = B_TRUE;
	return (0);
}

/*
 * Have handler(arg, NULL) called, in an interrupt thread, when any CPU is
 * interrupted with *vectorp.  Sleeps.  Returns 0, ENOTSUP if this machine's
 * interrupts do not go through local APICs, or ENOSPC.
 */
int
bsd_intr_vector_alloc(uint_t (*handler)(caddr_t, caddr_t), caddr_t arg,
    const char *name, int *vectorp)
{
	struct cpu_vector *cv;
	int error = ENOSPC;

	mutex_enter(&cpu_vector_lock);
	for (cv = cpu_vectors; cv < &cpu_vectors[CPU_NVECTORS]; cv++) {
		if (cv->cv_busy)
			continue;
		error = cv->cv_known ? 0 : cpu_vector_create(cv);
		if (error != 0)
			break;
		if (add_avintr(NULL, CPU_INTR_IPL, (avfunc)handler,
		    (char *)name, cv->cv_irq, arg, NULL, NULL, NULL) == 0) {
			error = ENOSPC;
			break;
		}
		cv->cv_busy = B_TRUE;
		*vectorp = cv->cv_vector;
		break;
	}
	mutex_exit(&cpu_vector_lock);
	return (error);
}

/*
 * Sleeps until no CPU runs the handler any more.
 */
void
bsd_intr_vector_free(uint_t (*handler)(caddr_t, caddr_t), int vector)
{
	struct cpu_vector *cv;

	mutex_enter(&cpu_vector_lock);
	for (cv = cpu_vectors; cv < &cpu_vectors[CPU_NVECTORS]; cv++) {
		if (!cv->cv_busy || cv->cv_vector != vector)
			continue;
		rem_avintr(NULL, CPU_INTR_IPL, (avfunc)handler, cv->cv_irq);
		cv->cv_busy = B_FALSE;
	}
	mutex_exit(&cpu_vector_lock);
}

/*
 * Give a counter of that name, which lasts as long as the module.  Sleeps.
 */
void
bsd_intrcnt_add(const char *name, ulong_t **countp)
{
	struct cpu_intrcnt *ci, *new;

	new = kmem_zalloc(sizeof (*new), KM_SLEEP);
	(void) strlcpy(new->ci_name, name, sizeof (new->ci_name));
	mutex_enter(&cpu_vector_lock);
	for (ci = cpu_intrcnts; ci != NULL; ci = ci->ci_next) {
		if (strcmp(ci->ci_name, new->ci_name) == 0)
			break;
	}
	if (ci == NULL) {
		ci = new;
		new = NULL;
		ci->ci_next = cpu_intrcnts;
		cpu_intrcnts = ci;
	}
	mutex_exit(&cpu_vector_lock);
	*countp = &ci->ci_count;
	if (new != NULL)
		kmem_free(new, sizeof (*new));
}
