/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Interrupts by the DDI: ddi_intr_add_softint(9F) and its predecessor
 * ddi_add_softintr(9F). No device here has hardware interrupts, which
 * ddi_intr_get_nintrs(9F) says.
 */

#include "ksync.h"

#define	FIRST	0xd0		/* vectors: one for each level */
#define	LEVELS	LOCK_LEVEL
#define	PRI_MED	4		/* of ddi_add_softintr(9F) */
#define	PRI_HIGH	6

struct soft {
	struct soft	*s_next;
	int		s_level;
	boolean_t	s_old;		/* of ddi_add_softintr(9F) */
	boolean_t	s_removed;
	uint_t		(*s_func)(caddr_t, caddr_t);
	caddr_t		s_arg1, s_arg2;
	uint_t		s_pending;	/* a bit for each CPU */
	uint_t		s_running;
	struct kwaitq	s_waiters;
};

static struct soft *softs;

boolean_t
ksoft_vector(int vector, int *level)
{
	if (vector <= FIRST || vector > FIRST + LEVELS)
		return (B_FALSE);
	if (level != NULL)
		*level = vector - FIRST;
	return (B_TRUE);
}

static struct soft *
soft_of(const void *handle, const char *called)
{
	struct soft *s;

	for (s = softs; s != NULL; s = s->s_next) {
		if (s == handle && !s->s_removed)
			return (s);
	}
	hc_violation("memory", "%s: %p is not the handle of a soft interrupt",
	    called, handle);
	return (NULL);
}

static void
release(struct soft *gone)
{
	struct soft **sp;

	for (sp = &softs; *sp != gone; sp = &(*sp)->s_next)
		;
	*sp = gone->s_next;
	hc_free(gone);
}

static void
run(struct soft *s)
{
	struct kentry ke;

	s->s_running++;
	hc_hb_acquire(s);
	kentry_enter(&ke, "soft interrupt handler");
	if (s->s_old)
		(void) ((uint_t (*)(caddr_t))(void *)s->s_func)(s->s_arg1);
	else
		(void) s->s_func(s->s_arg1, s->s_arg2);
	kentry_leave(&ke);
	hc_hb_release(s);
	if (--s->s_running == 0)
		kwait_wake_all(&s->s_waiters);
}

void
ksoft_interrupt(int vector)
{
	int level = vector - FIRST;
	uint_t bit = 1U << hc_cpu();
	struct soft *s;

	/* From the beginning after each one: handlers may come and go. */
again:
	for (s = softs; s != NULL; s = s->s_next) {
		if (s->s_level == level && (s->s_pending & bit) &&
		    !s->s_removed) {
			s->s_pending &= ~bit;
			run(s);
			goto again;
		}
	}
}

static struct soft *
add(int level, void *func, void *arg, const char *what)
{
	struct soft *s = hc_alloc(sizeof (*s)), **sp;

	s->s_level = level;
	s->s_func = (uint_t (*)(caddr_t, caddr_t))func;
	s->s_arg1 = arg;
	for (sp = &softs; *sp != NULL; sp = &(*sp)->s_next)
		;
	*sp = s;
	hc_hb_release(s);
	kr_add(KR_INTERRUPT, s, 0, what);
	return (s);
}

static int
trigger(struct soft *s)
{
	uint_t bit = 1U << hc_cpu();

	if (s->s_pending & bit)
		return (DDI_EPENDING);
	s->s_pending |= bit;
	hc_hb_release(s);
	hc_interrupt(hc_cpu(), FIRST + s->s_level);
	return (DDI_SUCCESS);
}

static void
take_away(struct soft *s, const char *called)
{
	s->s_removed = B_TRUE;
	(void) kr_remove(KR_INTERRUPT, s);
	if (s->s_running != 0 && kctx_interrupt_level() != 0) {
		hc_violation("context", "%s: called %s, which waits for itself",
		    called, kctx_reason(NULL));
		return;
	}
	while (s->s_running != 0) {
		(void) kwait(&s->s_waiters, HC_FOREVER, 0, called, s);
	}
	hc_hb_acquire(s);
	release(s);
}

int
ddi_intr_add_softint(dev_info_t *dip, ddi_softint_handle_t *handle, int pri,
    ddi_intr_handler_t *func, void *arg1)
{
	kpoint();
	(void) kctx_may_sleep("ddi_intr_add_softint");
	if (dip == NULL || handle == NULL || func == NULL ||
	    pri < DDI_INTR_SOFTPRI_MIN || pri > DDI_INTR_SOFTPRI_MAX)
		return (DDI_EINVAL);
	if (hc_fail("interrupt"))
		return (DDI_FAILURE);
	*handle = (ddi_softint_handle_t)add(pri, (void *)func, arg1,
	    "ddi_intr_add_softint");
	return (DDI_SUCCESS);
}

int
ddi_intr_remove_softint(ddi_softint_handle_t handle)
{
	struct soft *s;

	kpoint();
	if (handle == NULL ||
	    (s = soft_of(handle, "ddi_intr_remove_softint")) == NULL)
		return (DDI_EINVAL);
	take_away(s, "ddi_intr_remove_softint");
	return (DDI_SUCCESS);
}

int
ddi_intr_trigger_softint(ddi_softint_handle_t handle, void *arg2)
{
	struct soft *s;
	int result;

	kpoint();
	if (handle == NULL ||
	    (s = soft_of(handle, "ddi_intr_trigger_softint")) == NULL)
		return (DDI_EINVAL);
	if ((result = trigger(s)) == DDI_SUCCESS)
		s->s_arg2 = arg2;
	kpoint();
	return (result);
}

int
ddi_intr_get_softint_pri(ddi_softint_handle_t handle, uint_t *pri)
{
	struct soft *s = soft_of(handle, "ddi_intr_get_softint_pri");

	if (s == NULL)
		return (DDI_EINVAL);
	*pri = (uint_t)s->s_level;
	return (DDI_SUCCESS);
}

int
ddi_intr_set_softint_pri(ddi_softint_handle_t handle, uint_t pri)
{
	struct soft *s = soft_of(handle, "ddi_intr_set_softint_pri");

	if (s == NULL || pri < DDI_INTR_SOFTPRI_MIN ||
	    pri > DDI_INTR_SOFTPRI_MAX)
		return (DDI_EINVAL);
	if (s->s_pending != 0)
		return (DDI_FAILURE);
	s->s_level = (int)pri;
	return (DDI_SUCCESS);
}

/*
 * ddi_add_softintr(9F): the same with other names.
 */
static int
level_of(int preference, const ddi_iblock_cookie_t *cookie)
{
	int level = preference > DDI_SOFTINT_MED ? PRI_HIGH : PRI_MED;

	if (preference == DDI_SOFTINT_FIXED) {
		level = (int)(uintptr_t)*cookie;
		if (level > PRI_HIGH)
			level = PRI_HIGH;
	}
	return (level);
}

int
ddi_get_soft_iblock_cookie(dev_info_t *dip, int preference,
    ddi_iblock_cookie_t *cookie)
{
	if (preference == DDI_SOFTINT_FIXED)
		return (DDI_FAILURE);
	*cookie = (ddi_iblock_cookie_t)(uintptr_t)level_of(preference, NULL);
	return (DDI_SUCCESS);
}

int
ddi_add_softintr(dev_info_t *dip, int preference, ddi_softintr_t *idp,
    ddi_iblock_cookie_t *iblock, ddi_idevice_cookie_t *idevice,
    uint_t (*func)(caddr_t), caddr_t arg)
{
	struct soft *s;
	int level;

	kpoint();
	(void) kctx_may_sleep("ddi_add_softintr");
	if (idp == NULL || func == NULL ||
	    (preference == DDI_SOFTINT_FIXED && iblock == NULL))
		return (DDI_FAILURE);
	level = level_of(preference, iblock);
	if (level < DDI_INTR_SOFTPRI_MIN || hc_fail("interrupt"))
		return (DDI_FAILURE);
	s = add(level, (void *)func, arg, "ddi_add_softintr");
	s->s_old = B_TRUE;
	if (iblock != NULL)
		*iblock = (ddi_iblock_cookie_t)(uintptr_t)level;
	if (idevice != NULL)
		idevice->idev_softint = 0;
	*idp = (ddi_softintr_t)s;
	return (DDI_SUCCESS);
}

void
ddi_remove_softintr(ddi_softintr_t id)
{
	struct soft *s;

	kpoint();
	if ((s = soft_of(id, "ddi_remove_softintr")) != NULL)
		take_away(s, "ddi_remove_softintr");
}

void
ddi_trigger_softintr(ddi_softintr_t id)
{
	struct soft *s;

	kpoint();
	if ((s = soft_of(id, "ddi_trigger_softintr")) != NULL)
		(void) trigger(s);
	kpoint();
}
