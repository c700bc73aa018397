/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Kernel threads. One that the machine or a scenario has made becomes a kernel
 * thread when it first asks who it is.
 */

#include <sys/types.h>
#include <sys/disp.h>
#include <sys/proc.h>
#include <sys/cred.h>

#include "ksync.h"

#define	JOINABLE	4096	/* objects for the thread sanitizer */
#define	STACK_SIZE	(24 * 1024)	/* of a real kernel's threads */
#define	DEAD_KEPT	64	/* threads whose memory is kept for a while */

kthread_t t0;
proc_t p0;
struct pid pid0;
proc_t *proc_sched = &p0;
pri_t minclsyspri = MINCLSYSPRI;
pri_t maxclsyspri = MAXCLSYSPRI;

static struct plock plock0;
static struct kthr boot;	/* before there are contexts */
static struct kthr *threads;
static struct kthr *dead[DEAD_KEPT];
static uint_t ndead;
static kt_did_t next_did = 1;
static struct kwaitq joiners;
static char joined[JOINABLE];

static void
begin(struct kthr *kt, const char *name, pri_t pri)
{
	kthread_t *t = &kt->kt_thread;
	struct kthr **ktp;

	(void) kclip(kt->kt_name, sizeof (kt->kt_name), name);
	t->t_pri = pri;
	t->t_procp = &p0;
	t->t_cpu = CPU;
	t->t_bind_cpu = PBIND_NONE;
	t->t_did = next_did++;
	t->t_lockp = &kt->kt_lock;
	t->t_state = TS_RUN;
	for (ktp = &threads; *ktp != NULL; ktp = &(*ktp)->kt_next)
		;
	*ktp = kt;
}

void
kthread_setup(void)
{
	p0.p_pidp = &pid0;
	p0.p_lockp = &plock0;
	p0.p_flag = SSYS;
	p0.p_tlist = &t0;
	memcpy(p0.p_user.u_comm, "sched", sizeof ("sched"));
	memcpy(p0.p_user.u_psargs, "sched", sizeof ("sched"));
	(void) ksync_init(KS_MUTEX, &p0.p_crlock, "p_crlock", NULL, "boot");
	(void) ksync_init(KS_MUTEX, &p0.p_lock, "p_lock", NULL, "boot");
	t0.t_procp = &p0;
	t0.t_next = t0.t_prev = &t0;
	t0.t_pri = maxclsyspri;
	t0.t_lockp = &boot.kt_lock;
	begin(&boot, "boot", maxclsyspri);
	ktsd_setup();
}

struct kthr *
kthr_list(void)
{
	return (threads);
}

struct kthr *
kthr_of(kthread_t *t)
{
	return ((struct kthr *)t);
}

struct kthr *
kthr_self(void)
{
	hc_ctx *ctx = hc_self();
	struct kthr *kt;

	if (ctx == NULL)
		return (&boot);
	if ((kt = hc_data(ctx)) == NULL) {
		kt = hc_alloc(sizeof (*kt));
		kt->kt_ctx = ctx;
		hc_set_data(ctx, kt);
		begin(kt, hc_name(ctx), MINCLSYSPRI);
	}
	return (kt);
}

void *
kthr_interrupt_data(hc_ctx *ctx)
{
	struct kthr *kt = hc_alloc(sizeof (*kt));

	kt->kt_ctx = ctx;
	kt->kt_interrupt = B_TRUE;
	begin(kt, hc_name(ctx), MAXCLSYSPRI + 1);
	kt->kt_thread.t_flag |= T_INTR_THREAD;
	return (kt);
}

kthread_t *
threadp(void)
{
	return (&kthr_self()->kt_thread);
}

/*
 * Birth and death.
 */
static void
bury(struct kthr *kt)
{
	struct kthr *old = dead[ndead % DEAD_KEPT];

	if (old != NULL) {
		if (old->kt_held != NULL)
			hc_free(old->kt_held);
		hc_free(old);
	}
	dead[ndead++ % DEAD_KEPT] = kt;
}

static void
start(void *arg)
{
	struct kthr *kt = arg;

	hc_hb_acquire(kt);
	kt->kt_thread.t_stk = __builtin_frame_address(0);
	kt->kt_thread.t_state = TS_ONPROC;
	kt->kt_func(kt->kt_arg);
	thread_exit();
}

static struct kthr *
spawn(const char *name, void (*func)(void *), void *arg, pri_t pri)
{
	struct kthr *kt = hc_alloc(sizeof (*kt));

	begin(kt, name, pri);
	kt->kt_ours = B_TRUE;
	kt->kt_func = func;
	kt->kt_arg = arg;
	hc_hb_release(kt);
	kt->kt_ctx = hc_spawn(kt->kt_name, start, kt, pri);
	if (kt->kt_ctx == NULL)
		hc_panic("thread_create: too many threads");
	hc_set_data(kt->kt_ctx, kt);
	return (kt);
}

kthread_t *
kthread_spawn(const char *name, void (*func)(void *), void *arg, pri_t pri)
{
	return (&spawn(name, func, arg, pri)->kt_thread);
}

kthread_t *
thread_create(caddr_t stk, size_t stksize, void (*func)(), void *arg,
    size_t len, proc_t *pp, int state, pri_t pri)
{
	const char *module;
	struct kthr *kt;
	char name[64], clipped[31];
	void *copy;

	kpoint();
	(void) kctx_may_sleep("thread_create");
	if (state != TS_RUN && state != TS_STOPPED)
		hc_panic("thread_create: invalid state %d", state);
	if (pri < 0 || pri > maxclsyspri) {
		hc_violation("context", "thread_create: priority %d is not in "
		    "0..%d", pri, maxclsyspri);
		pri = minclsyspri;
	}
	/* An argument with a length is copied onto the new stack. */
	if (len != 0) {
		copy = hc_alloc(len);
		memcpy(copy, arg, len);
		arg = copy;
	}
	module = hc_module_of((const void *)func);
	(void) kformat(name, sizeof (name), "%s thread %lu",
	    kclip(clipped, sizeof (clipped), module != NULL ? module :
	    "kernel"), (ulong_t)next_did);
	kt = spawn(name, (void (*)(void *))func, arg, pri);
	if (pp != NULL)
		kt->kt_thread.t_procp = pp;
	kr_add(KR_THREAD, kt, 0, kt->kt_name);
	kpoint();
	return (&kt->kt_thread);
}

void
thread_exit(void)
{
	struct kthr *kt = kthr_self(), **ktp;
	uint_t i;

	if (!kt->kt_ours)
		hc_panic("thread_exit: %s is no thread of thread_create",
		    kt->kt_name);
	ktsd_exit(kt);
	for (i = 0; i < kt->kt_nheld; i++) {
		struct khold *kh = &kt->kt_held[i];

		hc_violation_at(&kh->kh_trace, "lock", "thread %s ends with "
		    "%s %s held, which it has taken here", kt->kt_name,
		    ksync_word(kh->kh_sync), kh->kh_sync->ks_label);
	}
	klock_break(kt, 0);
	if (kt->kt_cli) {
		hc_violation("context", "thread %s ends with interrupts "
		    "disabled", kt->kt_name);
		kt->kt_cli = B_FALSE;
		(void) hc_interrupts(1);
	}
	if (hc_level() != 0) {
		hc_violation("context", "thread %s ends at interrupt priority "
		    "level %d", kt->kt_name, hc_level());
		(void) hc_set_level(0);
	}
	klock_forget(kt->kt_thread.t_stk - STACK_SIZE, STACK_SIZE);
	(void) kr_remove(KR_THREAD, kt);
	kt->kt_thread.t_state = TS_ZOMB;
	for (ktp = &threads; *ktp != kt; ktp = &(*ktp)->kt_next)
		;
	*ktp = kt->kt_next;
	hc_hb_release(&joined[kt->kt_thread.t_did % JOINABLE]);
	kwait_wake_all(&joiners);
	bury(kt);
	hc_exit();
}

static struct kthr *
by_did(kt_did_t did)
{
	struct kthr *kt;

	for (kt = threads; kt != NULL; kt = kt->kt_next) {
		if (kt->kt_thread.t_did == did)
			return (kt);
	}
	return (NULL);
}

void
thread_join(kt_did_t did)
{
	struct kthr *kt;

	kpoint();
	(void) kctx_may_sleep("thread_join");
	if (did == kthr_self()->kt_thread.t_did)
		hc_panic("thread_join: a thread waits for its own end");
	if ((kt = by_did(did)) != NULL && !kt->kt_ours) {
		hc_panic("thread_join: %s is no thread of thread_create",
		    kt->kt_name);
	}
	while ((kt = by_did(did)) != NULL) {
		(void) kwait(&joiners, HC_FOREVER, 0, "thread_join",
		    &kt->kt_thread);
	}
	hc_hb_acquire(&joined[did % JOINABLE]);
}

void
thread_free(kthread_t *t)
{
	/* Of threads that have ended: their memory goes by itself. */
}

kt_did_t
ddi_get_kt_did(void)
{
	return (curthread->t_did);
}

void
kthread_signal(kthread_t *t, boolean_t pending)
{
	struct kthr *kt = kthr_of(t);

	kt->kt_signal = pending;
	if (pending && kt->kt_queue != NULL && kt->kt_ctx != NULL)
		hc_wake(kt->kt_ctx);
}

/*
 * The kernel's own threads get no signals.
 */
boolean_t
ddi_can_receive_sig(void)
{
	return (curproc != &p0 && kctx_interrupt_level() == 0 ?
	    B_TRUE : B_FALSE);
}

int
issig(int why)
{
	return (kthr_self()->kt_signal ? 1 : 0);
}

/*
 * Giving way.
 */
void
kpreempt(int asyncspl)
{
	if (hc_self() != NULL && curthread->t_preempt == 0 &&
	    hc_level() <= LOCK_LEVEL && kctx_interrupt_level() == 0)
		hc_yield();
}

void
preempt(void)
{
	kpreempt(KPREEMPT_SYNC);
}

void
swtch(void)
{
	if (hc_self() != NULL)
		hc_yield();
}

int
servicing_interrupt(void)
{
	return (kctx_interrupt_level() != 0);
}

/*
 * Binding to a processor.
 */
static void
bind(struct kthr *kt)
{
	struct cpu *cp = kt->kt_thread.t_bound_cpu;
	int id = cp != NULL ? cp->cpu_id : kt->kt_thread.t_bind_cpu;

	if (kt->kt_ctx != NULL)
		hc_bind(kt->kt_ctx, id == PBIND_NONE ? -1 : id);
}

void
thread_affinity_set(kthread_t *t, int id)
{
	struct cpu *cp;

	if (id == CPU_CURRENT)
		id = hc_cpu();
	if (id < 0 || id >= max_ncpus || (cp = cpu[id]) == NULL)
		hc_panic("thread_affinity_set: there is no cpu %d", id);
	if (t->t_affinitycnt > 0 && t->t_bound_cpu != cp) {
		hc_panic("affinity_set: setting cpu %d but already bound to "
		    "cpu %d", id, t->t_bound_cpu->cpu_id);
	}
	t->t_affinitycnt++;
	t->t_bound_cpu = cp;
	bind(kthr_of(t));
}

void
thread_affinity_clear(kthread_t *t)
{
	if (t->t_affinitycnt <= 0) {
		hc_violation("context", "thread_affinity_clear: called without "
		    "thread_affinity_set");
		return;
	}
	if (--t->t_affinitycnt == 0) {
		t->t_bound_cpu = NULL;
		bind(kthr_of(t));
	}
	kpoint();
}

void
affinity_set(int id)
{
	thread_affinity_set(curthread, id);
}

void
affinity_clear(void)
{
	thread_affinity_clear(curthread);
}

int
cpu_bind_thread(kthread_t *t, processorid_t id, processorid_t *old, int *error)
{
	*old = t->t_bind_cpu;
	if (id != PBIND_NONE && (id < 0 || id >= max_ncpus ||
	    cpu[id] == NULL)) {
		*error = EINVAL;
		return (0);
	}
	t->t_bind_cpu = (short)id;
	bind(kthr_of(t));
	return (0);
}

int
drv_getparm(uint_t parm, void *value)
{
	switch (parm) {
	case UPROCP:
		*(proc_t **)value = curproc;
		return (0);
	case LBOLT:
		*(clock_t *)value = ddi_get_lbolt();
		return (0);
	case TIME:
		*(time_t *)value = gethrestime_sec();
		return (0);
	case PPID:
	case PPGRP:
	case PSID:
		*(pid_t *)value = curproc->p_pid;
		return (0);
	case UCRED:
		*(struct cred **)value = curthread->t_cred != NULL ?
		    curthread->t_cred : curproc->p_cred;
		return (0);
	default:
		return (-1);
	}
}
