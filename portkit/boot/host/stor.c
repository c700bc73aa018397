/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Storage controllers: the devices, the beginning of the protocol, and the
 * notices to the guest. A controller is opened, begun, agreed upon a version
 * with, asked for its properties and told that this was all; only then it takes
 * requests, on the first channel and on as many more as the guest asks for.
 */

#include "stor.h"

#define	MAX_SUBS	(STOR_CHANNELS - 1)

static void	created(struct hv_device *);
static void	opened(struct hv_channel *);
static void	closed(struct hv_channel *);
static void	readable(struct hv_channel *);
static void	leaves(struct hv_device *);

/* ba6163d9-04a1-4d29-b605-72e2ffb1dc7f */
const struct hv_class stor_class_scsi = {
	.name = "scsi",
	.type = { { 0xd9, 0x63, 0x61, 0xba, 0xa1, 0x04, 0x29, 0x4d,
	    0xb6, 0x05, 0x72, 0xe2, 0xff, 0xb1, 0xdc, 0x7f } },
	.state_size = sizeof (struct stor),
	.created = created,
	.opened = opened,
	.closed = closed,
	.readable = readable,
	.leaves = leaves,
};

/* 32412632-86cb-44a2-9b5c-50d1417354f5 */
const struct hv_class stor_class_ide = {
	.name = "ide",
	.type = { { 0x32, 0x26, 0x41, 0x32, 0xcb, 0x86, 0xa2, 0x44,
	    0x9b, 0x5c, 0x50, 0xd1, 0x41, 0x73, 0x54, 0xf5 } },
	.state_size = sizeof (struct stor),
	.created = created,
	.opened = opened,
	.closed = closed,
	.readable = readable,
	.leaves = leaves,
};

static const struct {
	const char	*release;
	uint32_t	version;
} versions[] = {		/* which came with which release */
	{ "2008", VS_2_0 }, { "2008R2", VS_4_2 }, { "2012", VS_5_1 },
	{ "2012R2", VS_6_0 }, { "2016", VS_6_2 }, { NULL, 0 }
};

/* Whether this host speaks that version: it knows all that are older. */
static bool
speaks(uint32_t version)
{
	int i;

	for (i = 0; versions[i].release != NULL; i++) {
		if (versions[i].version == version)
			return (true);
		if (strcmp(versions[i].release, hv_release()->name) == 0)
			return (false);
	}
	return (false);
}

bool
stor_has(const struct stor *stor, uint32_t version)
{
	return (stor->version >= version);
}

uint32_t
stor_max_transfer(void)
{
	return (speaks(VS_5_1) ? 8U << 20 : 512U << 10);
}

struct stor *
stor_find(int id)
{
	struct hv_device *dev = hv_device_find(id);

	if (dev == NULL || dev->class->created != created)
		return (NULL);
	return (dev->state);
}

static void
flush(void *arg)
{
	stor_flush(arg);
}

static void
created(struct hv_device *dev)
{
	struct stor *stor = dev->state;

	stor->dev = dev;
	stor->ide = dev->class == &stor_class_ide;
	stor->retry = hc_timer_new(flush, stor, 0);
	stor->background = hc_timer_new(flush, stor, HC_TIMER_BACKGROUND);
}

static void
opened(struct hv_channel *ch)
{
	struct stor *stor = hv_device_of(ch)->state;

	if (ch->index == 0) {
		stor->phase = STOR_OPENED;
		stor->version = 0;
		stor->subs = 0;
		memset(stor->by_channel, 0, sizeof (stor->by_channel));
	}
}

/* What was offered on top of a channel ends with it. */
static void
subs_end(void *arg)
{
	struct stor *stor = arg;

	if (stor->phase == STOR_CLOSED)
		hv_rescind_subchannels(stor->dev->channel);
}

static void
closed(struct hv_channel *ch)
{
	struct stor *stor = hv_device_of(ch)->state;

	stor_drop(stor, ch);
	if (ch->index != 0)
		return;
	stor->phase = STOR_CLOSED;
	stor->version = 0;
	stor->notices = 0;
	(void) hc_timer_cancel(stor->retry);
	(void) hc_timer_cancel(stor->background);
	if (stor->subs > 0 && !stor->dev->rescinded)
		hv_later(hv_latency(), subs_end, stor);
}

/*
 * A disk has come or gone: the guest is told to look. The notice needs no
 * answer; when there is no room, it is said later.
 */
void
stor_enumerate(struct stor *stor)
{
	if (stor->phase != STOR_READY)
		return;
	stor->notices++;
	stor_flush(stor);
}

static const char *
phase(const struct stor *stor)
{
	switch (stor->phase) {
	case STOR_OPENED:
		return ("before BEGIN_INITIALIZATION");
	case STOR_BEGUN:
		return ("before a version was agreed upon");
	case STOR_VERSIONED:
		return ("before QUERY_PROPERTIES");
	case STOR_QUERIED:
		return ("before END_INITIALIZATION");
	default:
		return ("after END_INITIALIZATION");
	}
}

/* Whether it is time for an operation. */
static bool
due(const struct stor *stor, enum stor_phase from, enum stor_phase to,
    const char *operation)
{
	if (stor->phase >= from && stor->phase <= to)
		return (true);
	hv_protocol("%s: %s %s", stor->dev->class->name, operation,
	    phase(stor));
	return (false);
}

static uint32_t
query_version(struct stor *stor, const struct vs_packet *packet)
{
	if (!due(stor, STOR_BEGUN, STOR_BEGUN, "QUERY_PROTOCOL_VERSION"))
		return (NT_INVALID_STATE);
	if (!speaks(packet->u.version.version))
		return (NT_REVISION_MISMATCH);
	stor->version = packet->u.version.version;
	stor->phase = STOR_VERSIONED;
	return (NT_SUCCESS);
}

static uint32_t
query_properties(struct stor *stor, struct vs_packet *packet)
{
	struct vs_properties *a = &packet->u.properties;

	if (!due(stor, STOR_VERSIONED, STOR_READY, "QUERY_PROPERTIES"))
		return (NT_INVALID_STATE);
	memset(a, 0, sizeof (*a));
	a->version = (uint16_t)stor->version;
	if (stor->ide) {
		a->target = stor->luns != NULL ? stor->luns->target : 0;
		a->flags = VS_EMULATED_IDE;
	} else if (stor_has(stor, VS_5_1) && vb.version >= VB_2_4) {
		a->channels = MAX_SUBS;
		a->flags = VS_MULTI_CHANNEL;
	}
	a->max_transfer = stor_max_transfer();
	memcpy(&a->unique, stor->dev->instance.b, sizeof (a->unique));
	if (stor->phase == STOR_VERSIONED)
		stor->phase = STOR_QUERIED;
	return (NT_SUCCESS);
}

static uint32_t
create_channels(struct stor *stor, struct hv_channel *ch, unsigned n)
{
	const char *name = ch->dev->class->name;

	if (!due(stor, STOR_QUERIED, STOR_READY, "CREATE_SUB_CHANNELS"))
		return (NT_INVALID_STATE);
	if (stor->ide || !stor_has(stor, VS_5_1) || vb.version < VB_2_4) {
		hv_protocol("%s: CREATE_SUB_CHANNELS, and the properties did "
		    "not say that there can be any", name);
		return (NT_INVALID_REQUEST);
	}
	if (n == 0 || n > MAX_SUBS || stor->subs != 0) {
		hv_protocol("%s: CREATE_SUB_CHANNELS for %u, the properties "
		    "said %u at most, and %u have been created", name, n,
		    MAX_SUBS, stor->subs);
		return (NT_INVALID_PARAMETER);
	}
	stor->first_sub = ch->nsub + 1;
	if (hv_offer_subchannels(ch, (int)n) != 0)
		return (NT_UNSUCCESSFUL);
	stor->subs = (uint16_t)n;
	return (NT_SUCCESS);
}

static uint32_t
reset(struct stor *stor, const struct vs_packet *packet)
{
	const struct vs_srb *srb = &packet->u.srb;
	struct stor_lun *lun = NULL;

	if (!due(stor, STOR_READY, STOR_READY, "a reset"))
		return (NT_INVALID_STATE);
	if (packet->operation == VS_RESET_LUN) {
		lun = stor_lun(stor, srb->target, srb->lun);
		if (lun == NULL)
			return (NT_INVALID_PARAMETER);
	}
	stor->resets++;
	stor_reset(stor, lun);
	return (NT_SUCCESS);
}

/* Everything but requests. */
static uint32_t
control(struct stor *stor, struct hv_channel *ch, struct vs_packet *packet)
{
	const char *name = ch->dev->class->name;

	if (ch->index != 0) {
		hv_protocol("%s: operation %u on a sub-channel, which takes "
		    "requests alone", name, packet->operation);
		return (NT_INVALID_REQUEST);
	}
	switch (packet->operation) {
	case VS_BEGIN:
		if (!due(stor, STOR_OPENED, STOR_OPENED,
		    "BEGIN_INITIALIZATION"))
			return (NT_INVALID_STATE);
		stor->phase = STOR_BEGUN;
		return (NT_SUCCESS);
	case VS_QUERY_VERSION:
		return (query_version(stor, packet));
	case VS_QUERY_PROPERTIES:
		return (query_properties(stor, packet));
	case VS_END:
		if (!due(stor, STOR_QUERIED, STOR_QUERIED,
		    "END_INITIALIZATION"))
			return (NT_INVALID_STATE);
		stor->phase = STOR_READY;
		return (NT_SUCCESS);
	case VS_CREATE_CHANNELS:
		return (create_channels(stor, ch, packet->u.channels));
	case VS_RESET_LUN:
	case VS_RESET_ADAPTER:
	case VS_RESET_BUS:
		return (reset(stor, packet));
	case VS_FC_HBA_DATA:
		return (NT_INVALID_REQUEST);
	default:
		hv_protocol("%s: operation %u is not one of a guest's", name,
		    packet->operation);
		return (NT_INVALID_REQUEST);
	}
}

/*
 * What every packet of the guest's has in common. False for one that cannot be
 * understood.
 */
static bool
plausible(const struct hv_channel *ch, const struct hv_packet *p)
{
	const char *name = ch->dev->class->name;
	const struct vs_packet *packet = (const void *)p->payload;

	if (p->type == VB_COMPLETION)
		return (false);		/* of what? It has been said */
	if (p->type != VB_INBAND && p->type != VB_GPA_DIRECT) {
		hv_protocol("%s: packet of type %u", name, p->type);
		return (false);
	}
	if (p->len != VS_PACKET_OLD && p->len != sizeof (*packet)) {
		hv_protocol("%s: packet of %u bytes, there are such of %u and "
		    "of %zu", name, p->len, VS_PACKET_OLD, sizeof (*packet));
		if (p->len < VS_PACKET_OLD)
			return (false);
	}
	if ((p->flags & VB_WANTS_COMPLETION) == 0)
		hv_protocol("%s: the header of a packet with operation %u does "
		    "not ask for a completion", name, packet->operation);
	if (packet->flags != VS_WANTS_COMPLETION)
		hv_protocol("%s: flags of operation %u are 0x%x, and must be "
		    "0x%x (REQUEST_COMPLETION)", name, packet->operation,
		    packet->flags, VS_WANTS_COMPLETION);
	return (true);
}

static void
take(struct stor *stor, struct hv_channel *ch, struct hv_packet *p)
{
	struct vs_packet packet;
	uint32_t len, status;

	if (!plausible(ch, p))
		return;
	memset(&packet, 0, sizeof (packet));
	len = p->len < sizeof (packet) ? VS_PACKET_OLD : sizeof (packet);
	memcpy(&packet, p->payload, len);
	if (packet.operation == VS_EXECUTE_SRB && stor->phase == STOR_READY) {
		stor_execute(stor, ch, p);
		return;
	}
	if (packet.operation == VS_EXECUTE_SRB) {
		(void) due(stor, STOR_READY, STOR_READY, "EXECUTE_SRB");
		packet.u.srb.srb_status = SRB_INVALID_REQUEST;
		packet.u.srb.transfer = 0;
		stor_answer(stor, ch, p->transaction, &packet, len,
		    NT_INVALID_STATE);
		return;
	}
	if (p->type != VB_INBAND)
		hv_protocol("%s: operation %u comes with a page list",
		    ch->dev->class->name, packet.operation);
	status = control(stor, ch, &packet);
	stor_answer(stor, ch, p->transaction, &packet, len, status);
}

static void
readable(struct hv_channel *ch)
{
	struct stor *stor = hv_device_of(ch)->state;
	struct hv_packet packet;

	while (hv_receive(ch, &packet)) {
		take(stor, ch, &packet);
		hv_packet_free(&packet);
	}
}

/* A controller that is taken away answers what it was asked before. */
static void
leaves(struct hv_device *dev)
{
	struct hv_channel *ch;

	for (ch = vb_channels; ch != NULL; ch = ch->next) {
		if (ch->dev == dev && hv_is_open(ch))
			readable(ch);
	}
	stor_end_all(dev->state, NULL, SRB_INVALID_LUN);
}
