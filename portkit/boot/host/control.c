/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What scenarios ask of the host, and do to it.
 */

#include <stdio.h>

#include "core.h"
#include "host_ctl.h"

struct hv_manners hv_manners;

static const struct hv_class *
class_named(const char *name)
{
	int i;

	for (i = 0; hv_classes[i] != NULL; i++) {
		if (strcmp(hv_classes[i]->name, name) == 0)
			return (hv_classes[i]);
	}
	return (NULL);
}

int
hvc_add(const char *name)
{
	const struct hv_class *class = class_named(name);

	return (class == NULL ? -1 : hv_device_new(class, NULL)->id);
}

int
hvc_rescind(int id)
{
	struct hv_device *dev = hv_device_find(id);

	if (dev == NULL || dev->rescinded)
		return (-1);
	hv_rescind(dev);
	return (0);
}

void
hvc_reverse(void)
{
	struct hv_device *dev, *rest = hv_devices;

	hv_devices = NULL;
	while ((dev = rest) != NULL) {
		rest = dev->next;
		dev->next = hv_devices;
		hv_devices = dev;
	}
}

int
hvc_open(int id)
{
	struct hv_device *dev = hv_device_find(id);

	return (dev != NULL && hv_is_open(dev->channel));
}

int
hvc_released(int id)
{
	struct hv_device *dev = hv_device_find(id);

	return (dev != NULL && dev->released);
}

static int
guid_text(const hv_guid *guid, char *text, int len)
{
	const uint8_t *b = guid->b;

	return (snprintf(text, (size_t)len, "%02x%02x%02x%02x-%02x%02x-%02x%02x"
	    "-%02x%02x-%02x%02x%02x%02x%02x%02x", b[3], b[2], b[1], b[0], b[5],
	    b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
	    b[15]) < len ? 0 : -1);
}

int
hvc_device_guid(int id, char *instance, int len)
{
	struct hv_device *dev = hv_device_find(id);

	return (dev == NULL ? -1 : guid_text(&dev->instance, instance, len));
}

int
hvc_class_guid(int id, char *type, int len)
{
	struct hv_device *dev = hv_device_find(id);

	return (dev == NULL ? -1 : guid_text(&dev->class->type, type, len));
}

unsigned
hvc_version(void)
{
	return (vb.accepted ? vb.version : 0);
}

const char *
hvc_version_text(void)
{
	return (vb_version_name(hvc_version()));
}

int
hvc_contacted(void)
{
	return (vb.accepted);
}

int
hvc_unloaded(void)
{
	return (vb.unloaded);
}

int
hvc_offers(void)
{
	return (vb.delivered);
}

int
hvc_offered(void)
{
	const struct hv_device *dev;
	int n = 0;

	for (dev = hv_devices; dev != NULL; dev = dev->next)
		n += dev->channel != NULL;
	return (n);
}

int
hvc_synic_cpus(void)
{
	return (hv_synic_cpus());
}

int
hvc_hypercall_enabled(void)
{
	return (hv_hypercall_on());
}

unsigned long
hvc_guest_id(void)
{
	return (hv_guest_id());
}

unsigned long
hvc_hypercalls(void)
{
	return (hv_hypercalls);
}

unsigned long
hvc_interrupts(void)
{
	return (hv_interrupts);
}

int
hvc_subchannels(int id, int n)
{
	struct hv_device *dev = hv_device_find(id);

	return (dev == NULL ? -1 : hv_offer_subchannels(dev->channel, n));
}

/*
 * Manners.
 */
void
hvc_delay_us(long us)
{
	hv_manners.delay = us * HV_US;
}

void
hvc_steady(int on)
{
	hv_manners.steady = on != 0;
}

void
hvc_silent(int on)
{
	hv_manners.silent = on != 0;
}

void
hvc_wrong(int on)
{
	struct hv_channel *ch;

	hv_manners.wrong = on != 0;
	if (on > 1) {
		for (ch = vb_channels; ch != NULL && !ch->in_use; ch = ch->next)
			;
		if (ch != NULL)
			vb_wrong_ring(ch);
	}
}

void
hvc_refuse_open(unsigned status)
{
	hv_manners.refuse_open = status;
}

void
hvc_refuse_gpadl(int on)
{
	hv_manners.refuse_gpadl = on != 0;
}

void
hvc_busy_posts(unsigned n)
{
	hv_manners.busy_posts = n;
}

void
hvc_monitors(int on)
{
	vb_monitor_all = on != 0;
}

/*
 * Storms come in bursts, so that slots are found taken and flags found set.
 */
#define	BURST	8

static unsigned messages_left, events_left;

static void
message_burst(void *arg)
{
	/* Numbers that no guest has a meaning for. */
	static const uint32_t types[] = { 0, 18, 19, 20 };
	struct vb_header m = { 0, 0 };
	unsigned i;

	(void) arg;
	for (i = 0; i < BURST && messages_left > 0; i++) {
		messages_left--;
		m.type = types[messages_left % 4];
		(void) hv_synic_post(vb.vp, vb.sint == 0 ? VB_SINT : vb.sint,
		    messages_left % 5 == 0 ? 0x4321 : HV_TYPE_VMBUS, 0, &m,
		    sizeof (m));
	}
	if (messages_left > 0)
		hv_later(hv_latency(), message_burst, NULL);
}

void
hvc_message_storm(unsigned n)
{
	hv_never(message_burst, NULL);
	messages_left = n;
	message_burst(NULL);
}

static void
event_burst(void *arg)
{
	unsigned i, limit = vb.version >= VB_2_4 ? HV_EVENT_FLAGS :
	    VB_LEGACY_CHANNELS;
	struct hv_channel *ch;
	int vp;

	(void) arg;
	for (i = 0; i < BURST && events_left > 0; i++) {
		events_left--;
		vp = (int)hc_random((hc_u32)hc_ncpus());
		switch (events_left % 4) {
		case 0:			/* an interrupt and nothing more */
			hv_synic_interrupt(vp, VB_SINT);
			break;
		case 1:			/* a channel, also a closed one */
			for (ch = vb_channels; ch != NULL; ch = ch->next) {
				if (hc_random(3) == 0)
					vb_signal_guest(ch->vp, ch->relid);
			}
			break;
		default:		/* any number */
			if (vb.version != 0)
				vb_signal_guest(vp, hc_random(limit));
		}
	}
	if (events_left > 0)
		hv_later(hv_latency(), event_burst, NULL);
}

void
hvc_event_storm(unsigned n)
{
	hv_never(event_burst, NULL);
	events_left = n;
	event_burst(NULL);
}
