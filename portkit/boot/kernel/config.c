/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Configuring what is below a node, and taking it down. The nexus driver's
 * bus_config does it if it has one; below several nexus nodes it goes on in
 * parallel, a thread each.
 */

#include "kdev.h"

/*
 * Attach a node; its parent is entered. One that fails goes back to DS_BOUND,
 * or altogether if it came from a driver.conf(4).
 */
int
ktree_attach_node(dev_info_t *dip, uint_t flags)
{
	knode_t *kn = knode_of(dip);

	if (flags & NDI_DEVI_ONLINE)
		DEVI(dip)->devi_state &= ~DEVI_DEVICE_OFFLINE;
	if ((DEVI(dip)->devi_state & DEVI_DEVICE_OFFLINE) ||
	    DEVI(dip)->devi_node_state < DS_BOUND)
		return (NDI_FAILURE);
	if (ktree_config(dip, DS_READY) == DDI_SUCCESS) {
		kn->kn_evremove = B_FALSE;
		return (NDI_SUCCESS);
	}
	if (!kn->kn_live)
		return (NDI_FAILURE);
	(void) ktree_unconfig(dip, DS_INITIALIZED, 0);
	if (kn->kn_persistent)
		(void) ktree_unconfig(dip, DS_BOUND, 0);
	else
		(void) ktree_remove_child(dip);
	return (NDI_FAILURE);
}

static boolean_t
wants_remove_event(dev_info_t *dip, uint_t flags)
{
	return ((flags & (NDI_NO_EVENT | NDI_AUTODETACH)) == 0 &&
	    (flags & (NDI_DEVI_OFFLINE | NDI_UNCONFIG |
	    NDI_DEVI_REMOVE)) != 0 &&
	    !knode_of(dip)->kn_evremove);
}

/*
 * Detach a node, and with NDI_DEVI_REMOVE free it; its parent is entered.
 */
int
ktree_detach_node(dev_info_t *dip, uint_t flags)
{
	knode_t *kn = knode_of(dip);
	int error;

	error = ktree_unconfig(dip, DS_PROBED, flags);
	if (!kn->kn_live)
		return (NDI_FAILURE);
	if (error != DDI_SUCCESS) {
		(void) ktree_config(dip, DS_READY);
		return (NDI_FAILURE);
	}
	(void) ktree_unconfig(dip, DS_INITIALIZED, flags);
	if (flags & NDI_AUTODETACH)
		return (NDI_SUCCESS);
	if (flags & NDI_DEVI_OFFLINE)
		DEVI(dip)->devi_state |= DEVI_DEVICE_OFFLINE;
	if (DEVI(dip)->devi_node_state == DS_INITIALIZED &&
	    wants_remove_event(dip, flags))
		kn->kn_evremove = B_TRUE;

	if (flags & (NDI_UNCONFIG | NDI_DEVI_REMOVE)) {
		error = ktree_unconfig(dip, DS_BOUND, flags);
		if (error == DDI_SUCCESS && kn->kn_live &&
		    (!kn->kn_persistent || (flags & NDI_DEVI_REMOVE)))
			error = ktree_remove_child(dip);
	}
	return (error == DDI_SUCCESS ? NDI_SUCCESS : NDI_FAILURE);
}

/*
 * A node that no driver is bound to is offered to the drivers that may know
 * it: those that depend on its parent's driver and ask for no node of their
 * own. They probe in attach(9E), and one of them may keep it. What was learned
 * holds for other nodes as well where it is a "compatible" string; a name that
 * all nodes of the parent share says nothing about the next one. Where the
 * parent names nodes after their drivers, those drivers need not probe, and
 * the rest is not offered.
 */
static char *learned;		/* the list of all aliases, as JSON */

static const char *
first_compatible(dev_info_t *dip)
{
	ddi_prop_t *prop = kprop_in(DEVI(dip)->devi_hw_prop_ptr, "compatible");

	return (prop != NULL && (prop->prop_flags & DDI_PROP_TYPE_STRING) &&
	    prop->prop_len > 1 ? prop->prop_val : NULL);
}

static void
learn_alias(kmodule_t *km, const char *alias)
{
	char *qdriver = hc_json_string(km->km_name);
	char *qalias = hc_json_string(alias);
	size_t len = (learned == NULL ? 0 : strlen(learned)) +
	    strlen(qdriver) + strlen(qalias) + 8;
	char *list = hc_alloc(len), *json;

	(void) snprintf(list, len, "%s%s[%s,%s]",
	    learned == NULL ? "" : learned, learned == NULL ? "" : ",",
	    qdriver, qalias);
	if (learned != NULL)
		hc_free(learned);
	learned = list;
	json = hc_alloc(strlen(list) + 16);
	(void) snprintf(json, strlen(list) + 16, "{\"list\":[%s]}", list);
	hc_event("aliases", json);
	hc_free(json);
	hc_free(qdriver);
	hc_free(qalias);
}

static boolean_t
names_after_drivers(dev_info_t *parent)
{
	dev_info_t *dip = (dev_info_t *)DEVI(parent)->devi_child;
	kmodule_t *km;

	for (; dip != NULL; dip = (dev_info_t *)DEVI(dip)->devi_sibling) {
		km = kdev_driver(dip);
		if (km != NULL && strcmp(km->km_name, ddi_node_name(dip)) == 0)
			return (B_TRUE);
	}
	return (B_FALSE);
}

static int
offer(dev_info_t *dip, uint_t flags)
{
	kmodule_t *parent = kdev_driver((dev_info_t *)DEVI(dip)->devi_parent);
	knode_t *kn = knode_of(dip);
	kmodule_t *km;
	const char *compatible = first_compatible(dip);
	boolean_t by_name = compatible == NULL;
	char *alias;
	int error = NDI_FAILURE;

	if (parent == NULL || (by_name &&
	    names_after_drivers((dev_info_t *)DEVI(dip)->devi_parent)))
		return (NDI_FAILURE);
	alias = kdup(by_name ? ddi_node_name(dip) : compatible);
	for (km = kmodules; km != NULL; km = km->km_next) {
		if (!km->km_driver || km->km_builtin || km->km_specs != NULL ||
		    !kmodule_needs(km, parent))
			continue;
		kn->kn_trial = B_TRUE;
		ktree_bind(dip, km, NULL);
		error = ktree_attach_node(dip, flags);
		kn->kn_trial = B_FALSE;
		if (error == NDI_SUCCESS) {
			kinstance_keep(dip);
			learn_alias(km, alias);
			if (!by_name)
				kmodule_alias(km, alias);
			break;
		}
		if (!kn->kn_live ||
		    ktree_unconfig(dip, DS_LINKED, 0) != DDI_SUCCESS)
			break;
	}
	hc_free(alias);
	return (error);
}

/*
 * As ktree_attach_node(), for one that need not be bound yet.
 */
int
ktree_bind_and_attach(dev_info_t *dip, uint_t flags)
{
	if (ktree_config(dip, DS_BOUND) == DDI_SUCCESS) {
		ktree_make_spec_children((dev_info_t *)DEVI(dip)->devi_parent);
		return (ktree_attach_node(dip, flags));
	}
	if (!knode_of(dip)->kn_live)
		return (NDI_FAILURE);
	return (offer(dip, flags));
}

static boolean_t
is_leaf(dev_info_t *dip)
{
	kmodule_t *km = kdev_driver(dip);

	return (km != NULL && KMODULE_LEAF(km));
}

static boolean_t
is_nexus(dev_info_t *dip)
{
	return (DEVI(dip)->devi_ops != NULL &&
	    DEVI(dip)->devi_ops->devo_bus_ops != NULL);
}

int
ktree_config_children(dev_info_t *parent, uint_t flags, major_t major)
{
	struct dev_info *devi, *next;
	int circ;

	if (!is_nexus(parent))
		return (NDI_SUCCESS);
	ndi_devi_enter(parent, &circ);
	if (flags & NDI_CONFIG_REPROBE)
		DEVI(parent)->devi_flags &= ~DEVI_MADE_CHILDREN;
	ktree_make_spec_children(parent);

	/* All have their addresses first, so that numbers are in order. */
	for (devi = DEVI(parent)->devi_child; devi != NULL; devi = next) {
		next = devi->devi_sibling;
		if (knode_of((dev_info_t *)devi)->kn_persistent &&
		    devi->devi_node_state >= DS_BOUND)
			(void) ktree_config((dev_info_t *)devi, DS_INITIALIZED);
	}
	for (devi = DEVI(parent)->devi_child; devi != NULL; devi = next) {
		next = devi->devi_sibling;	/* it may go when it fails */
		if (major == DDI_MAJOR_T_NONE || major == devi->devi_major ||
		    ((flags & NDI_CONFIG) && !is_leaf((dev_info_t *)devi)))
			(void) ktree_attach_node((dev_info_t *)devi, flags);
	}
	ndi_devi_exit(parent, circ);
	return (NDI_SUCCESS);
}

/*
 * Grandchildren.
 */
struct below {
	dev_info_t	*be_dip;
	struct below	*be_next;
	struct belows	*be_all;
};
struct belows {
	int		bs_flags;
	major_t		bs_major;
	boolean_t	bs_config;
	int		bs_running;
	int		bs_error;
	kwaitq_t	bs_done;
};

static void
below_thread(void *arg)
{
	struct below *be = arg;
	struct belows *bs = be->be_all;
	int error;

	hc_hb_acquire(bs);
	if (bs->bs_config) {
		error = ktree_config_common(be->be_dip, bs->bs_flags,
		    bs->bs_major);
	} else {
		error = ktree_unconfig_common(be->be_dip, bs->bs_flags,
		    bs->bs_major == DEVI(be->be_dip)->devi_major ?
		    DDI_MAJOR_T_NONE : bs->bs_major);
	}
	if (error != NDI_SUCCESS && bs->bs_error == NDI_SUCCESS)
		bs->bs_error = error;
	DEVI(be->be_dip)->devi_ref--;
	hc_free(be);
	hc_hb_release(bs);
	if (--bs->bs_running == 0)
		kwait_wake(&bs->bs_done);
}

static int
grandchildren(dev_info_t *dip, boolean_t config, int flags, major_t major)
{
	struct belows bs = { flags, major, config, 0, NDI_SUCCESS, { NULL } };
	struct below *first = NULL, **last = &first, *be;
	struct dev_info *devi;
	int circ;

	ndi_devi_enter(dip, &circ);
	for (devi = DEVI(dip)->devi_child; devi != NULL;
	    devi = devi->devi_sibling) {
		if (is_leaf((dev_info_t *)devi) ||
		    (config ? devi->devi_node_state < DS_READY :
		    devi->devi_child == NULL && devi->devi_ops == NULL))
			continue;
		be = hc_alloc(sizeof (*be));
		be->be_dip = (dev_info_t *)devi;
		be->be_all = &bs;
		devi->devi_ref++;
		*last = be;
		last = &be->be_next;
		bs.bs_running++;
	}
	ndi_devi_exit(dip, circ);

	hc_hb_release(&bs);
	while ((be = first) != NULL) {
		first = be->be_next;
		(void) kthread_spawn("mt_config", below_thread, be,
		    MINCLSYSPRI);
	}
	while (bs.bs_running > 0)
		kwait_sleep(&bs.bs_done, "device configuration", dip);
	hc_hb_acquire(&bs);
	return (bs.bs_error);
}

int
ktree_config_common(dev_info_t *dip, int flags, major_t major)
{
	struct bus_ops *bus;
	struct kcall kl;
	int error;

	if (DEVI(dip)->devi_node_state < DS_ATTACHED)
		return (NDI_FAILURE);
	bus = DEVI(dip)->devi_ops->devo_bus_ops;
	if (bus == NULL || bus->busops_rev < BUSO_REV_5 ||
	    bus->bus_config == NULL) {
		error = ktree_config_children(dip, flags, major);
	} else {
		kcall_enter(&kl, "bus_config", dip, NULL);
		error = bus->bus_config(dip, flags, major == DDI_MAJOR_T_NONE ?
		    BUS_CONFIG_ALL : BUS_CONFIG_DRIVER,
		    (void *)(uintptr_t)major, NULL);
		kcall_leave(&kl);
	}
	if (error == NDI_SUCCESS && (flags & NDI_CONFIG) && is_nexus(dip))
		(void) grandchildren(dip, B_TRUE, flags, major);
	return (error);
}

static int
unconfig_children(dev_info_t *dip, int flags, major_t major)
{
	struct dev_info *devi, *next;
	int circ, error = NDI_SUCCESS;

	ndi_devi_enter(dip, &circ);
	for (devi = DEVI(dip)->devi_child; devi != NULL; devi = next) {
		next = devi->devi_sibling;
		if ((major != DDI_MAJOR_T_NONE && major != devi->devi_major) ||
		    ((flags & NDI_AUTODETACH) && !is_leaf((dev_info_t *)devi)))
			continue;
		if (ktree_detach_node((dev_info_t *)devi, flags) != NDI_SUCCESS)
			error = NDI_FAILURE;
	}
	ndi_devi_exit(dip, circ);
	return (error);
}

int
ktree_unconfig_common(dev_info_t *dip, int flags, major_t major)
{
	struct bus_ops *bus;
	struct kcall kl;
	int error;

	error = grandchildren(dip, B_FALSE, flags, major);
	if (error != NDI_SUCCESS && (flags & NDI_AUTODETACH) == 0)
		return (error);
	bus = DEVI(dip)->devi_node_state < DS_ATTACHED ? NULL :
	    DEVI(dip)->devi_ops->devo_bus_ops;
	if (bus == NULL || bus->busops_rev < BUSO_REV_5 ||
	    bus->bus_unconfig == NULL)
		return (unconfig_children(dip, flags, major));
	kcall_enter(&kl, "bus_unconfig", dip, NULL);
	error = bus->bus_unconfig(dip, flags, major == DDI_MAJOR_T_NONE ?
	    BUS_UNCONFIG_ALL : BUS_UNCONFIG_DRIVER, (void *)(uintptr_t)major);
	kcall_leave(&kl);
	return (error);
}

int
ndi_busop_bus_config(dev_info_t *dip, uint_t flags, ddi_bus_config_op_t op,
    void *arg, dev_info_t **child, clock_t timeout)
{
	if (!KDEV_ENTER(dip))
		return (NDI_FAILURE);
	switch (op) {
	case BUS_CONFIG_ONE:
		return (ktree_config_one(dip, arg, child, flags));
	case BUS_CONFIG_DRIVER:
		return (ktree_config_children(dip, flags,
		    (major_t)(uintptr_t)arg));
	case BUS_CONFIG_ALL:
		if (timeout > 0)
			delay(timeout);
		return (ktree_config_children(dip, flags, DDI_MAJOR_T_NONE));
	default:
		return (NDI_FAILURE);
	}
}

int
ndi_busop_bus_unconfig(dev_info_t *dip, uint_t flags, ddi_bus_config_op_t op,
    void *arg)
{
	if (!KDEV_ENTER(dip))
		return (NDI_FAILURE);
	switch (op) {
	case BUS_UNCONFIG_ONE:
		return (ktree_unconfig_one(dip, arg, flags));
	case BUS_UNCONFIG_DRIVER:
		return (unconfig_children(dip, flags,
		    (major_t)(uintptr_t)arg));
	case BUS_UNCONFIG_ALL:
		return (unconfig_children(dip, flags, DDI_MAJOR_T_NONE));
	default:
		return (NDI_FAILURE);
	}
}

/*
 * The driver's module has gone, and with it what its children's nodes point to.
 * They have been reported as leaked.
 */
void
kdev_remove_below(kmodule_t *km)
{
	knode_t *kn;

	for (kn = knodes; km->km_driver && kn != NULL; kn = kn->kn_next) {
		struct dev_info *devi = DEVI(kn->kn_dip);

		if (!kn->kn_live || !kn->kn_persistent ||
		    devi->devi_parent == NULL ||
		    devi->devi_parent->devi_major != km->km_major ||
		    devi->devi_node_state >= DS_INITIALIZED)
			continue;
		devi->devi_ref = 0;
		(void) ktree_remove_child(kn->kn_dip);
	}
}
