/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The portkit authors
 */

/*
 * The heartbeat service: the host sends a number every few seconds, and takes
 * the guest for alive when it comes back one higher.
 */

#include <sys/ccompile.h>
#include <sys/param.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <sys/systm.h>
#include <sys/cmn_err.h>
#include <sys/debug.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include <sys/kmem.h>
#include <sys/modctl.h>
#include <sys/ksynch.h>
#include <sys/dditypes.h>
#include <sys/conf.h>
#include <sys/devops.h>
#include <sys/errno.h>
#include <sys/kstat.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/stdbool.h>
#include <sys/stddef.h>
#include <hvsample/bsd/bsd_callout.h>
#include <hvsample/bsd/bsd_kstat.h>

#include <hvsample/include/hvs.h>
#include <hvsample/heartbeat/hvs_ic.h>

#include <hvsample/vmbus/hvs_if.h>

/*
 * More pages than the first message of a page list holds, on purpose: so the
 * others are used as well.
 */
#define	HEARTBEAT_RING_PAGES	16
#define	HEARTBEAT_BUFFER	PAGESIZE

#define	HEARTBEAT_TIMEOUT	60
#define	HEARTBEAT_TIMEOUT_MIN	5
#define	HEARTBEAT_TIMEOUT_MAX	3600

struct heartbeat_softc {
	dev_info_t	*hb_dev;
	struct hvs_channel *hb_channel;
	uint8_t		*hb_buffer;	/* of HEARTBEAT_BUFFER bytes */
	struct hvs_ic_version hb_framework;
	struct hvs_ic_version hb_version;

	kmutex_t	hb_lock;
	uint_t		hb_beats;
	uint_t		hb_seen;	/* hb_beats at the last look */
	uint_t		hb_missed;
	int		hb_timeout;	/* seconds */
	int		hb_stopping;
	struct bsd_callout	hb_watch;
};

static int	hvs_heartbeat_timeout = HEARTBEAT_TIMEOUT;

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
heartbeat_choose(const struct hvs_ic_version *offered, uint_t n,
    const struct hvs_ic_version *limit)
{
	const struct hvs_ic_version *best = NULL;
	uint_t i;

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
static uint_t
heartbeat_negotiate(struct heartbeat_softc *sc, uint_t len)
{
	struct hvs_ic_negotiate *in = (struct hvs_ic_negotiate *)sc->hb_buffer;
	const struct hvs_ic_version *framework, *version;
	uint_t count, size;

	if (len < sizeof (*in))
		return (0);
	count = in->in_frameworks + in->in_messages;
	if (in->in_frameworks == 0 || in->in_messages == 0 ||
	    len < sizeof (*in) + count * sizeof (in->in_version[0]))
		return (0);

	framework = heartbeat_choose(in->in_version, in->in_frameworks,
	    &heartbeat_framework);
	version = heartbeat_choose(in->in_version + in->in_frameworks,
	    in->in_messages, &heartbeat_version);
	size = sizeof (*in) + 2 * sizeof (in->in_version[0]);
	if (framework == NULL || version == NULL) {
		dev_err(sc->hb_dev, CE_NOTE, "the host's versions are too new");
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
		if (boothowto & RB_VERBOSE) {
			dev_err(sc->hb_dev, CE_CONT,
			    "?framework %u.%u, service %u.%u\n",
			    sc->hb_framework.iv_major,
			    sc->hb_framework.iv_minor,
			    sc->hb_version.iv_major, sc->hb_version.iv_minor);
		}
	}
	in->in_header.ih_size = size - sizeof (in->in_header);
	return (MAX(len, size));
}

static uint_t
heartbeat_beat(struct heartbeat_softc *sc, uint_t len)
{
	struct hvs_ic_heartbeat *ib;

	if (len < offsetof(struct hvs_ic_heartbeat, ib_reserved))
		return (0);
	ib = (struct hvs_ic_heartbeat *)sc->hb_buffer;
	ib->ib_sequence++;

	mutex_enter(&sc->hb_lock);
	sc->hb_beats++;
	mutex_exit(&sc->hb_lock);
	return (len);
}

static void
heartbeat_input(struct hvs_channel *ch, void *arg)
{
	struct heartbeat_softc *sc = arg;
	struct hvs_ic_header *ih = (struct hvs_ic_header *)sc->hb_buffer;
	uint64_t xact;
	uint_t answer, len;
	int error;

	for (;;) {
		len = HEARTBEAT_BUFFER;
		if (hvs_channel_receive(ch, sc->hb_buffer, &len, &xact) != 0)
			break;
		if (len < sizeof (*ih)) {
			dev_err(sc->hb_dev, CE_NOTE, "%u bytes are no message",
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
			dev_err(sc->hb_dev, CE_NOTE, "message %u is too short",
			    ih->ih_type);
			continue;
		}

		ih->ih_flags = HVS_IC_FLAG_XACT | HVS_IC_FLAG_RESPONSE;
		error = hvs_channel_send(ch, sc->hb_buffer, answer, xact);
		if (error != 0) {
			dev_err(sc->hb_dev, CE_NOTE, "no answer sent: %d",
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

	mutex_enter(&sc->hb_lock);
	missed = sc->hb_beats == sc->hb_seen && sc->hb_beats != 0;
	if (missed)
		sc->hb_missed++;
	sc->hb_seen = sc->hb_beats;
	again = !sc->hb_stopping;
	mutex_exit(&sc->hb_lock);

	if (missed && again) {
		dev_err(sc->hb_dev, CE_NOTE, "no heartbeat for %d seconds",
		    sc->hb_timeout);
	}
	if (again) {
		(void) bsd_callout_reset(&sc->hb_watch, sc->hb_timeout * hz,
		    heartbeat_watch, sc);
	}
}

static int
heartbeat_sysctl_version(kstat_named_t *knp, int rw, void *arg1, intptr_t arg2)
{
	struct heartbeat_softc *sc = arg1;
	char text[16];

	(void) snprintf(text, sizeof (text), "%u.%u", sc->hb_version.iv_major,
	    sc->hb_version.iv_minor);
	(void) strlcpy(KSTAT_NAMED_STR_PTR(knp), text,
	    KSTAT_NAMED_STR_BUFLEN(knp));
	return (0);
}

static void
heartbeat_sysctl(struct heartbeat_softc *sc)
{
	struct bsd_kstat_node *node;

	node = bsd_kstat_device_tree(sc->hb_dev);
	bsd_kstat_add_proc(node, "version", KSTAT_DATA_STRING,
	    heartbeat_sysctl_version, sc, 0, 0);
	bsd_kstat_add_var(node, "beats", KSTAT_DATA_UINT32, &sc->hb_beats, 0);
	bsd_kstat_add_var(node, "missed", KSTAT_DATA_UINT32, &sc->hb_missed, 0);
}

static int
heartbeat_probe(dev_info_t *dev)
{

	if (hvs_bus_match_class(ddi_get_parent(dev), dev, &heartbeat_class) !=
	    0)
		return (ENXIO);
	dev_err(dev, CE_CONT, "?%s\n", "Sample heartbeat service");
	return (DDI_PROBE_DONTCARE);
}

static int
heartbeat_attach(dev_info_t *dev)
{
	struct heartbeat_softc *sc = ddi_get_driver_private(dev);
	uint32_t protocol;
	int error;

	protocol = hvs_bus_get_protocol(ddi_get_parent(dev), dev);
	if (boothowto & RB_VERBOSE) {
		dev_err(dev, CE_CONT, "?on protocol %u.%u\n",
		    HVS_PROTOCOL_MAJOR(protocol),
		    HVS_PROTOCOL_MINOR(protocol));
	}

	sc->hb_dev = dev;
	sc->hb_channel = hvs_get_channel(dev);
	sc->hb_buffer = kmem_zalloc(HEARTBEAT_BUFFER, KM_SLEEP);
	mutex_init(&sc->hb_lock, NULL, MUTEX_DRIVER, NULL);
	bsd_callout_init(&sc->hb_watch, 1);

	sc->hb_timeout = hvs_heartbeat_timeout;
	if (sc->hb_timeout < HEARTBEAT_TIMEOUT_MIN ||
	    sc->hb_timeout > HEARTBEAT_TIMEOUT_MAX) {
		dev_err(dev, CE_NOTE, "hw.hvs.heartbeat_timeout=%d is not from "
		    "%d to %d, using %d", sc->hb_timeout,
		    HEARTBEAT_TIMEOUT_MIN, HEARTBEAT_TIMEOUT_MAX,
		    HEARTBEAT_TIMEOUT);
		sc->hb_timeout = HEARTBEAT_TIMEOUT;
	}

	error = hvs_channel_open(sc->hb_channel, HEARTBEAT_RING_PAGES,
	    HEARTBEAT_RING_PAGES, heartbeat_input, sc);
	if (error != 0) {
		dev_err(dev, CE_NOTE, "the channel does not open: %d", error);
		mutex_destroy(&sc->hb_lock);
		kmem_free(sc->hb_buffer, HEARTBEAT_BUFFER);
		return (error);
	}

	(void) bsd_callout_reset(&sc->hb_watch, sc->hb_timeout * hz,
	    heartbeat_watch, sc);
	heartbeat_sysctl(sc);
	return (0);
}

static int
heartbeat_detach(dev_info_t *dev)
{
	struct heartbeat_softc *sc = ddi_get_driver_private(dev);

	/* The handler takes the lock, so it is waited for without it. */
	mutex_enter(&sc->hb_lock);
	sc->hb_stopping = 1;
	mutex_exit(&sc->hb_lock);
	(void) bsd_callout_drain(&sc->hb_watch);

	hvs_channel_close(sc->hb_channel);
	mutex_destroy(&sc->hb_lock);
	if (sc->hb_buffer != NULL)
		kmem_free(sc->hb_buffer, HEARTBEAT_BUFFER);
	return (0);
}

/*
 * Module linkage.
 */

static void *hvs_heartbeat_ddi_state;

static int
hvs_heartbeat_ddi_attach(dev_info_t *dip, ddi_attach_cmd_t cmd)
{
	int instance = ddi_get_instance(dip);

	switch (cmd) {
	case DDI_ATTACH:
		break;
	default:
		return (DDI_FAILURE);
	}

	if (ddi_soft_state_zalloc(hvs_heartbeat_ddi_state, instance) !=
	    DDI_SUCCESS) {
		dev_err(dip, CE_WARN, "cannot allocate soft state");
		return (DDI_FAILURE);
	}
	ddi_set_driver_private(dip, ddi_get_soft_state(hvs_heartbeat_ddi_state,
	    instance));

	/* What is not greater than 0 is a priority among FreeBSD's drivers. */
	if (heartbeat_probe(dip) > 0)
		goto fail;
	bsd_tunable_int(dip, "heartbeat_timeout", &hvs_heartbeat_timeout,
	    0, 2147483647);
	bsd_kstat_add_var(bsd_kstat_device_tree(dip), "heartbeat_timeout",
	    KSTAT_DATA_INT32, &hvs_heartbeat_timeout, KSTAT_FLAG_WRITABLE);
	if (heartbeat_attach(dip) != 0)
		goto fail;

	ddi_report_dev(dip);
	return (DDI_SUCCESS);

fail:
	bsd_kstat_device_fini(dip);
	ddi_set_driver_private(dip, NULL);
	ddi_soft_state_free(hvs_heartbeat_ddi_state, instance);
	return (DDI_FAILURE);
}

static int
hvs_heartbeat_ddi_detach(dev_info_t *dip, ddi_detach_cmd_t cmd)
{
	switch (cmd) {
	case DDI_DETACH:
		break;
	default:
		return (DDI_FAILURE);
	}

	if (heartbeat_detach(dip) != 0)
		return (DDI_FAILURE);

	bsd_kstat_device_fini(dip);
	ddi_set_driver_private(dip, NULL);
	ddi_soft_state_free(hvs_heartbeat_ddi_state, ddi_get_instance(dip));
	return (DDI_SUCCESS);
}

static struct dev_ops hvs_heartbeat_dev_ops = {
	.devo_rev =		DEVO_REV,
	.devo_refcnt =		0,
	.devo_getinfo =		ddi_no_info,
	.devo_identify =	nulldev,
	.devo_probe =		nulldev,
	.devo_attach =		hvs_heartbeat_ddi_attach,
	.devo_detach =		hvs_heartbeat_ddi_detach,
	.devo_reset =		nodev,
	.devo_cb_ops =		NULL,
	.devo_bus_ops =		NULL,
	.devo_power =		NULL,
	.devo_quiesce =		ddi_quiesce_not_needed
};

static struct modldrv hvs_heartbeat_modldrv = {
	&mod_driverops,
	"Sample heartbeat service",
	&hvs_heartbeat_dev_ops
};

static struct modlinkage hvs_heartbeat_modlinkage = {
	MODREV_1,
	{ &hvs_heartbeat_modldrv, NULL }
};

int
_init(void)
{
	int error;

	error = ddi_soft_state_init(&hvs_heartbeat_ddi_state,
	    sizeof (struct heartbeat_softc), 0);
	if (error != 0) {
		return (error);
	}
	if ((error = mod_install(&hvs_heartbeat_modlinkage)) != 0) {
		ddi_soft_state_fini(&hvs_heartbeat_ddi_state);
	}
	return (error);
}

int
_fini(void)
{
	int error;

	if ((error = mod_remove(&hvs_heartbeat_modlinkage)) != 0)
		return (error);
	ddi_soft_state_fini(&hvs_heartbeat_ddi_state);
	return (0);
}

int
_info(struct modinfo *modinfop)
{
	return (mod_info(&hvs_heartbeat_modlinkage, modinfop));
}
