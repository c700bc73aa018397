/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What a host with bugs might send. Each comes right after a good answer, one
 * after the other. Nothing of it may make a guest do more than complain: there
 * is no claim in it about a channel that the guest has, and where a guest
 * takes a stray answer for the one that it waits for, it says the same.
 */

#include "core.h"

#define	NOWHERE		2000U		/* a channel that is not offered */
#define	NO_GPADL	0x7ffffff0U

enum {
	UNKNOWN_TYPE, UNKNOWN_MESSAGE, OFFER_ZERO, OFFER_TOO_HIGH, OFFER_AGAIN,
	RESCIND_UNKNOWN, STRAY_OPEN, STRAY_CREATED, STRAY_TORNDOWN, EMPTY_EVENT,
	KINDS
};

static void
offer(uint32_t relid)
{
	struct vb_offer m;

	if (vb_channels == NULL)
		return;
	vb_offer_message(vb_channels, &m);
	if (relid != vb_channels->relid) {
		m.relid = relid;
		memset(m.instance, 0x5a, sizeof (m.instance));
	}
	vb_send(&m, sizeof (m), NULL, NULL);
}

static void
again(void)
{
	struct vb_version_response m = { .h.type = VB_VERSION_RESPONSE,
	    .supported = 1, .connection = vb.connection };

	vb_send(&m, vb.version >= VB_5_0 ? sizeof (m) :
	    VB_VERSION_RESPONSE_SHORT, NULL, NULL);
}

void
vb_wrong(enum vb_type answered)
{
	struct vb_header unknown = { .type = 0x77 };
	struct vb_relid rescind = { .h.type = VB_RESCIND, .relid = NOWHERE };
	struct vb_open_result result = { .h.type = VB_OPEN_RESULT,
	    .relid = NOWHERE, .id = NOWHERE };
	struct vb_gpadl_created created = { .h.type = VB_GPADL_CREATED,
	    .relid = NOWHERE, .gpadl = NO_GPADL };
	struct vb_gpadl_torndown torndown = { .h.type = VB_GPADL_TORNDOWN,
	    .gpadl = NO_GPADL };
	static unsigned turn;

	if (!hv_manners.wrong || hv_manners.silent ||
	    hv_manners.refuse_open != 0 || hv_manners.refuse_gpadl)
		return;
	if (answered == VB_VERSION_RESPONSE) {
		again();
		return;
	}
	switch (turn++ % KINDS) {
	case UNKNOWN_TYPE:
		vb_send_raw(0x1234, &unknown, sizeof (unknown));
		break;
	case UNKNOWN_MESSAGE:
		vb_send(&unknown, sizeof (unknown), NULL, NULL);
		break;
	case OFFER_ZERO:
		offer(0);
		break;
	case OFFER_TOO_HIGH:
		offer(HV_EVENT_FLAGS + 5);
		break;
	case OFFER_AGAIN:
		if (vb_channels != NULL)
			offer(vb_channels->relid);
		break;
	case RESCIND_UNKNOWN:
		vb_send(&rescind, sizeof (rescind), NULL, NULL);
		break;
	case STRAY_OPEN:
		vb_send(&result, sizeof (result), NULL, NULL);
		break;
	case STRAY_CREATED:
		vb_send(&created, sizeof (created), NULL, NULL);
		break;
	case STRAY_TORNDOWN:
		vb_send(&torndown, sizeof (torndown), NULL, NULL);
		break;
	case EMPTY_EVENT:
		vb_signal_guest(vb.vp, NOWHERE % (vb.version >= VB_2_4 ?
		    HV_EVENT_FLAGS : VB_LEGACY_CHANNELS));
		break;
	}
}

/*
 * A write index beyond the ring, for a millisecond. Only while nothing but
 * zeros lies behind what the guest has read: a guest that believes it finds no
 * packet.
 */
static struct hv_channel *spoilt;

static void
mend(void *arg)
{
	struct vb_ring *c;

	(void) arg;
	if (spoilt != NULL && spoilt->in_use &&
	    (c = hv_ring_control(&spoilt->in)) != NULL) {
		c->write = spoilt->in.write;
		vb_signal_guest(spoilt->vp, spoilt->relid);
	}
	spoilt = NULL;
}

void
vb_wrong_ring(struct hv_channel *ch)
{
	struct vb_ring *c = hv_ring_control(&ch->in);

	if (spoilt != NULL || !ch->in_use || c == NULL ||
	    ch->in.total + HC_PAGE > ch->in.size)
		return;
	spoilt = ch;
	c->write = ch->in.size + 8;
	vb_signal_guest(ch->vp, ch->relid);
	hv_later(HV_MS, mend, NULL);
}
