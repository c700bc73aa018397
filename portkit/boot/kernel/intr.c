/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Interrupts by vector: add_avintr(), and the platform's code that hands
 * vectors out (PSM).
 *
 * There are two of the latter in real machines. With apix, which is the one
 * unless --ctl psm=pcplusmp says otherwise, psm_get_ipivect() gives the vector
 * itself; with pcplusmp an irq, whose vector psm_xlate_vector_by_irq() knows.
 * The kernel sets psm_get_ipivect when it starts further processors: where
 * there is one, and no other can be added, it stays NULL.
 */

#define	PSMI_1_7

#include <sys/types.h>
#include <sys/avintr.h>
#include <sys/psm_types.h>
#include <sys/smp_impldefs.h>

#include "kern_ctl.h"
#include "ksync.h"

#define	VECTORS		256
#define	FIRST_VECTOR	0x30	/* below are exceptions and fixed ones */
#define	LAST_VECTOR	0xcf	/* above are soft interrupts, IPIs, APIC */
#define	FIRST_IRQ	24	/* below are the pins of the I/O APIC */

/* Not in every header. */
extern int (*psm_intr_ops)(dev_info_t *, ddi_intr_handle_impl_t *,
    psm_intr_op_t, int *);

struct handler {
	struct handler	*h_next;
	avfunc		h_func;		/* NULL: free */
	void		*h_id;
	int		h_level;
	caddr_t		h_arg1, h_arg2;
	uint64_t	*h_ticks;
	uint_t		h_running;
	struct kwaitq	h_waiters;	/* rem_avintr() */
	char		h_what[64];
};

/* By what add_avintr() is told; entries are never freed, but used again. */
static struct handler *handlers[VECTORS];
static int index_of[VECTORS];	/* the index for a CPU's vector */
static boolean_t taken[VECTORS];	/* handed out */
static int vector_of_irq[VECTORS];
static int next_irq = FIRST_IRQ;
static ulong_t unclaimed;

int (*psm_get_ipivect)(int, int);
int (*psm_get_clockirq)(int);
uchar_t (*psm_xlate_vector_by_irq)(uchar_t);
int (*psm_intr_ops)(dev_info_t *, ddi_intr_handle_impl_t *, psm_intr_op_t,
    int *);
int (*addspl)(int, int, int, int);
int (*delspl)(int, int, int, int);
int (*setlvl)(int, int *);
void (*setlvlx)(int, int);
void (*setspl)(int);

/*
 * The platform.
 */
static int
new_vector(int level)
{
	int first = FIRST_VECTOR + (level - 1) % 10 * 16, i, v;

	for (i = 0; i <= LAST_VECTOR - FIRST_VECTOR; i++) {
		v = FIRST_VECTOR + (first - FIRST_VECTOR + i) %
		    (LAST_VECTOR - FIRST_VECTOR + 1);
		if (!taken[v]) {
			taken[v] = B_TRUE;
			return (v);
		}
	}
	return (-1);
}

static int
apix_get_ipivect(int level, int type)
{
	kpoint();
	if (level < 1 || level > PIL_MAX || hc_fail("interrupt"))
		return (-1);
	return (new_vector(level));
}

static int
pcplusmp_get_ipivect(int level, int type)
{
	int vector = apix_get_ipivect(level, type);

	if (vector == -1 || next_irq == VECTORS)
		return (-1);
	index_of[vector] = next_irq;
	vector_of_irq[next_irq] = vector;
	return (next_irq++);
}

static uchar_t
pcplusmp_xlate(uchar_t irq)
{
	return ((uchar_t)vector_of_irq[irq]);
}

/* No device here has an interrupt of its own. */
static int
no_intr_ops(dev_info_t *dip, ddi_intr_handle_impl_t *hdlp, psm_intr_op_t op,
    int *result)
{
	return (PSM_FAILURE);
}

static int
any_level(int irq, int level, int low, int high)
{
	return (PSM_SUCCESS);
}

static int
set_level(int irq, int *vector)
{
	return (hc_level());
}

static void
restore_level(int level, int vector)
{
	(void) hc_set_level(level);
}

static void
restore_spl(int level)
{
	(void) hc_set_level(level);
}

static struct psm_ops apix_ops = {
	.psm_get_ipivect = apix_get_ipivect,
	.psm_intr_ops = no_intr_ops
};
static struct psm_ops pcplusmp_ops = {
	.psm_get_ipivect = pcplusmp_get_ipivect,
	.psm_intr_ops = no_intr_ops
};
static struct psm_ops *psmops;
static const char *psm_name;

/*
 * For modlookup(): the module that drives the interrupt controllers exports
 * its operations, also where the kernel has no use for psm_get_ipivect.
 */
uintptr_t
kpsm_lookup(const char *module, const char *symbol)
{
	if (module == NULL || strcmp(module, psm_name) != 0 ||
	    strcmp(symbol, "psmops") != 0)
		return (0);
	return ((uintptr_t)&psmops);
}

/*
 * Handlers.
 */
int
add_avintr(void *id, int level, avfunc func, char *name, int vect,
    caddr_t arg1, caddr_t arg2, uint64_t *ticks, dev_info_t *dip)
{
	struct handler *h, **hp;

	kpoint();
	(void) kctx_may_sleep("add_avintr");
	if (func == NULL)
		return (0);
	if (vect < 0 || vect >= VECTORS || level < 1 || level > PIL_MAX) {
		hc_violation("memory", "add_avintr: %s: vector %d, priority %d",
		    name != NULL ? name : "", vect, level);
		return (0);
	}
	if (hc_fail("interrupt"))
		return (0);
	for (h = handlers[vect]; h != NULL; h = h->h_next) {
		if (h->h_func == NULL && h->h_running == 0)
			break;
	}
	if (h == NULL)
		h = hc_alloc(sizeof (*h));
	else
		for (hp = &handlers[vect]; ; hp = &(*hp)->h_next) {
			if (*hp == h) {
				*hp = h->h_next;
				break;
			}
		}
	h->h_id = id;
	h->h_level = level;
	h->h_arg1 = arg1;
	h->h_arg2 = arg2;
	h->h_ticks = ticks;
	(void) kformat(h->h_what, sizeof (h->h_what), "interrupt handler %s",
	    name != NULL ? name : "");
	for (hp = &handlers[vect]; *hp != NULL && (*hp)->h_level >= level;
	    hp = &(*hp)->h_next)
		;
	h->h_next = *hp;
	*hp = h;
	hc_hb_release(h);
	kr_add(KR_INTERRUPT, h, 0, h->h_what);
	h->h_func = func;
	kpoint();
	return (1);
}

void
rem_avintr(void *id, int level, avfunc func, int vect)
{
	struct handler *h = NULL;
	char text[96];

	kpoint();
	if (func == NULL)
		return;
	if (vect >= 0 && vect < VECTORS) {
		for (h = handlers[vect]; h != NULL; h = h->h_next) {
			if (h->h_func == func && h->h_id == id)
				break;
		}
	}
	if (h == NULL) {
		(void) kformat(text, sizeof (text), "Couldn't remove function "
		    "%p at %d, %d\n", (void *)func, vect, level);
		hc_console(text);
		return;
	}
	/* From here on nobody calls it anew; then nobody runs it. */
	h->h_func = NULL;
	(void) kr_remove(KR_INTERRUPT, h);
	if (kctx_interrupt_level() != 0 && h->h_running != 0) {
		hc_violation("context", "rem_avintr: called %s, which waits "
		    "for itself", kctx_reason(NULL));
		return;
	}
	while (h->h_running != 0) {
		(void) kwait(&h->h_waiters, HC_FOREVER, 0, "rem_avintr",
		    (void *)(uintptr_t)vect);
	}
	hc_hb_acquire(h);
}

static int
vector_level(int vector)
{
	struct handler *h;
	int level = 0;

	if (ksoft_vector(vector, &level))
		return (level);
	for (h = handlers[index_of[vector]]; h != NULL; h = h->h_next) {
		if (h->h_func != NULL && h->h_level > level)
			level = h->h_level;
	}
	return (level);
}

static uint_t
run(struct handler *h)
{
	avfunc func = h->h_func;
	hc_time began = hc_now();
	struct kentry ke;
	uint_t claimed;

	h->h_running++;
	hc_hb_acquire(h);
	kentry_enter(&ke, h->h_what);
	claimed = func(h->h_arg1, h->h_arg2);
	kentry_leave(&ke);
	hc_hb_release(h);
	if (h->h_ticks != NULL && h->h_func != NULL)
		*h->h_ticks += (uint64_t)(hc_now() - began);
	if (--h->h_running == 0)
		kwait_wake_all(&h->h_waiters);
	return (claimed);
}

/*
 * All handlers of the vector; once more while several share it and one has
 * claimed the interrupt.
 */
static void
dispatch(int index)
{
	struct handler *list[16], *h;
	uint_t n, called, claimed, i;

	do {
		n = called = claimed = 0;
		for (h = handlers[index]; h != NULL && n < 16; h = h->h_next)
			list[n++] = h;
		for (i = 0; i < n; i++) {
			if (list[i]->h_func == NULL)
				continue;
			claimed |= run(list[i]);
			called++;
		}
		if (claimed == 0)
			unclaimed++;
	} while (called > 1 && claimed != 0);
}

static void
interrupt(int vector)
{
	int level = hc_interrupt_level();
	cpu_t *cp = CPU;

	cp->cpu_intr_actv |= 1U << level;
	if (ksoft_vector(vector, NULL))
		ksoft_interrupt(vector);
	else
		dispatch(index_of[vector]);
	cp->cpu_intr_actv &= ~(1U << level);
}

static int
preemptible(hc_ctx *ctx)
{
	struct kthr *kt = hc_data(ctx);

	return (kt == NULL || kt->kt_thread.t_preempt == 0);
}

static const struct hc_kernel_ops ops = {
	.vector_level = vector_level,
	.interrupt = interrupt,
	.preemptible = preemptible,
	.running = kcpu_running,
	.interrupt_data = kthr_interrupt_data
};

void
kintr_setup(void)
{
	const char *want = hc_arg("psm");
	int i;

	for (i = 0; i < VECTORS; i++)
		index_of[i] = i;
	if (want != NULL && strcmp(want, "pcplusmp") == 0) {
		psm_name = "pcplusmp";
		psmops = &pcplusmp_ops;
		psm_xlate_vector_by_irq = pcplusmp_xlate;
		for (i = FIRST_VECTOR; i <= LAST_VECTOR; i++)
			index_of[i] = 0;	/* nothing, until it is known */
	} else {
		psm_name = "apix";
		psmops = &apix_ops;
	}
	psm_intr_ops = psmops->psm_intr_ops;
	if (hc_ncpus() > 1)
		psm_get_ipivect = psmops->psm_get_ipivect;
	addspl = delspl = any_level;
	setlvl = set_level;
	setlvlx = restore_level;
	setspl = restore_spl;
	hc_set_kernel(&ops);
}

void
kc_cpus_may_come(void)
{
	psm_get_ipivect = psmops->psm_get_ipivect;
}
