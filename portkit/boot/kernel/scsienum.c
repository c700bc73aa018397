/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What is on a bus: BUS_CONFIG_ONE, BUS_CONFIG_ALL and BUS_CONFIG_DRIVER of an
 * adapter that leaves it to the framework.
 *
 * With the property "scsi-enumeration" each target of a parallel bus (16, or 8
 * without SCSI_OPTIONS_WIDE) is asked for its unit 0, and unit 0 for the
 * others; without it there is only what driver.conf(4) files name. Nodes of
 * devices that have gone stay: nobody looks at a node again that is attached.
 * An address where nothing answered is not asked again for a minute.
 */

#include "kscsi.h"

#define	BARRIER	(60L * 1000000000L)

/* Addresses where nothing is. */
struct barrier {
	struct barrier	*ba_next;
	dev_info_t	*ba_self;
	hc_time		ba_until;
	char		ba_addr[64];
};
static struct barrier *barriers;

static void
barrier_add(dev_info_t *self, const char *addr)
{
	struct barrier *ba = hc_alloc(sizeof (*ba));

	ba->ba_self = self;
	ba->ba_until = hc_now() + BARRIER;
	(void) snprintf(ba->ba_addr, sizeof (ba->ba_addr), "%s", addr);
	ba->ba_next = barriers;
	barriers = ba;
}

static boolean_t
barrier_is(dev_info_t *self, const char *addr)
{
	struct barrier **bap = &barriers, *ba;

	while ((ba = *bap) != NULL) {
		if (hc_now() >= ba->ba_until) {
			*bap = ba->ba_next;
			hc_free(ba);
			continue;
		}
		if (ba->ba_self == self && strcmp(ba->ba_addr, addr) == 0)
			return (B_TRUE);
		bap = &ba->ba_next;
	}
	return (B_FALSE);
}

void
kscsi_barrier_forget(dev_info_t *self)
{
	struct barrier **bap = &barriers, *ba;

	while ((ba = *bap) != NULL) {
		if (ba->ba_self == self) {
			*bap = ba->ba_next;
			hc_free(ba);
		} else {
			bap = &ba->ba_next;
		}
	}
}

/*
 * The driver of nodes that only help to find others.
 */
static int
null_attach(dev_info_t *dip, ddi_attach_cmd_t cmd)
{
	return (DDI_SUCCESS);
}

static int
null_detach(dev_info_t *dip, ddi_detach_cmd_t cmd)
{
	return (DDI_SUCCESS);
}

struct dev_ops kscsi_null_ops = {
	.devo_rev =	DEVO_REV,
	.devo_getinfo =	ddi_no_info,
	.devo_identify = nulldev,
	.devo_probe =	nulldev,
	.devo_attach =	null_attach,
	.devo_detach =	null_detach,
	.devo_reset =	nodev
};

static boolean_t
is_probe(dev_info_t *dip)
{
	return (strcmp(ddi_node_name(dip), "probe") == 0);
}

/*
 * The child at an address; of any name if name is NULL, but no probe node.
 */
dev_info_t *
kscsi_find_child(dev_info_t *self, const char *name, const char *addr,
    boolean_t init)
{
	struct dev_info *devi, *next;

	for (devi = DEVI(self)->devi_child; devi != NULL; devi = next) {
		next = devi->devi_sibling;
		if (devi->devi_node_state < DS_INITIALIZED) {
			if (!init || ktree_config((dev_info_t *)devi,
			    DS_INITIALIZED) != DDI_SUCCESS)
				continue;
		}
		if (devi->devi_addr == NULL ||
		    strcmp(devi->devi_addr, addr) != 0)
			continue;
		if (name != NULL ? strcmp(devi->devi_node_name, name) == 0 :
		    !is_probe((dev_info_t *)devi))
			return ((dev_info_t *)devi);
	}
	return (NULL);
}

static boolean_t
is_sid(dev_info_t *dip)
{
	return (knode_of(dip)->kn_persistent);
}

/*
 * Whether the device that a node stands for answers; its inquiry data are there
 * then. A node that is in use is believed.
 */
static struct scsi_device *
believe(dev_info_t *child)
{
	struct scsi_device *sd = ddi_get_driver_private(child);

	if (sd == NULL)
		return (NULL);
	if (sd->sd_inq == NULL &&
	    scsi_probe(sd, SLEEP_FUNC) != SCSIPROBE_EXISTS)
		return (NULL);
	return (sd);
}

static dev_info_t *
make_probe(dev_info_t *self, const char *addr)
{
	static char *compatible[] = { KSCSI_PROBE };
	dev_info_t *probe;

	ndi_devi_alloc_sleep(self, "probe", (pnode_t)DEVI_SID_HIDDEN_NODEID,
	    &probe);
	(void) kr_remove(KR_NODE, probe);
	if (kscsi_set_address(probe, addr) != 0 ||
	    ndi_prop_update_string(DDI_DEV_T_NONE, probe, "class", "scsi") !=
	    DDI_PROP_SUCCESS ||
	    ndi_prop_update_string_array(DDI_DEV_T_NONE, probe, "compatible",
	    compatible, 1) != DDI_PROP_SUCCESS ||
	    ktree_config(probe, DS_INITIALIZED) != DDI_SUCCESS) {
		if (knode_of(probe)->kn_live)
			(void) ktree_remove_child(probe);
		return (NULL);
	}
	return (probe);
}

/*
 * The device at an address, which the caller has entered self for; it is
 * released while the device is asked.
 */
struct scsi_device *
kscsi_device_config(dev_info_t *self, const char *name, const char *addr,
    int *circ)
{
	struct scsi_device *sd, *found;
	dev_info_t *child, *probe;
	int answer;

	if (name != NULL && strcmp(name, "probe") == 0)
		return (NULL);
	child = kscsi_find_child(self, name, addr, B_TRUE);
	if (child != NULL && is_sid(child) && !is_probe(child))
		return (believe(child));

	/* Who asks the same address at the same time: one after the other. */
	for (;;) {
		if (barrier_is(self, addr))
			return (NULL);
		if (kscsi_find_child(self, "probe", addr, B_FALSE) == NULL)
			break;
		ndi_devi_exit(self, *circ);
		delay(drv_usectohz(10000));
		ndi_devi_enter(self, circ);
	}
	child = kscsi_find_child(self, name, addr, B_TRUE);
	if (child != NULL && is_sid(child))
		return (believe(child));
	/* Another name at this address: there is one node, or none. */
	child = kscsi_find_child(self, NULL, addr, B_TRUE);
	if (child != NULL) {
		if (name == NULL || (kdev_driver(child) != NULL &&
		    strcmp(ddi_driver_name(child), name) == 0))
			return (believe(child));
		if (is_sid(child) &&
		    ktree_remove_child(child) != DDI_SUCCESS)
			return (NULL);
	}

	if ((probe = make_probe(self, addr)) == NULL)
		return (NULL);
	sd = ddi_get_driver_private(probe);
	sd->sd_uninit_prevent++;
	ndi_devi_exit(self, *circ);
	answer = scsi_probe(sd, SLEEP_FUNC);
	if (answer == SCSIPROBE_EXISTS &&
	    scsi_device_identity(sd, SLEEP_FUNC) != 0)
		answer = SCSIPROBE_FAILURE;
	ndi_devi_enter(self, circ);
	sd->sd_uninit_prevent--;
	child = NULL;
	if (answer == SCSIPROBE_EXISTS)
		child = kscsi_make_child(self, addr, sd);
	else
		barrier_add(self, addr);
	found = child != NULL ? ddi_get_driver_private(child) : NULL;
	if (found != NULL && found->sd_inq == NULL) {
		found->sd_inq = sd->sd_inq;
		sd->sd_inq = NULL;
	}
	(void) ktree_remove_child(probe);
	return (found);
}

/*
 * A thread for each target, and in scsiluns.c for each unit.
 */
struct target {
	dev_info_t	*ta_self;
	char		ta_addr[16];
	int		ta_how;
	struct all	*ta_all;
};
struct all {
	int		al_running;
	kwaitq_t	al_done;
};

static void
config_target(dev_info_t *self, const char *taddr, int how)
{
	char addr[32];
	struct scsi_device *sd;
	int circ;

	(void) snprintf(addr, sizeof (addr), "%s,0", taddr);
	ndi_devi_enter(self, &circ);
	sd = kscsi_device_config(self, NULL, addr, &circ);
	if (sd != NULL) {
		sd->sd_uninit_prevent++;
		ndi_devi_exit(self, circ);
		(void) kscsi_enum_luns(sd, self, taddr, how);
		ndi_devi_enter(self, &circ);
		sd->sd_uninit_prevent--;
	}
	ndi_devi_exit(self, circ);
}

static void
target_thread(void *arg)
{
	struct target *ta = arg;
	struct all *all = ta->ta_all;

	hc_hb_acquire(all);
	config_target(ta->ta_self, ta->ta_addr, ta->ta_how);
	hc_free(ta);
	hc_hb_release(all);
	if (--all->al_running == 0)
		kwait_wake(&all->al_done);
}

static void
config_all(dev_info_t *self, int how)
{
	int options, targets, own, i;
	struct all all = { 0, { NULL } };
	struct target *ta;

	options = ddi_prop_get_int(DDI_DEV_T_ANY, self, DDI_PROP_DONTPASS |
	    DDI_PROP_NOTPROM, "scsi-options", -1);
	targets = options != -1 && (options & SCSI_OPTIONS_WIDE) == 0 ?
	    NTARGETS : NTARGETS_WIDE;
	own = ddi_prop_get_int(DDI_DEV_T_ANY, self, DDI_PROP_DONTPASS |
	    DDI_PROP_NOTPROM, "scsi-initiator-id", -1);
	hc_hb_release(&all);
	for (i = 0; i < targets; i++) {
		if (i == own)
			continue;
		ta = hc_alloc(sizeof (*ta));
		ta->ta_self = self;
		ta->ta_how = how;
		ta->ta_all = &all;
		(void) snprintf(ta->ta_addr, sizeof (ta->ta_addr), "%x", i);
		all.al_running++;
		if ((how & SCSI_ENUMERATION_MT_TARGET_DISABLE) != 0)
			target_thread(ta);
		else
			(void) kthread_spawn("scsi_hba_taddr_config_thr",
			    target_thread, ta, minclsyspri);
	}
	while (all.al_running > 0)
		kwait_sleep(&all.al_done, "SCSI enumeration", self);
	hc_hb_acquire(&all);
}

/*
 * BUS_CONFIG_ONE: "name@target,lun"; unit 0 of the target is to exist.
 */
static int
config_one(dev_info_t *self, uint_t flags, char *arg, dev_info_t **childp)
{
	char text[MAXNAMELEN], zero[64], *at, *comma;
	struct scsi_device *sd = NULL;
	boolean_t there = B_TRUE;
	uint64_t lun = 0;
	int circ;

	(void) snprintf(text, sizeof (text), "%s", arg);
	if ((at = strchr(text, '@')) == NULL || at == text || at[1] == '\0')
		return (NDI_FAILURE);
	*at++ = '\0';
	ndi_devi_enter(self, &circ);
	ktree_make_spec_children(self);
	if ((comma = strchr(at, ',')) != NULL) {
		if (comma[1] == '*') {
			ndi_devi_exit(self, circ);
			*comma = '\0';
			config_target(self, at, 0);
			return (NDI_FAILURE);
		}
		if (ddi_strtoul(comma + 1, NULL, 16, (ulong_t *)&lun) == 0 &&
		    lun != 0) {
			(void) snprintf(zero, sizeof (zero), "%.*s,0",
			    (int)(comma - at), at);
			there = kscsi_device_config(self, NULL, zero, &circ) !=
			    NULL;
		}
	}
	if (there)
		sd = kscsi_device_config(self, text, at, &circ);
	if (sd != NULL && (strcmp(ddi_node_name(sd->sd_dev), text) == 0 ||
	    strcmp(ddi_driver_name(sd->sd_dev), text) == 0) &&
	    ndi_devi_online(sd->sd_dev, flags & NDI_NO_EVENT) ==
	    NDI_SUCCESS) {
		*childp = sd->sd_dev;
		ndi_hold_devi(sd->sd_dev);
		ndi_devi_exit(self, circ);
		return (NDI_SUCCESS);
	}
	DEVI(self)->devi_flags &= ~DEVI_MADE_CHILDREN;
	ndi_devi_exit(self, circ);
	return (ndi_busop_bus_config(self, flags, BUS_CONFIG_ONE, arg, childp,
	    0));
}

static int
config_spi(dev_info_t *self, uint_t flags, ddi_bus_config_op_t op, void *arg,
    dev_info_t **childp)
{
	int how = ddi_prop_get_int(DDI_DEV_T_ANY, self, DDI_PROP_DONTPASS |
	    DDI_PROP_NOTPROM, "scsi-enumeration", scsi_enumeration);

	if ((how & SCSI_ENUMERATION_ENABLE) == 0) {
		if (op == BUS_CONFIG_ONE || (flags & NDI_DRV_CONF_REPROBE) != 0)
			flags |= NDI_CONFIG_REPROBE;
		return (ndi_busop_bus_config(self, flags, op, arg, childp, 0));
	}
	switch (op) {
	case BUS_CONFIG_ONE:
		return (config_one(self, flags, arg, childp));
	case BUS_CONFIG_ALL:
	case BUS_CONFIG_DRIVER:
		config_all(self, how);
		return (ndi_busop_bus_config(self, flags, op, arg, childp, 0));
	default:
		return (NDI_FAILURE);
	}
}

int
kscsi_bus_config(dev_info_t *self, uint_t flags, ddi_bus_config_op_t op,
    void *arg, dev_info_t **childp)
{
	scsi_hba_tran_t *tran = kscsi_tran_of(self);
	int error;

	if (tran == NULL) {
		if (op == BUS_CONFIG_ONE || (flags & NDI_DRV_CONF_REPROBE) != 0)
			flags |= NDI_CONFIG_REPROBE;
		return (ndi_busop_bus_config(self, flags, op, arg, childp, 0));
	}
	if ((tran->tran_hba_flags & SCSI_HBA_HBA) != 0)
		hc_panic("%s%d: SCSI_HBA_HBA: initiator ports are not "
		    "simulated", KSCSI_WHO(self));
	if (tran->tran_bus_config == NULL)
		return (config_spi(self, flags, op, arg, childp));
	KSCSI_CALL("tran_bus_config", error = tran->tran_bus_config(self,
	    flags, op, arg, childp));
	return (error);
}

int
kscsi_bus_unconfig(dev_info_t *self, uint_t flags, ddi_bus_config_op_t op,
    void *arg)
{
	scsi_hba_tran_t *tran = kscsi_tran_of(self);
	int error;

	kscsi_barrier_forget(self);
	if (tran == NULL || tran->tran_bus_unconfig == NULL)
		return (ndi_busop_bus_unconfig(self, flags, op, arg));
	KSCSI_CALL("tran_bus_unconfig", error = tran->tran_bus_unconfig(self,
	    flags, op, arg));
	return (error);
}
