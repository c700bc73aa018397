/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The rest of the nexus driver interface: merging nodes of driver.conf(4) with
 * those that the bus found, events (nobody sends any), devctl (nobody asks),
 * and holding devices and drivers by their numbers.
 */

#include "kdev.h"
#include <sys/esunddi.h>
#include <sys/fs/dv_node.h>

int
ndi_merge_node(dev_info_t *dip, int (*make_ua)(dev_info_t *, char *, int))
{
	struct dev_info *devi;
	char addr[MAXNAMELEN];

	if (!KDEV_ENTER(dip))
		return (DDI_FAILURE);
	for (devi = DEVI(dip)->devi_parent->devi_child; devi != NULL;
	    devi = devi->devi_sibling) {
		const char *ua = devi->devi_addr;

		if (devi == DEVI(dip) ||
		    devi->devi_major != DEVI(dip)->devi_major)
			continue;
		if (ua == NULL) {
			if (make_ua == NULL || make_ua((dev_info_t *)devi,
			    addr, sizeof (addr)) != DDI_SUCCESS)
				continue;
			ua = addr;
		}
		if (DEVI(dip)->devi_addr != NULL &&
		    strcmp(ua, DEVI(dip)->devi_addr) == 0)
			break;
	}
	if (devi == NULL)
		return (DDI_FAILURE);
	if (knode_of((dev_info_t *)devi)->kn_persistent &&
	    devi->devi_node_state < DS_INITIALIZED &&
	    devi->devi_sys_prop_ptr == NULL &&
	    devi->devi_drv_prop_ptr == NULL) {
		devi->devi_sys_prop_ptr = DEVI(dip)->devi_sys_prop_ptr;
		devi->devi_drv_prop_ptr = DEVI(dip)->devi_drv_prop_ptr;
		DEVI(dip)->devi_sys_prop_ptr = NULL;
		DEVI(dip)->devi_drv_prop_ptr = NULL;
	}
	return (DDI_SUCCESS);
}

/*
 * Holding by number. A driver that is held is not unloaded.
 */
struct dev_ops *
ddi_hold_driver(major_t major)
{
	kmodule_t *km;

	hc_point();
	km = kmodule_of_major(major);
	return (km == NULL ? NULL : kmodule_hold(km));
}

void
ddi_rele_driver(major_t major)
{
	kmodule_t *km;

	hc_point();
	if ((km = kmodule_of_major(major)) != NULL)
		kmodule_rele(km);
}

struct dev_ops *
kdev_ops_of_major(major_t major)
{
	kmodule_t *km = kmodule_of_major(major);

	return (km == NULL ? NULL : km->km_ops);
}

major_t
ddi_name_to_major(char *name)
{
	kmodule_t *km;

	hc_point();
	km = kmodule_of_name(name);
	return (km == NULL ? DDI_MAJOR_T_NONE : km->km_major);
}

char *
ddi_major_to_name(major_t major)
{
	kmodule_t *km;

	hc_point();
	km = kmodule_of_major(major);
	return (km == NULL ? NULL : km->km_name);
}

dev_info_t *
ddi_hold_devi_by_instance(major_t major, int instance, int flags)
{
	dev_info_t *dip;

	hc_point();
	dip = kdev_of_instance(major, instance);
	if (dip == NULL || DEVI(dip)->devi_node_state < DS_ATTACHED)
		return (NULL);
	DEVI(dip)->devi_ref++;
	return (dip);
}

int
dev_to_instance(dev_t dev)
{
	struct dev_ops *ops = kdev_ops_of_major(getmajor(dev));
	kmodule_t *km = kmodule_of_major(getmajor(dev));
	struct kcall kl;
	void *result;
	int error;

	if (ops == NULL || ops->devo_getinfo == NULL)
		return (-1);
	kcall_enter(&kl, "getinfo(9E)", NULL, km->km_name);
	error = ops->devo_getinfo(NULL, DDI_INFO_DEVT2INSTANCE,
	    (void *)(uintptr_t)dev, &result);
	kcall_leave(&kl);
	return (error == DDI_SUCCESS ? (int)(uintptr_t)result : -1);
}

dev_info_t *
e_ddi_hold_devi_by_dev(dev_t dev, int flags)
{
	int instance = dev_to_instance(dev);

	return (instance < 0 ? NULL :
	    ddi_hold_devi_by_instance(getmajor(dev), instance, flags));
}

dev_info_t *
e_ddi_hold_devi_by_path(char *path, int flags)
{
	dev_info_t *dip;

	hc_point();
	dip = kdev_find(path);
	if (dip == NULL || DEVI(dip)->devi_node_state < DS_ATTACHED)
		return (NULL);
	DEVI(dip)->devi_ref++;
	return (dip);
}

int
i_ddi_attach_node_hierarchy(dev_info_t *dip)
{
	dev_info_t *parent;
	int circ, error;

	if (!KDEV_ENTER(dip))
		return (DDI_FAILURE);
	if (DEVI(dip)->devi_node_state >= DS_ATTACHED)
		return (DDI_SUCCESS);
	parent = (dev_info_t *)DEVI(dip)->devi_parent;
	if (i_ddi_attach_node_hierarchy(parent) != DDI_SUCCESS)
		return (DDI_FAILURE);
	ndi_devi_enter(parent, &circ);
	ktree_make_spec_children(parent);
	error = ktree_attach_node(dip, 0);
	ndi_devi_exit(parent, circ);
	return (error == NDI_SUCCESS ? DDI_SUCCESS : DDI_FAILURE);
}

/* "name@addr:minor" taken apart, in place. */
void
i_ddi_parse_name(char *name, char **nodename, char **addrname,
    char **minorname)
{
	static char empty[] = "";
	char *p;

	*nodename = name;
	if (addrname != NULL)
		*addrname = empty;
	if (minorname != NULL)
		*minorname = empty;
	if ((p = strchr(name, '@')) != NULL) {
		*p++ = '\0';
		if (addrname != NULL)
			*addrname = p;
		name = p;
	}
	if ((p = strchr(name, ':')) != NULL) {
		*p++ = '\0';
		if (minorname != NULL)
			*minorname = p;
	}
}

int
devfs_clean(dev_info_t *dip, char *name, uint_t flags)
{
	(void) KDEV_ENTER(dip);
	return (0);
}

int
ndi_get_bus_state(dev_info_t *dip, uint_t *state)
{
	if (!KDEV_ENTER(dip))
		return (NDI_FAILURE);
	*state = BUS_ACTIVE;
	return (NDI_SUCCESS);
}

int
ndi_set_bus_state(dev_info_t *dip, uint_t state)
{
	return (KDEV_ENTER(dip) ? NDI_SUCCESS : NDI_FAILURE);
}

/*
 * Events: a nexus may define some and children may ask for them, but none
 * occur.
 */
int
ndi_event_alloc_hdl(dev_info_t *dip, ddi_iblock_cookie_t cookie,
    ndi_event_hdl_t *handle, uint_t flags)
{
	return (NDI_FAILURE);
}

int
ndi_event_free_hdl(ndi_event_hdl_t handle)
{
	return (NDI_SUCCESS);
}

int
ndi_event_retrieve_cookie(ndi_event_hdl_t handle, dev_info_t *child,
    char *name, ddi_eventcookie_t *cookie, uint_t flags)
{
	return (NDI_FAILURE);
}

int
ndi_post_event(dev_info_t *dip, dev_info_t *rdip, ddi_eventcookie_t cookie,
    void *data)
{
	return (NDI_FAILURE);
}

int
ndi_busop_get_eventcookie(dev_info_t *dip, dev_info_t *rdip, char *name,
    ddi_eventcookie_t *cookie)
{
	return (DDI_FAILURE);
}

int
ndi_busop_add_eventcall(dev_info_t *dip, dev_info_t *rdip,
    ddi_eventcookie_t cookie, void (*f)(), void *arg, ddi_callback_id_t *id)
{
	return (DDI_FAILURE);
}

int
ndi_busop_remove_eventcall(dev_info_t *dip, ddi_callback_id_t id)
{
	return (DDI_FAILURE);
}

int
ddi_get_eventcookie(dev_info_t *dip, char *name, ddi_eventcookie_t *cookie)
{
	(void) KDEV_ENTER(dip);
	return (DDI_FAILURE);
}

int
ddi_add_event_handler(dev_info_t *dip, ddi_eventcookie_t cookie,
    void (*f)(dev_info_t *, ddi_eventcookie_t, void *, void *), void *arg,
    ddi_callback_id_t *id)
{
	(void) KDEV_ENTER(dip);
	return (DDI_FAILURE);
}

int
ddi_remove_event_handler(ddi_callback_id_t id)
{
	return (DDI_FAILURE);
}

int
ndi_devctl_ioctl(dev_info_t *dip, int cmd, intptr_t arg, int mode,
    uint_t flags)
{
	(void) KDEV_ENTER(dip);
	return (ENOTSUP);
}
