/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Interrupts, their levels, and cross calls.
 *
 * Each context has a level of its own, which is its CPU's while it is on top
 * there. When an interrupt context blocks, what it interrupted goes on; until
 * it is through, its CPU's base level keeps interrupts of its level and below
 * out.
 */

#include "impl.h"

static int
effective(const struct mc_cpu *cpu)
{
	int level = cpu->top != NULL ? cpu->top->level : 0;

	return (level > cpu->base ? level : cpu->base);
}

/* Nobody handles it: the kernel takes notice of it, and that is all. */
static void
spurious(struct mc_cpu *cpu, int vector)
{
	cpu->pending[vector / 64] &= ~(1UL << (vector % 64));
	cpu->npending--;
	if (mc.platform != NULL && mc.platform->eoi != NULL) {
		mc.quiet++;
		mc_ignore_begin();
		mc.platform->eoi(cpu->id, vector);
		mc_ignore_end();
		mc.quiet--;
	}
}

static int
highest_pending(struct mc_cpu *cpu, int *level)
{
	int word, vector, l, best = -1;
	hc_u64 bits;

	*level = 0;
	for (word = MC_VECTORS / 64 - 1; word >= 0; word--) {
		for (bits = cpu->pending[word]; bits != 0;
		    bits &= ~(1UL << (vector % 64))) {
			vector = word * 64 + 63 - __builtin_clzl(bits);
			l = mc.kernel->vector_level(vector);
			if (l <= 0) {
				spurious(cpu, vector);
			} else if (l > *level) {
				*level = l;
				best = vector;
			}
		}
	}
	return (best);
}

/* Whether that CPU has something to do before its context goes on; what. */
int
mc_deliverable(struct mc_cpu *cpu, struct mc_what *what)
{
	hc_ctx *top = cpu->top;
	int level = top != NULL ? top->level : 0, vector, vlevel;

	what->vector = -1;
	what->xcall = NULL;
	what->woken = NULL;
	what->level = 0;
	if (cpu->xcalls != NULL && (top == NULL || top->spin != NULL ||
	    (top->enabled && level < MC_CROSS_LEVEL))) {
		what->xcall = cpu->xcalls;
		what->level = MC_CROSS_LEVEL;
		return (1);
	}
	if (top != NULL && !top->enabled)
		return (0);
	if (cpu->woken != NULL && cpu->woken->vlevel > level) {
		what->woken = cpu->woken;
		what->level = cpu->woken->vlevel;
	}
	if (cpu->npending > 0 && mc.kernel != NULL) {
		vector = highest_pending(cpu, &vlevel);
		if (vector >= 0 && vlevel > effective(cpu) &&
		    vlevel > what->level) {
			what->vector = vector;
			what->woken = NULL;
			what->level = vlevel;
		}
	}
	return (what->level > 0);
}

/* The highest level of the interrupt contexts that are not through. */
void
mc_base_update(struct mc_cpu *cpu)
{
	int i;
	hc_ctx *c;

	cpu->base = 0;
	for (i = 0; i < mc.nall; i++) {
		c = mc.all[i];
		if (c->interrupt && c->cpu == cpu->id &&
		    c->vlevel > cpu->base &&
		    (c->state == MC_BLOCKED || c->state == MC_WOKEN))
			cpu->base = c->vlevel;
	}
}

void
mc_interrupt_woken(hc_ctx *c)
{
	struct mc_cpu *cpu = &mc.cpu[c->cpu];
	hc_ctx **at;

	for (at = &cpu->woken; *at != NULL && (*at)->vlevel >= c->vlevel;
	    at = &(*at)->next)
		;
	c->next = *at;
	*at = c;
	c->state = MC_WOKEN;
	mc.stirred = 1;
}

/* Puts what mc_deliverable() found on top of the CPU. */
hc_ctx *
mc_push(struct mc_cpu *cpu, const struct mc_what *what)
{
	hc_ctx *c;

	if (what->woken != NULL) {
		c = what->woken;
		cpu->woken = c->next;
		c->next = NULL;
	} else {
		c = mc_pool_get(cpu);
		c->vector = what->vector;
		c->vlevel = what->level;
		c->level = what->level;
		c->enabled = 1;
		c->work = 0;
		c->xcall = what->xcall;
		if (what->xcall != NULL) {
			cpu->xcalls = what->xcall->next;
		} else {
			cpu->pending[c->vector / 64] &=
			    ~(1UL << (c->vector % 64));
			cpu->npending--;
		}
	}
	c->state = MC_ONCPU;
	c->acquire = 1;
	c->under = cpu->top;
	cpu->top = c;
	if (what->woken != NULL)
		mc_base_update(cpu);
	return (c);
}

/* The life of an interrupt context: one interrupt after another. */
void
mc_interrupt_main(void *arg)
{
	hc_ctx *me = arg;
	struct mc_cpu *cpu = &mc.cpu[me->cpu];
	struct mc_xcall *x;

	for (;;) {
		if ((x = me->xcall) != NULL) {
			hc_hb_acquire(&mc.cpu[x->from->cpu].cross_order);
			x->fn(x->arg);
			hc_hb_release(&mc.cpu[x->from->cpu].cross_order);
			x->from->spin = NULL;
		} else {
			hc_hb_acquire(&mc.outside);
			mc.kernel->interrupt(me->vector);
			hc_hb_release(&mc.outside);
			mc.quiet++;
			mc_ignore_begin();
			if (mc.platform != NULL && mc.platform->eoi != NULL)
				mc.platform->eoi(cpu->id, me->vector);
			mc_ignore_end();
			mc.quiet--;
		}
		hc_hb_release(&cpu->order);
		mc_off_cpu(me);
		me->state = MC_POOL;
		me->level = 0;
		me->until = 0;
		me->next = cpu->pool;
		cpu->pool = me;
		mc_reschedule(0);
	}
}

void
hc_interrupt(int cpu, int vector)
{
	hc_u64 bit = 1UL << (vector % 64);

	if (cpu < 0 || cpu >= mc.ncpus || vector < 0 || vector >= MC_VECTORS)
		hc_panic("interrupt vector %d for CPU %d of %d", vector, cpu,
		    mc.ncpus);
	if (mc.cpu[cpu].pending[vector / 64] & bit)
		return;
	mc.cpu[cpu].pending[vector / 64] |= bit;
	mc.cpu[cpu].npending++;
	mc.stirred = 1;
	mc_hurry();
}

void
hc_cross_call(int cpu, void (*fn)(void *), void *arg)
{
	hc_ctx *me = mc.current;
	struct mc_xcall x = { fn, arg, me, NULL }, **at;
	int level;

	if (cpu < 0 || cpu >= mc.ncpus)
		hc_panic("cross call to CPU %d of %d", cpu, mc.ncpus);
	if (me == NULL || mc.quiet > 0)
		hc_panic("cross call from the machine or the host");
	if (cpu == me->cpu) {
		level = me->level;
		me->level = MC_CROSS_LEVEL;
		fn(arg);
		(void) hc_set_level(level);
		return;
	}
	for (at = &mc.cpu[cpu].xcalls; *at != NULL; at = &(*at)->next)
		;
	*at = &x;
	me->spin = &x;
	hc_hb_release(&mc.cpu[me->cpu].cross_order);
	mc_reschedule(0);
	hc_hb_acquire(&mc.cpu[me->cpu].cross_order);
}

/*
 * The level, and whether interrupts come at all. Where either gives way, what
 * was done before is in order with the interrupts that may come now.
 */
static void
given_way(hc_ctx *me)
{
	struct mc_cpu *cpu = &mc.cpu[me->cpu];
	struct mc_what what;

	hc_hb_release(&cpu->order);
	if (!mc.on || mc.quiet > 0 || !mc_deliverable(cpu, &what))
		return;
	if (mc_dice(2) == 0)
		mc_reschedule(0);
	else
		mc_hurry();
}

int
hc_set_level(int level)
{
	hc_ctx *me = mc.current;
	int old;

	if (me == NULL)
		return (0);
	old = me->level;
	me->level = level;
	if (level < old)
		given_way(me);
	return (old);
}

int
hc_level(void)
{
	return (mc.current == NULL ? 0 : mc.current->level);
}

int
hc_interrupts(int enable)
{
	hc_ctx *me = mc.current;
	int old;

	if (me == NULL)
		return (0);
	old = me->enabled;
	me->enabled = enable != 0;
	if (enable && !old)
		given_way(me);
	return (old);
}

int
hc_interrupt_level(void)
{
	hc_ctx *me = mc.current;

	return (me != NULL && me->interrupt ? me->vlevel : 0);
}

int
hc_ncpus(void)
{
	return (mc.ncpus);
}

int
hc_cpu(void)
{
	return (mc.current == NULL ? 0 : mc.current->cpu);
}

void
hc_set_kernel(const struct hc_kernel_ops *ops)
{
	mc.kernel = ops;
}
