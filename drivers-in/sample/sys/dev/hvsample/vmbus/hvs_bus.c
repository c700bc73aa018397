/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The portkit authors
 */

/*
 * The bus: contact with the host, and a newbus child for each channel.
 */

#include <sys/cdefs.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/malloc.h>
#include <sys/module.h>
#include <sys/sbuf.h>
#include <sys/smp.h>

#include <dev/hvsample/vmbus/hvs_var.h>

#include "hvs_if.h"

#define	HVS_CONTACT_SECONDS	10
#define	HVS_LIST_SECONDS	30
#define	HVS_UNLOAD_SECONDS	1

#define	HVS_GPADL_START		0x5a000

#define	HVS_EVENT_THREADS_MAX	16

static int	hvs_event_threads = 2;
SYSCTL_INT(_hw_hvs, OID_AUTO, event_threads, CTLFLAG_RDTUN,
    &hvs_event_threads, 0, "Threads that serve the channels");

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

	mtx_lock(&sc->hs_lock);
	sc->hs_listed = 1;
	wakeup(&sc->hs_listed);
	mtx_unlock(&sc->hs_lock);
}

/* An offer; hosts before protocol 1.1 leave the end of it out. */
static void
hvs_bus_offer(struct hvs_softc *sc, const void *payload, size_t size)
{
	struct hvs_ctl_offer offer;

	memset(&offer, 0, sizeof(offer));
	memcpy(&offer, payload, MIN(size, sizeof(offer)));
	hvs_channel_offer(sc, &offer);
}

/* Bytes that a message from the host has at the least, 0 if unknown. */
static size_t
hvs_bus_message_size(uint32_t type)
{

	switch (type) {
	case HVS_CTL_OFFER:
		return (__offsetof(struct hvs_ctl_offer, of_dedicated));
	case HVS_CTL_RESCIND:
		return (sizeof(struct hvs_ctl_relid));
	case HVS_CTL_LISTED:
	case HVS_CTL_UNLOADED:
		return (sizeof(struct hvs_ctl));
	case HVS_CTL_OPENED:
		return (sizeof(struct hvs_ctl_opened));
	case HVS_CTL_GPADL_MADE:
		return (sizeof(struct hvs_ctl_gpadl_made));
	case HVS_CTL_GPADL_DROPPED:
		return (sizeof(struct hvs_ctl_gpadl_dropped));
	case HVS_CTL_CONTACTED:
		return (sizeof(struct hvs_ctl_contacted));
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

	if (size < sizeof(*ctl) ||
	    size < hvs_bus_message_size(ctl->ct_type)) {
		device_printf(sc->hs_dev, "message of %zu bytes\n", size);
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
		mtx_lock(&sc->hs_lock);
		if ((sc->hs_state & HVS_BUS_LEAVING) == 0) {
			taskqueue_enqueue(sc->hs_mgmt_tq,
			    &sc->hs_listed_task);
		}
		mtx_unlock(&sc->hs_lock);
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
		if (bootverbose) {
			device_printf(sc->hs_dev, "message %u ignored\n",
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
	device_t bus = ch->ch_bus->hs_dev;
	char class[HVS_GUID_TEXT], instance[HVS_GUID_TEXT];

	if (bootverbose) {
		(void) hvs_guid_text(&ch->ch_class, class, sizeof(class));
		(void) hvs_guid_text(&ch->ch_instance, instance,
		    sizeof(instance));
		device_printf(bus, "channel %u is class %s instance %s\n",
		    ch->ch_relid, class, instance);
	}

	mtx_lock(&Giant);
	ch->ch_dev = device_add_child(bus, NULL, -1);
	if (ch->ch_dev == NULL) {
		mtx_unlock(&Giant);
		device_printf(bus, "no device for channel %u\n", ch->ch_relid);
		return (ENXIO);
	}
	device_set_ivars(ch->ch_dev, ch);
	(void) device_probe_and_attach(ch->ch_dev);
	mtx_unlock(&Giant);
	return (0);
}

int
hvs_bus_remove(struct hvs_channel *ch)
{
	int error = 0;

	mtx_lock(&Giant);
	if (ch->ch_dev != NULL) {
		error = device_delete_child(ch->ch_bus->hs_dev, ch->ch_dev);
		if (error == 0)
			ch->ch_dev = NULL;
	}
	mtx_unlock(&Giant);
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

	memset(&message, 0, sizeof(message));
	message.cc_ctl.ct_type = HVS_CTL_CONTACT;
	message.cc_version = version;
	message.cc_shared = sc->hs_shared.dm_busaddr;
	message.cc_monitor[0] = sc->hs_monitor[0].dm_busaddr;
	message.cc_monitor[1] = sc->hs_monitor[1].dm_busaddr;

	rq = hvs_request_begin(sc, HVS_CTL_CONTACTED, 0, 0);
	error = hvs_post(sc, &message, sizeof(message));
	if (error == 0)
		error = hvs_request_wait(sc, rq, HVS_CONTACT_SECONDS);
	if (error == 0) {
		memcpy(&contacted, rq->rq_reply, sizeof(contacted));
		if (contacted.cd_supported == 0)
			error = EOPNOTSUPP;
	}
	hvs_request_end(sc, rq);
	return (error);
}

static int
hvs_bus_connect(struct hvs_softc *sc)
{
	u_int i;
	int error;

	error = EOPNOTSUPP;
	for (i = 0; i < nitems(hvs_protocols) && error == EOPNOTSUPP; i++) {
		sc->hs_protocol = hvs_protocols[i];
		error = hvs_bus_contact(sc, sc->hs_protocol);
	}
	if (error != 0) {
		device_printf(sc->hs_dev, "no contact with the host: %d\n",
		    error);
		return (error);
	}
	sc->hs_state |= HVS_BUS_CONNECTED;
	device_printf(sc->hs_dev, "protocol %u.%u\n",
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

	memset(&message, 0, sizeof(message));
	message.ct_type = HVS_CTL_UNLOAD;
	rq = hvs_request_begin(sc, HVS_CTL_UNLOADED, 0, 0);
	if (hvs_post(sc, &message, sizeof(message)) == 0 &&
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

	memset(&message, 0, sizeof(message));
	message.ct_type = HVS_CTL_LIST;
	error = hvs_post(sc, &message, sizeof(message));
	if (error != 0)
		return (error);

	mtx_lock(&sc->hs_lock);
	while (sc->hs_listed == 0 && error == 0) {
		error = mtx_sleep(&sc->hs_listed, &sc->hs_lock, 0, "hvslist",
		    HVS_LIST_SECONDS * hz);
	}
	mtx_unlock(&sc->hs_lock);
	if (error != 0)
		device_printf(sc->hs_dev, "devices may come late\n");
	return (0);
}

static int
hvs_bus_alloc(struct hvs_softc *sc)
{
	int error, threads;

	sc->hs_map = malloc(sizeof(struct hvs_channel *) * HVS_EVENT_FLAGS,
	    M_HVS, M_WAITOK | M_ZERO);

	error = hvs_dma_alloc(sc->hs_dev, sizeof(struct hvs_post_input),
	    sizeof(struct hvs_post_input), &sc->hs_post);
	if (error != 0)
		return (error);
	error = hvs_dma_alloc(sc->hs_dev, PAGE_SIZE, PAGE_SIZE,
	    &sc->hs_shared);
	if (error != 0)
		return (error);
	error = hvs_dma_alloc(sc->hs_dev, PAGE_SIZE, PAGE_SIZE,
	    &sc->hs_monitor[0]);
	if (error != 0)
		return (error);
	error = hvs_dma_alloc(sc->hs_dev, PAGE_SIZE, PAGE_SIZE,
	    &sc->hs_monitor[1]);
	if (error != 0)
		return (error);

	threads = hvs_event_threads;
	if (threads < 1 || threads > HVS_EVENT_THREADS_MAX) {
		threads = MIN(mp_ncpus, HVS_EVENT_THREADS_MAX);
		device_printf(sc->hs_dev, "hw.hvs.event_threads=%d is not "
		    "from 1 to %d, using %d\n", hvs_event_threads,
		    HVS_EVENT_THREADS_MAX, threads);
	}
	sc->hs_event_tq = taskqueue_create_fast("hvs event", M_WAITOK,
	    taskqueue_thread_enqueue, &sc->hs_event_tq);
	taskqueue_start_threads(&sc->hs_event_tq, threads, PI_NET,
	    "hvs event");

	/* One thread: what the host says about devices has an order. */
	TASK_INIT(&sc->hs_listed_task, 0, hvs_bus_listed_task, sc);
	sc->hs_mgmt_tq = taskqueue_create("hvs mgmt", M_WAITOK,
	    taskqueue_thread_enqueue, &sc->hs_mgmt_tq);
	taskqueue_start_threads(&sc->hs_mgmt_tq, 1, PI_NET, "hvs mgmt");
	return (0);
}

static int
hvs_sysctl_protocol(SYSCTL_HANDLER_ARGS)
{
	struct hvs_softc *sc = arg1;
	char text[16];

	snprintf(text, sizeof(text), "%u.%u",
	    HVS_PROTOCOL_MAJOR(sc->hs_protocol),
	    HVS_PROTOCOL_MINOR(sc->hs_protocol));
	return (sysctl_handle_string(oidp, text, sizeof(text), req));
}

static int
hvs_sysctl_interrupts(SYSCTL_HANDLER_ARGS)
{
	struct hvs_softc *sc = arg1;
	u_long sum;

	sum = hvs_synic_intrs(sc);
	return (sysctl_handle_long(oidp, &sum, 0, req));
}

static void
hvs_bus_sysctl(struct hvs_softc *sc)
{
	struct sysctl_ctx_list *ctx;
	struct sysctl_oid_list *node;

	ctx = device_get_sysctl_ctx(sc->hs_dev);
	node = SYSCTL_CHILDREN(device_get_sysctl_tree(sc->hs_dev));
	SYSCTL_ADD_PROC(ctx, node, OID_AUTO, "protocol",
	    CTLFLAG_RD | CTLFLAG_MPSAFE | CTLTYPE_STRING, sc, 0,
	    hvs_sysctl_protocol, "A", "Version agreed on with the host");
	SYSCTL_ADD_PROC(ctx, node, OID_AUTO, "interrupts",
	    CTLFLAG_RD | CTLFLAG_MPSAFE | CTLTYPE_ULONG, sc, 0,
	    hvs_sysctl_interrupts, "LU", "Interrupts on all CPUs");
	SYSCTL_ADD_UINT(ctx, node, OID_AUTO, "channels", CTLFLAG_RD,
	    &sc->hs_nchannels, 0, "Channels that the host has offered");
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

	mtx_lock(&sc->hs_lock);
	sc->hs_state |= HVS_BUS_LEAVING;
	mtx_unlock(&sc->hs_lock);
	if (sc->hs_mgmt_tq != NULL) {
		taskqueue_free(sc->hs_mgmt_tq);
		sc->hs_mgmt_tq = NULL;
	}
}

/* Undo hvs_bus_start(), however far it came. */
static void
hvs_bus_stop(struct hvs_softc *sc)
{

	hvs_bus_stop_mgmt(sc);
	KASSERT(TAILQ_EMPTY(&sc->hs_channels), ("channels are left"));
	hvs_bus_disconnect(sc);
	hvs_synic_stop(sc);
	if (sc->hs_event_tq != NULL) {
		taskqueue_free(sc->hs_event_tq);
		sc->hs_event_tq = NULL;
	}
	hvs_dma_free(&sc->hs_monitor[1]);
	hvs_dma_free(&sc->hs_monitor[0]);
	hvs_dma_free(&sc->hs_shared);
	hvs_dma_free(&sc->hs_post);
	free(sc->hs_map, M_HVS);
	sc->hs_map = NULL;
	sc->hs_state &= ~HVS_BUS_STARTED;
}

static void
hvs_bus_identify(driver_t *driver, device_t parent)
{

	if (hvs_features != 0 &&
	    device_find_child(parent, driver->name, 0) == NULL)
		BUS_ADD_CHILD(parent, 0, driver->name, 0);
}

static int
hvs_bus_probe(device_t dev)
{

	if (hvs_features == 0 || device_get_unit(dev) != 0)
		return (ENXIO);
	device_set_desc(dev, "Sample VMBus");
	return (BUS_PROBE_DEFAULT);
}

static int
hvs_bus_attach(device_t dev)
{
	struct hvs_softc *sc = device_get_softc(dev);
	int error = 0;

	sc->hs_dev = dev;
	sc->hs_vector = -1;
	sc->hs_gpadl = HVS_GPADL_START;
	sx_init(&sc->hs_post_lock, "hvs post");
	mtx_init(&sc->hs_lock, "hvs bus", NULL, MTX_DEF);
	mtx_init(&sc->hs_map_lock, "hvs map", NULL, MTX_SPIN);
	TAILQ_INIT(&sc->hs_channels);
	TAILQ_INIT(&sc->hs_requests);
	hvs_bus = sc;

	/* While the system starts, nothing can sleep: see the SYSINIT. */
	if (!cold)
		error = hvs_bus_start(sc);
	if (error != 0) {
		hvs_bus = NULL;
		mtx_destroy(&sc->hs_map_lock);
		mtx_destroy(&sc->hs_lock);
		sx_destroy(&sc->hs_post_lock);
		return (error);
	}
	hvs_bus_sysctl(sc);
	return (0);
}

static int
hvs_bus_detach(device_t dev)
{
	struct hvs_softc *sc = device_get_softc(dev);
	int error;

	error = bus_generic_detach(dev);
	if (error != 0)
		return (error);
	hvs_bus_stop_mgmt(sc);
	error = hvs_channel_remove_all(sc);
	if (error != 0)
		return (error);

	if ((sc->hs_state & HVS_BUS_STARTED) != 0)
		hvs_bus_stop(sc);
	hvs_bus = NULL;
	mtx_destroy(&sc->hs_map_lock);
	mtx_destroy(&sc->hs_lock);
	sx_destroy(&sc->hs_post_lock);
	return (0);
}

static int
hvs_bus_read_ivar(device_t bus __unused, device_t child, int index,
    uintptr_t *result)
{
	struct hvs_channel *ch = hvs_get_channel(child);

	switch (index) {
	case HVS_IVAR_CHANNEL:
		*result = (uintptr_t)ch;
		return (0);
	case HVS_IVAR_RELID:
		*result = ch->ch_relid;
		return (0);
	case HVS_IVAR_INSTANCE:
		*result = (uintptr_t)&ch->ch_instance;
		return (0);
	default:
		return (ENOENT);
	}
}

/* The instance stays the same when the system starts again. */
#if __FreeBSD_version >= 1400000
static int
hvs_bus_child_pnpinfo(device_t bus __unused, device_t child, struct sbuf *sb)
{
	struct hvs_channel *ch = hvs_get_channel(child);
	char class[HVS_GUID_TEXT], instance[HVS_GUID_TEXT];

	(void) hvs_guid_text(&ch->ch_class, class, sizeof(class));
	(void) hvs_guid_text(&ch->ch_instance, instance, sizeof(instance));
	sbuf_printf(sb, "classid=%s deviceid=%s", class, instance);
	return (0);
}
#else
static int
hvs_bus_child_pnpinfo_str(device_t bus __unused, device_t child, char *buf,
    size_t size)
{
	struct hvs_channel *ch = hvs_get_channel(child);
	char class[HVS_GUID_TEXT], instance[HVS_GUID_TEXT];

	(void) hvs_guid_text(&ch->ch_class, class, sizeof(class));
	(void) hvs_guid_text(&ch->ch_instance, instance, sizeof(instance));
	snprintf(buf, size, "classid=%s deviceid=%s", class, instance);
	return (0);
}
#endif

static uint32_t
hvs_bus_get_protocol(device_t bus, device_t child __unused)
{
	struct hvs_softc *sc = device_get_softc(bus);

	return (sc->hs_protocol);
}

static int
hvs_bus_match_class(device_t bus __unused, device_t child,
    const struct hvs_guid *class)
{
	struct hvs_channel *ch = hvs_get_channel(child);

	if (memcmp(&ch->ch_class, class, sizeof(struct hvs_guid)) != 0)
		return (ENXIO);
	return (0);
}

static device_method_t hvs_bus_methods[] = {
	DEVMETHOD(device_identify,	hvs_bus_identify),
	DEVMETHOD(device_probe,		hvs_bus_probe),
	DEVMETHOD(device_attach,	hvs_bus_attach),
	DEVMETHOD(device_detach,	hvs_bus_detach),

	DEVMETHOD(bus_print_child,
	    bus_generic_print_child),
	DEVMETHOD(bus_read_ivar,	hvs_bus_read_ivar),
#if __FreeBSD_version >= 1400000
	DEVMETHOD(bus_child_pnpinfo,	hvs_bus_child_pnpinfo),
#else
	DEVMETHOD(bus_child_pnpinfo_str, hvs_bus_child_pnpinfo_str),
#endif

	DEVMETHOD(hvs_get_protocol,	hvs_bus_get_protocol),
	DEVMETHOD(hvs_match_class,	hvs_bus_match_class),
	DEVMETHOD_END
};

static driver_t hvs_bus_driver = {
	"hvs_vmbus",
	hvs_bus_methods,
	sizeof(struct hvs_softc)
};

#if __FreeBSD_version >= 1400000
DRIVER_MODULE(hvs_vmbus, nexus, hvs_bus_driver, NULL, NULL);
#else
static devclass_t hvs_bus_devclass;

DRIVER_MODULE(hvs_vmbus, nexus, hvs_bus_driver, hvs_bus_devclass, NULL, NULL);
#endif
MODULE_VERSION(hvs_vmbus, 1);

/*
 * When the bus was found while the system started, it is put to work here, as
 * late as can be: threads run, CPUs are up, and sleeping is allowed.
 */
static void
hvs_bus_late_start(void *arg __unused)
{
	struct hvs_softc *sc = hvs_bus;

	if (sc == NULL || cold || (sc->hs_state & HVS_BUS_STARTED) != 0)
		return;
	if (hvs_bus_start(sc) != 0)
		device_printf(sc->hs_dev, "the bus does not work\n");
}
SYSINIT(hvs_bus_late, SI_SUB_LAST, SI_ORDER_ANY, hvs_bus_late_start, NULL);
