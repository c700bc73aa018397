/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Integration services: the devices, the transport and the negotiation. A file
 * for each service has its messages.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "host_ctl.h"
#include "ic.h"

#define	FRAMEWORK_2008	IC_VERSION(1, 0)
#define	FRAMEWORK	IC_VERSION(3, 0)

/* The offer: a device interface, and a pipe. */
#define	OFFER_PIPE	0x0011

#define	IC_CLASS(n, ...)						\
	static const struct hv_class ic_class_##n = {			\
		.name = #n,						\
		.type = { { __VA_ARGS__ } },				\
		.offer_flags = OFFER_PIPE,				\
		.pipe = true,						\
		.state_size = sizeof (struct ic),			\
		.created = ic_created,					\
		.opened = ic_opened,					\
		.closed = ic_closed,					\
		.readable = ic_readable,				\
	}

/* 57164f39-9115-4e78-ab55-382f3bd5422d */
IC_CLASS(heartbeat, 0x39, 0x4f, 0x16, 0x57, 0x15, 0x91, 0x78, 0x4e,
    0xab, 0x55, 0x38, 0x2f, 0x3b, 0xd5, 0x42, 0x2d);
/* 0e0b6031-5213-4934-818b-38d90ced39db */
IC_CLASS(shutdown, 0x31, 0x60, 0x0b, 0x0e, 0x13, 0x52, 0x34, 0x49,
    0x81, 0x8b, 0x38, 0xd9, 0x0c, 0xed, 0x39, 0xdb);
/* 9527e630-d0ae-497b-adce-e80ab0175caf */
IC_CLASS(timesync, 0x30, 0xe6, 0x27, 0x95, 0xae, 0xd0, 0x7b, 0x49,
    0xad, 0xce, 0xe8, 0x0a, 0xb0, 0x17, 0x5c, 0xaf);
/* a9a0f4e7-5a45-4d96-b827-8a841e8c03e6 */
IC_CLASS(kvp, 0xe7, 0xf4, 0xa0, 0xa9, 0x45, 0x5a, 0x96, 0x4d,
    0xb8, 0x27, 0x8a, 0x84, 0x1e, 0x8c, 0x03, 0xe6);
/* 35fa2e29-ea23-4236-96ae-3a6ebacba440 */
IC_CLASS(vss, 0x29, 0x2e, 0xfa, 0x35, 0x23, 0xea, 0x36, 0x42,
    0x96, 0xae, 0x3a, 0x6e, 0xba, 0xcb, 0xa4, 0x40);

/* A device that nobody has a driver for. */
static const struct hv_class class_unknown = {
	.name = "unknown",
	.type = { { 0x70, 0x6f, 0x72, 0x74, 0x6b, 0x69, 0x74, 0x4e,
	    0xb0, 0x0e, 0x6e, 0x6f, 0x62, 0x6f, 0x64, 0x79 } },
};

const struct hv_class *const hv_classes[] = {
	&ic_class_heartbeat, &ic_class_shutdown, &ic_class_timesync,
	&ic_class_kvp, &ic_class_vss, &stor_class_scsi, &stor_class_ide,
	&class_unknown, NULL
};

static const struct {
	const struct hv_class *class;
	const struct ic_service *service;
} services[] = {
	{ &ic_class_heartbeat, &ic_heartbeat },
	{ &ic_class_shutdown, &ic_shutdown },
	{ &ic_class_timesync, &ic_timesync },
	{ &ic_class_kvp, &ic_kvp },
	{ &ic_class_vss, &ic_vss },
};

/* Longer than a guest gives its daemons to answer. */
#define	IMPATIENT_AFTER	(18000 * HV_MS)

/*
 * A request that the guest has taken out of the ring has to be answered, if
 * only with a failure.
 */
static void
impatient(void *arg)
{
	struct ic *ic = arg;
	struct hv_channel *ch = ic->dev->channel;
	const struct vb_ring *ring;

	if (!ic->pending || ic->lax || !hv_is_open(ch) ||
	    (ring = hv_ring_control(&ch->in)) == NULL)
		return;
	if (ring->read != ch->in.write) {
		hc_timer_at(ic->impatience, hc_now() + IMPATIENT_AFTER);
		return;
	}
	hv_on_behalf(&ch->trace);
	hv_protocol("%s: the guest has read a message of %u bytes and not "
	    "answered it for %d s", ic->dev->class->name,
	    (uint32_t)sizeof (struct ic_header) + ic->len,
	    (int)(IMPATIENT_AFTER / (1000 * HV_MS)));
	hv_on_behalf(NULL);
	/* The host goes on without it; should it come yet, so be it. */
	ic->pending = false;
	ic->let_be[ic->transaction % IC_LET_BE] = ic->transaction;
}

void
ic_created(struct hv_device *dev)
{
	struct ic *ic = dev->state;
	size_t i;

	ic->dev = dev;
	ic->impatience = hc_timer_new(impatient, ic, HC_TIMER_BACKGROUND);
	ic->limit = ~0U;
	for (i = 0; i < sizeof (services) / sizeof (services[0]); i++) {
		if (services[i].class == dev->class)
			ic->service = services[i].service;
	}
}

/* The order of versions: by the major number, then by the minor one. */
static uint64_t
rank(uint32_t version)
{
	return ((uint64_t)IC_MAJOR(version) << 16 | IC_MINOR(version));
}

int
ic_version_at_least(const struct ic *ic, int major, int minor)
{
	return (rank(ic->version) >= rank(IC_VERSION(major, minor)));
}

/*
 * Sends what is in `message'. The ring takes it or not; a guest that does not
 * read is not waited for.
 */
static int
transmit(struct ic *ic, uint32_t len, bool lax)
{
	ic->transaction = ++ic->transactions;
	if (hv_send(ic->dev->channel, IC_PACKET_INBAND, 0, ic->transaction,
	    ic->message, len) != 0)
		return (-1);
	ic->pending = true;
	ic->lax = lax;
	ic->replied = false;
	hc_timer_at(ic->impatience, hc_now() + IMPATIENT_AFTER);
	if (lax)
		ic->let_be[ic->transaction % IC_LET_BE] = ic->transaction;
	return (0);
}

static void
compose(struct ic *ic, enum ic_type type, const void *body, uint32_t len)
{
	struct ic_header *h = (struct ic_header *)ic->message;

	memset(ic->message, 0, sizeof (ic->message));
	h->pipe.type = IC_PIPE_DATA;
	h->pipe.size = sizeof (*h) - sizeof (h->pipe) + len;
	h->framework = ic->framework;
	h->type = type;
	h->version = ic->version;
	h->size = (uint16_t)len;
	h->id = ++ic->id;
	h->flags = IC_TRANSACTION | IC_REQUEST;
	memcpy(h + 1, body, len);
	ic->len = len;
}

int
ic_request(struct ic *ic, const void *body, uint32_t len)
{
	if (ic == NULL || !ic->ready || len > IC_MAXBODY ||
	    (ic->pending && !ic->lax) || !hv_is_open(ic->dev->channel))
		return (-1);
	compose(ic, ic->service->type, body, len);
	return (transmit(ic, sizeof (struct ic_header) + len, false));
}

/*
 * The message versions that this host offers for a service; how many.
 */
static int
offered(const struct ic *ic, uint32_t *messages)
{
	static const char *const releases[] = {
		"2008R2", "2012", "2012R2", "2016", "2019", NULL
	};
	int i, mine = 0, n = 0;

	while (releases[mine] != NULL &&
	    strcmp(releases[mine], hv_release()->name) != 0)
		mine++;
	for (i = 0; ic->service->versions[i].version != 0; i++) {
		uint32_t v = ic->service->versions[i].version;

		if ((int)ic->service->versions[i].since <= mine &&
		    rank(v) <= rank(ic->limit))
			messages[n++] = v;
	}
	return (n);
}

void
ic_opened(struct hv_channel *channel)
{
	struct ic *ic = hv_device_of(channel)->state;
	struct {
		struct ic_versions v;
		uint32_t	version[2 + IC_MAXVERSIONS];
	} __attribute__((packed)) body;
	int n;

	memset(&body, 0, sizeof (body));
	ic->ready = ic->pending = false;
	ic->framework = ic->version = 0;
	body.v.frameworks = 2;
	body.version[0] = FRAMEWORK_2008;
	body.version[1] = FRAMEWORK;
	n = offered(ic, body.version + body.v.frameworks);
	body.v.messages = (uint16_t)n;
	compose(ic, IC_NEGOTIATE, &body, (uint32_t)(sizeof (body.v) +
	    (body.v.frameworks + n) * sizeof (uint32_t)));
	if (transmit(ic, sizeof (struct ic_header) + ic->len, false) != 0)
		hv_protocol("%s: the ring of a channel that was just opened "
		    "has no room for one message", ic->dev->class->name);
}

void
ic_closed(struct hv_channel *channel)
{
	struct ic *ic = hv_device_of(channel)->state;

	ic->ready = ic->pending = false;
}

static bool
among(uint32_t version, const struct ic_versions *v, int from, int n)
{
	int i;

	for (i = from; i < from + n; i++) {
		if (v->version[i] == version)
			return (true);
	}
	return (false);
}

static void
negotiated(struct ic *ic, const struct ic_header *h, uint32_t len)
{
	const struct ic_versions *asked =
	    (void *)(ic->message + sizeof (struct ic_header));
	const struct ic_versions *got = (const void *)(h + 1);
	const char *name = ic->dev->class->name;
	uint32_t need = sizeof (*got) + 2 * sizeof (uint32_t);

	if (h->status != IC_OK || len < sizeof (*got) ||
	    (got->frameworks == 0 && got->messages == 0))
		return;			/* the guest declines */
	if (got->frameworks != 1 || got->messages != 1) {
		hv_protocol("%s: answer to the negotiation names %u framework "
		    "and %u message versions, one of each is to be chosen",
		    name, got->frameworks, got->messages);
		return;
	}
	if (len < need || h->size != need) {
		hv_protocol("%s: answer to the negotiation says %u bytes in "
		    "a packet of %u, %u are needed", name, h->size, len, need);
		return;
	}
	if (got->reserved != 0)
		hv_protocol("%s: reserved field of the negotiation is 0x%x",
		    name, got->reserved);
	if (!among(got->version[0], asked, 0, asked->frameworks) ||
	    !among(got->version[1], asked, asked->frameworks,
	    asked->messages)) {
		hv_protocol("%s: framework %u.%u, message %u.%u were not "
		    "offered", name, IC_MAJOR(got->version[0]),
		    IC_MINOR(got->version[0]), IC_MAJOR(got->version[1]),
		    IC_MINOR(got->version[1]));
		return;
	}
	ic->framework = got->version[0];
	ic->version = got->version[1];
	ic->ready = true;
}

/*
 * What every answer has to keep from its request. False when it makes no sense
 * to look at more.
 */
static bool
plausible(struct ic *ic, const struct hv_packet *p)
{
	const struct ic_header *q = (void *)ic->message, *a;
	const char *name = ic->dev->class->name;
	uint32_t sent = (uint32_t)sizeof (*q) + ic->len;

	if (p->type != IC_PACKET_INBAND) {
		hv_protocol("%s: answer in a packet of type %u, not %u", name,
		    p->type, IC_PACKET_INBAND);
		return (false);
	}
	if (p->len < sizeof (*a)) {
		hv_protocol("%s: answer of %u bytes, the header alone has %zu",
		    name, p->len, sizeof (*a));
		return (false);
	}
	a = (const void *)p->payload;
	if (a->pipe.type != IC_PIPE_DATA)
		hv_protocol("%s: pipe message of type %u, not %u", name,
		    a->pipe.type, IC_PIPE_DATA);
	if (a->pipe.size < sizeof (*a) - sizeof (a->pipe) ||
	    a->pipe.size > p->len - sizeof (a->pipe)) {
		hv_protocol("%s: pipe message of %u bytes in a packet of %u",
		    name, a->pipe.size, p->len);
		return (false);
	}
	/* Packets are padded to eight bytes. */
	if (a->type != IC_NEGOTIATE && (p->len + 7) / 8 != (sent + 7) / 8) {
		hv_protocol("%s: answer of %u bytes to a message of %u", name,
		    p->len, sent);
		return (false);
	}
	if (a->type != q->type || a->id != q->id ||
	    p->transaction != ic->transaction) {
		hv_protocol("%s: answer of type %u to transaction %u (packet "
		    "%lu), outstanding is one of type %u, %u (packet %lu)",
		    name, a->type, a->id, p->transaction, q->type, q->id,
		    ic->transaction);
		return (false);
	}
	if (a->framework != q->framework || a->version != q->version)
		hv_protocol("%s: answer with framework 0x%x, message 0x%x "
		    "where the request has 0x%x, 0x%x", name, a->framework,
		    a->version, q->framework, q->version);
	if (a->flags != (IC_TRANSACTION | IC_RESPONSE))
		hv_protocol("%s: flags of the answer are 0x%x, not 0x%x", name,
		    a->flags, IC_TRANSACTION | IC_RESPONSE);
	if (a->reserved[0] != 0 || a->reserved[1] != 0)
		hv_protocol("%s: reserved bytes of the header changed", name);
	if (a->status != IC_OK && (a->status & 0x80000000U) == 0)
		hv_protocol("%s: status 0x%x is neither success nor a failing "
		    "HRESULT", name, a->status);
	return (true);
}

static void
answer(struct ic *ic, struct hv_packet *p)
{
	struct ic_header *a = (void *)p->payload;
	uint32_t len;

	if (p->transaction != 0 &&
	    ic->let_be[p->transaction % IC_LET_BE] == p->transaction) {
		if (p->transaction == ic->transaction) {
			ic->pending = false;
			ic->replied = true;
		}
		return;
	}
	if (!ic->pending) {
		hv_protocol("%s: message of %u bytes that answers nothing",
		    ic->dev->class->name, p->len);
		return;
	}
	if (!plausible(ic, p))
		return;
	ic->pending = false;
	len = p->len - (uint32_t)sizeof (*a);
	if (a->type == IC_NEGOTIATE) {
		negotiated(ic, a, len);
		return;
	}
	if (a->size != ic->len)
		hv_protocol("%s: answer says %u bytes, the request had %u",
		    ic->dev->class->name, a->size, ic->len);
	ic->replied = true;
	ic->status = a->status;
	ic->service->answered(ic, ic->message + sizeof (*a),
	    p->payload + sizeof (*a), ic->len, a->status);
}

void
ic_readable(struct hv_channel *channel)
{
	struct ic *ic = hv_device_of(channel)->state;
	struct hv_packet packet;

	while (hv_receive(channel, &packet)) {
		answer(ic, &packet);
		hv_packet_free(&packet);
	}
}

/*
 * For scenarios.
 */
static struct ic *
any(int id)
{
	struct hv_device *dev = hv_device_find(id);

	if (dev == NULL || dev->class->created != ic_created ||
	    dev->channel == NULL || dev->rescinded)
		return (NULL);
	return (dev->state);
}

struct ic *
ic_find(int id, enum ic_type type)
{
	struct ic *ic = any(id);

	return (ic != NULL && ic->service->type == type ? ic : NULL);
}

void
ic_copy_text(char *to, int len, const char *from)
{
	if (to != NULL && len > 0)
		(void) snprintf(to, (size_t)len, "%s", from);
}

int
hvc_ic_ready(int id)
{
	struct ic *ic = any(id);

	return (ic != NULL && ic->ready);
}

const char *
hvc_ic_version(int id)
{
	static char text[64];
	struct ic *ic = any(id);

	if (ic == NULL || !ic->ready)
		return ("none");
	(void) snprintf(text, sizeof (text), "framework %u.%u message %u.%u",
	    IC_MAJOR(ic->framework), IC_MINOR(ic->framework),
	    IC_MAJOR(ic->version), IC_MINOR(ic->version));
	return (text);
}

int
hvc_ic_at_least(int id, int major, int minor)
{
	struct ic *ic = any(id);

	return (ic != NULL && ic->ready &&
	    ic_version_at_least(ic, major, minor));
}

int
hvc_ic_limit(int id, int major, int minor)
{
	struct hv_device *dev = hv_device_find(id);
	struct ic *ic;

	if (dev == NULL || dev->class->created != ic_created)
		return (-1);
	ic = dev->state;
	ic->limit = IC_VERSION(major, minor);
	return (0);
}

int
hvc_ic_pending(int id)
{
	struct ic *ic = any(id);

	return (ic != NULL && ic->pending && !ic->lax);
}

/*
 * Messages that no host sends. Whether the guest answers them is its own
 * affair; it must survive them, and answer what comes after.
 */
int
hvc_ic_malformed(int id, int kind)
{
	struct ic *ic = any(id);
	struct ic_header *h;
	struct ic_versions *v;
	uint8_t *body;
	uint32_t len = sizeof (*h);
	int n;

	if (ic == NULL || !ic->ready || (ic->pending && !ic->lax) ||
	    !hv_is_open(ic->dev->channel))
		return (-1);
	h = (void *)ic->message;
	body = ic->message + sizeof (*h);
	v = (void *)body;
	compose(ic, ic->service->type, "", 0);
	switch (kind) {
	case 0:		/* nothing but the pipe's header */
		h->pipe.size = 0;
		len = sizeof (h->pipe);
		break;
	case 1:		/* a header that ends too early */
		len = sizeof (*h) / 2;
		break;
	case 2:		/* a header with nothing behind it */
		break;
	case 3:		/* a type that there is not */
		h->type = 0x77;
		break;
	case 4:		/* no versions to choose from */
		h->type = IC_NEGOTIATE;
		h->size = sizeof (*v);
		len += sizeof (*v);
		break;
	case 5:		/* more versions than the message has room for */
		h->type = IC_NEGOTIATE;
		v->frameworks = 0xffff;
		v->messages = 0xffff;
		h->size = sizeof (*v);
		len += sizeof (*v);
		break;
	case 6:		/* only versions of the far future */
		h->type = IC_NEGOTIATE;
		v->frameworks = v->messages = 1;
		v->version[0] = v->version[1] = IC_VERSION(90, 1);
		h->size = sizeof (*v) + 2 * sizeof (uint32_t);
		len += h->size;
		break;
	case 7:		/* a size that goes beyond the packet */
		h->pipe.size = 0xfffffff0U;
		h->size = 0xfff0;
		break;
	case 8:		/* an answer, but to what? */
		h->flags = IC_TRANSACTION | IC_RESPONSE;
		break;
	default:	/* the service's own */
		n = ic->service->malformed(ic, kind - 9, body);
		if (n < 0)
			return (-2);
		h->size = (uint16_t)n;
		h->pipe.size += (uint32_t)n;
		len += (uint32_t)n;
		break;
	}
	ic->len = len > sizeof (*h) ? len - (uint32_t)sizeof (*h) : 0;
	return (transmit(ic, len, true));
}
