/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The states of a device node, from DS_PROTO (nobody but its maker knows it)
 * to DS_READY (attached), and back. Whoever changes the state of a node has
 * entered its parent (ndi_devi_enter()), so one child of a parent changes at a
 * time.
 */

#include "kdev.h"

/* What a parent hears before and after: as attachspec and detachspec. */
struct attach_notice {
	int		an_cmd;
	int		an_when;	/* 0 before, 1 after */
	dev_info_t	*an_parent;
	int		an_result;
};

static void
link_node(dev_info_t *dip)
{
	struct dev_info **devip = &DEVI(dip)->devi_parent->devi_child;

	while (*devip != NULL && *devip != DEVI(dip))
		devip = &(*devip)->devi_sibling;
	if (*devip == NULL) {
		DEVI(dip)->devi_sibling = NULL;
		*devip = DEVI(dip);
	}
	DEVI(dip)->devi_node_state = DS_LINKED;
}

static int
unlink_node(dev_info_t *dip)
{
	struct dev_info **devip = &DEVI(dip)->devi_parent->devi_child;

	if (DEVI(dip)->devi_ref != 0)
		return (DDI_FAILURE);
	while (*devip != NULL && *devip != DEVI(dip))
		devip = &(*devip)->devi_sibling;
	if (*devip != NULL)
		*devip = DEVI(dip)->devi_sibling;
	DEVI(dip)->devi_sibling = NULL;
	DEVI(dip)->devi_node_state = DS_PROTO;
	return (DDI_SUCCESS);
}

/*
 * Which driver is for the node: the first of its "compatible" strings, and then
 * its name, that is a driver's name or alias.
 */
static kmodule_t *
driver_for(dev_info_t *dip, const char **name)
{
	ddi_prop_t *prop = kprop_in(DEVI(dip)->devi_drv_prop_ptr,
	    "compatible");
	kmodule_t *km;
	const char *s;

	if (prop == NULL)
		prop = kprop_in(DEVI(dip)->devi_sys_prop_ptr, "compatible");
	if (prop == NULL)
		prop = kprop_in(DEVI(dip)->devi_hw_prop_ptr, "compatible");
	if (prop != NULL && (prop->prop_flags & DDI_PROP_TYPE_STRING)) {
		for (s = prop->prop_val; s < prop->prop_val + prop->prop_len;
		    s += strlen(s) + 1) {
			*name = s;
			if ((km = kmodule_of_name(s)) != NULL)
				return (km);
		}
	}
	*name = NULL;
	return (kmodule_of_name(DEVI(dip)->devi_node_name));
}

void
ktree_bind(dev_info_t *dip, kmodule_t *km, const char *name)
{
	knode_t *kn = knode_of(dip);

	if (kn->kn_compat != NULL) {
		hc_free(kn->kn_compat);
		kn->kn_compat = NULL;
	}
	DEVI(dip)->devi_binding_name = DEVI(dip)->devi_node_name;
	if (name != NULL) {
		kn->kn_compat = kdup(name);
		DEVI(dip)->devi_binding_name = kn->kn_compat;
	}
	DEVI(dip)->devi_major = km->km_major;
	DEVI(dip)->devi_node_state = DS_BOUND;
	/* Its parent may now have properties of driver.conf(4) for it. */
	if (kn->kn_persistent)
		DEVI(dip)->devi_parent->devi_flags &= ~DEVI_MADE_CHILDREN;
}

static int
bind_node(dev_info_t *dip)
{
	const char *name;
	kmodule_t *km = driver_for(dip, &name);

	if (km == NULL)
		return (DDI_FAILURE);
	ktree_bind(dip, km, name);
	return (DDI_SUCCESS);
}

static int
unbind_node(dev_info_t *dip)
{
	if (DEVI(dip)->devi_ref != 0)
		return (DDI_FAILURE);
	DEVI(dip)->devi_major = DDI_MAJOR_T_NONE;
	DEVI(dip)->devi_binding_name = DEVI(dip)->devi_node_name;
	DEVI(dip)->devi_node_state = DS_LINKED;
	return (DDI_SUCCESS);
}

static boolean_t
has_bus_ctl(dev_info_t *dip)
{
	return (DEVI(dip)->devi_ops != NULL &&
	    DEVI(dip)->devi_ops->devo_bus_ops != NULL &&
	    DEVI(dip)->devi_ops->devo_bus_ops->bus_ctl != NULL);
}

static boolean_t
is_duplicate(dev_info_t *dip)
{
	struct dev_info *devi;

	for (devi = DEVI(dip)->devi_parent->devi_child; devi != NULL;
	    devi = devi->devi_sibling) {
		if (devi != DEVI(dip) && devi->devi_addr != NULL &&
		    DEVI(dip)->devi_addr != NULL &&
		    strcmp(devi->devi_node_name,
		    DEVI(dip)->devi_node_name) == 0 &&
		    strcmp(devi->devi_addr, DEVI(dip)->devi_addr) == 0)
			return (B_TRUE);
	}
	return (B_FALSE);
}

static int
uninit_node(dev_info_t *dip)
{
	dev_info_t *parent = (dev_info_t *)DEVI(dip)->devi_parent;
	int error;

	if (!has_bus_ctl(parent))
		return (DDI_FAILURE);
	error = kbus_ctl(parent, parent, DDI_CTLOPS_UNINITCHILD, dip, NULL);
	if (error != DDI_SUCCESS)
		return (error);
	DEVI(dip)->devi_addr = NULL;
	kinstance_release(dip);
	DEVI(dip)->devi_instance = -1;
	DEVI(parent)->devi_ref--;
	knode_of(dip)->kn_global = NULL;
	kprop_free_list(&DEVI(dip)->devi_sys_prop_ptr);
	DEVI(dip)->devi_node_state = DS_BOUND;
	return (DDI_SUCCESS);
}

/*
 * The parent names the node. A node that is initialised holds its parent.
 */
static int
init_node(dev_info_t *dip)
{
	dev_info_t *parent = (dev_info_t *)DEVI(dip)->devi_parent;
	knode_t *kn = knode_of(dip);
	kmodule_t *km = kdev_driver(dip);

	if (!has_bus_ctl(parent))
		return (DDI_FAILURE);
	kn->kn_global = km->km_global;
	if (kbus_ctl(parent, parent, DDI_CTLOPS_INITCHILD, dip, NULL) !=
	    DDI_SUCCESS) {
		/* It may have taken the node away. */
		if (kn->kn_live) {
			kn->kn_global = NULL;
			DEVI(dip)->devi_addr = NULL;
		}
		return (DDI_FAILURE);
	}
	if (!kdev_valid(dip, "bus_ctl(DDI_CTLOPS_INITCHILD)"))
		return (DDI_FAILURE);
	DEVI(parent)->devi_ref++;
	if (is_duplicate(dip)) {
		if (uninit_node(dip) != DDI_SUCCESS)
			DEVI(parent)->devi_ref--;
		return (DDI_FAILURE);
	}
	DEVI(dip)->devi_instance = kinstance_assign(dip);
	DEVI(dip)->devi_node_state = DS_INITIALIZED;
	return (DDI_SUCCESS);
}

static int
probe_node(dev_info_t *dip)
{
	kmodule_t *km = kdev_driver(dip);
	struct dev_ops *ops = kmodule_hold(km);
	struct kcall kl;
	int answer;

	if (ops == NULL)
		return (DDI_FAILURE);
	DEVI(dip)->devi_ops = ops;
	if (ops->devo_probe == NULL) {
		answer = ddi_dev_is_sid(dip) == DDI_SUCCESS ?
		    DDI_PROBE_DONTCARE : DDI_PROBE_FAILURE;
	} else {
		kcall_enter(&kl, "probe(9E)", dip, NULL);
		answer = ops->devo_probe(dip);
		kcall_leave(&kl);
	}
	DEVI(dip)->devi_ops = NULL;
	kmodule_rele(km);
	if (answer != DDI_PROBE_SUCCESS && answer != DDI_PROBE_DONTCARE)
		return (DDI_FAILURE);
	kinstance_keep(dip);
	DEVI(dip)->devi_node_state = DS_PROBED;
	return (DDI_SUCCESS);
}

static void
notify_parent(dev_info_t *dip, ddi_ctl_enum_t op, int cmd, int when, int result)
{
	struct attach_notice an;
	int error;

	an.an_cmd = cmd;
	an.an_when = when;
	an.an_parent = (dev_info_t *)DEVI(dip)->devi_parent;
	an.an_result = result;
	(void) ddi_ctlops(dip, dip, op, &an, &error);
}

/*
 * What the driver has not given back. The rest of what modules own is looked
 * through when they are unloaded.
 */
static void
check_leftovers(dev_info_t *dip, const char *after)
{
	(void) kminor_gone(dip, after);
	(void) ksoft_leftovers(dip, after);
	kscsi_leftovers(dip, after);
}

/*
 * The framework's own locks order a device's attach and detach with its opens
 * and closes, and with the load and unload of its module.
 */
static void
in_order(dev_info_t *dip, kmodule_t *km, boolean_t begins)
{
	if (begins) {
		hc_hb_acquire(KORDER_OPEN(dip));
		hc_hb_acquire(KORDER_CALL(dip));
		hc_hb_acquire(km);
	} else {
		hc_hb_release(KORDER_OPEN(dip));
		hc_hb_release(km);
	}
}

static int
attach_node(dev_info_t *dip)
{
	kmodule_t *km = kdev_driver(dip);
	struct dev_ops *ops = kmodule_hold(km);
	struct kcall kl;
	char after[96];
	int error = DDI_FAILURE;

	if (ops == NULL) {
		cmn_err(CE_WARN, "attach_node: no driver for major %d",
		    DEVI(dip)->devi_major);
		return (DDI_FAILURE);
	}
	DEVI(dip)->devi_ops = ops;
	if (ops->devo_attach != NULL) {
		notify_parent(dip, DDI_CTLOPS_ATTACH, DDI_ATTACH, 0, 0);
		in_order(dip, km, B_TRUE);
		kcall_enter(&kl, "attach(9E)", dip, NULL);
		kl.kl_attach = B_TRUE;
		error = ops->devo_attach(dip, DDI_ATTACH);
		kcall_leave(&kl);
		in_order(dip, km, B_FALSE);
		if (!kdev_valid(dip, "attach(9E)"))
			return (DDI_FAILURE);
		notify_parent(dip, DDI_CTLOPS_ATTACH, DDI_ATTACH, 1, error);
	}
	if (error != DDI_SUCCESS) {
		ktree_async_drain(dip);
		(void) snprintf(after, sizeof (after),
		    "the failed attach(9E) of %s%d", km->km_name,
		    DEVI(dip)->devi_instance);
		check_leftovers(dip, after);
		DEVI(dip)->devi_ops = NULL;
		kmodule_rele(km);
		return (DDI_FAILURE);
	}
	DEVI(dip)->devi_node_state = DS_ATTACHED;
	return (DDI_SUCCESS);
}

static int
detach_node(dev_info_t *dip)
{
	kmodule_t *km = kdev_driver(dip);
	struct dev_ops *ops = DEVI(dip)->devi_ops;
	struct kcall kl;
	char after[96];
	int error;

	/* Its children, an open minor node, or somebody else holds it. */
	if (DEVI(dip)->devi_ref != 0 || kminor_open_count(dip) != 0 ||
	    ops->devo_detach == NULL)
		return (DDI_FAILURE);
	ktree_async_drain(dip);
	notify_parent(dip, DDI_CTLOPS_DETACH, DDI_DETACH, 0, 0);
	in_order(dip, km, B_TRUE);
	kcall_enter(&kl, "detach(9E)", dip, NULL);
	kl.kl_attach = B_TRUE;
	error = ops->devo_detach(dip, DDI_DETACH);
	kcall_leave(&kl);
	in_order(dip, km, B_FALSE);
	if (!kdev_valid(dip, "detach(9E)"))
		return (DDI_FAILURE);
	notify_parent(dip, DDI_CTLOPS_DETACH, DDI_DETACH, 1, error);
	if (error != DDI_SUCCESS)
		return (DDI_FAILURE);

	(void) snprintf(after, sizeof (after), "detach(9E) of %s%d",
	    km->km_name, DEVI(dip)->devi_instance);
	check_leftovers(dip, after);
	kprop_free_list(&DEVI(dip)->devi_drv_prop_ptr);
	DEVI(dip)->devi_flags &= ~DEVI_MADE_CHILDREN;
	DEVI(dip)->devi_ops = NULL;
	kmodule_rele(km);
	DEVI(dip)->devi_node_state = DS_PROBED;
	return (DDI_SUCCESS);
}

/*
 * Changes of several states.
 */
int
ktree_config(dev_info_t *dip, ddi_node_state_t state)
{
	int error = DDI_SUCCESS;

	while (error == DDI_SUCCESS && DEVI(dip)->devi_node_state < state) {
		switch (DEVI(dip)->devi_node_state) {
		case DS_PROTO:
			link_node(dip);
			break;
		case DS_LINKED:
			error = bind_node(dip);
			break;
		case DS_BOUND:
			error = init_node(dip);
			break;
		case DS_INITIALIZED:
			error = probe_node(dip);
			break;
		case DS_PROBED:
			error = attach_node(dip);
			break;
		default:
			DEVI(dip)->devi_node_state = DS_READY;
			break;
		}
		if (!knode_of(dip)->kn_live)
			return (DDI_FAILURE);
	}
	return (error);
}

int
ktree_unconfig(dev_info_t *dip, ddi_node_state_t state, uint_t flags)
{
	int error = DDI_SUCCESS;

	while (error == DDI_SUCCESS && DEVI(dip)->devi_node_state > state) {
		switch (DEVI(dip)->devi_node_state) {
		case DS_LINKED:
			error = unlink_node(dip);
			break;
		case DS_BOUND:
			error = unbind_node(dip);
			break;
		case DS_INITIALIZED:
			error = uninit_node(dip);
			break;
		case DS_PROBED:
			DEVI(dip)->devi_node_state = DS_INITIALIZED;
			break;
		case DS_ATTACHED:
			error = detach_node(dip);
			break;
		default:
			DEVI(dip)->devi_node_state = DS_ATTACHED;
			break;
		}
		if (!knode_of(dip)->kn_live)
			return (DDI_FAILURE);
	}
	return (error);
}

/*
 * Take a node out of the tree and free it. What is still below it goes first.
 */
int
ktree_remove_child(dev_info_t *dip)
{
	dev_info_t *parent = (dev_info_t *)DEVI(dip)->devi_parent;
	int circ, error = DDI_SUCCESS;

	ndi_devi_enter(parent, &circ);
	if (DEVI(dip)->devi_child != NULL &&
	    ktree_unconfig_common(dip, NDI_DEVI_REMOVE, DDI_MAJOR_T_NONE) !=
	    NDI_SUCCESS)
		error = DDI_FAILURE;
	if (error == DDI_SUCCESS)
		error = ktree_unconfig(dip, DS_PROTO, 0);
	ndi_devi_exit(parent, circ);
	if (error == DDI_SUCCESS)
		kdev_free(dip);
	return (error);
}

/*
 * Nodes that driver.conf(4) files ask for below a parent: by its name, by its
 * path, or by the class of bus that it is.
 */
static boolean_t
spec_is_for(kspec_t *spec, dev_info_t *parent)
{
	kmodule_t *km = kdev_driver(parent);
	char path[KDEV_PATH];

	if (spec->ks_class != NULL)
		return (strcmp(spec->ks_class, "root") == 0 &&
		    parent == ddi_root_node());
	if (spec->ks_parent == NULL)
		return (B_FALSE);
	if (spec->ks_parent[0] == '/')
		return (strcmp(spec->ks_parent,
		    kdev_path(parent, path, sizeof (path))) == 0);
	return (strcmp(spec->ks_parent,
	    DEVI(parent)->devi_binding_name) == 0 ||
	    (km != NULL && strcmp(spec->ks_parent, km->km_name) == 0) ||
	    (km != NULL && kmodule_of_name(spec->ks_parent) == km));
}

void
ktree_make_spec_children(dev_info_t *parent)
{
	kmodule_t *km;
	kspec_t *spec;
	dev_info_t *dip;
	int circ;

	ndi_devi_enter(parent, &circ);
	if ((DEVI(parent)->devi_flags & DEVI_MADE_CHILDREN) == 0) {
		for (km = kmodules; km != NULL; km = km->km_next) {
			for (spec = km->km_specs; spec != NULL;
			    spec = spec->ks_next) {
				if (!spec_is_for(spec, parent))
					continue;
				if (kmodule_of_name(spec->ks_name) == NULL) {
					cmn_err(CE_CONT, "init_spec_child: "
					    "parent=%s, bad spec (%s)\n",
					    DEVI(parent)->devi_node_name,
					    spec->ks_name);
					continue;
				}
				dip = kdev_alloc(parent, spec->ks_name,
				    (pnode_t)DEVI_PSEUDO_NODEID);
				DEVI(dip)->devi_sys_prop_ptr =
				    kprop_dup_list(spec->ks_props);
				if (ktree_config(dip, DS_INITIALIZED) !=
				    DDI_SUCCESS && knode_of(dip)->kn_live)
					(void) ktree_remove_child(dip);
			}
		}
		DEVI(parent)->devi_flags |= DEVI_MADE_CHILDREN;
	}
	ndi_devi_exit(parent, circ);
}

int
ddi_initchild(dev_info_t *parent, dev_info_t *child)
{
	int circ, error;

	if (!KDEV_ENTER(parent) || !kdev_valid(child, "ddi_initchild"))
		return (DDI_FAILURE);
	ndi_devi_enter(parent, &circ);
	error = ktree_config(child, DS_INITIALIZED);
	ndi_devi_exit(parent, circ);
	return (error);
}

int
ddi_uninitchild(dev_info_t *dip)
{
	dev_info_t *parent;
	int circ, error;

	if (!KDEV_ENTER(dip))
		return (DDI_FAILURE);
	parent = (dev_info_t *)DEVI(dip)->devi_parent;
	ndi_devi_enter(parent, &circ);
	error = ktree_unconfig(dip, DS_BOUND, 0);
	ndi_devi_exit(parent, circ);
	return (error);
}
