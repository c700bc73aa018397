/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What a nexus driver does for its children, and the two nexus drivers that the
 * kernel brings along: the root, and pseudo(4).
 */

#include "kdev.h"

/*
 * The nearest node at or above the parent that has the operation.
 */
static dev_info_t *
bus_with_ctl(dev_info_t *dip)
{
	struct dev_info *devi;

	for (devi = DEVI(dip)->devi_parent; devi != NULL;
	    devi = devi->devi_parent) {
		if (devi->devi_ops != NULL &&
		    devi->devi_ops->devo_bus_ops != NULL &&
		    devi->devi_ops->devo_bus_ops->bus_ctl != NULL)
			return ((dev_info_t *)devi);
	}
	return (NULL);
}

int
kbus_ctl(dev_info_t *bus, dev_info_t *about, ddi_ctl_enum_t op, void *arg,
    void *result)
{
	struct kcall kl;
	int error;

	kcall_enter(&kl, "bus_ctl", bus, NULL);
	error = DEVI(bus)->devi_ops->devo_bus_ops->bus_ctl(bus, about, op, arg,
	    result);
	kcall_leave(&kl);
	return (error);
}

int
ddi_ctlops(dev_info_t *dip, dev_info_t *rdip, ddi_ctl_enum_t op, void *arg,
    void *result)
{
	if (dip == NULL || rdip == NULL)
		return (DDI_FAILURE);
	if (!KDEV_ENTER(dip) || !kdev_valid(rdip, "ddi_ctlops") ||
	    (dip = bus_with_ctl(dip)) == NULL)
		return (DDI_FAILURE);
	return (kbus_ctl(dip, rdip, op, arg, result));
}

/*
 * The root: names its children after nothing, for they have no registers here.
 */
static int
root_ctl(dev_info_t *dip, dev_info_t *rdip, ddi_ctl_enum_t op, void *arg,
    void *result)
{
	switch (op) {
	case DDI_CTLOPS_REPORTDEV:
		cmn_err(CE_CONT, "?%s%d at root\n", ddi_driver_name(rdip),
		    ddi_get_instance(rdip));
		return (DDI_SUCCESS);
	case DDI_CTLOPS_INITCHILD:
		ddi_set_name_addr(arg, "");
		return (DDI_SUCCESS);
	case DDI_CTLOPS_UNINITCHILD:
		ddi_set_name_addr(arg, NULL);
		return (DDI_SUCCESS);
	case DDI_CTLOPS_SIDDEV:
		return (knode_of(rdip)->kn_persistent ? DDI_SUCCESS :
		    DDI_FAILURE);
	case DDI_CTLOPS_BTOP:
		*(ulong_t *)result = *(ulong_t *)arg >> PAGESHIFT;
		return (DDI_SUCCESS);
	case DDI_CTLOPS_BTOPR:
		*(ulong_t *)result = (*(ulong_t *)arg + PAGESIZE - 1) >>
		    PAGESHIFT;
		return (DDI_SUCCESS);
	case DDI_CTLOPS_PTOB:
		*(ulong_t *)result = *(ulong_t *)arg << PAGESHIFT;
		return (DDI_SUCCESS);
	case DDI_CTLOPS_DVMAPAGESIZE:
		*(ulong_t *)result = PAGESIZE;
		return (DDI_SUCCESS);
	case DDI_CTLOPS_IOMIN:
		return (DDI_SUCCESS);
	default:
		return (DDI_FAILURE);
	}
}

/*
 * pseudo(4): a child's address and instance number are its "instance" property,
 * or the first number that is free.
 */
static int
pseudo_initchild(dev_info_t *dip, dev_info_t *child)
{
	major_t major = DEVI(child)->devi_major;
	int instance = ddi_prop_get_int(DDI_DEV_T_ANY, child, DDI_PROP_DONTPASS,
	    "instance", -1);
	boolean_t given = instance != -1;
	char addr[16];
	knode_t *kn;

	for (;;) {
		if (!given)
			instance++;
		for (kn = knodes; kn != NULL; kn = kn->kn_next) {
			if (kn->kn_live && kn->kn_dip != child &&
			    DEVI(kn->kn_dip)->devi_major == major &&
			    DEVI(kn->kn_dip)->devi_instance == instance)
				break;
		}
		if (kn == NULL)
			break;
		if (given)
			return (DDI_FAILURE);
	}
	(void) snprintf(addr, sizeof (addr), "%d", instance);
	ddi_set_name_addr(child, addr);
	DEVI(child)->devi_instance = instance;
	return (DDI_SUCCESS);
}

static int
pseudo_ctl(dev_info_t *dip, dev_info_t *rdip, ddi_ctl_enum_t op, void *arg,
    void *result)
{
	switch (op) {
	case DDI_CTLOPS_REPORTDEV:
		cmn_err(CE_CONT, "?pseudo-device: %s%d\n",
		    ddi_driver_name(rdip), ddi_get_instance(rdip));
		return (DDI_SUCCESS);
	case DDI_CTLOPS_INITCHILD:
		return (pseudo_initchild(dip, arg));
	case DDI_CTLOPS_UNINITCHILD:
		ddi_set_name_addr(arg, NULL);
		return (DDI_SUCCESS);
	case DDI_CTLOPS_SIDDEV:
	case DDI_CTLOPS_REGSIZE:
	case DDI_CTLOPS_NREGS:
		return (DDI_FAILURE);
	default:
		return (ddi_ctlops(dip, rdip, op, arg, result));
	}
}

static struct bus_ops root_bus_ops = {
	.busops_rev =	BUSO_REV,
	.bus_ctl =	root_ctl,
	.bus_prop_op =	ddi_bus_prop_op,
	.bus_config =	NULL,
	.bus_unconfig =	NULL
};

static struct bus_ops pseudo_bus_ops = {
	.busops_rev =	BUSO_REV,
	.bus_dma_map =	ddi_no_dma_map,
	.bus_dma_allochdl = ddi_no_dma_allochdl,
	.bus_ctl =	pseudo_ctl,
	.bus_prop_op =	ddi_bus_prop_op
};

struct dev_ops kroot_ops = {
	.devo_rev =	DEVO_REV,
	.devo_getinfo =	ddi_no_info,
	.devo_bus_ops =	&root_bus_ops
};

struct dev_ops kpseudo_ops = {
	.devo_rev =	DEVO_REV,
	.devo_getinfo =	ddi_no_info,
	.devo_bus_ops =	&pseudo_bus_ops
};

/*
 * ddi_report_dev(9F): the parent says where the device is; then its path, if
 * programs can open it.
 */
void
ddi_report_dev(dev_info_t *dip)
{
	char path[KDEV_PATH];

	if (!KDEV_ENTER(dip))
		return;
	(void) ddi_ctlops(dip, dip, DDI_CTLOPS_REPORTDEV, NULL, NULL);
	if (DEVI(dip)->devi_ops != NULL &&
	    DEVI(dip)->devi_ops->devo_cb_ops != NULL) {
		cmn_err(CE_CONT, "?%s%d is %s\n", ddi_driver_name(dip),
		    ddi_get_instance(dip), ddi_pathname(dip, path));
	}
}

int
ddi_dev_regsize(dev_info_t *dip, uint_t number, off_t *result)
{
	return (ddi_ctlops(dip, dip, DDI_CTLOPS_REGSIZE, &number, result) ==
	    DDI_SUCCESS ? DDI_SUCCESS : DDI_FAILURE);
}

int
ddi_dev_nregs(dev_info_t *dip, int *result)
{
	return (ddi_ctlops(dip, dip, DDI_CTLOPS_NREGS, NULL, result));
}

int
ddi_dev_is_sid(dev_info_t *dip)
{
	return (ddi_ctlops(dip, dip, DDI_CTLOPS_SIDDEV, NULL, NULL));
}

int
ddi_slaveonly(dev_info_t *dip)
{
	return (ddi_ctlops(dip, dip, DDI_CTLOPS_SLAVEONLY, NULL, NULL));
}

int
ddi_dev_affinity(dev_info_t *a, dev_info_t *b)
{
	return (ddi_ctlops(a, a, DDI_CTLOPS_AFFINITY, b, NULL));
}

ulong_t
ddi_btop(dev_info_t *dip, ulong_t bytes)
{
	(void) KDEV_ENTER(dip);
	return (bytes >> PAGESHIFT);
}

ulong_t
ddi_btopr(dev_info_t *dip, ulong_t bytes)
{
	(void) KDEV_ENTER(dip);
	return ((bytes + PAGESIZE - 1) >> PAGESHIFT);
}

ulong_t
ddi_ptob(dev_info_t *dip, ulong_t pages)
{
	(void) KDEV_ENTER(dip);
	return (pages << PAGESHIFT);
}

/*
 * What a nexus driver passes on to its own parent. There are no registers at
 * the root, and no interrupts of this kind.
 */
int
i_ddi_bus_map(dev_info_t *dip, dev_info_t *rdip, ddi_map_req_t *mp,
    off_t offset, off_t len, caddr_t *addr)
{
	struct dev_info *devi;

	if (!KDEV_ENTER(dip))
		return (DDI_ME_INVAL);
	for (devi = DEVI(dip)->devi_parent; devi != NULL;
	    devi = devi->devi_parent) {
		if (devi->devi_ops != NULL &&
		    devi->devi_ops->devo_bus_ops != NULL &&
		    devi->devi_ops->devo_bus_ops->bus_map != NULL)
			return (devi->devi_ops->devo_bus_ops->bus_map(
			    (dev_info_t *)devi, rdip, mp, offset, len, addr));
	}
	return (DDI_ME_UNSUPPORTED);
}

int
ddi_bus_map(dev_info_t *dip, dev_info_t *rdip, ddi_map_req_t *mp,
    off_t offset, off_t len, caddr_t *addr)
{
	return (i_ddi_bus_map(dip, rdip, mp, offset, len, addr));
}

int
nullbusmap(dev_info_t *dip, dev_info_t *rdip, ddi_map_req_t *mp, off_t offset,
    off_t len, caddr_t *addr)
{
	return (DDI_SUCCESS);
}

int
i_ddi_map_fault(dev_info_t *dip, dev_info_t *rdip, struct hat *hat,
    struct seg *seg, caddr_t addr, struct page *page, pfn_t pfn, uint_t prot,
    uint_t lock)
{
	return (DDI_FAILURE);
}

int
i_ddi_intr_ops(dev_info_t *dip, dev_info_t *rdip, ddi_intr_op_t op,
    ddi_intr_handle_impl_t *handle, void *result)
{
	struct dev_info *devi;

	if (!KDEV_ENTER(dip))
		return (DDI_FAILURE);
	for (devi = DEVI(dip)->devi_parent; devi != NULL;
	    devi = devi->devi_parent) {
		if (devi->devi_ops != NULL &&
		    devi->devi_ops->devo_bus_ops != NULL &&
		    devi->devi_ops->devo_bus_ops->bus_intr_op != NULL)
			return (devi->devi_ops->devo_bus_ops->bus_intr_op(
			    (dev_info_t *)devi, rdip, op, handle, result));
	}
	return (DDI_FAILURE);
}

/*
 * Entry points that a driver may name as its own.
 */
int
nulldev()
{
	return (0);
}

int
nodev()
{
	return (ENXIO);
}

dev_info_t *
nodevinfo(dev_t dev, int otyp)
{
	return (NULL);
}

int
ddi_no_info(dev_info_t *dip, ddi_info_cmd_t cmd, void *arg, void **result)
{
	return (DDI_FAILURE);
}

int
ddi_getinfo_1to1(dev_info_t *dip, ddi_info_cmd_t cmd, void *arg, void **result)
{
	if (cmd != DDI_INFO_DEVT2INSTANCE)
		return (DDI_FAILURE);
	*result = (void *)(uintptr_t)getminor((dev_t)(uintptr_t)arg);
	return (DDI_SUCCESS);
}

int
ddifail(dev_info_t *dip, ddi_attach_cmd_t cmd)
{
	return (DDI_FAILURE);
}

void
ddivoid()
{
}

int
ddi_quiesce_not_needed(dev_info_t *dip)
{
	return (DDI_SUCCESS);
}

int
ddi_quiesce_not_supported(dev_info_t *dip)
{
	return (DDI_FAILURE);
}
