/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Finding children by name, and configuring or taking down one, or all of a
 * driver, or all: ndi_devi_config_one() and so on.
 */

#include "kdev.h"

static dev_info_t *
find_child(dev_info_t *parent, const char *name, size_t namelen,
    const char *addr)
{
	struct dev_info *devi;

	for (devi = DEVI(parent)->devi_child; devi != NULL;
	    devi = devi->devi_sibling) {
		if (strlen(devi->devi_node_name) == namelen &&
		    strncmp(devi->devi_node_name, name, namelen) == 0 &&
		    devi->devi_addr != NULL &&
		    strcmp(devi->devi_addr, addr) == 0)
			return ((dev_info_t *)devi);
	}
	return (NULL);
}

dev_info_t *
ndi_devi_find(dev_info_t *parent, char *name, char *addr)
{
	dev_info_t *dip;
	int circ;

	if (parent == NULL || name == NULL || addr == NULL ||
	    !KDEV_ENTER(parent))
		return (NULL);
	ndi_devi_enter(parent, &circ);
	dip = find_child(parent, name, strlen(name), addr);
	ndi_devi_exit(parent, circ);
	return (dip);
}

dev_info_t *
ndi_devi_findchild(dev_info_t *parent, char *devname)
{
	const char *at;
	size_t len;

	if (!KDEV_ENTER(parent))
		return (NULL);
	if (!kdev_busy_owned(parent)) {
		hc_violation("lock", "ndi_devi_findchild: %s is not entered "
		    "(ndi_devi_enter)", DEVI(parent)->devi_node_name);
	}
	at = strchr(devname, '@');
	len = at == NULL ? strlen(devname) : (size_t)(at - devname);
	return (find_child(parent, devname, len, at == NULL ? "" : at + 1));
}

int
ktree_config_one(dev_info_t *parent, char *name, dev_info_t **dipp, int flags)
{
	struct dev_info *devi, *next;
	dev_info_t *dip;
	int circ, error = NDI_FAILURE;

	*dipp = NULL;
	ndi_devi_enter(parent, &circ);
	ktree_make_spec_children(parent);
	if ((dip = ndi_devi_findchild(parent, name)) == NULL) {
		for (devi = DEVI(parent)->devi_child; devi != NULL;
		    devi = next) {
			next = devi->devi_sibling;
			if (devi->devi_node_state >= DS_BOUND)
				(void) ktree_config((dev_info_t *)devi,
				    DS_INITIALIZED);
		}
		dip = ndi_devi_findchild(parent, name);
	}
	if (dip != NULL &&
	    (error = ktree_attach_node(dip, flags)) == NDI_SUCCESS) {
		DEVI(dip)->devi_ref++;
		*dipp = dip;
	}
	ndi_devi_exit(parent, circ);
	return (error);
}

int
ktree_unconfig_one(dev_info_t *parent, char *name, int flags)
{
	dev_info_t *dip;
	int circ, error = NDI_SUCCESS;

	ndi_devi_enter(parent, &circ);
	if ((dip = ndi_devi_findchild(parent, name)) != NULL)
		error = ktree_detach_node(dip, flags);
	ndi_devi_exit(parent, circ);
	return (error);
}

int
ndi_devi_config(dev_info_t *dip, int flags)
{
	return (KDEV_ENTER(dip) ?
	    ktree_config_common(dip, flags, DDI_MAJOR_T_NONE) : NDI_FAILURE);
}

int
ndi_devi_config_driver(dev_info_t *dip, int flags, major_t major)
{
	return (KDEV_ENTER(dip) ? ktree_config_common(dip, flags, major) :
	    NDI_FAILURE);
}

int
ndi_devi_unconfig(dev_info_t *dip, int flags)
{
	return (KDEV_ENTER(dip) ?
	    ktree_unconfig_common(dip, flags, DDI_MAJOR_T_NONE) : NDI_FAILURE);
}

int
ndi_devi_unconfig_driver(dev_info_t *dip, int flags, major_t major)
{
	return (KDEV_ENTER(dip) ? ktree_unconfig_common(dip, flags, major) :
	    NDI_FAILURE);
}

static struct bus_ops *
config_ops(dev_info_t *dip)
{
	struct bus_ops *bus = DEVI(dip)->devi_ops == NULL ? NULL :
	    DEVI(dip)->devi_ops->devo_bus_ops;

	return (bus == NULL || bus->busops_rev < BUSO_REV_5 ? NULL : bus);
}

int
ndi_devi_config_one(dev_info_t *parent, char *name, dev_info_t **dipp,
    int flags)
{
	struct bus_ops *bus;
	struct kcall kl;
	int error;

	*dipp = NULL;
	if (!KDEV_ENTER(parent) || (bus = config_ops(parent)) == NULL)
		return (NDI_FAILURE);
	if (bus->bus_config == NULL) {
		error = ktree_config_one(parent, name, dipp, flags);
	} else {
		kcall_enter(&kl, "bus_config", parent, NULL);
		error = bus->bus_config(parent, flags, BUS_CONFIG_ONE, name,
		    dipp);
		kcall_leave(&kl);
	}
	if (error == NDI_SUCCESS && (flags & NDI_CONFIG))
		error = ktree_config_common(*dipp, flags, DDI_MAJOR_T_NONE);
	return (error);
}

int
ndi_devi_unconfig_one(dev_info_t *parent, char *name, dev_info_t **dipp,
    int flags)
{
	struct bus_ops *bus;
	struct kcall kl;
	dev_info_t *dip;
	int circ, error = NDI_SUCCESS;

	if (dipp != NULL)
		*dipp = NULL;
	if (!KDEV_ENTER(parent))
		return (NDI_FAILURE);
	bus = config_ops(parent);
	ndi_devi_enter(parent, &circ);
	if ((dip = ndi_devi_findchild(parent, name)) != NULL)
		error = ktree_unconfig_common(dip, flags | NDI_UNCONFIG,
		    DDI_MAJOR_T_NONE);
	if (dip != NULL && error == NDI_SUCCESS) {
		if (bus == NULL || bus->bus_unconfig == NULL) {
			error = ktree_detach_node(dip, flags);
		} else {
			kcall_enter(&kl, "bus_unconfig", parent, NULL);
			error = bus->bus_unconfig(parent, flags,
			    BUS_UNCONFIG_ONE, name);
			kcall_leave(&kl);
		}
		if (error != NDI_SUCCESS && dipp != NULL) {
			ndi_hold_devi(dip);
			*dipp = dip;
		}
	}
	ndi_devi_exit(parent, circ);
	return (error);
}
