/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Properties of device nodes: where they are kept, and the search for one. A
 * node has those of its driver, those of driver.conf(4) for the node, those of
 * driver.conf(4) for all nodes of the driver, and those that its parent gave
 * it; then it is the turn of the nodes above. See ddi_prop_op(9F),
 * ddi_prop_create(9F).
 */

#include "kdev.h"

ddi_prop_t *
kprop_new(const char *name, dev_t dev, int flags, const void *value,
    size_t len)
{
	ddi_prop_t *prop = hc_alloc(sizeof (*prop));

	prop->prop_name = kdup(name);
	prop->prop_dev = dev;
	prop->prop_flags = flags;
	prop->prop_len = len;
	if (len != 0) {
		prop->prop_val = hc_alloc(len);
		(void) memcpy(prop->prop_val, value, len);
	}
	return (prop);
}

void
kprop_append(ddi_prop_t **list, ddi_prop_t *prop)
{
	while (*list != NULL)
		list = &(*list)->prop_next;
	*list = prop;
}

void
kprop_delete(ddi_prop_t *prop)
{
	if (prop->prop_val != NULL)
		hc_free(prop->prop_val);
	hc_free(prop->prop_name);
	hc_free(prop);
}

void
kprop_free_list(ddi_prop_t **list)
{
	ddi_prop_t *prop;

	while ((prop = *list) != NULL) {
		*list = prop->prop_next;
		kprop_delete(prop);
	}
}

ddi_prop_t *
kprop_dup_list(ddi_prop_t *list)
{
	ddi_prop_t *copy = NULL;

	for (; list != NULL; list = list->prop_next) {
		kprop_append(&copy, kprop_new(list->prop_name, list->prop_dev,
		    list->prop_flags, list->prop_val, list->prop_len));
	}
	return (copy);
}

ddi_prop_t *
kprop_in(ddi_prop_t *list, const char *name)
{
	while (list != NULL && strcmp(list->prop_name, name) != 0)
		list = list->prop_next;
	return (list);
}

/*
 * DDI_DEV_T_ANY finds one for any device number. The type has to be one of
 * those in flags.
 */
static ddi_prop_t *
search_list(ddi_prop_t *list, dev_t dev, uint_t flags, const char *name)
{
	for (; list != NULL; list = list->prop_next) {
		if (strcmp(list->prop_name, name) == 0 &&
		    (dev == DDI_DEV_T_ANY || list->prop_dev == dev) &&
		    (list->prop_flags & flags & DDI_PROP_TYPE_MASK) != 0)
			break;
	}
	return (list);
}

static ddi_prop_t *
search_node(dev_info_t *dip, dev_t dev, uint_t flags, const char *name)
{
	ddi_prop_t *prop;

	if ((prop = search_list(DEVI(dip)->devi_drv_prop_ptr, dev, flags,
	    name)) == NULL &&
	    (prop = search_list(DEVI(dip)->devi_sys_prop_ptr, dev, flags,
	    name)) == NULL &&
	    (prop = search_list(knode_of(dip)->kn_global, dev, flags,
	    name)) == NULL)
		prop = search_list(DEVI(dip)->devi_hw_prop_ptr, dev, flags,
		    name);
	return (prop);
}

int
kprop_search(dev_t dev, dev_info_t *dip, uint_t flags, const char *name,
    ddi_prop_t **propp)
{
	ddi_prop_t *prop;

	if (dev == DDI_DEV_T_NONE)
		dev = DDI_DEV_T_ANY;
	while ((prop = search_node(dip, dev, flags, name)) == NULL) {
		if ((flags & DDI_PROP_DONTPASS) ||
		    DEVI(dip)->devi_parent == NULL)
			return (DDI_PROP_NOT_FOUND);
		dip = (dev_info_t *)DEVI(dip)->devi_parent;
	}
	if (prop->prop_flags & DDI_PROP_UNDEF_IT)
		return (DDI_PROP_UNDEFINED);
	*propp = prop;
	return (DDI_PROP_SUCCESS);
}

/*
 * A nexus may answer for its children (bus_prop_op): what no list of the child
 * has is asked of the parents' functions on the way up, where they have one of
 * their own.
 */
static int
ask_parents(dev_t dev, dev_info_t *dip, ddi_prop_op_t op, int flags,
    char *name, caddr_t value, int *lenp)
{
	struct dev_info *devi = DEVI(dip);
	struct bus_ops *bus;
	struct kcall kl;
	int error;

	for (; devi->devi_parent != NULL; devi = devi->devi_parent) {
		if (search_node((dev_info_t *)devi, dev == DDI_DEV_T_NONE ?
		    DDI_DEV_T_ANY : dev, flags, name) != NULL)
			break;
		bus = devi->devi_parent->devi_node_state >= DS_ATTACHED &&
		    devi->devi_node_state >= DS_INITIALIZED ?
		    devi->devi_parent->devi_ops->devo_bus_ops : NULL;
		if (bus != NULL && bus->bus_prop_op != NULL &&
		    bus->bus_prop_op != ddi_bus_prop_op) {
			kcall_enter(&kl, "bus_prop_op",
			    (dev_info_t *)devi->devi_parent, NULL);
			error = bus->bus_prop_op(dev,
			    (dev_info_t *)devi->devi_parent,
			    (dev_info_t *)devi, op, flags | DDI_PROP_DONTPASS,
			    name, value, lenp);
			kcall_leave(&kl);
			if (error != DDI_PROP_NOT_FOUND)
				return (error);
		}
		if (flags & DDI_PROP_DONTPASS)
			break;
	}
	return (DDI_PROP_NOT_FOUND);
}

int
ddi_prop_op(dev_t dev, dev_info_t *dip, ddi_prop_op_t op, int flags,
    char *name, caddr_t value, int *lenp)
{
	ddi_prop_t *prop;
	int error, room;

	if (!KDEV_ENTER(dip))
		return (DDI_PROP_NOT_FOUND);
	if (flags & DDI_PROP_CANSLEEP)
		(void) kctx_may_sleep("ddi_prop_op with DDI_PROP_CANSLEEP");
	if (flags & DDI_PROP_DYNAMIC)
		return (DDI_PROP_NOT_FOUND);
	if ((flags & DDI_PROP_TYPE_MASK) == 0)
		flags |= DDI_PROP_TYPE_ANY;

	error = ask_parents(dev, dip, op, flags, name, value, lenp);
	if (error != DDI_PROP_NOT_FOUND)
		return (error);
	error = kprop_search(dev, dip, flags, name, &prop);
	if (error != DDI_PROP_SUCCESS || op == PROP_EXISTS)
		return (error);
	room = *lenp;
	*lenp = prop->prop_len;
	if (op == PROP_LEN)
		return (DDI_PROP_SUCCESS);
	if (op == PROP_LEN_AND_VAL_ALLOC) {
		caddr_t buf = NULL;

		if (prop->prop_len != 0) {
			buf = kmem_alloc(prop->prop_len,
			    (flags & DDI_PROP_CANSLEEP) ? KM_SLEEP :
			    KM_NOSLEEP);
			if (buf == NULL)
				return (DDI_PROP_NO_MEMORY);
			(void) memcpy(buf, prop->prop_val, prop->prop_len);
		}
		*(caddr_t *)value = buf;
		return (DDI_PROP_SUCCESS);
	}
	if (prop->prop_len > room)
		return (DDI_PROP_BUF_TOO_SMALL);
	(void) memcpy(value, prop->prop_val, prop->prop_len);
	return (DDI_PROP_SUCCESS);
}

int
ddi_bus_prop_op(dev_t dev, dev_info_t *dip, dev_info_t *child,
    ddi_prop_op_t op, int flags, char *name, caddr_t value, int *lenp)
{
	return (DDI_PROP_NOT_FOUND);
}

int
nopropop(dev_t dev, dev_info_t *dip, ddi_prop_op_t op, int flags, char *name,
    caddr_t value, int *lenp)
{
	return (DDI_PROP_NOT_FOUND);
}

int
ddi_getlongprop(dev_t dev, dev_info_t *dip, int flags, char *name,
    caddr_t value, int *lenp)
{
	return (ddi_prop_op(dev, dip, PROP_LEN_AND_VAL_ALLOC, flags, name,
	    value, lenp));
}

int
ddi_getlongprop_buf(dev_t dev, dev_info_t *dip, int flags, char *name,
    caddr_t value, int *lenp)
{
	return (ddi_prop_op(dev, dip, PROP_LEN_AND_VAL_BUF, flags, name, value,
	    lenp));
}

int
ddi_getproplen(dev_t dev, dev_info_t *dip, int flags, char *name, int *lenp)
{
	return (ddi_prop_op(dev, dip, PROP_LEN, flags, name, NULL, lenp));
}

int
ddi_getprop(dev_t dev, dev_info_t *dip, int flags, char *name, int defvalue)
{
	int value = defvalue;
	int len = sizeof (int);

	if (ddi_prop_op(dev, dip, PROP_LEN_AND_VAL_BUF, flags, name,
	    (caddr_t)&value, &len) == DDI_PROP_SUCCESS && len == 0)
		value = 1;
	return (value);
}

int
ddi_prop_exists(dev_t dev, dev_info_t *dip, uint_t flags, char *name)
{
	int len;

	if (!KDEV_ENTER(dip))
		return (0);
	return (ddi_prop_op(dev, dip, PROP_EXISTS, flags | KPROP_ANY, name,
	    NULL, &len) == DDI_PROP_SUCCESS);
}

/*
 * The size of a device, as a property that is made up when it is asked for.
 */
int
ddi_prop_op_size(dev_t dev, dev_info_t *dip, ddi_prop_op_t op, int flags,
    char *name, caddr_t value, int *lenp, uint64_t size)
{
	uint64_t number = strcmp(name, "Nblocks") == 0 ||
	    strcmp(name, "nblocks") == 0 ? size / 512 : size;
	boolean_t wide = name[0] == 'S' || name[0] == 'N';
	int len = wide ? sizeof (uint64_t) : sizeof (uint32_t);
	uint32_t narrow = (uint32_t)number;

	if (strcmp(name, "Nblocks") != 0 && strcmp(name, "nblocks") != 0 &&
	    strcmp(name, "Size") != 0 && strcmp(name, "size") != 0)
		return (ddi_prop_op(dev, dip, op, flags, name, value, lenp));
	if (!wide && number > 0xffffffffUL)
		return (ddi_prop_op(dev, dip, op, flags, name, value, lenp));
	if (op == PROP_LEN_AND_VAL_ALLOC) {
		caddr_t buf = kmem_alloc(len, (flags & DDI_PROP_CANSLEEP) ?
		    KM_SLEEP : KM_NOSLEEP);

		if (buf == NULL)
			return (DDI_PROP_NO_MEMORY);
		*(caddr_t *)value = buf;
		value = buf;
	} else if (op == PROP_LEN_AND_VAL_BUF && *lenp != len) {
		return (DDI_PROP_INVAL_ARG);
	}
	*lenp = len;
	if (op == PROP_LEN_AND_VAL_ALLOC || op == PROP_LEN_AND_VAL_BUF) {
		(void) memcpy(value, wide ? (void *)&number : (void *)&narrow,
		    len);
	}
	return (DDI_PROP_SUCCESS);
}

int
ddi_prop_op_nblocks(dev_t dev, dev_info_t *dip, ddi_prop_op_t op, int flags,
    char *name, caddr_t value, int *lenp, uint64_t nblocks)
{
	return (ddi_prop_op_size(dev, dip, op, flags, name, value, lenp,
	    nblocks * 512));
}
