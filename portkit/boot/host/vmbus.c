/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The VMBus: messages from the guest, and the connection from contact to
 * unload.
 */

#include <stdio.h>

#include "core.h"

struct vb_bus vb;

static void	contact(const uint8_t *, uint32_t);
static void	unload(const uint8_t *, uint32_t);

static const struct request {
	uint32_t	type;
	const char	*name;
	uint32_t	size;
	bool		more;		/* the size is the least */
	bool		one_way;	/* done by a silent host as well */
	void		(*handle)(const uint8_t *, uint32_t);
} requests[] = {
	{ VB_REQUEST_OFFERS, "REQUESTOFFERS", sizeof (struct vb_header), false,
	    false, vb_request_offers },
	{ VB_OPEN, "OPENCHANNEL", sizeof (struct vb_open), false, false,
	    vb_open },
	{ VB_CLOSE, "CLOSECHANNEL", sizeof (struct vb_relid), false, true,
	    vb_close },
	{ VB_GPADL_HEADER, "GPADL_HEADER", sizeof (struct vb_gpadl_header) +
	    sizeof (struct vb_range), true, false, vb_gpadl_header },
	{ VB_GPADL_BODY, "GPADL_BODY", sizeof (struct vb_gpadl_body) +
	    sizeof (uint64_t), true, false, vb_gpadl_body },
	{ VB_GPADL_TEARDOWN, "GPADL_TEARDOWN",
	    sizeof (struct vb_gpadl_teardown), false, true,
	    vb_gpadl_teardown },
	{ VB_RELID_RELEASED, "RELID_RELEASED", sizeof (struct vb_relid), false,
	    true, vb_relid_released },
	{ VB_CONTACT, "INITIATE_CONTACT", sizeof (struct vb_contact), false,
	    false, contact },
	{ VB_UNLOAD, "UNLOAD", sizeof (struct vb_header), false, true,
	    unload },
	{ VB_MODIFY, "MODIFYCHANNEL", sizeof (struct vb_modify), false, true,
	    vb_modify },
};

static const struct request *
request_of(uint32_t type)
{
	size_t i;

	for (i = 0; i < sizeof (requests) / sizeof (requests[0]); i++) {
		if (requests[i].type == type)
			return (&requests[i]);
	}
	return (NULL);
}

const char *
vb_version_name(uint32_t version)
{
	static char text[4][16];
	static unsigned n;
	char *s = text[n++ % 4];

	(void) snprintf(s, sizeof (text[0]), "%u.%u", version >> 16,
	    version & 0xffff);
	return (s);
}

/*
 * The stack of a violation is the guest's that left for the host; a device that
 * works in a timer tells of the guest that signalled its channel.
 */
static const struct hc_trace *on_behalf;

void
hv_protocol(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void) vsnprintf(text, sizeof (text), fmt, ap);
	va_end(ap);
	if (on_behalf != NULL)
		hc_violation_at(on_behalf, "protocol", "%s", text);
	else
		hc_violation("protocol", "%s", text);
}

void
hv_on_behalf(const struct hc_trace *trace)
{
	on_behalf = trace;
}

/*
 * Which connection a message may come by. The one for contact exists on hosts
 * that speak 5.0; what follows such a contact comes by the one that it was
 * answered.
 */
static bool
connection_fits(uint32_t connection, uint32_t type, const uint8_t *payload)
{
	const struct vb_contact *c = (const void *)payload;
	uint32_t want = VB_CONNECTION_MESSAGE;

	if (type == VB_CONTACT) {
		if (c->version >= VB_5_0)
			want = VB_CONNECTION_CONTACT;
	} else if (vb.version >= VB_5_0) {
		want = vb.connection;
	}
	return (connection == want);
}

enum hv_status
vb_posted(uint32_t connection, uint32_t type, const uint8_t *payload,
    uint32_t size)
{
	const struct vb_header *h = (const void *)payload;
	const struct request *r;

	/*
	 * A guest that tries a newer version first learns from this status that
	 * the host is older: no reproach.
	 */
	if (connection == VB_CONNECTION_CONTACT && !hv_speaks_since(VB_5_0))
		return (HV_INVALID_CONNECTION);
	if (connection != VB_CONNECTION_MESSAGE &&
	    connection != VB_CONNECTION_CONTACT &&
	    (vb.connection == 0 || connection != vb.connection)) {
		hv_protocol("HvPostMessage: there is no connection %u for "
		    "messages", connection);
		return (HV_INVALID_CONNECTION);
	}
	if (type != HV_TYPE_VMBUS) {
		hv_protocol("HvPostMessage: message type %u, the VMBus has %u",
		    type, HV_TYPE_VMBUS);
		return (HV_SUCCESS);
	}
	if (size < sizeof (*h)) {
		hv_protocol("VMBus message of %u bytes, the header alone has "
		    "%zu", size, sizeof (*h));
		return (HV_SUCCESS);
	}
	r = request_of(h->type);
	if (r == NULL) {
		hv_protocol("VMBus message type %u is none that a guest sends",
		    h->type);
		return (HV_SUCCESS);
	}
	if (r->more ? size < r->size : size != r->size)
		hv_protocol("%s is %u bytes, should be %s%u", r->name, size,
		    r->more ? "at least " : "", r->size);
	if (size < r->size)
		return (HV_SUCCESS);
	if (h->reserved != 0)
		hv_protocol("%s: the reserved field of the header is 0x%x, "
		    "must be 0", r->name, h->reserved);
	if (hv_manners.silent && !r->one_way) {
		vb.forgiving = true;
		return (HV_SUCCESS);
	}
	if (r->type != VB_CONTACT && vb.version == 0) {
		if (!vb.forgiving)
			hv_protocol("%s without a contact", r->name);
		return (HV_SUCCESS);
	}
	if (!connection_fits(connection, h->type, payload))
		hv_protocol("%s came by connection %u, which is not the one "
		    "for it", r->name, connection);
	r->handle(payload, size);
	return (HV_SUCCESS);
}

/* An answer: a silent host has none. */
void
vb_answer(const void *message, size_t size, void (*then)(void *), void *arg)
{
	if (hv_manners.silent)
		vb.forgiving = true;
	else
		vb_send(message, size, then, arg);
}

static void
disconnect(void)
{
	int i;

	vb_cancel_all();
	vb_monitor_stop();
	vb_offers_forget();
	vb_gpadl_forget(~0U);
	hv_give_back(&vb.interrupts);
	for (i = 0; i < 2; i++)
		hv_give_back(&vb.monitor[i]);
	hv_synic_forget(vb.sint);
	vb.version = 0;
	vb.connection = 0;
	vb.accepted = vb.requested = vb.delivered = false;
}

static void
accepted(void *arg)
{
	static bool known;

	vb.accepted = true;
	if (!known) {
		known = true;
		hc_milestone("contact", 1, "VMBus version %s accepted by %s",
		    vb_version_name(vb.version), hv_release()->title);
	}
	(void) arg;
}

static void
answer_contact(bool supported)
{
	struct vb_version_response m = {
		.h.type = VB_VERSION_RESPONSE,
		.supported = supported,
		.connection = vb.connection
	};

	vb_answer(&m, vb.version >= VB_5_0 ? sizeof (m) :
	    VB_VERSION_RESPONSE_SHORT, supported ? accepted : NULL, NULL);
	if (supported)
		vb_wrong(VB_VERSION_RESPONSE);
}

static bool
lend_page(struct hv_lent *lent, uint64_t gpa, const char *what)
{
	if (gpa % HC_PAGE != 0)
		hv_protocol("INITIATE_CONTACT: the %s address 0x%lx is not "
		    "that of a page", what, gpa);
	if (hv_lend(lent, gpa / HC_PAGE, what, 0))
		return (true);
	hv_protocol("INITIATE_CONTACT: there is no memory at the %s address "
	    "0x%lx", what, gpa);
	return (false);
}

static bool
lend_pages(const struct vb_contact *c)
{
	int i;

	if (c->version < VB_5_0 &&
	    !lend_page(&vb.interrupts, c->interrupt_page, "interrupt page"))
		return (false);
	if (c->monitor_page[0] == 0 && c->monitor_page[1] == 0)
		return (true);		/* it wants no monitors */
	for (i = 0; i < 2; i++) {
		if (!lend_page(&vb.monitor[i], c->monitor_page[i],
		    "monitor page"))
			return (false);
	}
	return (true);
}

/*
 * Where answers go to. False when none can arrive there.
 */
static bool
choose_target(const struct vb_contact *c)
{
	vb.vp = 0;
	vb.sint = VB_SINT;
	if (c->version >= VB_3_0) {
		if (hv_cpu_of((int)c->vcpu) < 0) {
			hv_protocol("INITIATE_CONTACT: there is no virtual "
			    "processor %u", c->vcpu);
			return (false);
		}
		vb.vp = (int)c->vcpu;
	} else if (c->vcpu != 0) {
		hv_protocol("INITIATE_CONTACT: virtual processor %u, before "
		    "3.0 the field is reserved and messages go to 0", c->vcpu);
	}
	if (c->version >= VB_5_0 && hv_speaks(c->version)) {
		vb.sint = (int)(c->interrupt_page & 0xff);
		if (vb.sint >= HV_SINTS || c->interrupt_page >> 16 != 0) {
			hv_protocol("INITIATE_CONTACT: 0x%lx in place of the "
			    "interrupt page, since 5.0 it is the SINT of "
			    "messages", c->interrupt_page);
			vb.sint = VB_SINT;
		}
	}
	if (!hv_synic_ready(vb.vp, vb.sint)) {
		hv_protocol("INITIATE_CONTACT: the SynIC of virtual processor "
		    "%d is not enabled, no answer can arrive there", vb.vp);
		return (false);
	}
	return (true);
}

static void
contact(const uint8_t *payload, uint32_t size)
{
	const struct vb_contact *c = (const void *)payload;

	(void) size;
	if (vb.version != 0) {
		hv_protocol("INITIATE_CONTACT while there is a connection of "
		    "version %s: UNLOAD has to come first",
		    vb_version_name(vb.version));
		disconnect();
	}
	if (!choose_target(c))
		return;
	if (!hv_speaks(c->version)) {
		answer_contact(false);
		return;
	}
	if (!lend_pages(c)) {
		disconnect();
		answer_contact(false);
		return;
	}
	if (vb.monitor[0].page != NULL &&
	    (vb.monitor[0].page == vb.monitor[1].page ||
	    vb.monitor[0].page == vb.interrupts.page ||
	    vb.monitor[1].page == vb.interrupts.page))
		hv_protocol("INITIATE_CONTACT: interrupt page 0x%lx and "
		    "monitor pages 0x%lx, 0x%lx are not three",
		    c->interrupt_page,
		    c->monitor_page[0], c->monitor_page[1]);
	vb.version = c->version;
	vb.connection = c->version >= VB_5_0 ? 0x2004 : VB_CONNECTION_MESSAGE;
	vb.unloaded = vb.forgiving = false;
	answer_contact(true);
}

static void
unload(const uint8_t *payload, uint32_t size)
{
	struct vb_header m = { .type = VB_UNLOAD_RESPONSE };
	uint32_t version = vb.version;
	struct hv_channel *ch;
	static bool known;
	int open = 0;

	(void) payload;
	(void) size;
	for (ch = vb_channels; ch != NULL; ch = ch->next)
		open += ch->state != HV_CLOSED;
	disconnect();
	vb.unloaded = true;
	if (!known) {
		known = true;
		hc_milestone("unload", 1, "VMBus version %s left, %d channel%s "
		    "still open", vb_version_name(version), open,
		    open == 1 ? "" : "s");
	}
	/* Hosts before 3.0 say nothing. */
	if (version >= VB_3_0)
		vb_answer(&m, sizeof (m), NULL, NULL);
}
