/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Soft state: ddi_soft_state_init(9F), and the same by string.
 * ddi_soft_state_fini frees the items that are left. An item that attach(9E)
 * makes under the number of its instance belongs to that instance: detach(9E)
 * has to give it back, or the next attach cannot make it.
 */

#include "kdev.h"

typedef struct kitem {
	struct kitem	*it_next;
	int		it_number;
	char		*it_name;	/* by string */
	void		*it_data;
	dev_info_t	*it_dip;	/* whose attach(9E) made it, or NULL */
	struct hc_trace	it_trace;
} kitem_t;

typedef struct kpool {
	struct kpool	*po_next;
	size_t		po_size;
	kitem_t		*po_items;
} kpool_t;

static kpool_t *pools;

static boolean_t
pool_valid(kpool_t *po, const char *called)
{
	kpool_t *p;

	for (p = pools; p != NULL; p = p->po_next) {
		if (p == po)
			return (B_TRUE);
	}
	if (po == NULL) {
		cmn_err(CE_WARN, "%s: null handle", called);
	} else {
		hc_violation("memory", "%s: %p is no soft state, or one that "
		    "ddi_soft_state_fini ended", called, (void *)po);
	}
	return (B_FALSE);
}

static kitem_t **
find_item(kpool_t *po, int number, const char *name)
{
	kitem_t **itp;

	for (itp = &po->po_items; *itp != NULL; itp = &(*itp)->it_next) {
		if (name != NULL ? strcmp((*itp)->it_name, name) == 0 :
		    (*itp)->it_number == number)
			break;
	}
	return (itp);
}

static kpool_t *
pool_new(size_t size)
{
	kpool_t *po = hc_alloc(sizeof (*po)), **pop;

	po->po_size = size;
	for (pop = &pools; *pop != NULL; pop = &(*pop)->po_next)
		;
	*pop = po;
	kr_add(KR_SOFTSTATE, po, size, "soft state");
	return (po);
}

static int
item_new(kpool_t *po, int number, const char *name)
{
	dev_info_t *dip = kcall_attaching();
	kitem_t *it;
	void *data;

	/* The pool answers for its items in the ledger. */
	data = kmem_zalloc(po->po_size, KM_SLEEP);
	(void) kr_remove(KR_MEMORY, data);

	it = hc_alloc(sizeof (*it));
	it->it_number = number;
	it->it_name = name == NULL ? NULL : kdup(name);
	it->it_data = data;
	if (dip != NULL && name == NULL && DEVI(dip)->devi_instance == number)
		it->it_dip = dip;
	hc_trace_take(&it->it_trace);
	hc_hb_release(data);
	it->it_next = po->po_items;
	po->po_items = it;
	return (DDI_SUCCESS);
}

static void
item_free(kpool_t *po, kitem_t **itp)
{
	kitem_t *it = *itp;
	void *data = it->it_data;

	*itp = it->it_next;
	if (it->it_name != NULL)
		hc_free(it->it_name);
	hc_free(it);
	kmem_free(data, po->po_size);
}

static void
pool_free(kpool_t *po)
{
	kpool_t **pop;

	for (pop = &pools; *pop != po; pop = &(*pop)->po_next)
		;
	*pop = po->po_next;
	while (po->po_items != NULL)
		item_free(po, &po->po_items);
	(void) kr_remove(KR_SOFTSTATE, po);
	/* The handle stays taken, so that a second use of it is found. */
}

uint_t
ksoft_leftovers(dev_info_t *dip, const char *after)
{
	kpool_t *po;
	kitem_t *it;
	uint_t n = 0;

	for (po = pools; po != NULL; po = po->po_next) {
		for (it = po->po_items; it != NULL; it = it->it_next) {
			if (it->it_dip != dip)
				continue;
			hc_violation_at(&it->it_trace, "leak", "soft state of "
			    "instance %d left after %s (ddi_soft_state_free)",
			    it->it_number, after);
			it->it_dip = NULL;
			n++;
		}
	}
	return (n);
}

/*
 * By number.
 */
int
ddi_soft_state_init(void **statep, size_t size, size_t items)
{
	hc_point();
	(void) kctx_may_sleep("ddi_soft_state_init");
	if (statep == NULL || size == 0)
		return (EINVAL);
	if (hc_fail("memory"))
		return (ENOMEM);
	*statep = pool_new(size);
	return (0);
}

int
ddi_soft_state_zalloc(void *state, int number)
{
	kpool_t *po = state;

	hc_point();
	(void) kctx_may_sleep("ddi_soft_state_zalloc");
	if (po == NULL || number < 0 || !pool_valid(po, __func__))
		return (DDI_FAILURE);
	if (*find_item(po, number, NULL) != NULL || hc_fail("memory"))
		return (DDI_FAILURE);
	return (item_new(po, number, NULL));
}

void *
ddi_get_soft_state(void *state, int number)
{
	kitem_t *it;

	hc_point();
	if (!pool_valid(state, __func__) ||
	    (it = *find_item(state, number, NULL)) == NULL)
		return (NULL);
	hc_hb_acquire(it->it_data);
	return (it->it_data);
}

void
ddi_soft_state_free(void *state, int number)
{
	kitem_t **itp;

	hc_point();
	if (!pool_valid(state, __func__))
		return;
	if (number < 0) {
		cmn_err(CE_WARN, "ddi_soft_state_free: item %d not in range",
		    number);
		return;
	}
	/* One that is not there, or no longer, is no error. */
	itp = find_item(state, number, NULL);
	if (*itp != NULL)
		item_free(state, itp);
}

void
ddi_soft_state_fini(void **statep)
{
	hc_point();
	if (statep == NULL || *statep == NULL) {
		cmn_err(CE_WARN, "ddi_soft_state_fini: null handle");
		return;
	}
	if (!pool_valid(*statep, __func__))
		return;
	pool_free(*statep);
	*statep = NULL;
}

/*
 * By string.
 */
int
ddi_soft_state_bystr_init(ddi_soft_state_bystr **statep, size_t size,
    int items)
{
	hc_point();
	(void) kctx_may_sleep("ddi_soft_state_bystr_init");
	if (statep == NULL || size == 0 || items == 0)
		return (EINVAL);
	if (hc_fail("memory"))
		return (ENOMEM);
	*statep = (ddi_soft_state_bystr *)pool_new(size);
	return (0);
}

int
ddi_soft_state_bystr_zalloc(ddi_soft_state_bystr *state, const char *str)
{
	kpool_t *po = (kpool_t *)state;

	hc_point();
	(void) kctx_may_sleep("ddi_soft_state_bystr_zalloc");
	if (str == NULL || po == NULL || !pool_valid(po, __func__) ||
	    *find_item(po, 0, str) != NULL || hc_fail("memory"))
		return (DDI_FAILURE);
	return (item_new(po, 0, str));
}

void *
ddi_soft_state_bystr_get(ddi_soft_state_bystr *state, const char *str)
{
	kpool_t *po = (kpool_t *)state;
	kitem_t *it;

	hc_point();
	if (str == NULL || !pool_valid(po, __func__) ||
	    (it = *find_item(po, 0, str)) == NULL)
		return (NULL);
	hc_hb_acquire(it->it_data);
	return (it->it_data);
}

void
ddi_soft_state_bystr_free(ddi_soft_state_bystr *state, const char *str)
{
	kpool_t *po = (kpool_t *)state;
	kitem_t **itp;

	hc_point();
	if (str == NULL || !pool_valid(po, __func__))
		return;
	itp = find_item(po, 0, str);
	if (*itp == NULL) {
		hc_violation("memory", "ddi_soft_state_bystr_free: there is no "
		    "item %s", str);
		return;
	}
	item_free(po, itp);
}

void
ddi_soft_state_bystr_fini(ddi_soft_state_bystr **statep)
{
	hc_point();
	if (statep == NULL || *statep == NULL ||
	    !pool_valid((kpool_t *)*statep, __func__))
		return;
	pool_free((kpool_t *)*statep);
	*statep = NULL;
}
