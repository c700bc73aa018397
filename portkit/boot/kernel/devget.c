/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What a driver asks about its device: ddi_get_instance(9F),
 * ddi_get_parent(9F), ddi_get_driver_private(9F), ddi_get_name(9F),
 * ddi_pathname(9F), and walks of the tree.
 */

#include "kdev.h"

int
ddi_get_instance(dev_info_t *dip)
{
	return (KDEV_ENTER(dip) ? DEVI(dip)->devi_instance : -1);
}

int
ddi_get_nodeid(dev_info_t *dip)
{
	return (KDEV_ENTER(dip) ? DEVI(dip)->devi_nodeid : 0);
}

dev_info_t *
ddi_get_parent(dev_info_t *dip)
{
	return (KDEV_ENTER(dip) ? (dev_info_t *)DEVI(dip)->devi_parent : NULL);
}

dev_info_t *
ddi_get_child(dev_info_t *dip)
{
	return (KDEV_ENTER(dip) ? (dev_info_t *)DEVI(dip)->devi_child : NULL);
}

dev_info_t *
ddi_get_next_sibling(dev_info_t *dip)
{
	return (KDEV_ENTER(dip) ? (dev_info_t *)DEVI(dip)->devi_sibling : NULL);
}

/* The next node of the same driver. */
dev_info_t *
ddi_get_next(dev_info_t *dip)
{
	knode_t *kn;

	if (!KDEV_ENTER(dip))
		return (NULL);
	for (kn = knode_of(dip)->kn_next; kn != NULL; kn = kn->kn_next) {
		if (kn->kn_live && DEVI(kn->kn_dip)->devi_major ==
		    DEVI(dip)->devi_major)
			return (kn->kn_dip);
	}
	return (NULL);
}

struct dev_ops *
ddi_get_driver(dev_info_t *dip)
{
	return (KDEV_ENTER(dip) ? DEVI(dip)->devi_ops : NULL);
}

void
ddi_set_driver(dev_info_t *dip, struct dev_ops *ops)
{
	if (KDEV_ENTER(dip))
		DEVI(dip)->devi_ops = ops;
}

void
ddi_set_driver_private(dev_info_t *dip, void *data)
{
	if (KDEV_ENTER(dip)) {
		kscsi_private_set(dip, data);
		DEVI(dip)->devi_driver_data = data;
		hc_hb_release(&DEVI(dip)->devi_driver_data);
	}
}

void *
ddi_get_driver_private(dev_info_t *dip)
{
	if (!KDEV_ENTER(dip))
		return (NULL);
	hc_hb_acquire(&DEVI(dip)->devi_driver_data);
	return (DEVI(dip)->devi_driver_data);
}

void
ddi_set_parent_data(dev_info_t *dip, void *data)
{
	if (KDEV_ENTER(dip)) {
		DEVI(dip)->devi_parent_data = data;
		hc_hb_release(&DEVI(dip)->devi_parent_data);
	}
}

void *
ddi_get_parent_data(dev_info_t *dip)
{
	if (!KDEV_ENTER(dip))
		return (NULL);
	hc_hb_acquire(&DEVI(dip)->devi_parent_data);
	return (DEVI(dip)->devi_parent_data);
}

void
ndi_set_bus_private(dev_info_t *dip, boolean_t up, uint32_t type, void *data)
{
	if (KDEV_ENTER(dip))
		knode_of(dip)->kn_bus_private[up != B_FALSE] = data;
}

void *
ndi_get_bus_private(dev_info_t *dip, boolean_t up)
{
	return (KDEV_ENTER(dip) ?
	    knode_of(dip)->kn_bus_private[up != B_FALSE] : NULL);
}

/*
 * Names. An address is set by the parent in DDI_CTLOPS_INITCHILD; the one that
 * it replaces stays readable until the next change.
 */
void
ddi_set_name_addr(dev_info_t *dip, char *name)
{
	knode_t *kn;
	char *buf;

	if (!KDEV_ENTER(dip))
		return;
	kn = knode_of(dip);
	if (name == NULL) {
		DEVI(dip)->devi_addr = NULL;
		return;
	}
	if (strlen(name) >= MAXNAMELEN) {
		hc_violation("memory", "ddi_set_name_addr: address of %zu "
		    "characters for %s, at most %d are allowed", strlen(name),
		    kn->kn_name, MAXNAMELEN - 1);
	}
	if (kn->kn_addr == NULL)
		kn->kn_addr = hc_alloc(2 * MAXNAMELEN);
	buf = DEVI(dip)->devi_addr == kn->kn_addr ? kn->kn_addr + MAXNAMELEN :
	    kn->kn_addr;
	(void) strncpy(buf, name, MAXNAMELEN - 1);
	buf[MAXNAMELEN - 1] = '\0';
	DEVI(dip)->devi_addr = buf;
}

char *
ddi_get_name_addr(dev_info_t *dip)
{
	return (KDEV_ENTER(dip) ? DEVI(dip)->devi_addr : NULL);
}

char *
ddi_get_name(dev_info_t *dip)
{
	return (KDEV_ENTER(dip) ? DEVI(dip)->devi_binding_name : "freed");
}

char *
ddi_binding_name(dev_info_t *dip)
{
	return (KDEV_ENTER(dip) ? DEVI(dip)->devi_binding_name : "freed");
}

char *
ddi_node_name(dev_info_t *dip)
{
	return (KDEV_ENTER(dip) ? DEVI(dip)->devi_node_name : "freed");
}

major_t
ddi_driver_major(dev_info_t *dip)
{
	return (KDEV_ENTER(dip) ? DEVI(dip)->devi_major : DDI_MAJOR_T_NONE);
}

const char *
ddi_driver_name(dev_info_t *dip)
{
	kmodule_t *km;

	if (!KDEV_ENTER(dip))
		return ("freed");
	km = kdev_driver(dip);
	return (km != NULL ? km->km_name : DEVI(dip)->devi_node_name);
}

char *
ddi_deviname(dev_info_t *dip, char *name)
{
	const char *addr;

	name[0] = '\0';
	if (!KDEV_ENTER(dip) || dip == ddi_root_node())
		return (name);
	addr = DEVI(dip)->devi_addr;
	if (DEVI(dip)->devi_node_state < DS_BOUND || addr == NULL)
		addr = "";
	(void) sprintf(name, *addr == '\0' ? "/%s" : "/%s@%s",
	    DEVI(dip)->devi_node_name, addr);
	return (name);
}

char *
ddi_pathname(dev_info_t *dip, char *path)
{
	path[0] = '\0';
	if (!KDEV_ENTER(dip) || dip == ddi_root_node())
		return (path);
	(void) ddi_pathname((dev_info_t *)DEVI(dip)->devi_parent, path);
	(void) ddi_deviname(dip, path + strlen(path));
	return (path);
}

/*
 * State.
 */
ddi_node_state_t
i_ddi_node_state(dev_info_t *dip)
{
	return (KDEV_ENTER(dip) ? DEVI(dip)->devi_node_state : DS_INVAL);
}

int
i_ddi_devi_attached(dev_info_t *dip)
{
	return (KDEV_ENTER(dip) && DEVI(dip)->devi_node_state >= DS_ATTACHED);
}

ddi_devstate_t
ddi_get_devstate(dev_info_t *dip)
{
	uint_t state;

	if (!KDEV_ENTER(dip))
		return (DDI_DEVSTATE_OFFLINE);
	state = DEVI(dip)->devi_state;
	if (state & DEVI_DEVICE_OFFLINE)
		return (DDI_DEVSTATE_OFFLINE);
	if (state & DEVI_DEVICE_DOWN)
		return (DDI_DEVSTATE_DOWN);
	if (state & DEVI_DEVICE_DEGRADED)
		return (DDI_DEVSTATE_DEGRADED);
	return (DDI_DEVSTATE_UP);
}

void
ddi_dev_report_fault(dev_info_t *dip, ddi_fault_impact_t impact,
    ddi_fault_location_t location, const char *message)
{
	if (!KDEV_ENTER(dip))
		return;
	if (impact == DDI_SERVICE_LOST)
		DEVI(dip)->devi_state |= DEVI_DEVICE_DOWN;
	else if (impact == DDI_SERVICE_DEGRADED)
		DEVI(dip)->devi_state |= DEVI_DEVICE_DEGRADED;
	else if (impact == DDI_SERVICE_RESTORED)
		DEVI(dip)->devi_state &=
		    ~(DEVI_DEVICE_DOWN | DEVI_DEVICE_DEGRADED);
}

int
ndi_dev_is_prom_node(dev_info_t *dip)
{
	return (KDEV_ENTER(dip) && knode_of(dip)->kn_prom);
}

int
ndi_dev_is_pseudo_node(dev_info_t *dip)
{
	return (KDEV_ENTER(dip) && !knode_of(dip)->kn_prom);
}

int
ndi_dev_is_persistent_node(dev_info_t *dip)
{
	return (KDEV_ENTER(dip) && knode_of(dip)->kn_persistent);
}

int
ndi_dev_is_hotplug_node(dev_info_t *dip)
{
	(void) KDEV_ENTER(dip);
	return (0);
}

int
ndi_devi_device_isremoved(dev_info_t *dip)
{
	return (KDEV_ENTER(dip) &&
	    (DEVI(dip)->devi_state & DEVI_DEVICE_REMOVED) != 0);
}

int
ndi_devi_device_remove(dev_info_t *dip)
{
	if (!KDEV_ENTER(dip) ||
	    (DEVI(dip)->devi_state & DEVI_DEVICE_REMOVED))
		return (NDI_FAILURE);
	DEVI(dip)->devi_state |= DEVI_DEVICE_REMOVED;
	return (NDI_SUCCESS);
}

int
ndi_devi_device_insert(dev_info_t *dip)
{
	if (!KDEV_ENTER(dip) ||
	    !(DEVI(dip)->devi_state & DEVI_DEVICE_REMOVED))
		return (NDI_FAILURE);
	DEVI(dip)->devi_state &= ~DEVI_DEVICE_REMOVED;
	return (NDI_SUCCESS);
}

/*
 * Walks, a layer at a time. The function that is called may find nodes gone
 * that were there before: the layer is read as it is when its turn comes.
 */
struct walk {
	struct walk	*w_next;
	dev_info_t	*w_dip;
};

static int
walk_layer(dev_info_t *dip, int (*f)(dev_info_t *, void *), void *arg)
{
	struct walk *first = NULL, **last = &first, *w;
	int answer = DDI_WALK_CONTINUE;

	while (dip != NULL && answer != DDI_WALK_TERMINATE) {
		answer = f(dip, arg);
		if (!kdev_valid(dip, "ddi_walk_devs"))
			break;
		if (answer != DDI_WALK_PRUNECHILD &&
		    answer != DDI_WALK_TERMINATE) {
			w = hc_alloc(sizeof (*w));
			w->w_dip = dip;
			*last = w;
			last = &w->w_next;
		}
		dip = answer == DDI_WALK_PRUNESIB ? NULL :
		    ddi_get_next_sibling(dip);
	}
	while ((w = first) != NULL) {
		int circ;

		first = w->w_next;
		if (answer != DDI_WALK_TERMINATE &&
		    kdev_valid(w->w_dip, "ddi_walk_devs")) {
			ndi_devi_enter(w->w_dip, &circ);
			answer = walk_layer(ddi_get_child(w->w_dip), f, arg);
			ndi_devi_exit(w->w_dip, circ);
		}
		hc_free(w);
	}
	return (answer == DDI_WALK_TERMINATE ? answer : DDI_WALK_CONTINUE);
}

void
ddi_walk_devs(dev_info_t *dip, int (*f)(dev_info_t *, void *), void *arg)
{
	dev_info_t *parent;

	if (dip == NULL || !KDEV_ENTER(dip))
		return;
	parent = (dev_info_t *)DEVI(dip)->devi_parent;
	if (parent != NULL && !kdev_busy_owned(parent)) {
		hc_violation("lock", "ddi_walk_devs: the parent of %s is not "
		    "held (ndi_devi_enter), so that its nodes may go away "
		    "during the walk", DEVI(dip)->devi_node_name);
	}
	(void) walk_layer(dip, f, arg);
}

void
e_ddi_walk_driver(char *driver, int (*f)(dev_info_t *, void *), void *arg)
{
	major_t major = ddi_name_to_major(driver);
	knode_t *kn;

	for (kn = knodes; kn != NULL && major != DDI_MAJOR_T_NONE;
	    kn = kn->kn_next) {
		if (kn->kn_live && DEVI(kn->kn_dip)->devi_major == major &&
		    f(kn->kn_dip, arg) == DDI_WALK_TERMINATE)
			break;
	}
}

dev_info_t *
ddi_find_devinfo(char *name, int instance, int attached)
{
	knode_t *kn;

	for (kn = knodes; kn != NULL; kn = kn->kn_next) {
		struct dev_info *devi = DEVI(kn->kn_dip);

		if (!kn->kn_live || (name != NULL &&
		    strcmp(name, devi->devi_binding_name) != 0) ||
		    (instance != -1 && instance != devi->devi_instance) ||
		    (attached && devi->devi_node_state < DS_ATTACHED))
			continue;
		return (kn->kn_dip);
	}
	return (NULL);
}
