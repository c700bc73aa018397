/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Channels, from open to close, and the signals in both directions.
 */

#include "core.h"

#define	STATUS_REFUSED	0xc0000001U
#define	NO_SIGNAL_AFTER	(100 * HV_MS)

struct hv_channel *
vb_channel(uint32_t relid)
{
	struct hv_channel *ch;

	for (ch = vb_channels; ch != NULL; ch = ch->next) {
		if (ch->relid == relid)
			return (ch);
	}
	return (NULL);
}

bool
hv_is_open(const struct hv_channel *ch)
{
	return (ch != NULL && ch->in_use && !ch->broken);
}

struct hv_device *
hv_device_of(const struct hv_channel *ch)
{
	return (ch->dev);
}

int
hv_vcpu_of(const struct hv_channel *ch)
{
	return (ch->vp);
}

/*
 * Event flags: since 2.4 each channel has its own; before, one flag says that
 * there is something in the interrupt page.
 */
void
vb_signal_guest(int vp, unsigned relid)
{
	volatile uint8_t *page = vb.interrupts.page;

	if (vb.version >= VB_2_4) {
		hv_synic_signal(vp, vb.sint, relid);
		return;
	}
	if (page == NULL || relid >= VB_LEGACY_CHANNELS)
		return;
	page[relid / 8] |= (uint8_t)(1U << relid % 8);
	hv_synic_signal(0, vb.sint, 0);
}

/*
 * The host looks at the ring: all that is in it goes to the device. Meanwhile
 * the guest need not signal, and after it has been told so the ring is looked
 * at once more.
 */
static void
work(void *arg)
{
	struct hv_channel *ch = arg;
	volatile struct vb_ring *c;
	struct hv_packet packet;
	uint32_t before;

	ch->working = false;
	hv_on_behalf(&ch->trace);
	while (ch->in_use && (c = hv_ring_control(&ch->out)) != NULL) {
		c->masked = 0;
		if (!vb_channel_unread(ch))
			break;
		c->masked = 1;
		before = ch->out.read;
		if (ch->dev->class->readable != NULL)
			ch->dev->class->readable(ch);
		else if (hv_receive(ch, &packet))
			hv_packet_free(&packet);
		if (ch->in_use && !ch->broken && ch->out.read == before) {
			/* The device takes it when it likes. */
			c->masked = 0;
			ch->left = true;
			break;
		}
	}
	ch->watched = false;
	hv_on_behalf(NULL);
}

void
vb_channel_kick(struct hv_channel *ch)
{
	struct vb_ring *c;

	if (!ch->in_use || ch->working ||
	    (c = hv_ring_control(&ch->out)) == NULL)
		return;
	ch->working = true;
	ch->left = false;
	c->masked = 1;
	hv_later(hv_manners.delay + hv_latency(), work, ch);
}

void
vb_channel_signalled(struct hv_channel *ch)
{
	hc_trace_take(&ch->trace);
	vb_channel_kick(ch);
	hv_watch();
}

static void
forget_rings(struct hv_channel *ch)
{
	ch->gpadl = ch->out.gpadl = ch->in.gpadl = NULL;
}

void
vb_channel_stop(struct hv_channel *ch)
{
	vb_cancel(ch);
	forget_rings(ch);
	if (!ch->in_use)
		return;
	ch->in_use = ch->working = false;
	hv_never(work, ch);
	free(ch->expected);
	ch->expected = NULL;
	ch->nexpected = ch->maxexpected = 0;
	if (ch->dev->class->closed != NULL)
		ch->dev->class->closed(ch);
}

/* The guest's processor has the result. */
static void
opened(void *arg)
{
	struct hv_channel *ch = arg;
	static bool known;

	if (ch->state != HV_OPENING || ch->rescinded)
		return;
	ch->state = HV_OPEN;
	ch->in_use = true;
	if (!known) {
		known = true;
		hc_milestone("channel-open", 1, "channel %u, %s, rings of %u "
		    "and %u bytes, interrupts to virtual processor %d",
		    ch->relid, ch->dev->class->name, ch->out.size, ch->in.size,
		    ch->vp);
	}
	vb_monitor_start();
	hv_on_behalf(&ch->trace);
	if (ch->dev->class->opened != NULL)
		ch->dev->class->opened(ch);
	/* It may have written already. */
	if (ch->in_use && vb_channel_unread(ch))
		vb_channel_kick(ch);
	hv_on_behalf(NULL);
	hv_watch();
}

static void
answer_open(struct hv_channel *ch, uint32_t relid, uint32_t id,
    uint32_t status)
{
	struct vb_open_result m = { .h.type = VB_OPEN_RESULT, .relid = relid,
	    .id = id, .status = status };

	vb_answer(&m, sizeof (m), status == 0 ? opened : NULL, ch);
	if (status == 0)
		vb_wrong(VB_OPEN_RESULT);
}

/* Whether interrupts may go to that processor. */
static bool
target(struct hv_channel *ch, const char *what, uint32_t vcpu)
{
	if (vb.version < VB_2_4) {
		if (vcpu != 0)
			hv_protocol("%s of channel %u: virtual processor %u, "
			    "before 2.4 all interrupts go to 0", what,
			    ch->relid, vcpu);
		ch->vp = 0;
		return (true);
	}
	if (hv_cpu_of((int)vcpu) < 0) {
		hv_protocol("%s of channel %u: there is no virtual processor "
		    "%u", what, ch->relid, vcpu);
		return (false);
	}
	if (!hv_synic_ready((int)vcpu, vb.sint)) {
		hv_protocol("%s of channel %u: the SynIC of virtual processor "
		    "%u is not enabled", what, ch->relid, vcpu);
		return (false);
	}
	ch->vp = (int)vcpu;
	return (true);
}

static bool
rings(struct hv_channel *ch, const struct vb_open *m)
{
	struct hv_gpadl *g = vb_gpadl_find(m->gpadl);
	const char *wrong;

	if (g == NULL || !g->complete || g->relid != ch->relid) {
		hv_protocol("OPENCHANNEL of channel %u: GPADL 0x%x %s",
		    ch->relid, m->gpadl, g == NULL ? "does not exist" :
		    g->complete ? "is another channel's" : "is not complete");
		return (false);
	}
	if (g->nranges != 1 || g->ranges[0].offset != 0 ||
	    g->ranges[0].length % HC_PAGE != 0) {
		hv_protocol("OPENCHANNEL of channel %u: GPADL 0x%x is not one "
		    "range of whole pages", ch->relid, m->gpadl);
		return (false);
	}
	if (m->inbound_page >= g->npages) {
		hv_protocol("OPENCHANNEL of channel %u: the ring to the guest "
		    "begins at page %u of %u", ch->relid, m->inbound_page,
		    g->npages);
		return (false);
	}
	wrong = hv_ring_init(&ch->out, g, 0, m->inbound_page);
	if (wrong != NULL) {
		hv_protocol("OPENCHANNEL of channel %u: the ring to the host "
		    "%s", ch->relid, wrong);
		return (false);
	}
	wrong = hv_ring_init(&ch->in, g, m->inbound_page,
	    g->npages - m->inbound_page);
	if (wrong != NULL) {
		hv_protocol("OPENCHANNEL of channel %u: the ring to the guest "
		    "%s", ch->relid, wrong);
		return (false);
	}
	ch->gpadl = g;
	return (true);
}

void
vb_open(const uint8_t *payload, uint32_t size)
{
	const struct vb_open *m = (const void *)payload;
	struct hv_channel *ch = vb_channel(m->relid);

	(void) size;
	if (ch == NULL || ch->state != HV_CLOSED) {
		hv_protocol("OPENCHANNEL: channel %u %s", m->relid,
		    ch == NULL ? "does not exist" : "is open already");
		answer_open(NULL, m->relid, m->id, STATUS_REFUSED);
		return;
	}
	if (ch->rescinded)
		return;			/* the rescind is the answer */
	hc_trace_take(&ch->trace);
	if (!rings(ch, m) || !target(ch, "OPENCHANNEL", m->vcpu)) {
		forget_rings(ch);
		answer_open(NULL, m->relid, m->id, STATUS_REFUSED);
		return;
	}
	if (hv_manners.refuse_open != 0) {
		forget_rings(ch);
		answer_open(NULL, m->relid, m->id, hv_manners.refuse_open);
		return;
	}
	ch->state = HV_OPENING;
	ch->open_id = m->id;
	ch->broken = ch->working = ch->left = ch->watched = false;
	answer_open(ch, m->relid, m->id, 0);
}

void
vb_close(const uint8_t *payload, uint32_t size)
{
	const struct vb_relid *m = (const void *)payload;
	struct hv_channel *ch = vb_channel(m->relid), *sub;

	(void) size;
	if (ch == NULL || ch->state == HV_CLOSED) {
		if (!vb.forgiving && (ch == NULL || !ch->rescinded))
			hv_protocol("CLOSECHANNEL: channel %u %s", m->relid,
			    ch == NULL ? "does not exist" : "is not open");
		return;
	}
	for (sub = vb_channels; sub != NULL && ch->index == 0;
	    sub = sub->next) {
		if (sub->dev == ch->dev && sub != ch &&
		    sub->state != HV_CLOSED && !sub->rescinded)
			hv_protocol("CLOSECHANNEL of channel %u (%s), whose "
			    "sub-channel %u is open", ch->relid,
			    ch->dev->class->name, sub->relid);
	}
	vb_channel_stop(ch);
	ch->state = HV_CLOSED;
}

void
vb_modify(const uint8_t *payload, uint32_t size)
{
	const struct vb_modify *m = (const void *)payload;
	struct hv_channel *ch = vb_channel(m->relid);

	(void) size;
	if (vb.version < VB_4_1)
		hv_protocol("MODIFYCHANNEL does not exist in version %s",
		    vb_version_name(vb.version));
	else if (ch == NULL || ch->state == HV_CLOSED)
		hv_protocol("MODIFYCHANNEL: channel %u %s", m->relid,
		    ch == NULL ? "does not exist" : "is not open");
	else
		(void) target(ch, "MODIFYCHANNEL", m->vcpu);
}

/*
 * Signals from the guest.
 */
static void
signalled(struct hv_channel *ch)
{
	if (ch->rescinded)
		return;
	if (ch->state == HV_CLOSED && !vb.forgiving)
		hv_protocol("signal for channel %u (%s), which is not open",
		    ch->relid, ch->dev->class->name);
	else
		vb_channel_signalled(ch);
}

/* Takes the channel's bit out of the interrupt page; whether it was there. */
static bool
take_bit(unsigned relid)
{
	volatile uint8_t *page = vb.interrupts.page;
	uint8_t bit = (uint8_t)(1U << relid % 8);
	bool was;

	if (page == NULL)
		return (true);
	page += VB_TO_HOST + relid / 8;
	was = (*page & bit) != 0;
	*page &= (uint8_t)~bit;
	return (was);
}

/* One signal for all: the interrupt page says which are meant. */
static void
signalled_some(void)
{
	struct hv_channel *ch;
	unsigned relid, n = 0;

	for (relid = 0; relid < VB_LEGACY_CHANNELS; relid++) {
		if (vb.interrupts.page == NULL || !take_bit(relid))
			continue;
		n++;
		ch = vb_channel(relid);
		if (ch != NULL)
			signalled(ch);
		else if (!vb.forgiving)
			hv_protocol("bit %u of the interrupt page is set, "
			    "there is no such channel", relid);
	}
	if (n == 0 && !vb.forgiving)
		hv_protocol("HvSignalEvent on connection %u, and no bit is set "
		    "in the interrupt page", VB_CONNECTION_EVENT);
}

enum hv_status
vb_event(uint32_t connection, unsigned flag)
{
	struct hv_channel *ch = vb_channels;

	if (flag != 0) {
		hv_protocol("HvSignalEvent: flag %u of connection 0x%x, there "
		    "is only 0", flag, connection);
		return (HV_INVALID_PARAMETER);
	}
	if (connection == VB_CONNECTION_EVENT && vb.version != 0 &&
	    vb.version < VB_2_4) {
		signalled_some();
		return (HV_SUCCESS);
	}
	while (ch != NULL && ch->connection != connection)
		ch = ch->next;
	if (ch == NULL || connection == 0) {
		if (!vb.forgiving)
			hv_protocol("HvSignalEvent: there is no connection "
			    "0x%x", connection);
		return (HV_INVALID_CONNECTION);
	}
	if (ch->rescinded)
		return (HV_INVALID_CONNECTION);
	if (!ch->dedicated && !take_bit(ch->relid) && !vb.forgiving)
		hv_protocol("HvSignalEvent for channel %u (%s), whose bit is "
		    "not set in the interrupt page", ch->relid,
		    ch->dev->class->name);
	signalled(ch);
	return (HV_SUCCESS);
}

/*
 * A ring that has something for the host, which was not told: it would lie
 * there until the guest happens to signal for another reason.
 */
bool
vb_channel_watch(bool now, int *found)
{
	struct hv_channel *ch;
	bool more = false;

	for (ch = vb_channels; ch != NULL; ch = ch->next) {
		if (!ch->in_use)
			continue;
		more = true;
		if (ch->working || ch->left || !vb_channel_unread(ch)) {
			ch->watched = false;
			continue;
		}
		if (!ch->watched || ch->seen != ch->out.read) {
			ch->watched = true;
			ch->seen = ch->out.read;
			ch->since = hc_now();
			if (!now)
				continue;
		}
		if (!now && hc_now() - ch->since < NO_SIGNAL_AFTER)
			continue;
		hv_on_behalf(&ch->trace);
		hv_protocol("%s: the guest has written into the empty ring to "
		    "the host, which is not masked, and did not signal",
		    ch->dev->class->name);
		hv_on_behalf(NULL);
		vb_channel_kick(ch);
		(*found)++;
	}
	return (more);
}
