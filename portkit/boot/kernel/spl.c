/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Interrupt priority levels, the interrupt flag, and the locks below mutex(9F)
 * that are a byte each.
 */

#include <sys/types.h>
#include <sys/disp.h>
#include <sys/archsystm.h>
#include <sys/machlock.h>

#include "ksync.h"

#define	PS_IE	0x200UL		/* in the flags register */
#define	PAUSE		40L	/* nanoseconds */
#define	SPIN_STEP	200L
#define	SPIN_LIMIT	(500L * 1000000L)

int	spl6(void);
int	spl7(void);
int	spl8(void);
void	ht_pause(void);
void	cli(void);
void	sti(void);

int interrupts_unleashed = 1;

/* To that level; the old one. */
static int
set(int level)
{
	int old;

	if (hc_self() == NULL)
		return (0);
	old = hc_set_level(level);
	return (old);
}

static int
raise(int level)
{
	int old = hc_level();

	if (level > old)
		(void) set(level);
	return (old);
}

int
splr(int level)
{
	return (raise(level));
}

int
splhigh(void)
{
	return (raise(DISP_LEVEL));
}

int
splhi(void)
{
	return (raise(DISP_LEVEL));
}

int
spl6(void)
{
	return (raise(DISP_LEVEL));
}

int
spl7(void)
{
	return (raise(13));
}

int
spl8(void)
{
	return (set(PIL_MAX));
}

int
splzs(void)
{
	return (set(12));
}

int
spl0(void)
{
	return (set(0));
}

void
splx(int level)
{
	if (level < 0 || level > PIL_MAX) {
		hc_violation("context", "splx: %d is no interrupt priority "
		    "level", level);
		return;
	}
	(void) set(level);
	kpoint();
}

int
getpil(void)
{
	return (hc_level());
}

unsigned int
ddi_enter_critical(void)
{
	return ((unsigned int)spl7());
}

void
ddi_exit_critical(unsigned int level)
{
	splx((int)level);
}

/*
 * The interrupt flag.
 */
ulong_t
clear_int_flag(void)
{
	struct kthr *kt = kthr_self();
	ulong_t old = kt->kt_cli ? 0 : PS_IE;

	if (hc_self() != NULL)
		(void) hc_interrupts(0);
	kt->kt_cli = B_TRUE;
	return (old);
}

void
restore_int_flag(ulong_t flags)
{
	kthr_self()->kt_cli = (flags & PS_IE) == 0;
	if (hc_self() != NULL)
		(void) hc_interrupts((flags & PS_IE) != 0);
}

ulong_t
intr_clear(void)
{
	return (clear_int_flag());
}

void
intr_restore(ulong_t flags)
{
	restore_int_flag(flags);
}

void
cli(void)
{
	(void) clear_int_flag();
}

void
sti(void)
{
	restore_int_flag(PS_IE);
}

int
interrupts_enabled(void)
{
	return (!kthr_self()->kt_cli);
}

ulong_t
getflags(void)
{
	return (kthr_self()->kt_cli ? 0 : PS_IE);
}

/* One turn of a loop that spins. */
void
ht_pause(void)
{
	if (hc_self() != NULL) {
		hc_spend(PAUSE);
		kctx_spun(PAUSE);
	}
}

/*
 * Bytes that one spins for.
 */
int
lock_try(lock_t *lp)
{
	if (*lp != 0)
		return (0);
	*lp = 0xff;
	hc_hb_acquire(lp);
	return (1);
}

void
lock_set(lock_t *lp)
{
	hc_time spun = 0;

	kpoint();
	while (!lock_try(lp)) {
		if (hc_self() == NULL || spun >= SPIN_LIMIT)
			hc_panic("lock_set: %p: lock held and does not come "
			    "free", (void *)lp);
		hc_spend(SPIN_STEP);
		spun += SPIN_STEP;
	}
}

void
lock_clear(lock_t *lp)
{
	if (*lp == 0)
		hc_violation("lock", "lock_clear: the lock at %p is not held",
		    (void *)lp);
	hc_hb_release(lp);
	*lp = 0;
	kpoint();
}

void
lock_set_spl(lock_t *lp, int level, ushort_t *old)
{
	int before = raise(level);

	lock_set(lp);
	*old = (ushort_t)before;
}

void
lock_clear_splx(lock_t *lp, int level)
{
	lock_clear(lp);
	splx(level);
}

/* What the holder of a dispatcher's lock was interrupted at, by CPU. */
static int disp_level[NCPU];
static uint_t disp_depth[NCPU];

void
disp_lock_enter(disp_lock_t *lp)
{
	int old = raise(DISP_LEVEL), id = CPU->cpu_id;

	if (disp_depth[id]++ == 0)
		disp_level[id] = old;
	lock_set(lp);
}

void
disp_lock_exit(disp_lock_t *lp)
{
	int id = CPU->cpu_id;

	lock_clear(lp);
	if (disp_depth[id] > 0 && --disp_depth[id] == 0)
		(void) set(disp_level[id]);
}

void
thread_lock(kthread_t *t)
{
	disp_lock_enter(t->t_lockp);
}

void
thread_lock_high(kthread_t *t)
{
	lock_set(t->t_lockp);
}
