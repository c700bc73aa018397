/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Devices, and the offers of their channels: from the host's offer to the
 * guest's release of what the host has rescinded.
 */

#include <stdio.h>

#include "core.h"

#define	FIRST_CONNECTION	0x10000U

struct hv_device *hv_devices;
struct hv_channel *vb_channels;
bool vb_monitor_all;

static int device_count;
static struct hv_channel *retired;

/*
 * The guest has returned a channel. Structures stay: a device's own timers may
 * still know them.
 */
static void
retire(struct hv_channel *ch, bool released)
{
	struct hv_device *dev = ch->dev;
	struct hv_channel **at = &vb_channels;

	vb_channel_stop(ch);
	vb_monitor_free(ch->monitor);
	ch->monitor = -1;
	ch->state = HV_CLOSED;
	while (*at != ch)
		at = &(*at)->next;
	*at = ch->next;
	ch->next = retired;
	retired = ch;
	ch->released = true;
	if (dev->channel != ch)
		return;
	dev->channel = NULL;
	dev->released = released;
	if (dev->rescinded && dev->class->gone != NULL)
		dev->class->gone(dev);
}

/* Numbers go round, so that a guest sees more than the first few. */
static uint32_t
next_relid(void)
{
	static uint32_t newest;

	do {
		newest = newest % (VB_LEGACY_CHANNELS - 1) + 1;
	} while (vb_channel(newest) != NULL);
	return (newest);
}

void
vb_offer_message(const struct hv_channel *ch, struct vb_offer *m)
{
	const struct hv_class *class = ch->dev->class;

	memset(m, 0, sizeof (*m));
	m->h.type = VB_OFFER;
	memcpy(m->type, class->type.b, sizeof (m->type));
	memcpy(m->instance, ch->dev->instance.b, sizeof (m->instance));
	m->flags = class->offer_flags | VB_OFFER_ENUMERATE;
	m->mmio_megabytes = class->mmio_megabytes;
	if (class->pipe) {
		m->flags |= VB_OFFER_PIPE;
		m->user[0] = VB_PIPE_MESSAGES;
	}
	m->subchannel = ch->index;
	m->relid = ch->relid;
	if (ch->monitor >= 0) {
		m->monitor = (uint8_t)ch->monitor;
		m->monitored = 1;
	}
	if (vb.version >= VB_1_1) {
		m->dedicated = ch->dedicated;
		m->connection = ch->connection;
	}
}

struct hv_channel *
vb_offer_channel(struct hv_device *dev, uint16_t index)
{
	struct hv_channel *ch = hv_new(sizeof (*ch)), **at;
	struct vb_offer m;
	int n = 0;

	for (at = &vb_channels; *at != NULL; at = &(*at)->next)
		n++;
	if (n >= VB_LEGACY_CHANNELS - 2) {
		free(ch);
		return (NULL);		/* the numbers are used up */
	}
	ch->dev = dev;
	ch->index = index;
	ch->relid = next_relid();
	ch->connection = FIRST_CONNECTION + ch->relid;
	ch->dedicated = vb.version >= VB_2_4;
	ch->monitor = -1;
	if (vb.monitor[1].page != NULL && (vb_monitor_all ||
	    (dev->class->offer_flags & VB_OFFER_MONITORED) != 0))
		ch->monitor = vb_monitor_allocate();
	if (ch->monitor >= 0)
		vb_monitor_offer(ch);
	*at = ch;
	vb_offer_message(ch, &m);
	vb_send(&m, sizeof (m), NULL, NULL);
	return (ch);
}

static void
delivered(void *arg)
{
	struct hv_device *dev;
	static bool known;
	char list[256] = "";
	size_t len = 0;
	int n = 0;

	(void) arg;
	vb.delivered = true;
	if (known)
		return;
	known = true;
	for (dev = hv_devices; dev != NULL; dev = dev->next) {
		if (dev->channel == NULL)
			continue;
		n++;
		if (len < sizeof (list))
			len += (size_t)snprintf(list + len, sizeof (list) - len,
			    "%s%s", len == 0 ? "" : ", ", dev->class->name);
	}
	hc_milestone("offers", 1, "%d channels: %s", n, list);
}

void
vb_request_offers(const uint8_t *payload, uint32_t size)
{
	struct vb_header m = { .type = VB_ALL_OFFERS };
	struct hv_device *dev;

	(void) payload;
	(void) size;
	if (vb.requested) {
		hv_protocol("REQUESTOFFERS: the offers were requested before");
		return;
	}
	vb.requested = true;
	for (dev = hv_devices; dev != NULL; dev = dev->next) {
		if (!dev->rescinded && dev->channel == NULL)
			dev->channel = vb_offer_channel(dev, 0);
	}
	vb_send(&m, sizeof (m), delivered, NULL);
}

/*
 * A guest that leaves gives back what was rescinded when it is done with it,
 * and what it was offered when it wants no more of it. Either way the channel
 * is closed before.
 */
void
vb_relid_released(const uint8_t *payload, uint32_t size)
{
	const struct vb_relid *m = (const void *)payload;
	struct hv_channel *ch = vb_channel(m->relid);
	struct hv_gpadl *g;

	(void) size;
	if (ch == NULL) {
		if (!vb.forgiving)
			hv_protocol("RELID_RELEASED: there is no channel %u",
			    m->relid);
		return;
	}
	if (!ch->rescinded && ch->state != HV_CLOSED)
		hv_protocol("RELID_RELEASED of channel %u (%s), which is open "
		    "and was not rescinded", ch->relid, ch->dev->class->name);
	g = vb_gpadl_of(ch->relid);
	if (!ch->rescinded && g != NULL)
		hv_protocol("RELID_RELEASED of channel %u (%s), whose GPADL "
		    "0x%x has not been torn down", ch->relid,
		    ch->dev->class->name, g->id);
	vb_channel_stop(ch);
	vb_gpadl_forget(ch->relid);
	retire(ch, true);
}

/* The connection has ended: nothing is offered any more. */
void
vb_offers_forget(void)
{
	while (vb_channels != NULL)
		retire(vb_channels, false);
}

/*
 * Devices.
 */
static void
made_up(hv_guid *guid, const hv_guid *type, int id)
{
	uint32_t h = 2166136261U;
	int i;

	for (i = 0; i < 16; i++) {
		h = (h ^ type->b[i] ^ (uint32_t)id) * 16777619U;
		guid->b[i] = (uint8_t)(h >> 13);
	}
}

struct hv_device *
hv_device_new(const struct hv_class *class, const hv_guid *instance)
{
	struct hv_device *dev = hv_new(sizeof (*dev)), **at;

	dev->class = class;
	dev->id = ++device_count;
	if (instance != NULL)
		dev->instance = *instance;
	else
		made_up(&dev->instance, &class->type, dev->id);
	dev->state = hv_new(class->state_size);
	for (at = &hv_devices; *at != NULL; at = &(*at)->next)
		;
	*at = dev;
	if (class->created != NULL)
		class->created(dev);
	if (vb.requested)
		dev->channel = vb_offer_channel(dev, 0);
	return (dev);
}

struct hv_device *
hv_device_find(int id)
{
	struct hv_device *dev = hv_devices;

	while (dev != NULL && dev->id != id)
		dev = dev->next;
	return (dev);
}

static void
rescind(struct hv_channel *ch)
{
	struct vb_relid m = { .h.type = VB_RESCIND, .relid = ch->relid };

	if (ch->rescinded)
		return;
	/* From now on the host neither answers nor touches the rings. */
	ch->rescinded = true;
	vb_channel_stop(ch);
	vb_send(&m, sizeof (m), NULL, NULL);
}

void
hv_rescind(struct hv_device *dev)
{
	struct hv_channel *ch;

	if (dev == NULL || dev->rescinded)
		return;
	if (dev->class->leaves != NULL)
		dev->class->leaves(dev);
	dev->rescinded = true;
	if (dev->channel == NULL) {
		if (dev->class->gone != NULL)
			dev->class->gone(dev);
		return;
	}
	for (ch = vb_channels; ch != NULL; ch = ch->next) {
		if (ch->dev == dev && ch->index != 0)
			rescind(ch);
	}
	rescind(dev->channel);
}

/* A device does so when its first channel has been closed. */
void
hv_rescind_subchannels(const struct hv_channel *primary)
{
	struct hv_channel *ch;

	for (ch = vb_channels; ch != NULL && primary != NULL; ch = ch->next) {
		if (ch->dev == primary->dev && ch != primary)
			rescind(ch);
	}
}

int
hv_offer_subchannels(struct hv_channel *ch, int n)
{
	int i;

	if (ch == NULL || ch->index != 0 || ch->rescinded || ch->released)
		return (-1);
	for (i = 0; i < n; i++) {
		if (vb_offer_channel(ch->dev, ++ch->nsub) == NULL)
			return (-1);
	}
	return (0);
}

struct hv_channel *
hv_subchannel(struct hv_channel *ch, int index)
{
	struct hv_channel *sub;

	for (sub = vb_channels; sub != NULL && ch != NULL; sub = sub->next) {
		if (sub->dev == ch->dev && sub->index == index)
			return (sub);
	}
	return (NULL);
}
