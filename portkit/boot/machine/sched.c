/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Who runs. One context at a time has the baton; mc_reschedule() decides who
 * gets it next: a CPU is drawn among those that have something to run, and on
 * that CPU an interrupt, the thread that is there, or one of the run queue.
 */

#include "impl.h"

struct mc mc;

static hc_u64	dice_state = 88172645463325252UL;
static long	blocks_left = 1;	/* basic blocks until the next chance */
static long	blocks_taken;		/* what it was set to */
static int	points_left = 1;
static hc_ctx	*queue;			/* by priority, then as they came */

void
mc_seed(hc_u64 seed)
{
	int i;

	dice_state = (seed + 1) * 0x9e3779b97f4a7c15UL;
	if (dice_state == 0)
		dice_state = 1;
	for (i = 0; i < 8; i++)
		(void) mc_dice(2);
}

hc_u32
mc_dice(hc_u32 below)
{
	dice_state ^= dice_state << 13;
	dice_state ^= dice_state >> 7;
	dice_state ^= dice_state << 17;
	return (below == 0 ? 0 : (hc_u32)((dice_state >> 16) % below));
}

hc_u32
hc_random(hc_u32 below)
{
	return (mc_dice(below));
}

/*
 * The run queue.
 */
static void
unqueue(hc_ctx *c)
{
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		queue = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	c->next = c->prev = NULL;
}

void
mc_ready(hc_ctx *c)
{
	hc_ctx *at, *prev = NULL;

	for (at = queue; at != NULL && at->pri >= c->pri; at = at->next)
		prev = at;
	mc.stirred = 1;
	c->state = MC_READY;
	c->prev = prev;
	c->next = at;
	if (at != NULL)
		at->prev = c;
	if (prev != NULL)
		prev->next = c;
	else
		queue = c;
}

static int
may_run_on(const hc_ctx *c, const struct mc_cpu *cpu)
{
	return (c->bind < 0 || c->bind == cpu->id);
}

static hc_ctx *
first_for(const struct mc_cpu *cpu)
{
	hc_ctx *c;

	for (c = queue; c != NULL; c = c->next) {
		if (may_run_on(c, cpu))
			return (c);
	}
	return (NULL);
}

static void
place(hc_ctx *c, struct mc_cpu *cpu)
{
	unqueue(c);
	c->state = MC_ONCPU;
	c->cpu = cpu->id;
	c->under = NULL;
	c->acquire = 1;
	cpu->top = c;
}

/*
 * Idle CPUs take threads from the run queue, each its former ones if it can.
 */
static void
place_all(void)
{
	struct mc_cpu *idle[HC_MAXCPU], *to;
	hc_ctx *c, *next;
	int i, n;

	for (c = queue; c != NULL; c = next) {
		next = c->next;
		to = NULL;
		for (i = n = 0; i < mc.ncpus; i++) {
			if (mc.cpu[i].top == NULL &&
			    may_run_on(c, &mc.cpu[i])) {
				idle[n++] = &mc.cpu[i];
				if (c->cpu == i)
					to = &mc.cpu[i];
			}
		}
		if (n == 0)
			continue;
		place(c, to != NULL ? to : idle[mc_dice(n)]);
	}
}

/* Takes the context that is on top of its CPU off it. */
void
mc_off_cpu(hc_ctx *c)
{
	struct mc_cpu *cpu = &mc.cpu[c->cpu];

	cpu->top = c->under;
	c->under = NULL;
	if (cpu->top != NULL)
		cpu->top->acquire = 1;
}

int
mc_can_run(const hc_ctx *c)
{
	return (c->spin == NULL && c->until <= mc.now);
}

/* Whether a thread, on top of its CPU, may be taken off it. */
static int
movable(hc_ctx *c)
{
	return (!c->interrupt && c->enabled && c->level < MC_LOCK_LEVEL &&
	    c->spin == NULL && (mc.kernel == NULL ||
	    mc.kernel->preemptible == NULL || mc.kernel->preemptible(c)));
}

/*
 * The thread of the run queue that may take this CPU from the one that is on
 * it; `any': also one of lower priority.
 */
static hc_ctx *
successor(struct mc_cpu *cpu, int any)
{
	hc_ctx *top = cpu->top, *c;

	if (top == NULL || top->interrupt || (c = first_for(cpu)) == NULL)
		return (NULL);
	if (may_run_on(top, cpu) && c->pri < top->pri && !any)
		return (NULL);
	return (movable(top) ? c : NULL);
}

/*
 * Puts the context that runs back into the run queue, and another one, if
 * there is one, in its place. Only the context itself can say, to the thread
 * sanitizer, that what it did comes before what others do on this CPU. So one
 * that waits for its turn gets the turn, with a note to leave: see settle().
 */
static hc_ctx *
preempt(struct mc_cpu *cpu, hc_ctx *by)
{
	hc_ctx *top = cpu->top;

	if (top != mc.current) {
		top->leave = 1;
		return (top);
	}
	hc_hb_release(&cpu->order);
	mc_off_cpu(top);
	mc_ready(top);
	if (by != NULL)
		place(by, cpu);
	return (by);
}

/*
 * All CPUs wait: time jumps to what comes next, until something has come of
 * it. Nothing to come: a hang. The host may look at a page each 100
 * microseconds, for minutes of virtual time, so this is short.
 */
static void
idle(void)
{
	hc_time busy = INT64_MAX, next;
	hc_ctx *top;
	int i;

	for (i = 0; i < mc.ncpus; i++) {
		top = mc.cpu[i].top;
		if (top != NULL && top->spin == NULL && top->until > mc.now &&
		    top->until < busy)
			busy = top->until;
	}
	mc.stirred = 0;
	do {
		if (busy == INT64_MAX && mc.foreground == 0 &&
		    !mc_platform_stuck())
			mc_hang(NULL, NULL);
		next = mc_next_due();
		if (busy < next)
			next = busy;
		if (next > mc.now)
			mc.now = next;
		mc_timers_run();
	} while (!mc.stirred && mc.now < busy);
}

/* Draws what runs next; `others': rather not the context that runs now. */
static hc_ctx *
draw(int others)
{
	struct mc_cpu *cpu, *list[HC_MAXCPU];
	struct mc_what what;
	hc_ctx *top, *by;
	int i, n, here;

	for (;;) {
		mc_timers_run();
		place_all();
		here = -1;
		for (i = n = 0; i < mc.ncpus; i++) {
			cpu = &mc.cpu[i];
			top = cpu->top;
			if (!(top != NULL && mc_can_run(top)) &&
			    !mc_deliverable(cpu, &what) &&
			    successor(cpu, 0) == NULL)
				continue;
			if (top != NULL && top == mc.current)
				here = n;
			list[n++] = cpu;
		}
		if (n == 0) {
			idle();
			continue;
		}
		if (others && here >= 0 && n > 1)
			list[here] = list[--n];
		cpu = list[n == 1 ? 0 : mc_dice(n)];
		top = cpu->top;
		if (mc_deliverable(cpu, &what) && (top == NULL ||
		    !mc_can_run(top) || others || mc_dice(4) != 0))
			return (mc_push(cpu, &what));
		if (!top->interrupt && !may_run_on(top, cpu) && movable(top)) {
			if ((top = preempt(cpu, NULL)) != NULL)
				return (top);
			continue;
		}
		/* Now and then one of lower priority: nobody starves. */
		by = successor(cpu, (others && top == mc.current) ||
		    mc_dice(64) == 0);
		if (by != NULL && (by->pri != top->pri || others ||
		    !mc_can_run(top) || mc_dice(3) == 0))
			return (preempt(cpu, by));
		if (mc_can_run(top))
			return (top);
	}
}

static void
recharge(void)
{
	blocks_taken = blocks_left = 1 + mc_dice(399);
	points_left = 1 + mc_dice(7);
}

/* Something waits to be done: the next chance comes soon. */
void
mc_hurry(void)
{
	int points = 1 + mc_dice(3), blocks = 1 + mc_dice(20);

	if (points < points_left)
		points_left = points;
	if (blocks < blocks_left) {
		blocks_taken -= blocks_left - blocks;
		blocks_left = blocks;
	}
}

/* The caller has the baton again: does what it was told to do with it. */
void
mc_settle(hc_ctx *me)
{
	struct mc_cpu *cpu;
	hc_ctx *next;

	while (me != NULL && me->leave) {
		me->leave = 0;
		cpu = &mc.cpu[me->cpu];
		next = NULL;
		if (!may_run_on(me, cpu) && movable(me))
			(void) preempt(cpu, NULL);
		else if ((next = successor(cpu, 1)) != NULL)
			next = preempt(cpu, next);
		mc_hand_over(me, next != NULL ? next : draw(0));
	}
}

/*
 * Gives the baton to what runs next, and comes back when that is the caller
 * (at once, often). The caller's state is consistent, and says what it waits
 * for.
 */
void
mc_reschedule(int others)
{
	hc_ctx *me = mc.current;

	mc_hand_over(me, draw(others));
	mc_settle(me);
}

static void
chance(int others)
{
	hc_ctx *me = mc.current;
	long blocks = blocks_taken - blocks_left;

	recharge();
	if (!mc.on || mc.quiet > 0 || me == NULL)
		return;
	me->work += blocks + 8;
	if (me->work > MC_WORK_LIMIT)
		mc_hang("never returns", me);
	mc_reschedule(others);
}

/* The compilers put calls of this into each basic block of a module. */
void __sanitizer_cov_trace_pc(void);
void
__sanitizer_cov_trace_pc(void)
{
	mc.now += MC_BLOCK_NS;
	if (--blocks_left <= 0)
		chance(0);
}

void
hc_point(void)
{
	mc.points++;
	mc.now += MC_POINT_NS;
	if (--points_left <= 0 || mc.now >= mc.due)
		chance(0);
}

void
hc_yield(void)
{
	mc.points++;
	mc.now += MC_POINT_NS;
	if (mc.current != NULL)
		mc.current->work += 100;
	chance(1);
}

void
hc_spend(hc_time ns)
{
	hc_ctx *me = mc.current;

	if (!mc.on || mc.quiet > 0 || me == NULL) {
		mc.now += ns;
		return;
	}
	mc.points++;
	me->work += 16;
	if (me->work > MC_WORK_LIMIT)
		mc_hang("never returns", me);
	me->until = mc.now + ns;
	mc_reschedule(0);
}

/*
 * Waiting and waking.
 */
static void
deadline_over(void *arg)
{
	hc_ctx *c = arg;

	if (c->state != MC_BLOCKED)
		return;
	c->timed_out = 1;
	hc_wake(c);
}

int
hc_block(hc_time deadline, const char *why, const void *what)
{
	hc_ctx *me = mc.current;

	if (mc.quiet > 0 || me == NULL)
		hc_panic("%s: would block in the machine or the host", why);
	if (me->level > MC_LOCK_LEVEL)
		hc_panic("%s: blocks at interrupt level %d", why, me->level);
	if (deadline != HC_FOREVER && deadline <= mc.now) {
		hc_point();
		return (1);
	}
	me->why = why;
	me->what = what;
	me->since = mc.now;
	me->timed_out = 0;
	me->work = 0;
	me->state = MC_BLOCKED;
	if (deadline != HC_FOREVER) {
		me->timer.fn = deadline_over;
		me->timer.arg = me;
		mc_timer_set(&me->timer, deadline);
	}
	hc_hb_release(&mc.cpu[me->cpu].order);
	mc_off_cpu(me);
	if (me->interrupt)
		mc_base_update(&mc.cpu[me->cpu]);
	mc_reschedule(0);
	me->why = NULL;
	me->what = NULL;
	return (me->timed_out);
}

void
hc_wake(hc_ctx *c)
{
	if (c == NULL || c->state != MC_BLOCKED)
		return;
	if (c->timer.pending)
		(void) hc_timer_cancel(&c->timer);
	if (c->interrupt)
		mc_interrupt_woken(c);
	else
		mc_ready(c);
	mc_hurry();
}

/*
 * What contexts are and may do.
 */
hc_ctx *
hc_self(void)
{
	return (mc.current);
}

const char *
hc_name(hc_ctx *c)
{
	return (c == NULL ? "" : c->name);
}

void
hc_set_data(hc_ctx *c, void *data)
{
	c->data = data;
}

void *
hc_data(hc_ctx *c)
{
	return (c == NULL ? NULL : c->data);
}

void
hc_set_pri(hc_ctx *c, int pri)
{
	c->pri = pri;
	if (c->state == MC_READY) {
		unqueue(c);
		mc_ready(c);
	}
}

void
hc_bind(hc_ctx *c, int cpu)
{
	if (c->interrupt)
		return;
	if (cpu >= mc.ncpus)
		hc_panic("bound to CPU %d of %d", cpu, mc.ncpus);
	c->bind = cpu < 0 ? -1 : cpu;
	while (c == mc.current && c->bind >= 0 && c->cpu != c->bind) {
		if (!movable(c))
			hc_panic("moves to another CPU where it must not");
		hc_hb_release(&mc.cpu[c->cpu].order);
		mc_off_cpu(c);
		mc_ready(c);
		mc_reschedule(0);
	}
}

void
mc_sched_init(void)
{
	long n = mc_number("cpus", 1);
	int i;

	mc.ncpus = n < 1 ? 1 : n > HC_MAXCPU ? HC_MAXCPU : (int)n;
	for (i = 0; i < mc.ncpus; i++)
		mc.cpu[i].id = i;
	mc_seed((hc_u64)mc_number("seed", 1));
	recharge();
	mc.due = INT64_MAX;
}
