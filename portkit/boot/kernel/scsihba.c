/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Host bus adapters of the SCSI framework: scsi_hba_init(9F),
 * scsi_hba_tran_alloc(9F), scsi_hba_attach_setup(9F), and back.
 *
 * The transport vector of an adapter is the driver private data of its node
 * (ddi_get_driver_private(9F)) while it is attached to the framework.
 */

#include "kscsi.h"
#include <sys/stat.h>
#include <sys/sysmacros.h>

int scsi_options = SCSI_OPTIONS_DR | SCSI_OPTIONS_LINK | SCSI_OPTIONS_TAG |
    SCSI_OPTIONS_SYNC | SCSI_OPTIONS_PARITY | SCSI_OPTIONS_FAST |
    SCSI_OPTIONS_WIDE | SCSI_OPTIONS_FAST20 | SCSI_OPTIONS_FAST40 |
    SCSI_OPTIONS_FAST80 | SCSI_OPTIONS_FAST160 | SCSI_OPTIONS_FAST320 |
    SCSI_OPTIONS_NLUNS_DEFAULT | SCSI_OPTIONS_QAS;
unsigned int scsi_reset_delay = SCSI_DEFAULT_RESET_DELAY;
int scsi_selection_timeout = SCSI_DEFAULT_SELECTION_TIMEOUT;
int scsi_host_id = 7;
int scsi_tag_age_limit = 2;
int scsi_watchdog_tick = 10;
int scsi_fm_capable = 1;	/* DDI_FM_EREPORT_CAPABLE */
int scsi_enumeration = 0;

static struct ktran *trans;

static struct ktran *
of_tran(const scsi_hba_tran_t *tran)
{
	struct ktran *kt;

	for (kt = trans; kt != NULL; kt = kt->kt_next) {
		if (kt->kt_tran == tran && !kt->kt_freed)
			break;
	}
	return (kt);
}

struct ktran *
kscsi_ktran(dev_info_t *adapter)
{
	struct ktran *kt;

	for (kt = trans; kt != NULL; kt = kt->kt_next) {
		if (kt->kt_dip == adapter && !kt->kt_freed)
			break;
	}
	return (kt);
}

scsi_hba_tran_t *
kscsi_tran_of(dev_info_t *adapter)
{
	struct ktran *kt = kscsi_ktran(adapter);

	if (kt == NULL)
		return (NULL);
	/* Told already; a real kernel would take whatever is there for it. */
	DEVI(adapter)->devi_driver_data = kt->kt_tran;
	return (kt->kt_tran);
}

/*
 * ddi_set_driver_private(9F) of an adapter.
 */
void
kscsi_private_set(dev_info_t *dip, const void *data)
{
	struct ktran *kt = kscsi_ktran(dip);

	if (kt != NULL && kt->kt_tran != data) {
		hc_violation("scsi", "ddi_set_driver_private(%s%d): since "
		    "scsi_hba_attach_setup it is the transport vector that the "
		    "framework finds there", KSCSI_WHO(dip));
	}
}

dev_info_t *
kscsi_adapter_of(dev_info_t *target)
{
	dev_info_t *dip = (dev_info_t *)DEVI(target)->devi_parent;

	return (dip != NULL && kscsi_ktran(dip) != NULL ? dip : NULL);
}

/*
 * What the framework has to say about a node: "name0: ...".
 */
void
kscsi_log(dev_info_t *dip, int level, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	(void) vsnprintf(text, sizeof (text), fmt, args);
	va_end(args);
	if (level == CE_CONT) {
		cmn_err(CE_CONT, "%s\n", text);
	} else {
		cmn_err(level, "%s%s%d: %s", text[0] == '!' ? "!" : "",
		    KSCSI_WHO(dip), text[0] == '!' ? text + 1 : text);
	}
}

/*
 * scsi_hba_init(9F): the framework's bus_ops become the driver's.
 */
static struct dev_ops *
linkage_ops(struct modlinkage *ml, const char *called)
{
	struct modldrv *drv = ml->ml_linkage[0];

	if (drv == NULL || drv->drv_modops != &mod_driverops ||
	    drv->drv_dev_ops == NULL)
		hc_panic("%s: the first linkage structure of modlinkage(9S) is "
		    "no modldrv(9S) with dev_ops(9S)", called);
	return (drv->drv_dev_ops);
}

static int
hba_info(dev_info_t *dip, ddi_info_cmd_t cmd, void *arg, void **result)
{
	if (cmd != DDI_INFO_DEVT2INSTANCE)
		return (DDI_FAILURE);
	*result = (void *)(uintptr_t)MINOR2INST(getminor((dev_t)arg));
	return (DDI_SUCCESS);
}

static struct cb_ops hba_cb_ops = {
	.cb_open =	scsi_hba_open,
	.cb_close =	scsi_hba_close,
	.cb_strategy =	nodev,
	.cb_print =	nodev,
	.cb_dump =	nodev,
	.cb_read =	nodev,
	.cb_write =	nodev,
	.cb_ioctl =	scsi_hba_ioctl,
	.cb_devmap =	nodev,
	.cb_mmap =	nodev,
	.cb_segmap =	nodev,
	.cb_chpoll =	nochpoll,
	.cb_prop_op =	ddi_prop_op,
	.cb_flag =	D_NEW | D_MP | D_HOTPLUG,
	.cb_rev =	CB_REV,
	.cb_aread =	nodev,
	.cb_awrite =	nodev
};

int
scsi_hba_init(struct modlinkage *ml)
{
	struct dev_ops *ops;

	hc_point();
	(void) kctx_may_sleep("scsi_hba_init");
	ops = linkage_ops(ml, "scsi_hba_init");
	if (ops->devo_bus_ops != NULL) {
		hc_violation("scsi", "scsi_hba_init: devo_bus_ops is not NULL: "
		    "the framework's bus_ops(9S) replace those");
	}
	ops->devo_bus_ops = &kscsi_bus_ops;
	if (ops->devo_cb_ops == NULL)
		ops->devo_cb_ops = &hba_cb_ops;
	if (ops->devo_cb_ops->cb_open == scsi_hba_open) {
		if (ops->devo_cb_ops->cb_close != scsi_hba_close) {
			hc_violation("scsi", "scsi_hba_init: cb_open is "
			    "scsi_hba_open, but cb_close is not "
			    "scsi_hba_close");
		}
		ops->devo_getinfo = hba_info;
	}
	return (0);
}

void
scsi_hba_fini(struct modlinkage *ml)
{
	struct dev_ops *ops;

	hc_point();
	(void) kctx_may_sleep("scsi_hba_fini");
	ops = linkage_ops(ml, "scsi_hba_fini");
	if (ops->devo_cb_ops == &hba_cb_ops)
		ops->devo_cb_ops = NULL;
	if (ops->devo_getinfo == hba_info)
		ops->devo_getinfo = NULL;
	ops->devo_bus_ops = NULL;
}

/*
 * The transport vector.
 */
scsi_hba_tran_t *
scsi_hba_tran_alloc(dev_info_t *dip, int flags)
{
	scsi_hba_tran_t *tran;
	struct ktran *kt;

	if (!KDEV_ENTER(dip))
		return (NULL);
	tran = kmem_zalloc(sizeof (*tran), (flags & SCSI_HBA_CANSLEEP) ?
	    KM_SLEEP : KM_NOSLEEP);
	if (tran == NULL)
		return (NULL);
	tran->tran_interconnect_type = INTERCONNECT_PARALLEL;
	tran->tran_hba_flags |= SCSI_HBA_SCSA_TA;
	kt = hc_alloc(sizeof (*kt));
	kt->kt_tran = tran;
	kt->kt_maker = dip;
	hc_trace_take(&kt->kt_trace);
	kt->kt_next = trans;
	trans = kt;
	return (tran);
}

void
scsi_hba_tran_free(scsi_hba_tran_t *tran)
{
	struct ktran *kt;

	hc_point();
	if (tran == NULL) {
		hc_violation("scsi", "scsi_hba_tran_free: null pointer");
		return;
	}
	if ((kt = of_tran(tran)) == NULL) {
		for (kt = trans; kt != NULL && kt->kt_tran != tran;
		    kt = kt->kt_next)
			;
		hc_violation("scsi", "scsi_hba_tran_free: %p %s", (void *)tran,
		    kt != NULL ? "has been freed already" : "does not come "
		    "from scsi_hba_tran_alloc");
		return;
	}
	if (kt->kt_dip != NULL) {
		hc_violation("scsi", "scsi_hba_tran_free: the transport vector "
		    "of %s%d is still attached: scsi_hba_detach comes first",
		    KSCSI_WHO(kt->kt_dip));
		(void) scsi_hba_detach(kt->kt_dip);
	}
	kt->kt_freed = B_TRUE;
	kmem_free(tran, sizeof (*tran));
}

int
scsi_tran_ext_alloc(scsi_hba_tran_t *tran, size_t length, int flags)
{
	void *extension;

	hc_point();
	extension = kmem_zalloc(length, (flags & SCSI_HBA_CANSLEEP) ?
	    KM_SLEEP : KM_NOSLEEP);
	if (extension == NULL)
		return (DDI_FAILURE);
	tran->tran_extension = extension;
	return (DDI_SUCCESS);
}

void
scsi_tran_ext_free(scsi_hba_tran_t *tran, size_t length)
{
	hc_point();
	if (tran->tran_extension != NULL)
		kmem_free(tran->tran_extension, length);
	tran->tran_extension = NULL;
}

/*
 * Sizes, for old drivers that embed the structures.
 */
size_t
scsi_pkt_size()
{
	return (sizeof (struct scsi_pkt));
}

size_t
scsi_hba_tran_size()
{
	return (sizeof (scsi_hba_tran_t));
}

size_t
scsi_device_size()
{
	return (sizeof (struct scsi_device));
}

/*
 * The driver says that it has asked for those sizes. For all its instances.
 */
static kmodule_t *clean[64];

void
scsi_size_clean(dev_info_t *dip)
{
	kmodule_t *km;
	uint_t i;

	if (!KDEV_ENTER(dip) || (km = kdev_driver(dip)) == NULL)
		return;
	for (i = 0; i < 64; i++) {
		if (clean[i] == NULL || clean[i] == km) {
			clean[i] = km;
			break;
		}
	}
}

static boolean_t
is_clean(dev_info_t *dip)
{
	kmodule_t *km = kdev_driver(dip);
	uint_t i;

	for (i = 0; i < 64 && clean[i] != NULL; i++) {
		if (clean[i] == km)
			return (B_TRUE);
	}
	return (B_FALSE);
}

/*
 * Properties that the driver's node has afterwards, whoever set them.
 */
static void
int_property(dev_info_t *dip, char *name, int value)
{
	if (ddi_prop_exists(DDI_DEV_T_ANY, dip, DDI_PROP_DONTPASS |
	    DDI_PROP_NOTPROM, name))
		return;
	value = ddi_prop_get_int(DDI_DEV_T_ANY,
	    (dev_info_t *)DEVI(dip)->devi_parent, DDI_PROP_NOTPROM, name,
	    value);
	if (ndi_prop_update_int(DDI_DEV_T_NONE, dip, name, value) !=
	    DDI_PROP_SUCCESS)
		kscsi_log(dip, CE_WARN, "can't create property '%s'", name);
}

static boolean_t
has_minors(dev_info_t *dip)
{
	struct cb_ops *cb = DEVI(dip)->devi_ops->devo_cb_ops;

	return (cb != NULL && cb->cb_open == scsi_hba_open);
}

static int
setup_node(dev_info_t *dip, scsi_hba_tran_t *tran)
{
	static char *types[] = INTERCONNECT_TYPE_ASCII;
	int type = tran->tran_interconnect_type, inst = ddi_get_instance(dip);
	int id;

	if (has_minors(dip) && (ddi_create_minor_node(dip, "devctl", S_IFCHR,
	    INST2DEVCTL(inst), DDI_NT_SCSI_NEXUS, 0) != DDI_SUCCESS ||
	    ((tran->tran_hba_flags & SCSI_HBA_HBA) == 0 &&
	    ddi_create_minor_node(dip, "scsi", S_IFCHR, INST2SCSI(inst),
	    DDI_NT_SCSI_ATTACHMENT_POINT, 0) != DDI_SUCCESS))) {
		kscsi_log(dip, CE_WARN, "can't create minor nodes");
		return (DDI_FAILURE);
	}
	if ((tran->tran_hba_flags & SCSI_HBA_HBA) != 0)
		return (DDI_SUCCESS);
	int_property(dip, "scsi-enumeration", scsi_enumeration);
	int_property(dip, "scsi-options", scsi_options);
	int_property(dip, "scsi-reset-delay", (int)scsi_reset_delay);
	int_property(dip, "scsi-watchdog-tick", scsi_watchdog_tick);
	int_property(dip, "scsi-selection-timeout", scsi_selection_timeout);
	int_property(dip, "scsi-tag-age-limit", scsi_tag_age_limit);
	id = ddi_prop_get_int(DDI_DEV_T_ANY, dip, 0, "initiator-id", -1);
	if (id == -1) {
		id = ddi_prop_get_int(DDI_DEV_T_ANY, dip, 0,
		    "scsi-initiator-id", -1);
	}
	if (id != -1)
		int_property(dip, "scsi-initiator-id", id);
	if ((tran->tran_hba_flags & SCSI_HBA_SCSA_TA) != 0 && type > 0 &&
	    type < INTERCONNECT_MAX && ndi_prop_update_string(DDI_DEV_T_NONE,
	    dip, "initiator-interconnect-type", types[type]) !=
	    DDI_PROP_SUCCESS)
		return (DDI_FAILURE);
	if (!ddi_prop_exists(DDI_DEV_T_ANY, dip, DDI_PROP_DONTPASS |
	    DDI_PROP_NOTPROM, "scsi-binding-set") &&
	    tran->tran_bus_config == NULL &&
	    ndi_prop_update_string(DDI_DEV_T_NONE, dip, "scsi-binding-set",
	    "spi") != DDI_PROP_SUCCESS)
		return (DDI_FAILURE);
	tran->tran_iport_dip = dip;
	return (DDI_SUCCESS);
}

/*
 * What makes no sense, or lets the framework jump to address 0 later.
 */
static boolean_t
vector_is_sane(dev_info_t *dip, scsi_hba_tran_t *tran)
{
	const char *lacks = NULL;

	if ((tran->tran_get_name == NULL) !=
	    (tran->tran_get_bus_addr == NULL)) {
		kscsi_log(dip, CE_WARN, "should support both or neither: "
		    "tran_get_name, tran_get_bus_addr");
		return (B_FALSE);
	}
	if (tran->tran_start == NULL)
		lacks = "tran_start";
	else if (tran->tran_abort == NULL)
		lacks = "tran_abort";
	else if (tran->tran_getcap == NULL || tran->tran_setcap == NULL)
		lacks = "tran_getcap or tran_setcap";
	else if (tran->tran_setup_pkt != NULL &&
	    tran->tran_teardown_pkt == NULL)
		lacks = "tran_teardown_pkt";
	else if (tran->tran_setup_pkt == NULL && (tran->tran_init_pkt == NULL ||
	    tran->tran_destroy_pkt == NULL || tran->tran_dmafree == NULL ||
	    tran->tran_sync_pkt == NULL))
		lacks = "tran_setup_pkt, and one of tran_init_pkt, "
		    "tran_destroy_pkt, tran_dmafree, tran_sync_pkt";
	if (lacks != NULL && (tran->tran_hba_flags & SCSI_HBA_HBA) == 0) {
		hc_violation("scsi", "scsi_hba_attach_setup(%s%d): the "
		    "transport vector has no %s: a target driver's call jumps "
		    "to address 0", KSCSI_WHO(dip), lacks);
	}
	return (B_TRUE);
}

int
scsi_hba_attach_setup(dev_info_t *dip, ddi_dma_attr_t *attr,
    scsi_hba_tran_t *tran, int flags)
{
	struct ktran *kt;
	char name[96];

	if (!KDEV_ENTER(dip))
		return (DDI_FAILURE);
	(void) kctx_may_sleep("scsi_hba_attach_setup");
	if (DEVI(dip)->devi_ops == NULL || tran == NULL || attr == NULL)
		return (DDI_FAILURE);
	if (DEVI(dip)->devi_ops->devo_bus_ops != &kscsi_bus_ops) {
		hc_violation("scsi", "scsi_hba_attach_setup(%s%d): the driver "
		    "has not called scsi_hba_init in its _init(9E): its "
		    "bus_ops(9S) are not the framework's", KSCSI_WHO(dip));
		return (DDI_FAILURE);
	}
	if ((kt = of_tran(tran)) == NULL) {
		hc_violation("scsi", "scsi_hba_attach_setup(%s%d): %p does not "
		    "come from scsi_hba_tran_alloc", KSCSI_WHO(dip),
		    (void *)tran);
		return (DDI_FAILURE);
	}
	if (kscsi_ktran(dip) != NULL) {
		hc_violation("scsi", "scsi_hba_attach_setup(%s%d): is attached "
		    "already", KSCSI_WHO(dip));
		return (DDI_FAILURE);
	}
	flags &= ~SCSI_HBA_SCSA_TA;
	tran->tran_hba_flags = flags | SCSI_HBA_SCSA_TA;
	if (!vector_is_sane(dip, tran))
		return (DDI_FAILURE);
	tran->tran_hba_dip = dip;
	kt->kt_dip = dip;
	kt->kt_clean = is_clean(dip);
	hc_trace_take(&kt->kt_trace);
	ddi_set_driver_private(dip, tran);
	tran->tran_dma_attr = *attr;
	mutex_init(&tran->tran_open_lock, NULL, MUTEX_DRIVER, NULL);

	if (tran->tran_setup_pkt != NULL) {
		if (tran->tran_init_pkt != NULL ||
		    tran->tran_destroy_pkt != NULL) {
			hc_violation("scsi", "scsi_hba_attach_setup(%s%d): "
			    "tran_setup_pkt together with tran_init_pkt or "
			    "tran_destroy_pkt", KSCSI_WHO(dip));
			(void) scsi_hba_detach(dip);
			return (DDI_FAILURE);
		}
		tran->tran_init_pkt = kscsi_cache_init;
		tran->tran_destroy_pkt = kscsi_cache_destroy;
		tran->tran_sync_pkt = kscsi_cache_sync;
		tran->tran_dmafree = kscsi_cache_dmafree;
		(void) snprintf(name, sizeof (name), "pkt_cache_%s_%d",
		    KSCSI_WHO(dip));
		tran->tran_pkt_cache_ptr = kmem_cache_create(name,
		    kscsi_cache_size(tran), 8, kscsi_cache_construct,
		    kscsi_cache_destruct, NULL, tran, NULL, 0);
	}
	if (setup_node(dip, tran) != DDI_SUCCESS) {
		(void) scsi_hba_detach(dip);
		return (DDI_FAILURE);
	}
	return (DDI_SUCCESS);
}

/*
 * Everybody below has to be gone.
 */
static void
check_detach(dev_info_t *dip)
{
	struct dev_info *child;
	struct kpkt *kp;
	uint_t n;

	n = kscsi_in_transport(dip);
	if (n != 0) {
		hc_violation("scsi", "scsi_hba_detach(%s%d): %u packets that "
		    "it has accepted are not completed", KSCSI_WHO(dip), n);
	}
	n = kpkt_of_adapter(dip, &kp);
	if (n != 0) {
		hc_violation("scsi", "scsi_hba_detach(%s%d): %u packets are "
		    "left (scsi_destroy_pkt), the first of them %s",
		    KSCSI_WHO(dip), n, kpkt_text(kp));
	}
	for (child = DEVI(dip)->devi_child; child != NULL;
	    child = child->devi_sibling) {
		if (child->devi_node_state < DS_INITIALIZED)
			continue;
		hc_violation("scsi", "scsi_hba_detach(%s%d): %s@%s below it is "
		    "still there", KSCSI_WHO(dip), child->devi_node_name,
		    child->devi_addr != NULL ? child->devi_addr : "");
	}
}

int
scsi_hba_detach(dev_info_t *dip)
{
	scsi_hba_tran_t *tran;
	struct ktran *kt;

	if (!KDEV_ENTER(dip))
		return (DDI_FAILURE);
	(void) kctx_may_sleep("scsi_hba_detach");
	if ((tran = kscsi_tran_of(dip)) == NULL) {
		hc_violation("scsi", "scsi_hba_detach(%s%d): "
		    "scsi_hba_attach_setup was not called, or has failed",
		    KSCSI_WHO(dip));
		return (DDI_FAILURE);
	}
	if (tran->tran_open_flag != 0)
		return (DDI_FAILURE);
	check_detach(dip);
	if (has_minors(dip)) {
		ddi_remove_minor_node(dip, "devctl");
		ddi_remove_minor_node(dip, "scsi");
	}
	tran->tran_iport_dip = NULL;
	if (tran->tran_pkt_cache_ptr != NULL) {
		kmem_cache_destroy(tran->tran_pkt_cache_ptr);
		tran->tran_pkt_cache_ptr = NULL;
		tran->tran_init_pkt = NULL;
		tran->tran_destroy_pkt = NULL;
	}
	mutex_destroy(&tran->tran_open_lock);
	memset(&tran->tran_dma_attr, 0, sizeof (tran->tran_dma_attr));
	kscsi_barrier_forget(dip);
	kt = kscsi_ktran(dip);
	kt->kt_dip = NULL;
	hc_trace_take(&kt->kt_trace);
	ddi_set_driver_private(dip, NULL);
	tran->tran_hba_dip = NULL;
	return (DDI_SUCCESS);
}

/*
 * A driver that is detached, and has left its transport to the framework.
 */
void
kscsi_leftovers(dev_info_t *dip, const char *after)
{
	struct ktran *kt = kscsi_ktran(dip);

	if (kt == NULL)
		return;
	hc_violation_at(&kt->kt_trace, "scsi", "%s is still attached to the "
	    "SCSI framework by this scsi_hba_attach_setup after %s "
	    "(scsi_hba_detach)", ddi_driver_name(dip), after);
	kscsi_barrier_forget(dip);
	kt->kt_dip = NULL;
}

void
kscsi_setup(void)
{
	/* scsienum.c has the driver of nodes that nobody is to open. */
	extern struct dev_ops kscsi_null_ops;
	static const char *const aliases[] = { KSCSI_PROBE, KSCSI_NODEV, NULL };

	kscsi_target_driver("nulldriver", aliases, &kscsi_null_ops);
}

void
kscsi_target_driver(const char *name, const char *const *aliases,
    struct dev_ops *ops)
{
	kmodule_t *km = kmodule_new("drv", name, "");

	km->km_builtin = B_TRUE;
	km->km_installed = B_TRUE;
	km->km_ops = ops;
	for (; aliases != NULL && *aliases != NULL; aliases++)
		kmodule_alias(km, *aliases);
}
