/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Cross calls. The function runs on each processor at the highest interrupt
 * level, so it must not take an adaptive mutex, nor wait; and whoever cannot
 * be interrupted by one must not ask for one, for two such processors would
 * wait for each other.
 */

#include <sys/types.h>
#include <sys/x_call.h>

#include "ksync.h"

#define	XC_HI_PIL	15

struct xcall {
	char		xc_what[32];
	xc_func_t	xc_func;
	xc_arg_t	xc_args[3];
};

static void
run(void *arg)
{
	struct xcall *xc = arg;
	struct kentry ke;

	hc_hb_acquire(xc);
	kentry_enter(&ke, xc->xc_what);
	(void) xc->xc_func(xc->xc_args[0], xc->xc_args[1], xc->xc_args[2]);
	kentry_leave(&ke);
	hc_hb_release(xc);
}

static void
cross_call(const char *name, xc_arg_t arg1, xc_arg_t arg2, xc_arg_t arg3,
    ulong_t *set, xc_func_t func)
{
	struct xcall xc = { "", func, { arg1, arg2, arg3 } };
	kthread_t *t = curthread;
	int id;

	kpoint();
	if (hc_level() >= XC_HI_PIL || kctx_interrupt_level() > LOCK_LEVEL) {
		hc_violation("context", "%s: called at interrupt priority "
		    "level %d", name, hc_level());
	} else if (kthr_self()->kt_cli) {
		hc_violation("context", "%s: called with interrupts disabled",
		    name);
	}
	(void) kformat(xc.xc_what, sizeof (xc.xc_what), "%s's function", name);
	/* The caller stays on its processor until all are through. */
	t->t_preempt++;
	hc_hb_release(&xc);
	for (id = 0; id < max_ncpus; id++) {
		if ((set[id / 64] >> (id % 64) & 1) != 0 && cpu[id] != NULL &&
		    (cpu[id]->cpu_flags & CPU_READY))
			hc_cross_call(id, run, &xc);
	}
	hc_hb_acquire(&xc);
	t->t_preempt--;
	kpoint();
}

void
xc_call(xc_arg_t arg1, xc_arg_t arg2, xc_arg_t arg3, ulong_t *set,
    xc_func_t func)
{
	cross_call("xc_call", arg1, arg2, arg3, set, func);
}

void
xc_sync(xc_arg_t arg1, xc_arg_t arg2, xc_arg_t arg3, ulong_t *set,
    xc_func_t func)
{
	cross_call("xc_sync", arg1, arg2, arg3, set, func);
}

/* It may be over when it returns; here it always is. */
void
xc_call_nowait(xc_arg_t arg1, xc_arg_t arg2, xc_arg_t arg3, ulong_t *set,
    xc_func_t func)
{
	cross_call("xc_call_nowait", arg1, arg2, arg3, set, func);
}

void
xc_priority(xc_arg_t arg1, xc_arg_t arg2, xc_arg_t arg3, ulong_t *set,
    xc_func_t func)
{
	cross_call("xc_priority", arg1, arg2, arg3, set, func);
}

struct cpu_call {
	cpu_call_func_t	cc_func;
	uintptr_t	cc_args[2];
};

static int
call(xc_arg_t arg, xc_arg_t unused1, xc_arg_t unused2)
{
	struct cpu_call *cc = (struct cpu_call *)arg;

	cc->cc_func(cc->cc_args[0], cc->cc_args[1]);
	return (0);
}

void
cpu_call(cpu_t *cp, cpu_call_func_t func, uintptr_t arg1, uintptr_t arg2)
{
	struct cpu_call cc = { func, { arg1, arg2 } };
	ulong_t set[NCPU / 64] = { 0 };

	set[cp->cpu_id / 64] = 1UL << (cp->cpu_id % 64);
	cross_call("cpu_call", (xc_arg_t)&cc, 0, 0, set, call);
}
