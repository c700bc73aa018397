/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * An adapter as a nexus: it names its children after their target and unit,
 * and gives each a scsi_device(9S) before its driver sees it.
 */

#include "kscsi.h"

static int
int_of(dev_info_t *dip, char *name, int none)
{
	return (ddi_prop_get_int(DDI_DEV_T_ANY, dip, DDI_PROP_DONTPASS |
	    DDI_PROP_NOTPROM, name, none));
}

/*
 * The unit address as its properties make it: "target,lun[,sfunc]".
 */
int
scsi_hba_ua_get(struct scsi_device *sd, char *ua, int len)
{
	dev_info_t *dip = sd->sd_dev;
	char *port = NULL, who[MAXNAMELEN];
	uint64_t lun64;
	int target, sfunc;

	hc_point();
	target = int_of(dip, SCSI_ADDR_PROP_TARGET, -1);
	if (ddi_prop_lookup_string(DDI_DEV_T_ANY, dip, DDI_PROP_DONTPASS |
	    DDI_PROP_NOTPROM, SCSI_ADDR_PROP_TARGET_PORT, &port) !=
	    DDI_PROP_SUCCESS)
		port = NULL;
	if (target == -1 && port == NULL)
		return (0);
	lun64 = (uint64_t)ddi_prop_get_int64(DDI_DEV_T_ANY, dip,
	    DDI_PROP_DONTPASS | DDI_PROP_NOTPROM, SCSI_ADDR_PROP_LUN64,
	    int_of(dip, SCSI_ADDR_PROP_LUN, 0));
	sfunc = int_of(dip, SCSI_ADDR_PROP_SFUNC, -1);
	if (port != NULL)
		(void) snprintf(who, sizeof (who), "%s", port);
	else
		(void) snprintf(who, sizeof (who), "%x", target);
	if (sfunc == -1)
		(void) snprintf(ua, len, "%s,%lx", who, lun64);
	else
		(void) snprintf(ua, len, "%s,%lx,%x", who, lun64, sfunc);
	if (port != NULL)
		ddi_prop_free(port);
	return (1);
}

int
scsi_hba_ua_get_reportdev(struct scsi_device *sd, char *ra, int len)
{
	char ua[MAXNAMELEN], *lun;

	if (scsi_hba_ua_get(sd, ua, sizeof (ua)) == 0)
		return (0);
	if ((lun = strchr(ua, ',')) != NULL)
		*lun++ = '\0';
	(void) snprintf(ra, len, "%s %s lun %s",
	    int_of(sd->sd_dev, SCSI_ADDR_PROP_TARGET, -1) == -1 ?
	    SCSI_ADDR_PROP_TARGET_PORT : SCSI_ADDR_PROP_TARGET, ua,
	    lun != NULL ? lun : "0");
	return (1);
}

int
scsi_ua_get(struct scsi_device *sd, char *ua, int len)
{
	scsi_hba_tran_t *tran = sd->sd_tran_safe;
	const char *known;
	int done;

	hc_point();
	if ((known = scsi_device_unit_address(sd)) != NULL) {
		(void) snprintf(ua, len, "%s", known);
		return (1);
	}
	if (tran->tran_get_name == NULL)
		return (scsi_hba_ua_get(sd, ua, len));
	KSCSI_CALL("tran_get_name(9E)", done = tran->tran_get_name(sd, ua,
	    len));
	return (done);
}

int
scsi_ua_get_reportdev(struct scsi_device *sd, char *ra, int len)
{
	scsi_hba_tran_t *tran = sd->sd_tran_safe;
	int done;

	hc_point();
	if (tran->tran_get_bus_addr == NULL)
		return (scsi_hba_ua_get_reportdev(sd, ra, len));
	KSCSI_CALL("tran_get_bus_addr(9E)", done = tran->tran_get_bus_addr(sd,
	    ra, len));
	return (done);
}

char *
scsi_device_unit_address(struct scsi_device *sd)
{
	hc_point();
	return (sd->sd_dev != NULL ? DEVI(sd->sd_dev)->devi_addr : NULL);
}

struct scsi_device *
scsi_address_device(struct scsi_address *ap)
{
	hc_point();
	return ((ap->a_hba_tran->tran_hba_flags & SCSI_HBA_ADDR_COMPLEX) != 0 ?
	    ap->a.a_sd : NULL);
}

void
scsi_device_hba_private_set(struct scsi_device *sd, void *data)
{
	hc_point();
	if ((sd->sd_address.a_hba_tran->tran_hba_flags &
	    SCSI_HBA_ADDR_COMPLEX) == 0) {
		hc_violation("scsi", "scsi_device_hba_private_set: only with "
		    "SCSI_HBA_ADDR_COMPLEX");
	}
	sd->sd_hba_private = data;
}

void *
scsi_device_hba_private_get(struct scsi_device *sd)
{
	hc_point();
	return (sd->sd_hba_private);
}

/*
 * DDI_CTLOPS_INITCHILD.
 */
static int
not_well_formed(dev_info_t *child, struct scsi_device *sd)
{
	if (sd != NULL) {
		mutex_destroy(&sd->sd_mutex);
		kmem_free(sd, sizeof (*sd));
		ddi_set_driver_private(child, NULL);
	}
	return (DDI_NOT_WELL_FORMED);
}

static void
set_route(struct scsi_device *sd, scsi_hba_tran_t *tran, dev_info_t *child,
    int target, int lun)
{
	int sfunc = int_of(child, SCSI_ADDR_PROP_SFUNC, -1);
	scsi_hba_tran_t *clone;

	if ((tran->tran_hba_flags & SCSI_HBA_ADDR_COMPLEX) != 0) {
		sd->sd_address.a.a_sd = sd;
	} else {
		sd->sd_address.a_target = (ushort_t)target;
		sd->sd_address.a_lun = (uchar_t)lun;
		sd->sd_address.a_sublun = (uchar_t)(sfunc + 1);
		if ((tran->tran_hba_flags & SCSI_HBA_TRAN_CLONE) != 0) {
			clone = kmem_alloc(sizeof (*clone), KM_SLEEP);
			*clone = *tran;
			clone->tran_sd = sd;
			tran = clone;
		}
	}
	sd->sd_address.a_hba_tran = tran;
	sd->sd_tran_safe = tran;
}

static void
free_route(struct scsi_device *sd)
{
	scsi_hba_tran_t *tran = sd->sd_tran_safe;

	if (tran->tran_sd == sd)
		kmem_free(tran, sizeof (*tran));
}

/*
 * Another initialised node of that address and name: one at a time.
 */
static boolean_t
is_twice(dev_info_t *self, dev_info_t *child, const char *ua)
{
	struct dev_info *devi;

	for (devi = DEVI(self)->devi_child; devi != NULL;
	    devi = devi->devi_sibling) {
		if (devi != DEVI(child) && devi->devi_addr != NULL &&
		    strcmp(devi->devi_node_name,
		    DEVI(child)->devi_node_name) == 0 &&
		    strcmp(devi->devi_addr, ua) == 0)
			return (B_TRUE);
	}
	return (B_FALSE);
}

static int
initchild(dev_info_t *self, dev_info_t *child)
{
	scsi_hba_tran_t *tran = kscsi_tran_of(self);
	char ua[MAXNAMELEN], *class;
	struct scsi_device *sd;
	int target, lun, error;

	if (tran == NULL)
		return (DDI_NOT_WELL_FORMED);
	target = int_of(child, SCSI_ADDR_PROP_TARGET, -1);
	lun = int_of(child, SCSI_ADDR_PROP_LUN, 0);
	if (target == -1) {
		if (!knode_of(child)->kn_persistent)
			return (DDI_NOT_WELL_FORMED);
		target = 0;
	}
	if (tran->tran_get_name == NULL && (target >= 0xffff || lun >= 256))
		return (DDI_NOT_WELL_FORMED);

	sd = kmem_zalloc(sizeof (*sd), KM_SLEEP);
	mutex_init(&sd->sd_mutex, NULL, MUTEX_DRIVER, NULL);
	sd->sd_dev = child;
	ddi_set_driver_private(child, sd);
	if (ddi_prop_lookup_string(DDI_DEV_T_ANY, child, DDI_PROP_DONTPASS |
	    DDI_PROP_NOTPROM, "class", &class) == DDI_PROP_SUCCESS)
		ddi_prop_free(class);
	else if (ndi_prop_update_string(DDI_DEV_T_NONE, child, "class",
	    "scsi") != DDI_PROP_SUCCESS)
		return (not_well_formed(child, sd));
	set_route(sd, tran, child, target, lun);
	ua[0] = '\0';
	if (scsi_ua_get(sd, ua, sizeof (ua)) != 1 || ua[0] == '\0') {
		free_route(sd);
		return (not_well_formed(child, sd));
	}
	if (is_twice(self, child, ua)) {
		free_route(sd);
		(void) not_well_formed(child, sd);
		return (DDI_FAILURE);
	}
	ddi_set_name_addr(child, ua);
	error = DDI_SUCCESS;
	tran = sd->sd_tran_safe;
	if (tran->tran_tgt_init != NULL) {
		KSCSI_CALL("tran_tgt_init(9E)", error = tran->tran_tgt_init(
		    self, child, tran, sd));
	}
	if (error != DDI_SUCCESS) {
		free_route(sd);
		(void) not_well_formed(child, sd);
		ddi_set_name_addr(child, NULL);
		return (DDI_NOT_WELL_FORMED);
	}
	return (DDI_SUCCESS);
}

static int
uninitchild(dev_info_t *self, dev_info_t *child)
{
	struct scsi_device *sd = ddi_get_driver_private(child);
	scsi_hba_tran_t *tran;

	if (kscsi_tran_of(self) == NULL || sd == NULL)
		return (DDI_FAILURE);
	if (sd->sd_uninit_prevent != 0)
		return (DDI_FAILURE);
	tran = sd->sd_tran_safe;
	if (sd->sd_address.a_hba_tran != tran) {
		hc_violation("scsi", "%s@%s: a_hba_tran of its scsi_address(9S)"
		    " was overwritten", ddi_node_name(child),
		    DEVI(child)->devi_addr);
	}
	if (tran->tran_tgt_free != NULL && !sd->sd_tran_tgt_free_done) {
		KSCSI_CALL("tran_tgt_free(9E)", tran->tran_tgt_free(self,
		    child, tran, sd));
	}
	if (sd->sd_inq != NULL)
		kmem_free(sd->sd_inq, SUN_INQSIZE);
	mutex_destroy(&sd->sd_mutex);
	free_route(sd);
	kmem_free(sd, sizeof (*sd));
	ddi_set_driver_private(child, NULL);
	ddi_set_name_addr(child, NULL);
	return (DDI_SUCCESS);
}

static int
reportdev(dev_info_t *self, dev_info_t *child)
{
	struct scsi_device *sd = ddi_get_driver_private(child);
	char ua[MAXNAMELEN], ra[MAXNAMELEN];

	if (sd == NULL || kscsi_tran_of(self) == NULL ||
	    scsi_ua_get(sd, ua, sizeof (ua)) == 0 ||
	    scsi_ua_get_reportdev(sd, ra, sizeof (ra)) == 0)
		return (DDI_FAILURE);
	if (sd->sd_tran_safe->tran_get_name == NULL)
		cmn_err(CE_CONT, "?%s%d at %s%d: %s\n", KSCSI_WHO(child),
		    KSCSI_WHO(self), ra);
	else
		cmn_err(CE_CONT, "?%s%d at %s%d: unit-address %s%s%s\n",
		    KSCSI_WHO(child), KSCSI_WHO(self), ua,
		    ra[0] != '\0' ? ": " : "", ra);
	return (DDI_SUCCESS);
}

static int
bus_ctl(dev_info_t *self, dev_info_t *child, ddi_ctl_enum_t op, void *arg,
    void *result)
{
	switch (op) {
	case DDI_CTLOPS_INITCHILD:
		return (initchild(self, arg));
	case DDI_CTLOPS_UNINITCHILD:
		return (uninitchild(self, arg));
	case DDI_CTLOPS_REPORTDEV:
		return (reportdev(self, child));
	case DDI_CTLOPS_SIDDEV:
		return (knode_of(child)->kn_persistent ? DDI_SUCCESS :
		    DDI_FAILURE);
	case DDI_CTLOPS_ATTACH:
	case DDI_CTLOPS_DETACH:
	case DDI_CTLOPS_POWER:
		return (DDI_SUCCESS);
	case DDI_CTLOPS_REPORTINT:
	case DDI_CTLOPS_REGSIZE:
	case DDI_CTLOPS_NREGS:
	case DDI_CTLOPS_SLAVEONLY:
	case DDI_CTLOPS_AFFINITY:
	case DDI_CTLOPS_POKE:
	case DDI_CTLOPS_PEEK:
		kscsi_log(self, CE_WARN, "invalid op (%d)", op);
		return (DDI_FAILURE);
	default:
		return (ddi_ctlops(self, child, op, arg, result));
	}
}

/*
 * Events of a bus are the driver's, if it has any.
 */
static int
get_eventcookie(dev_info_t *self, dev_info_t *child, char *name,
    ddi_eventcookie_t *cookiep)
{
	scsi_hba_tran_t *tran = kscsi_tran_of(self);

	return (tran != NULL && tran->tran_get_eventcookie != NULL ?
	    tran->tran_get_eventcookie(self, child, name, cookiep) :
	    DDI_FAILURE);
}

struct bus_ops kscsi_bus_ops = {
	.busops_rev =		BUSO_REV,
	.bus_map =		nullbusmap,
	.bus_map_fault =	i_ddi_map_fault,
	.bus_dma_map =		NULL,
	.bus_dma_allochdl =	ddi_dma_allochdl,
	.bus_dma_freehdl =	ddi_dma_freehdl,
	.bus_dma_bindhdl =	ddi_dma_bindhdl,
	.bus_dma_unbindhdl =	ddi_dma_unbindhdl,
	.bus_dma_flush =	ddi_dma_flush,
	.bus_dma_win =		ddi_dma_win,
	.bus_dma_ctl =		ddi_dma_mctl,
	.bus_ctl =		bus_ctl,
	.bus_prop_op =		ddi_bus_prop_op,
	.bus_get_eventcookie =	get_eventcookie,
	.bus_config =		kscsi_bus_config,
	.bus_unconfig =		kscsi_bus_unconfig
};
