/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * A suspended and resumed machine, as cpr(4) does it to the device tree: each
 * attached device gets detach(9E) with DDI_SUSPEND, children before parents.
 * When one refuses, the machine stays up. Then those that were suspended get
 * attach(9E) with DDI_RESUME, in the reverse order.
 */

#include "kdev.h"
#include "kern_ctl.h"

struct suspend {
	dev_info_t	**su_nodes;	/* in the order of their suspension */
	int		su_count, su_room, su_refused;
};

static void
suspend_node(dev_info_t *dip, struct suspend *su)
{
	struct dev_ops *ops = DEVI(dip)->devi_ops;
	struct kcall kl;
	int error;

	if (!i_ddi_devi_attached(dip) || ops == NULL ||
	    ops->devo_detach == NULL)
		return;
	kcall_enter(&kl, "detach(9E) with DDI_SUSPEND", dip, NULL);
	error = ops->devo_detach(dip, DDI_SUSPEND);
	kcall_leave(&kl);
	if (error != DDI_SUCCESS)
		su->su_refused++;
	else if (su->su_count < su->su_room)
		su->su_nodes[su->su_count++] = dip;
}

static void
suspend_below(dev_info_t *dip, struct suspend *su)
{
	dev_info_t *child, *next;

	for (child = ddi_get_child(dip); child != NULL && su->su_refused == 0;
	    child = next) {
		next = ddi_get_next_sibling(child);
		suspend_below(child, su);
		if (su->su_refused == 0)
			suspend_node(child, su);
	}
}

static int
count_below(dev_info_t *dip)
{
	dev_info_t *child;
	int n = 0;

	for (child = ddi_get_child(dip); child != NULL;
	    child = ddi_get_next_sibling(child))
		n += 1 + count_below(child);
	return (n);
}

int
kc_suspend(int *suspended, int *resumed)
{
	struct suspend su = { NULL };
	struct dev_ops *ops;
	struct kcall kl;
	dev_info_t *dip;
	int i, error;

	su.su_room = count_below(ddi_root_node());
	su.su_nodes = hc_alloc((su.su_room + 1) * sizeof (dev_info_t *));
	suspend_below(ddi_root_node(), &su);
	*suspended = su.su_count;
	*resumed = 0;
	for (i = su.su_count - 1; i >= 0; i--) {
		dip = su.su_nodes[i];
		ops = DEVI(dip)->devi_ops;
		if (ops == NULL || ops->devo_attach == NULL)
			continue;
		kcall_enter(&kl, "attach(9E) with DDI_RESUME", dip, NULL);
		error = ops->devo_attach(dip, DDI_RESUME);
		kcall_leave(&kl);
		if (error == DDI_SUCCESS)
			(*resumed)++;
	}
	hc_free(su.su_nodes);
	return (su.su_refused == 0 ? 0 : EBUSY);
}
