/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Processors. All are there from the beginning; their numbers have no gaps.
 */

#include <sys/types.h>
#include <sys/disp.h>

#include "ksync.h"

#define	SETUPS	20	/* as many as a real kernel has room for */
#define	FLAGS	(CPU_RUNNING | CPU_READY | CPU_EXISTS | CPU_ENABLE)

struct cpu *cpu[NCPU];
cpu_t *cpu_list;
cpu_t *cpu_active;
kmutex_t cpu_lock;
int ncpus;
int ncpus_online;
int max_ncpus;
int boot_max_ncpus;
int boot_ncpus;
processorid_t max_cpuid;

static struct cpu_setup {
	cpu_setup_func_t *cs_func;
	void		*cs_arg;
} setups[SETUPS];

static cpu_t *cpus;

void
kcpu_init(void)
{
	int i, n = hc_ncpus();

	cpus = hc_alloc((hc_u64)n * sizeof (cpu_t));
	for (i = 0; i < n; i++) {
		cpu_t *cp = &cpus[i];

		cpu[i] = cp;
		cp->cpu_id = i;
		cp->cpu_seqid = i;
		cp->cpu_self = cp;
		cp->cpu_flags = FLAGS;
		cp->cpu_next = cp->cpu_next_onln = &cpus[(i + 1) % n];
		cp->cpu_prev = cp->cpu_prev_onln = &cpus[(i + n - 1) % n];
	}
	cpu_list = cpu_active = &cpus[0];
	ncpus = ncpus_online = max_ncpus = boot_max_ncpus = boot_ncpus = n;
	max_cpuid = n - 1;
	(void) ksync_init(KS_MUTEX, &cpu_lock, "cpu_lock", NULL, "boot");
}

/*
 * A context is now on that CPU.
 */
void
kcpu_running(hc_ctx *ctx, int id)
{
	struct kthr *kt = hc_data(ctx);
	cpu_t *cp = cpu[id];

	if (kt == NULL || cp == NULL)
		return;
	kt->kt_thread.t_cpu = cp;
	kt->kt_thread.t_state = TS_ONPROC;
	cp->cpu_thread = &kt->kt_thread;
	if (!kt->kt_interrupt)
		cp->cpu_dispthread = &kt->kt_thread;
}

struct cpu *
curcpup(void)
{
	return (cpu[hc_self() != NULL ? hc_cpu() : 0]);
}

cpu_t *
cpu_get(processorid_t id)
{
	if (!MUTEX_HELD(&cpu_lock)) {
		hc_violation("lock", "cpu_get: cpu_lock is not held by the "
		    "calling thread");
	}
	return (id >= 0 && id < NCPU ? cpu[id] : NULL);
}

int
cpu_is_offline(cpu_t *cp)
{
	return ((cp->cpu_flags & CPU_OFFLINE) != 0);
}

int
cpu_is_online(cpu_t *cp)
{
	return (!cpu_is_offline(cp));
}

int
cpu_is_active(cpu_t *cp)
{
	return (cpu_is_online(cp));
}

void
poke_cpu(int id)
{
	kpoint();
}

/*
 * Processors neither come nor go here, so the functions are never called; but
 * a driver that forgets to take one back leaves it behind for the real kernel.
 */
static void
check_lock(const char *called)
{
	if (!MUTEX_HELD(&cpu_lock)) {
		hc_violation("lock", "%s: cpu_lock is not held by the calling "
		    "thread", called);
	}
}

void
register_cpu_setup_func(cpu_setup_func_t *func, void *arg)
{
	int i;

	check_lock("register_cpu_setup_func");
	for (i = 0; i < SETUPS && setups[i].cs_func != NULL; i++)
		;
	if (i == SETUPS)
		hc_panic("Ran out of cpu_setup callback entries");
	setups[i].cs_func = func;
	setups[i].cs_arg = arg;
	kr_add(KR_OTHER, &setups[i], 0, "register_cpu_setup_func");
}

void
unregister_cpu_setup_func(cpu_setup_func_t *func, void *arg)
{
	int i;

	check_lock("unregister_cpu_setup_func");
	for (i = 0; i < SETUPS; i++) {
		if (setups[i].cs_func == func && setups[i].cs_arg == arg)
			break;
	}
	if (i == SETUPS)
		hc_panic("Could not find cpu_setup callback to deregister");
	setups[i].cs_func = NULL;
	setups[i].cs_arg = NULL;
	(void) kr_remove(KR_OTHER, &setups[i]);
}
