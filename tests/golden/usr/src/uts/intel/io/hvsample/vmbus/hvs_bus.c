/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The portkit authors
 */

/*
 * The bus: contact with the host, and a newbus child for each channel.
 */

#include <sys/ccompile.h>
#include <sys/param.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <sys/systm.h>
#include <sys/cmn_err.h>
#include <sys/debug.h>
#include <sys/kmem.h>
#include <sys/modctl.h>
#include <sys/cpuvar.h>
#include <sys/dditypes.h>
#include <sys/conf.h>
#include <sys/devops.h>
#include <sys/disp.h>
#include <sys/errno.h>
#include <sys/kstat.h>
#include <sys/ksynch.h>
#include <sys/queue.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/stddef.h>
#include <sys/taskq.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include <sys/sunndi.h>
#include <sys/ddi_impldefs.h>
#include <sys/ndi_impldefs.h>
#include <hvsample/bsd/bsd_cpu.h>
#include <hvsample/bsd/bsd_kstat.h>
#include <hvsample/bsd/bsd_sbuf.h>
#include <hvsample/bsd/bsd_taskqueue.h>

#include <hvsample/vmbus/hvs_var.h>

#include <hvsample/vmbus/hvs_if.h>

#define	HVS_CONTACT_SECONDS	10
#define	HVS_LIST_SECONDS	30
#define	HVS_UNLOAD_SECONDS	1

#define	HVS_GPADL_START		0x5a000

#define	HVS_EVENT_THREADS_MAX	16

static dev_info_t	*hvs_vmbus_ndi_add_child(dev_info_t *, void *);
static int		hvs_vmbus_ndi_attach_child(dev_info_t *);
static int		hvs_vmbus_ndi_delete_child(dev_info_t *, dev_info_t *);

static int	hvs_event_threads = 2;

struct hvs_softc	*hvs_bus;

/* Newest first */
static const uint32_t hvs_protocols[] = {
	HVS_PROTOCOL_2012R2,
	HVS_PROTOCOL_2012,
	HVS_PROTOCOL_2008R2,
	HVS_PROTOCOL_2008
};

static void	hvs_bus_stop(struct hvs_softc *);
static void	hvs_bus_late_start(void *);

/*
 * Text of a GUID as people write it; returns its length.
 */
int
hvs_guid_text(const struct hvs_guid *guid, char *buf, size_t size)
{
	const uint8_t *b = guid->g_byte;

	return (snprintf(buf, size, "%02x%02x%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x-%02x%02x%02x%02x%02x%02x", b[3], b[2], b[1], b[0],
	    b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13],
	    b[14], b[15]));
}

static void
hvs_bus_listed_task(void *arg, int pending __unused)
{
	struct hvs_softc *sc = arg;

	mutex_enter(&sc->hs_lock);
	sc->hs_listed = 1;
	cv_broadcast(&sc->hs_listed_cv);
	mutex_exit(&sc->hs_lock);
}

/* An offer; hosts before protocol 1.1 leave the end of it out. */
static void
hvs_bus_offer(struct hvs_softc *sc, const void *payload, size_t size)
{
	struct hvs_ctl_offer offer;

	memset(&offer, 0, sizeof (offer));
	memcpy(&offer, payload, MIN(size, sizeof (offer)));
	hvs_channel_offer(sc, &offer);
}

/* Bytes that a message from the host has at the least, 0 if unknown. */
static size_t
hvs_bus_message_size(uint32_t type)
{

	switch (type) {
	case HVS_CTL_OFFER:
		return (offsetof(struct hvs_ctl_offer, of_dedicated));
	case HVS_CTL_RESCIND:
		return (sizeof (struct hvs_ctl_relid));
	case HVS_CTL_LISTED:
	case HVS_CTL_UNLOADED:
		return (sizeof (struct hvs_ctl));
	case HVS_CTL_OPENED:
		return (sizeof (struct hvs_ctl_opened));
	case HVS_CTL_GPADL_MADE:
		return (sizeof (struct hvs_ctl_gpadl_made));
	case HVS_CTL_GPADL_DROPPED:
		return (sizeof (struct hvs_ctl_gpadl_dropped));
	case HVS_CTL_CONTACTED:
		return (sizeof (struct hvs_ctl_contacted));
	default:
		return (0);
	}
}

/*
 * A message has come from the host.  This thread has to go on to the next one,
 * so it waits for nothing that the host would have to answer.
 */
void
hvs_bus_message(struct hvs_softc *sc, const void *payload, size_t size)
{
	const struct hvs_ctl *ctl = payload;
	uint32_t key = 0;

	if (size < sizeof (*ctl) ||
	    size < hvs_bus_message_size(ctl->ct_type)) {
		dev_err(sc->hs_dev, CE_NOTE, "message of %lu bytes", size);
		return;
	}

	switch (ctl->ct_type) {
	case HVS_CTL_OFFER:
		hvs_bus_offer(sc, payload, size);
		return;
	case HVS_CTL_RESCIND:
		hvs_channel_rescind(sc,
		    ((const struct hvs_ctl_relid *)payload)->re_relid);
		return;
	case HVS_CTL_LISTED:
		mutex_enter(&sc->hs_lock);
		if ((sc->hs_state & HVS_BUS_LEAVING) == 0) {
			taskqueue_enqueue(sc->hs_mgmt_tq,
			    &sc->hs_listed_task);
		}
		mutex_exit(&sc->hs_lock);
		return;
	case HVS_CTL_OPENED:
		key = ((const struct hvs_ctl_opened *)payload)->od_key;
		break;
	case HVS_CTL_GPADL_MADE:
		key = ((const struct hvs_ctl_gpadl_made *)payload)->ga_gpadl;
		break;
	case HVS_CTL_GPADL_DROPPED:
		key = ((const struct hvs_ctl_gpadl_dropped *)payload)->ge_gpadl;
		break;
	case HVS_CTL_CONTACTED:
	case HVS_CTL_UNLOADED:
		break;
	default:
		if (boothowto & RB_VERBOSE) {
			dev_err(sc->hs_dev, CE_CONT, "?message %u ignored\n",
			    ctl->ct_type);
		}
		return;
	}
	hvs_request_answer(sc, ctl->ct_type, key, payload, size);
}

/* Make the child of a channel; only the management thread does. */
int
hvs_bus_add(struct hvs_channel *ch)
{
	int circ;
	dev_info_t *bus = ch->ch_bus->hs_dev;
	char class[HVS_GUID_TEXT], instance[HVS_GUID_TEXT];

	if (boothowto & RB_VERBOSE) {
		(void) hvs_guid_text(&ch->ch_class, class, sizeof (class));
		(void) hvs_guid_text(&ch->ch_instance, instance,
		    sizeof (instance));
		dev_err(bus, CE_CONT, "?channel %u is class %s instance %s\n",
		    ch->ch_relid, class, instance);
	}

	ndi_devi_enter(bus, &circ);
	ch->ch_dev = hvs_vmbus_ndi_add_child(bus, ch);
	if (ch->ch_dev == NULL) {
		ndi_devi_exit(bus, circ);
		dev_err(bus, CE_NOTE, "no device for channel %u", ch->ch_relid);
		return (ENXIO);
	}
	(void) hvs_vmbus_ndi_attach_child(ch->ch_dev);
	ndi_devi_exit(bus, circ);
	return (0);
}

int
hvs_bus_remove(struct hvs_channel *ch)
{
	int circ;
	int error = 0;

	ndi_devi_enter(ch->ch_bus->hs_dev, &circ);
	if (ch->ch_dev != NULL) {
		error = hvs_vmbus_ndi_delete_child(ch->ch_bus->hs_dev,
		    ch->ch_dev);
		if (error == 0)
			ch->ch_dev = NULL;
	}
	ndi_devi_exit(ch->ch_bus->hs_dev, circ);
	return (error);
}

/*
 * Propose one protocol version.  EOPNOTSUPP if the host does not speak it.
 */
static int
hvs_bus_contact(struct hvs_softc *sc, uint32_t version)
{
	struct hvs_ctl_contact message;
	struct hvs_ctl_contacted contacted;
	struct hvs_request *rq;
	int error;

	memset(&message, 0, sizeof (message));
	message.cc_ctl.ct_type = HVS_CTL_CONTACT;
	message.cc_version = version;
	message.cc_shared = sc->hs_shared.dm_busaddr;
	message.cc_monitor[0] = sc->hs_monitor[0].dm_busaddr;
	message.cc_monitor[1] = sc->hs_monitor[1].dm_busaddr;

	rq = hvs_request_begin(sc, HVS_CTL_CONTACTED, 0, 0);
	error = hvs_post(sc, &message, sizeof (message));
	if (error == 0)
		error = hvs_request_wait(sc, rq, HVS_CONTACT_SECONDS);
	if (error == 0) {
		memcpy(&contacted, rq->rq_reply, sizeof (contacted));
		if (contacted.cd_supported == 0)
			error = EOPNOTSUPP;
	}
	hvs_request_end(sc, rq);
	return (error);
}

static int
hvs_bus_connect(struct hvs_softc *sc)
{
	uint_t i;
	int error;

	error = EOPNOTSUPP;
	for (i = 0; i < ARRAY_SIZE(hvs_protocols) && error == EOPNOTSUPP; i++) {
		sc->hs_protocol = hvs_protocols[i];
		error = hvs_bus_contact(sc, sc->hs_protocol);
	}
	if (error != 0) {
		dev_err(sc->hs_dev, CE_NOTE, "no contact with the host: %d",
		    error);
		return (error);
	}
	sc->hs_state |= HVS_BUS_CONNECTED;
	dev_err(sc->hs_dev, CE_NOTE, "protocol %u.%u",
	    HVS_PROTOCOL_MAJOR(sc->hs_protocol),
	    HVS_PROTOCOL_MINOR(sc->hs_protocol));
	return (0);
}

/* Part from the host; only late protocols answer that. */
static void
hvs_bus_disconnect(struct hvs_softc *sc)
{
	struct hvs_request *rq;
	struct hvs_ctl message;

	if ((sc->hs_state & HVS_BUS_CONNECTED) == 0)
		return;
	sc->hs_state &= ~HVS_BUS_CONNECTED;

	memset(&message, 0, sizeof (message));
	message.ct_type = HVS_CTL_UNLOAD;
	rq = hvs_request_begin(sc, HVS_CTL_UNLOADED, 0, 0);
	if (hvs_post(sc, &message, sizeof (message)) == 0 &&
	    sc->hs_protocol >= HVS_PROTOCOL_2012R2)
		(void) hvs_request_wait(sc, rq, HVS_UNLOAD_SECONDS);
	hvs_request_end(sc, rq);
}

/* Ask for the offers and wait until the devices of the first ones are there. */
static int
hvs_bus_scan(struct hvs_softc *sc)
{
	struct hvs_ctl message;
	int error;

	memset(&message, 0, sizeof (message));
	message.ct_type = HVS_CTL_LIST;
	error = hvs_post(sc, &message, sizeof (message));
	if (error != 0)
		return (error);

	mutex_enter(&sc->hs_lock);
	while (sc->hs_listed == 0 && error == 0) {
		error =
		    (cv_reltimedwait(&sc->hs_listed_cv, &sc->hs_lock,
		    HVS_LIST_SECONDS * hz, TR_CLOCK_TICK) == -1 ? EWOULDBLOCK :
		    0);
	}
	mutex_exit(&sc->hs_lock);
	if (error != 0)
		dev_err(sc->hs_dev, CE_NOTE, "devices may come late");
	return (0);
}

static int
hvs_bus_alloc(struct hvs_softc *sc)
{
	int error, threads;

	sc->hs_map =
	    kmem_zalloc(sizeof (struct hvs_channel *) * HVS_EVENT_FLAGS,
	    KM_SLEEP);

	error = hvs_dma_alloc(sc->hs_dev, sizeof (struct hvs_post_input),
	    sizeof (struct hvs_post_input), &sc->hs_post);
	if (error != 0)
		return (error);
	error = hvs_dma_alloc(sc->hs_dev, PAGESIZE, PAGESIZE,
	    &sc->hs_shared);
	if (error != 0)
		return (error);
	error = hvs_dma_alloc(sc->hs_dev, PAGESIZE, PAGESIZE,
	    &sc->hs_monitor[0]);
	if (error != 0)
		return (error);
	error = hvs_dma_alloc(sc->hs_dev, PAGESIZE, PAGESIZE,
	    &sc->hs_monitor[1]);
	if (error != 0)
		return (error);

	threads = hvs_event_threads;
	if (threads < 1 || threads > HVS_EVENT_THREADS_MAX) {
		threads = MIN(ncpus, HVS_EVENT_THREADS_MAX);
		dev_err(sc->hs_dev, CE_NOTE, "hw.hvs.event_threads=%d is not "
		    "from 1 to %d, using %d", hvs_event_threads,
		    HVS_EVENT_THREADS_MAX, threads);
	}
	sc->hs_event_tq = taskq_create("hvs_event", threads, maxclsyspri, 1,
	    INT_MAX, 0);

	/* One thread: what the host says about devices has an order. */
	TASK_INIT(&sc->hs_listed_task, 0, hvs_bus_listed_task, sc);
	sc->hs_mgmt_tq = taskq_create("hvs_mgmt", 1, maxclsyspri, 1, INT_MAX,
	    0);
	return (0);
}

static int
hvs_sysctl_protocol(kstat_named_t *knp, int rw, void *arg1, intptr_t arg2)
{
	struct hvs_softc *sc = arg1;
	char text[16];

	(void) snprintf(text, sizeof (text), "%u.%u",
	    HVS_PROTOCOL_MAJOR(sc->hs_protocol),
	    HVS_PROTOCOL_MINOR(sc->hs_protocol));
	(void) strlcpy(KSTAT_NAMED_STR_PTR(knp), text,
	    KSTAT_NAMED_STR_BUFLEN(knp));
	return (0);
}

static int
hvs_sysctl_interrupts(kstat_named_t *knp, int rw, void *arg1, intptr_t arg2)
{
	struct hvs_softc *sc = arg1;
	ulong_t sum;

	sum = hvs_synic_intrs(sc);
	knp->value.l = sum;
	return (0);
}

static void
hvs_bus_sysctl(struct hvs_softc *sc)
{
	struct bsd_kstat_node *node;

	node = bsd_kstat_device_tree(sc->hs_dev);
	bsd_kstat_add_proc(node, "protocol", KSTAT_DATA_STRING,
	    hvs_sysctl_protocol, sc, 0, 0);
	bsd_kstat_add_proc(node, "interrupts", KSTAT_DATA_ULONG,
	    hvs_sysctl_interrupts, sc, 0, 0);
	bsd_kstat_add_var(node, "channels", KSTAT_DATA_UINT32,
	    &sc->hs_nchannels, 0);
}

static int
hvs_bus_start(struct hvs_softc *sc)
{
	int error;

	error = hvs_bus_alloc(sc);
	if (error == 0)
		error = hvs_synic_start(sc);
	if (error == 0)
		error = hvs_bus_connect(sc);
	if (error == 0)
		error = hvs_bus_scan(sc);
	if (error != 0) {
		hvs_bus_stop(sc);
		return (error);
	}
	sc->hs_state |= HVS_BUS_STARTED;
	return (0);
}

/* No child is made or deleted any more when this returns. */
static void
hvs_bus_stop_mgmt(struct hvs_softc *sc)
{

	mutex_enter(&sc->hs_lock);
	sc->hs_state |= HVS_BUS_LEAVING;
	mutex_exit(&sc->hs_lock);
	if (sc->hs_mgmt_tq != NULL) {
		taskq_destroy(sc->hs_mgmt_tq);
		sc->hs_mgmt_tq = NULL;
	}
}

/* Undo hvs_bus_start(), however far it came. */
static void
hvs_bus_stop(struct hvs_softc *sc)
{

	hvs_bus_stop_mgmt(sc);
	ASSERT(TAILQ_EMPTY(&sc->hs_channels));
	hvs_bus_disconnect(sc);
	hvs_synic_stop(sc);
	if (sc->hs_event_tq != NULL) {
		taskq_destroy(sc->hs_event_tq);
		sc->hs_event_tq = NULL;
	}
	hvs_dma_free(&sc->hs_monitor[1]);
	hvs_dma_free(&sc->hs_monitor[0]);
	hvs_dma_free(&sc->hs_shared);
	hvs_dma_free(&sc->hs_post);
	if (sc->hs_map != NULL)
		kmem_free(sc->hs_map,
		    sizeof (struct hvs_channel *) * HVS_EVENT_FLAGS);
	sc->hs_map = NULL;
	sc->hs_state &= ~HVS_BUS_STARTED;
}

static int
hvs_bus_probe(dev_info_t *dev)
{

	if (hvs_features == 0 || ddi_get_instance(dev) != 0)
		return (ENXIO);
	dev_err(dev, CE_CONT, "?%s\n", "Sample VMBus");
	return (DDI_PROBE_DONTCARE);
}

static int
hvs_bus_attach(dev_info_t *dev)
{
	struct hvs_softc *sc = ddi_get_driver_private(dev);
	int error = 0;

	sc->hs_dev = dev;
	sc->hs_vector = -1;
	sc->hs_gpadl = HVS_GPADL_START;
	rw_init(&sc->hs_post_lock, NULL, RW_DRIVER, NULL);
	mutex_init(&sc->hs_lock, NULL, MUTEX_DRIVER, NULL);
	cv_init(&sc->hs_listed_cv, NULL, CV_DRIVER, NULL);
	mutex_init(&sc->hs_map_lock, NULL, MUTEX_DRIVER, BSD_INTR_PRI);
	TAILQ_INIT(&sc->hs_channels);
	TAILQ_INIT(&sc->hs_requests);
	hvs_bus = sc;

	/* While the system starts, nothing can sleep: see the SYSINIT. */
	error = hvs_bus_start(sc);
	if (error != 0) {
		hvs_bus = NULL;
		mutex_destroy(&sc->hs_map_lock);
		cv_destroy(&sc->hs_listed_cv);
		mutex_destroy(&sc->hs_lock);
		rw_destroy(&sc->hs_post_lock);
		return (error);
	}
	hvs_bus_sysctl(sc);
	return (0);
}

static int
hvs_bus_detach(dev_info_t *dev)
{
	struct hvs_softc *sc = ddi_get_driver_private(dev);
	int error;

	error = 0;
	if (error != 0)
		return (error);
	hvs_bus_stop_mgmt(sc);
	error = hvs_channel_remove_all(sc);
	if (error != 0)
		return (error);

	if ((sc->hs_state & HVS_BUS_STARTED) != 0)
		hvs_bus_stop(sc);
	hvs_bus = NULL;
	mutex_destroy(&sc->hs_map_lock);
	cv_destroy(&sc->hs_listed_cv);
	mutex_destroy(&sc->hs_lock);
	rw_destroy(&sc->hs_post_lock);
	return (0);
}

/* The instance stays the same when the system starts again. */
static int
hvs_bus_child_pnpinfo(dev_info_t *bus __unused, dev_info_t *child,
    struct bsd_sbuf *sb)
{
	struct hvs_channel *ch = hvs_get_channel(child);
	char class[HVS_GUID_TEXT], instance[HVS_GUID_TEXT];

	(void) hvs_guid_text(&ch->ch_class, class, sizeof (class));
	(void) hvs_guid_text(&ch->ch_instance, instance, sizeof (instance));
	(void) bsd_sbuf_printf(sb, "classid=%s deviceid=%s", class, instance);
	return (0);
}

uint32_t
hvs_bus_get_protocol(dev_info_t *bus, dev_info_t *child __unused)
{
	struct hvs_softc *sc = ddi_get_driver_private(bus);

	return (sc->hs_protocol);
}

int
hvs_bus_match_class(dev_info_t *bus __unused, dev_info_t *child,
    const struct hvs_guid *class)
{
	struct hvs_channel *ch = hvs_get_channel(child);

	if (memcmp(&ch->ch_class, class, sizeof (struct hvs_guid)) != 0)
		return (ENXIO);
	return (0);
}

/*
 * When the bus was found while the system started, it is put to work here, as
 * late as can be: threads run, CPUs are up, and sleeping is allowed.
 */
static void
hvs_bus_late_start(void *arg __unused)
{
	struct hvs_softc *sc = hvs_bus;

	if (sc == NULL || 0 || (sc->hs_state & HVS_BUS_STARTED) != 0)
		return;
	if (hvs_bus_start(sc) != 0)
		dev_err(sc->hs_dev, CE_NOTE, "the bus does not work");
}

extern void hvs_hyper_probe(void *arg __unused);
extern void hvs_hyper_leave(void *arg __unused);

/*
 * Module linkage.
 */

static void *hvs_vmbus_ddi_state;

#define	HVS_VMBUS_PNPLEN	256	/* of a child's description */

/*
 * A node for a child that was found.
 */
static dev_info_t *
hvs_vmbus_ndi_add_child(dev_info_t *parent, void *ivars)
{
	dev_info_t *child = NULL;

	ndi_devi_alloc_sleep(parent, "hvs_vmbus-device",
	    (pnode_t)DEVI_SID_NODEID, &child);
	if (child != NULL)
		ddi_set_parent_data(child, ivars);
	return (child);
}

/*
 * Give a child the properties that its driver binds to and that its unit
 * address is made of.
 */
static int
hvs_vmbus_ndi_name_child(dev_info_t *child)
{
	char buf[HVS_VMBUS_PNPLEN];
	struct bsd_sbuf sb;
	char *word, *value, *next;
	char compat[HVS_VMBUS_PNPLEN];
	char *compats[1];

	bsd_sbuf_init(&sb, buf, sizeof (buf));
	if (hvs_bus_child_pnpinfo(ddi_get_parent(child), child, &sb) != 0)
		return (EINVAL);

	for (word = buf; word != NULL && *word != '\0'; word = next) {
		if ((next = strchr(word, ' ')) != NULL)
			*next++ = '\0';
		if ((value = strchr(word, '=')) == NULL)
			continue;
		*value++ = '\0';
		if (ndi_prop_update_string(DDI_DEV_T_NONE, child, word,
		    value) != DDI_PROP_SUCCESS)
			return (ENOMEM);
		if (strcmp(word, "classid") != 0)
			continue;
		(void) snprintf(compat, sizeof (compat), "hvs_vmbus,%s",
		    value);
		compats[0] = compat;
		if (ndi_prop_update_string_array(DDI_DEV_T_NONE, child,
		    "compatible", compats, 1) != DDI_PROP_SUCCESS)
			return (ENOMEM);
	}

	if (ndi_prop_update_string(DDI_DEV_T_NONE, child, "state",
	    "online") != DDI_PROP_SUCCESS)
		return (ENOMEM);
	return (0);
}

static int
hvs_vmbus_ndi_attach_child(dev_info_t *child)
{
	int error;

	if ((error = hvs_vmbus_ndi_name_child(child)) != 0)
		return (error);
	return (ndi_devi_online(child, 0) == NDI_SUCCESS ? 0 : ENXIO);
}

/*
 * NDI_DEVI_REMOVE frees the node, so it must not be used afterwards.
 */
/*ARGSUSED*/
static int
hvs_vmbus_ndi_delete_child(dev_info_t *parent, dev_info_t *child)
{
	int ret;

	(void) ndi_prop_update_string(DDI_DEV_T_NONE, child, "state",
	    "offline");
	ret = ndi_devi_offline(child, NDI_DEVI_REMOVE);
	if (ret == NDI_SUCCESS)
		return (0);
	(void) ndi_prop_update_string(DDI_DEV_T_NONE, child, "state",
	    "online");
	return (ret == NDI_BUSY ? EBUSY : EIO);
}

static int
hvs_vmbus_ndi_init_child(dev_info_t *child)
{
	char *addr;

	if (ddi_prop_lookup_string(DDI_DEV_T_ANY, child, DDI_PROP_DONTPASS,
	    "deviceid", &addr) != DDI_PROP_SUCCESS)
		return (DDI_NOT_WELL_FORMED);
	ddi_set_name_addr(child, addr);
	ddi_prop_free(addr);
	return (DDI_SUCCESS);
}

/*
 * The child's properties stay: they are what its node is named after when it
 * is initialised again, and go when the node goes.
 */
static void
hvs_vmbus_ndi_uninit_child(dev_info_t *child)
{
	bsd_kstat_device_fini(child);
	ddi_set_name_addr(child, NULL);
}

static int
hvs_vmbus_bus_ctl(dev_info_t *dip, dev_info_t *rdip, ddi_ctl_enum_t op,
    void *arg, void *result)
{
	switch (op) {
	case DDI_CTLOPS_REPORTDEV:
		if (rdip == NULL)
			return (DDI_FAILURE);
		cmn_err(CE_CONT, "?%s%d at %s%d: %s@%s\n",
		    ddi_driver_name(rdip), ddi_get_instance(rdip),
		    ddi_driver_name(dip), ddi_get_instance(dip),
		    ddi_node_name(rdip), ddi_get_name_addr(rdip));
		return (DDI_SUCCESS);
	case DDI_CTLOPS_INITCHILD:
		return (hvs_vmbus_ndi_init_child(arg));
	case DDI_CTLOPS_UNINITCHILD:
		hvs_vmbus_ndi_uninit_child(arg);
		return (DDI_SUCCESS);
	case DDI_CTLOPS_SIDDEV:
		return (DDI_SUCCESS);
	case DDI_CTLOPS_REGSIZE:
	case DDI_CTLOPS_NREGS:
		/* The children have no registers. */
		return (DDI_FAILURE);
	default:
		return (ddi_ctlops(dip, rdip, op, arg, result));
	}
}

static int
hvs_vmbus_bus_config(dev_info_t *dip, uint_t flags, ddi_bus_config_op_t op,
    void *arg, dev_info_t **childp)
{
	return (ndi_busop_bus_config(dip, flags, op, arg, childp, 0));
}

static int
hvs_vmbus_bus_unconfig(dev_info_t *dip, uint_t flags,
    ddi_bus_config_op_t op, void *arg)
{
	return (ndi_busop_bus_unconfig(dip, flags, op, arg));
}

static struct bus_ops hvs_vmbus_bus_ops = {
	.busops_rev =		BUSO_REV,
	.bus_map =		i_ddi_bus_map,
	.bus_map_fault =	i_ddi_map_fault,
	.bus_dma_allochdl =	ddi_dma_allochdl,
	.bus_dma_freehdl =	ddi_dma_freehdl,
	.bus_dma_bindhdl =	ddi_dma_bindhdl,
	.bus_dma_unbindhdl =	ddi_dma_unbindhdl,
	.bus_dma_flush =	ddi_dma_flush,
	.bus_dma_win =		ddi_dma_win,
	.bus_dma_ctl =		ddi_dma_mctl,
	.bus_ctl =		hvs_vmbus_bus_ctl,
	.bus_prop_op =		ddi_bus_prop_op,
	.bus_config =		hvs_vmbus_bus_config,
	.bus_unconfig =		hvs_vmbus_bus_unconfig,
	.bus_intr_op =		i_ddi_intr_ops
};

static int
hvs_vmbus_ddi_attach(dev_info_t *dip, ddi_attach_cmd_t cmd)
{
	int instance = ddi_get_instance(dip);

	switch (cmd) {
	case DDI_ATTACH:
		break;
	default:
		return (DDI_FAILURE);
	}

	if (ddi_soft_state_zalloc(hvs_vmbus_ddi_state, instance) !=
	    DDI_SUCCESS) {
		dev_err(dip, CE_WARN, "cannot allocate soft state");
		return (DDI_FAILURE);
	}
	ddi_set_driver_private(dip, ddi_get_soft_state(hvs_vmbus_ddi_state,
	    instance));

	/* What is not greater than 0 is a priority among FreeBSD's drivers. */
	if (hvs_bus_probe(dip) > 0)
		goto fail;
	bsd_tunable_int(dip, "event_threads", &hvs_event_threads,
	    0, 2147483647);
	bsd_kstat_add_var(bsd_kstat_device_tree(dip), "event_threads",
	    KSTAT_DATA_INT32, &hvs_event_threads, KSTAT_FLAG_WRITABLE);
	if (hvs_bus_attach(dip) != 0)
		goto fail;

	ddi_report_dev(dip);
	return (DDI_SUCCESS);

fail:
	bsd_kstat_device_fini(dip);
	ddi_set_driver_private(dip, NULL);
	ddi_soft_state_free(hvs_vmbus_ddi_state, instance);
	return (DDI_FAILURE);
}

static int
hvs_vmbus_ddi_detach(dev_info_t *dip, ddi_detach_cmd_t cmd)
{
	switch (cmd) {
	case DDI_DETACH:
		break;
	default:
		return (DDI_FAILURE);
	}

	if (hvs_bus_detach(dip) != 0)
		return (DDI_FAILURE);

	bsd_kstat_device_fini(dip);
	ddi_set_driver_private(dip, NULL);
	ddi_soft_state_free(hvs_vmbus_ddi_state, ddi_get_instance(dip));
	return (DDI_SUCCESS);
}

static struct cb_ops hvs_vmbus_cb_ops = {
	.cb_open =		nodev,
	.cb_close =		nodev,
	.cb_strategy =		nodev,
	.cb_print =		nodev,
	.cb_dump =		nodev,
	.cb_read =		nodev,
	.cb_write =		nodev,
	.cb_ioctl =		nodev,
	.cb_devmap =		nodev,
	.cb_mmap =		nodev,
	.cb_segmap =		nodev,
	.cb_chpoll =		nochpoll,
	.cb_prop_op =		ddi_prop_op,
	.cb_str =		NULL,
	.cb_flag =		D_NEW | D_MP | D_HOTPLUG,
	.cb_rev =		CB_REV,
	.cb_aread =		nodev,
	.cb_awrite =		nodev
};

static struct dev_ops hvs_vmbus_dev_ops = {
	.devo_rev =		DEVO_REV,
	.devo_refcnt =		0,
	.devo_getinfo =		ddi_no_info,
	.devo_identify =	nulldev,
	.devo_probe =		nulldev,
	.devo_attach =		hvs_vmbus_ddi_attach,
	.devo_detach =		hvs_vmbus_ddi_detach,
	.devo_reset =		nodev,
	.devo_cb_ops =		&hvs_vmbus_cb_ops,
	.devo_bus_ops =		&hvs_vmbus_bus_ops,
	.devo_power =		NULL,
	.devo_quiesce =		ddi_quiesce_not_supported
};

static struct modldrv hvs_vmbus_modldrv = {
	&mod_driverops,
	"Sample VMBus",
	&hvs_vmbus_dev_ops
};

static struct modlinkage hvs_vmbus_modlinkage = {
	MODREV_1,
	{ &hvs_vmbus_modldrv, NULL }
};

int
_init(void)
{
	int error;

	error = ddi_soft_state_init(&hvs_vmbus_ddi_state,
	    sizeof (struct hvs_softc), 0);
	if (error != 0) {
		return (error);
	}
	hvs_hyper_probe(NULL);
	hvs_bus_late_start(NULL);
	if ((error = mod_install(&hvs_vmbus_modlinkage)) != 0) {
		hvs_hyper_leave(NULL);
		ddi_soft_state_fini(&hvs_vmbus_ddi_state);
	}
	return (error);
}

int
_fini(void)
{
	int error;

	if ((error = mod_remove(&hvs_vmbus_modlinkage)) != 0)
		return (error);
	hvs_hyper_leave(NULL);
	ddi_soft_state_fini(&hvs_vmbus_ddi_state);
	return (0);
}

int
_info(struct modinfo *modinfop)
{
	return (mod_info(&hvs_vmbus_modlinkage, modinfop));
}
