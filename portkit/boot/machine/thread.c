/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The pthreads under the contexts. Each waits for its baton; who has it runs.
 *
 * The main pthread is no context. It makes interrupt contexts, and waits for
 * the end of pthreads whose context is over: it is no part of any order
 * between contexts, so the thread sanitizer learns nothing wrong from that.
 */

#include "impl.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define	POOL_AT_START	2	/* interrupt contexts of a CPU */

static int	main_baton, reply_baton;
static int	main_tid;
static int	wanted = -1;		/* CPU that lacks a context */
static hc_ctx	*dying;
static hc_u64	extra;			/* what libc takes of a stack */
static char	slot_used[MC_SLOTS];
static int	slot_next;

static void
post(int *baton)
{
	__atomic_store_n(baton, 1, __ATOMIC_RELEASE);
	(void) mc_sys4(SYS_futex, baton, FUTEX_WAKE_PRIVATE, 1, 0);
}

static void
await(int *baton)
{
	while (__atomic_exchange_n(baton, 0, __ATOMIC_ACQUIRE) == 0)
		(void) mc_sys4(SYS_futex, baton, FUTEX_WAIT_PRIVATE, 0, 0);
}

static int
gettid_raw(void)
{
	return ((int)mc_sys3(SYS_gettid, 0, 0, 0));
}

/* The context has the baton: tells the kernel, which may look at hc_self(). */
static void
arrive(hc_ctx *me)
{
	if (me->acquire) {
		me->acquire = 0;
		hc_hb_acquire(&mc.cpu[me->cpu].order);
	}
	if (mc.kernel == NULL)
		return;
	mc.quiet++;
	if (me->interrupt && me->data == NULL &&
	    mc.kernel->interrupt_data != NULL)
		me->data = mc.kernel->interrupt_data(me);
	if (mc.kernel->running != NULL)
		mc.kernel->running(me, me->cpu);
	mc.quiet--;
}

void
mc_hand_over(hc_ctx *from, hc_ctx *to)
{
	mc.current = to;
	if (from != to) {
		if (from != NULL)
			from->fp = __builtin_frame_address(0);
		post(&to->baton);
		if (from == NULL)
			return;
		await(&from->baton);
	}
	arrive(from);
}

/*
 * Signals that come from outside are for the main pthread: it finds the
 * context that they concern.
 */
static void
mask_signals(void)
{
	unsigned long set = 1UL << (SIGALRM - 1) | 1UL << (SIGTERM - 1) |
	    1UL << (SIGINT - 1) | 1UL << (SIGPROF - 1) | 1UL << (SIGHUP - 1);

	(void) mc_sys4(SYS_rt_sigprocmask, SIG_BLOCK, &set, 0, 8);
}

static __attribute__((noinline)) void
live(hc_ctx *me)
{
	me->bottom = __builtin_frame_address(0);
	if (__builtin_setjmp(me->jump) == 0) {
		await(&me->baton);
		arrive(me);
		mc_settle(me);
		me->fn(me->arg);
		hc_exit();
	}
}

static void *
start(void *arg)
{
	hc_ctx *me = arg;
	char *here = __builtin_frame_address(0), name[16];
	volatile char *pad;

	mask_signals();
	me->tid = gettid_raw();
	me->altstack = mc_altstack();
	(void) snprintf(name, sizeof (name), "%s", me->name);
	(void) pthread_setname_np(pthread_self(), name);
	/* Below libc's part of the stack: physical memory begins there. */
	if (here > me->stack_mid) {
		pad = __builtin_alloca(here - me->stack_mid + 64);
		pad[0] = 0;
	}
	live(me);
	mc_altstack_free(me->altstack);
	dying = me;
	post(&main_baton);
	return (NULL);
}

void
hc_exit(void)
{
	hc_ctx *me = mc.current;

	if (me == NULL || me->interrupt || mc.quiet > 0)
		hc_panic("thread_exit where no thread runs");
	hc_hb_release(&mc.cpu[me->cpu].order);
	mc_off_cpu(me);
	me->state = MC_DYING;
	mc_no_return();
	__builtin_longjmp(me->jump, 1);
}

/*
 * Making contexts.
 */
static hc_ctx *
new_ctx(void)
{
	static int turn;
	hc_ctx *c;
	int i;

	/* Structures are used again late: an old pointer meets a dead one. */
	for (i = 0; mc.nall == MC_SLOTS && i < MC_SLOTS; i++) {
		turn = (turn + 1) % MC_SLOTS;
		c = mc.all[turn];
		if (c->state == MC_DEAD) {
			(void) memset(c, 0, sizeof (*c));
			return (c);
		}
	}
	if (mc.nall == MC_SLOTS)
		return (NULL);
	c = hc_alloc(sizeof (*c));
	mc.all[mc.nall++] = c;
	return (c);
}

static int
new_slot(void)
{
	int i;

	for (i = 0; i < MC_SLOTS; i++) {
		slot_next = (slot_next + 1) % MC_SLOTS;
		if (!slot_used[slot_next]) {
			slot_used[slot_next] = 1;
			return (slot_next);
		}
	}
	return (-1);
}

static hc_ctx *
make(const char *name, void (*fn)(void *), void *arg, int interrupt)
{
	pthread_attr_t attr;
	int slot = new_slot(), error;
	hc_ctx *c = slot < 0 ? NULL : new_ctx();
	char *lo;

	if (c == NULL)
		return (NULL);
	c->state = MC_DEAD;
	c->name = mc_intern(name);
	c->fn = fn;
	c->arg = arg;
	c->interrupt = interrupt;
	c->bind = -1;
	c->enabled = 1;
	c->slot = slot;
	if ((lo = mc_stack_map(slot, extra)) == NULL) {
		slot_used[slot] = 0;
		return (NULL);
	}
	c->stack = lo;
	c->stack_mid = lo + mc_stack_size();
	c->stack_end = c->stack_mid + extra;
	(void) pthread_attr_init(&attr);
	(void) pthread_attr_setstack(&attr, lo, c->stack_end - lo);
	error = pthread_create(&c->pthread, &attr, start, c);
	(void) pthread_attr_destroy(&attr);
	if (error != 0) {
		mc_stack_unmap(lo, extra);
		slot_used[slot] = 0;
		return (NULL);
	}
	return (c);
}

hc_ctx *
hc_spawn(const char *name, void (*fn)(void *), void *arg, int pri)
{
	hc_ctx *c;

	if (mc.nthreads >= MC_MAXCTX)
		hc_panic("more than %d threads", MC_MAXCTX);
	if ((c = make(name, fn, arg, 0)) == NULL)
		return (NULL);
	mc.nthreads++;
	c->pri = pri;
	c->cpu = hc_cpu();
	mc_ready(c);
	mc_hurry();
	return (c);
}

static void
make_interrupt(struct mc_cpu *cpu)
{
	char name[32];
	static int number[HC_MAXCPU];
	hc_ctx *c;

	(void) snprintf(name, sizeof (name), "cpu%d/intr%d", cpu->id,
	    number[cpu->id]++);
	if ((c = make(name, mc_interrupt_main, NULL, 1)) == NULL)
		hc_panic("too many interrupts at a time");
	c->arg = c;
	c->cpu = cpu->id;
	c->state = MC_POOL;
	c->next = cpu->pool;
	cpu->pool = c;
}

hc_ctx *
mc_pool_get(struct mc_cpu *cpu)
{
	hc_ctx *c;

	if (cpu->pool == NULL) {
		if (gettid_raw() == main_tid) {
			make_interrupt(cpu);
		} else {
			wanted = cpu->id;
			post(&main_baton);
			await(&reply_baton);
		}
	}
	c = cpu->pool;
	cpu->pool = c->next;
	c->next = NULL;
	return (c);
}

/*
 * How much of a stack libc (with the sanitizers' thread data) keeps for
 * itself.
 */
static void *
probe(void *arg)
{
	pthread_attr_t attr;
	void *lo;
	size_t size;

	if (pthread_getattr_np(pthread_self(), &attr) != 0)
		return (NULL);
	(void) pthread_attr_getstack(&attr, &lo, &size);
	(void) pthread_attr_destroy(&attr);
	*(hc_u64 *)arg = (char *)lo + size - (char *)__builtin_frame_address(0);
	return (NULL);
}

static void
measure(void)
{
	pthread_t thread;

	extra = 4 * HC_PAGE;
	if (pthread_create(&thread, NULL, probe, &extra) == 0)
		(void) pthread_join(thread, NULL);
	extra = (extra + HC_PAGE - 1) / HC_PAGE * HC_PAGE;
}

static void
reap(hc_ctx *c)
{
	(void) pthread_join(c->pthread, NULL);
	mc_stack_unmap(c->stack, extra);
	slot_used[c->slot] = 0;
	c->state = MC_DEAD;
	mc.nthreads--;
}

void
mc_main_loop(void (*operator)(void *))
{
	hc_ctx *c;
	int i, cpu;

	main_tid = gettid_raw();
	measure();
	for (cpu = 0; cpu < mc.ncpus; cpu++) {
		for (i = 0; i < POOL_AT_START; i++)
			make_interrupt(&mc.cpu[cpu]);
	}
	if (hc_spawn("operator", operator, NULL, MC_OPERATOR_PRI) == NULL)
		hc_panic("no memory for the first thread");
	mc_reschedule(0);
	for (;;) {
		await(&main_baton);
		if (wanted >= 0) {
			cpu = wanted;
			wanted = -1;
			make_interrupt(&mc.cpu[cpu]);
			post(&reply_baton);
		} else if ((c = dying) != NULL) {
			dying = NULL;
			reap(c);
			mc.current = NULL;
			mc_reschedule(0);
		}
	}
}
