/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The portkit authors
 */

/*
 * The heartbeat service: the host sends a number every few seconds, and takes
 * the guest for alive when it comes back one higher.
 */

#include <sys/cdefs.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/callout.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/module.h>
#include <sys/mutex.h>
#include <sys/sysctl.h>

#include <dev/hvsample/include/hvs.h>
#include <dev/hvsample/heartbeat/hvs_ic.h>

#include "hvs_if.h"

/*
 * More pages than the first message of a page list holds, on purpose: so the
 * others are used as well.
 */
#define	HEARTBEAT_RING_PAGES	16
#define	HEARTBEAT_BUFFER	PAGE_SIZE

#define	HEARTBEAT_TIMEOUT	60
#define	HEARTBEAT_TIMEOUT_MIN	5
#define	HEARTBEAT_TIMEOUT_MAX	3600

struct heartbeat_softc {
	device_t	hb_dev;
	struct hvs_channel *hb_channel;
	uint8_t		*hb_buffer;	/* of HEARTBEAT_BUFFER bytes */
	struct hvs_ic_version hb_framework;
	struct hvs_ic_version hb_version;

	struct mtx	hb_lock;
	u_int		hb_beats;
	u_int		hb_seen;	/* hb_beats at the last look */
	u_int		hb_missed;
	int		hb_timeout;	/* seconds */
	int		hb_stopping;
	struct callout	hb_watch;
};

static int	hvs_heartbeat_timeout = HEARTBEAT_TIMEOUT;
SYSCTL_DECL(_hw_hvs);
SYSCTL_INT(_hw_hvs, OID_AUTO, heartbeat_timeout, CTLFLAG_RDTUN,
    &hvs_heartbeat_timeout, 0, "Seconds without a heartbeat to warn of");

/* 57164f39-9115-4e78-ab55-382f3bd5422d */
static const struct hvs_guid heartbeat_class = {
	.g_byte = {
		0x39, 0x4f, 0x16, 0x57,
		0x15, 0x91,
		0x78, 0x4e,
		0xab, 0x55,
		0x38, 0x2f, 0x3b, 0xd5, 0x42, 0x2d
	}
};

static const struct hvs_ic_version heartbeat_framework = { 3, 0 };
static const struct hvs_ic_version heartbeat_version = { 3, 0 };

static int
heartbeat_compare(const struct hvs_ic_version *a,
    const struct hvs_ic_version *b)
{

	if (a->iv_major != b->iv_major)
		return (a->iv_major < b->iv_major ? -1 : 1);
	if (a->iv_minor != b->iv_minor)
		return (a->iv_minor < b->iv_minor ? -1 : 1);
	return (0);
}

/*
 * The highest of `n' versions that is not above `limit', or NULL.
 */
static const struct hvs_ic_version *
heartbeat_choose(const struct hvs_ic_version *offered, u_int n,
    const struct hvs_ic_version *limit)
{
	const struct hvs_ic_version *best = NULL;
	u_int i;

	for (i = 0; i < n; i++) {
		if (heartbeat_compare(&offered[i], limit) <= 0 &&
		    (best == NULL || heartbeat_compare(&offered[i], best) > 0))
			best = &offered[i];
	}
	return (best);
}

/*
 * Turn the host's lists of versions into our choice.  Returns the size of the
 * answer, or 0 where the message is nonsense.
 */
static u_int
heartbeat_negotiate(struct heartbeat_softc *sc, u_int len)
{
	struct hvs_ic_negotiate *in = (struct hvs_ic_negotiate *)sc->hb_buffer;
	const struct hvs_ic_version *framework, *version;
	u_int count, size;

	if (len < sizeof(*in))
		return (0);
	count = in->in_frameworks + in->in_messages;
	if (in->in_frameworks == 0 || in->in_messages == 0 ||
	    len < sizeof(*in) + count * sizeof(in->in_version[0]))
		return (0);

	framework = heartbeat_choose(in->in_version, in->in_frameworks,
	    &heartbeat_framework);
	version = heartbeat_choose(in->in_version + in->in_frameworks,
	    in->in_messages, &heartbeat_version);
	size = sizeof(*in) + 2 * sizeof(in->in_version[0]);
	if (framework == NULL || version == NULL) {
		device_printf(sc->hb_dev, "the host's versions are too new\n");
		in->in_header.ih_status = HVS_IC_STATUS_FAIL;
		in->in_frameworks = 0;
		in->in_messages = 0;
	} else {
		/* What was chosen lies where the answer goes. */
		sc->hb_framework = *framework;
		sc->hb_version = *version;
		in->in_frameworks = 1;
		in->in_messages = 1;
		in->in_version[0] = sc->hb_framework;
		in->in_version[1] = sc->hb_version;
		if (bootverbose) {
			device_printf(sc->hb_dev,
			    "framework %u.%u, service %u.%u\n",
			    sc->hb_framework.iv_major,
			    sc->hb_framework.iv_minor,
			    sc->hb_version.iv_major, sc->hb_version.iv_minor);
		}
	}
	in->in_header.ih_size = size - sizeof(in->in_header);
	return (MAX(len, size));
}

static u_int
heartbeat_beat(struct heartbeat_softc *sc, u_int len)
{
	struct hvs_ic_heartbeat *ib;

	if (len < __offsetof(struct hvs_ic_heartbeat, ib_reserved))
		return (0);
	ib = (struct hvs_ic_heartbeat *)sc->hb_buffer;
	ib->ib_sequence++;

	mtx_lock(&sc->hb_lock);
	sc->hb_beats++;
	mtx_unlock(&sc->hb_lock);
	return (len);
}

static void
heartbeat_input(struct hvs_channel *ch, void *arg)
{
	struct heartbeat_softc *sc = arg;
	struct hvs_ic_header *ih = (struct hvs_ic_header *)sc->hb_buffer;
	uint64_t xact;
	u_int answer, len;
	int error;

	for (;;) {
		len = HEARTBEAT_BUFFER;
		if (hvs_channel_receive(ch, sc->hb_buffer, &len, &xact) != 0)
			break;
		if (len < sizeof(*ih)) {
			device_printf(sc->hb_dev, "%u bytes are no message\n",
			    len);
			continue;
		}

		switch (ih->ih_type) {
		case HVS_IC_NEGOTIATE:
			answer = heartbeat_negotiate(sc, len);
			break;
		case HVS_IC_HEARTBEAT:
			answer = heartbeat_beat(sc, len);
			break;
		default:
			ih->ih_status = HVS_IC_STATUS_FAIL;
			answer = len;
			break;
		}
		if (answer == 0) {
			device_printf(sc->hb_dev, "message %u is too short\n",
			    ih->ih_type);
			continue;
		}

		ih->ih_flags = HVS_IC_FLAG_XACT | HVS_IC_FLAG_RESPONSE;
		error = hvs_channel_send(ch, sc->hb_buffer, answer, xact);
		if (error != 0) {
			device_printf(sc->hb_dev, "no answer sent: %d\n",
			    error);
		}
	}
}

/*
 * Look whether the host has sent anything since the last look.
 */
static void
heartbeat_watch(void *arg)
{
	struct heartbeat_softc *sc = arg;
	bool again, missed;

	mtx_lock(&sc->hb_lock);
	missed = sc->hb_beats == sc->hb_seen && sc->hb_beats != 0;
	if (missed)
		sc->hb_missed++;
	sc->hb_seen = sc->hb_beats;
	again = !sc->hb_stopping;
	mtx_unlock(&sc->hb_lock);

	if (missed && again) {
		device_printf(sc->hb_dev, "no heartbeat for %d seconds\n",
		    sc->hb_timeout);
	}
	if (again) {
		callout_reset(&sc->hb_watch, sc->hb_timeout * hz,
		    heartbeat_watch, sc);
	}
}

static int
heartbeat_sysctl_version(SYSCTL_HANDLER_ARGS)
{
	struct heartbeat_softc *sc = arg1;
	char text[16];

	snprintf(text, sizeof(text), "%u.%u", sc->hb_version.iv_major,
	    sc->hb_version.iv_minor);
	return (sysctl_handle_string(oidp, text, sizeof(text), req));
}

static void
heartbeat_sysctl(struct heartbeat_softc *sc)
{
	struct sysctl_ctx_list *ctx;
	struct sysctl_oid_list *node;

	ctx = device_get_sysctl_ctx(sc->hb_dev);
	node = SYSCTL_CHILDREN(device_get_sysctl_tree(sc->hb_dev));
	SYSCTL_ADD_PROC(ctx, node, OID_AUTO, "version",
	    CTLFLAG_RD | CTLFLAG_MPSAFE | CTLTYPE_STRING, sc, 0,
	    heartbeat_sysctl_version, "A", "Version of the service");
	SYSCTL_ADD_UINT(ctx, node, OID_AUTO, "beats", CTLFLAG_RD,
	    &sc->hb_beats, 0, "Heartbeats answered");
	SYSCTL_ADD_UINT(ctx, node, OID_AUTO, "missed", CTLFLAG_RD,
	    &sc->hb_missed, 0, "Intervals without a heartbeat");
}

static int
heartbeat_probe(device_t dev)
{

	if (HVS_MATCH_CLASS(device_get_parent(dev), dev, &heartbeat_class) != 0)
		return (ENXIO);
	device_set_desc(dev, "Sample heartbeat service");
	return (BUS_PROBE_DEFAULT);
}

static int
heartbeat_attach(device_t dev)
{
	struct heartbeat_softc *sc = device_get_softc(dev);
	uint32_t protocol;
	int error;

	protocol = HVS_GET_PROTOCOL(device_get_parent(dev), dev);
	if (bootverbose) {
		device_printf(dev, "on protocol %u.%u\n",
		    HVS_PROTOCOL_MAJOR(protocol),
		    HVS_PROTOCOL_MINOR(protocol));
	}

	sc->hb_dev = dev;
	sc->hb_channel = hvs_get_channel(dev);
	sc->hb_buffer = malloc(HEARTBEAT_BUFFER, M_DEVBUF, M_WAITOK | M_ZERO);
	mtx_init(&sc->hb_lock, device_get_nameunit(dev), "heartbeat", MTX_DEF);
	callout_init(&sc->hb_watch, 1);

	sc->hb_timeout = hvs_heartbeat_timeout;
	if (sc->hb_timeout < HEARTBEAT_TIMEOUT_MIN ||
	    sc->hb_timeout > HEARTBEAT_TIMEOUT_MAX) {
		device_printf(dev, "hw.hvs.heartbeat_timeout=%d is not from "
		    "%d to %d, using %d\n", sc->hb_timeout,
		    HEARTBEAT_TIMEOUT_MIN, HEARTBEAT_TIMEOUT_MAX,
		    HEARTBEAT_TIMEOUT);
		sc->hb_timeout = HEARTBEAT_TIMEOUT;
	}

	error = hvs_channel_open(sc->hb_channel, HEARTBEAT_RING_PAGES,
	    HEARTBEAT_RING_PAGES, heartbeat_input, sc);
	if (error != 0) {
		device_printf(dev, "the channel does not open: %d\n", error);
		mtx_destroy(&sc->hb_lock);
		free(sc->hb_buffer, M_DEVBUF);
		return (error);
	}

	callout_reset(&sc->hb_watch, sc->hb_timeout * hz, heartbeat_watch, sc);
	heartbeat_sysctl(sc);
	return (0);
}

static int
heartbeat_detach(device_t dev)
{
	struct heartbeat_softc *sc = device_get_softc(dev);

	/* The handler takes the lock, so it is waited for without it. */
	mtx_lock(&sc->hb_lock);
	sc->hb_stopping = 1;
	mtx_unlock(&sc->hb_lock);
	callout_drain(&sc->hb_watch);

	hvs_channel_close(sc->hb_channel);
	mtx_destroy(&sc->hb_lock);
	free(sc->hb_buffer, M_DEVBUF);
	return (0);
}

static device_method_t heartbeat_methods[] = {
	DEVMETHOD(device_probe,		heartbeat_probe),
	DEVMETHOD(device_attach,	heartbeat_attach),
	DEVMETHOD(device_detach,	heartbeat_detach),
	DEVMETHOD_END
};

static driver_t heartbeat_driver = {
	"hvs_heartbeat",
	heartbeat_methods,
	sizeof(struct heartbeat_softc)
};

#if __FreeBSD_version >= 1400000
DRIVER_MODULE(hvs_heartbeat, hvs_vmbus, heartbeat_driver, NULL, NULL);
#else
static devclass_t heartbeat_devclass;

DRIVER_MODULE(hvs_heartbeat, hvs_vmbus, heartbeat_driver, heartbeat_devclass,
    NULL, NULL);
#endif
MODULE_VERSION(hvs_heartbeat, 1);
MODULE_DEPEND(hvs_heartbeat, hvs_vmbus, 1, 1, 1);
