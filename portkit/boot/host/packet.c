/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Packets in the rings of a channel.
 */

#include "core.h"

#define	UNIT	8

static uint32_t
distance(const struct hv_ring *r, uint32_t from, uint32_t to)
{
	return (to >= from ? to - from : r->size - from + to);
}

static void
broken(struct hv_channel *ch)
{
	ch->broken = true;
}

static const char *
name(const struct hv_channel *ch)
{
	return (ch->dev->class->name);
}

/*
 * Bytes that wait in the ring to the host. Anything implausible ends the
 * channel: nothing after it can be understood.
 */
static uint32_t
waiting(struct hv_channel *ch)
{
	struct hv_ring *r = &ch->out;
	volatile struct vb_ring *c = hv_ring_control(r);
	uint32_t write, read, n;

	if (!ch->in_use || ch->broken || c == NULL)
		return (0);
	write = c->write;
	read = c->read;
	if (read != r->read) {
		hv_protocol("%s: read index of the ring to the host is %u, the "
		    "host had left it at %u", name(ch), read, r->read);
		c->read = r->read;
	}
	if (write >= r->size || write % UNIT != 0) {
		hv_protocol("%s: write index %u of the ring to the host, which "
		    "has %u bytes, %s", name(ch), write, r->size,
		    write >= r->size ? "is out of range" :
		    "is no multiple of 8");
		broken(ch);
		return (0);
	}
	n = distance(r, r->read, write);
	if (n != 0 && n < sizeof (struct vb_packet) + VB_TRAILER) {
		hv_protocol("%s: the ring to the host holds %u bytes, a packet "
		    "has at least %zu", name(ch), n,
		    sizeof (struct vb_packet) + VB_TRAILER);
		broken(ch);
		return (0);
	}
	return (n);
}

bool
vb_channel_unread(const struct hv_channel *ch)
{
	const volatile struct vb_ring *c = hv_ring_control(&ch->out);

	return (c != NULL && !ch->broken && c->write != ch->out.read);
}

/*
 * The page lists of a packet; false when they make no sense.
 */
static bool
parse_gpa(struct hv_channel *ch, struct hv_packet *p, const uint8_t *at,
    uint32_t len)
{
	struct vb_gpa_header h;
	struct vb_range head;
	struct hv_range *r;
	uint64_t pages;
	uint32_t i;

	if (len < sizeof (h)) {
		hv_protocol("%s: packet of type %u has %u bytes for page lists",
		    name(ch), p->type, len);
		return (false);
	}
	memcpy(&h, at, sizeof (h));
	at += sizeof (h);
	len -= (uint32_t)sizeof (h);
	if (h.ranges > len / (sizeof (head) + sizeof (uint64_t))) {
		hv_protocol("%s: %u page lists in %u bytes", name(ch), h.ranges,
		    len);
		return (false);
	}
	if (h.reserved != 0)
		hv_protocol("%s: the reserved field before page lists is 0x%x, "
		    "must be 0", name(ch), h.reserved);
	p->ranges = hv_new(h.ranges * sizeof (*p->ranges));
	for (i = 0; i < h.ranges; i++) {
		if (len < sizeof (head))
			memset(&head, 0, sizeof (head));
		else
			memcpy(&head, at, sizeof (head));
		pages = HV_PAGES(head.offset, head.length);
		if (head.length == 0 || head.offset >= HC_PAGE ||
		    pages > (len - sizeof (head)) / sizeof (uint64_t)) {
			hv_protocol("%s: page list %u of %u says %u bytes from "
			    "offset %u on; that takes %lu page frames, and %u "
			    "bytes are left", name(ch), i, h.ranges,
			    head.length, head.offset, pages, len);
			return (false);
		}
		r = &p->ranges[p->nranges++];
		r->length = head.length;
		r->offset = head.offset;
		r->npages = (uint32_t)pages;
		r->pfns = hv_new(r->npages * sizeof (uint64_t));
		memcpy(r->pfns, at + sizeof (head),
		    r->npages * sizeof (uint64_t));
		at += sizeof (head) + r->npages * sizeof (uint64_t);
		len -= (uint32_t)(sizeof (head) +
		    r->npages * sizeof (uint64_t));
	}
	if (len != 0)
		hv_protocol("%s: %u bytes between the page lists and where the "
		    "packet says its data begin", name(ch), len);
	for (i = 0; i < p->nranges; i++) {
		uint32_t j;

		for (j = 0; j < p->ranges[i].npages; j++) {
			pages = p->ranges[i].pfns[j];
			if (pages < HC_NOPFN / HC_PAGE &&
			    hc_phys(pages * HC_PAGE, HC_PAGE) != NULL)
				continue;
			hv_protocol("%s: page list %u names page frame 0x%lx, "
			    "which does not exist", name(ch), i, pages);
			return (false);
		}
	}
	return (true);
}

/* The guest gives the buffers of a transfer page set back, or uses it. */
static bool
parse_transfer(struct hv_channel *ch, struct hv_packet *p, const uint8_t *at,
    uint32_t len)
{
	struct vb_transfer_header h;
	struct vb_range head;
	uint32_t i;

	if (len >= sizeof (h))
		memcpy(&h, at, sizeof (h));
	if (len < sizeof (h) || h.ranges > (len - sizeof (h)) / sizeof (head)) {
		hv_protocol("%s: packet with transfer pages has %u bytes for "
		    "their list", name(ch), len);
		return (false);
	}
	p->ranges = hv_new(h.ranges * sizeof (*p->ranges));
	p->nranges = h.ranges;
	for (i = 0; i < h.ranges; i++) {
		memcpy(&head, at + sizeof (h) + i * sizeof (head),
		    sizeof (head));
		p->ranges[i].length = head.length;
		p->ranges[i].offset = head.offset;
	}
	return (true);
}

/* A completion is of something that asked for one. */
static void
completed(struct hv_channel *ch, uint64_t transaction)
{
	unsigned i;

	for (i = 0; i < ch->nexpected; i++) {
		if (ch->expected[i] == transaction) {
			ch->expected[i] = ch->expected[--ch->nexpected];
			return;
		}
	}
	hv_protocol("%s: completion of transaction 0x%lx, for which the host "
	    "has not asked", name(ch), transaction);
}

static bool
parse(struct hv_channel *ch, struct hv_packet *p, const uint8_t *head,
    uint32_t len)
{
	switch (p->type) {
	case VB_GPA_DIRECT:
		return (parse_gpa(ch, p, head, len));
	case VB_TRANSFER_PAGES:
		return (parse_transfer(ch, p, head, len));
	case VB_INBAND:
	case VB_COMPLETION:
		break;
	default:
		hv_protocol("%s: packet of type %u", name(ch), p->type);
		return (false);
	}
	if (len != 0)
		hv_protocol("%s: data of a packet of type %u begin %u bytes "
		    "after its header", name(ch), p->type, len);
	if (p->type == VB_COMPLETION)
		completed(ch, p->transaction);
	return (true);
}

/* The guest waits for room: it is told as soon as there is what it wants. */
static void
room_made(struct hv_channel *ch, uint32_t before)
{
	volatile struct vb_ring *c = hv_ring_control(&ch->out);
	uint32_t want = c->pending_send, now;

	if (want == 0)
		return;
	now = ch->out.size - distance(&ch->out, ch->out.read, c->write);
	if (before <= want && now > want)
		vb_signal_guest(ch->vp, ch->relid);
}

/*
 * Takes the next packet out of the ring; false when there is none.
 */
bool
hv_receive(struct hv_channel *ch, struct hv_packet *p)
{
	struct hv_ring *r;
	struct vb_packet h;
	uint64_t trailer;
	uint32_t n, len, data;
	uint8_t *copy;
	bool good;

	memset(p, 0, sizeof (*p));
	while (ch != NULL && (n = waiting(ch)) != 0) {
		r = &ch->out;
		hv_ring_copy(r, r->read, &h, sizeof (h), false);
		len = (uint32_t)h.length * UNIT;
		data = (uint32_t)h.data * UNIT;
		if (data < sizeof (h) || len < data || len + VB_TRAILER > n) {
			hv_protocol("%s: packet of type %u says %u bytes, data "
			    "from %u on; the ring holds %u", name(ch), h.type,
			    len, data, n);
			broken(ch);
			return (false);
		}
		copy = hv_new(len);
		hv_ring_copy(r, r->read, copy, len, false);
		hv_ring_copy(r, r->read + len, &trailer, sizeof (trailer),
		    false);
		if (trailer != (uint64_t)r->read << 32)
			hv_protocol("%s: the word after a packet is 0x%lx, the "
			    "packet began at index 0x%x", name(ch), trailer,
			    r->read);
		if ((h.flags & ~VB_WANTS_COMPLETION) != 0)
			hv_protocol("%s: packet with flags 0x%x, only 0x%x is "
			    "defined", name(ch), h.flags, VB_WANTS_COMPLETION);
		p->type = h.type;
		p->flags = h.flags;
		p->transaction = h.transaction;
		p->len = len - data;
		p->payload = hv_new(p->len);
		memcpy(p->payload, copy + data, p->len);
		good = parse(ch, p, copy + sizeof (h),
		    data - (uint32_t)sizeof (h));
		free(copy);

		r->read = (r->read + len + VB_TRAILER) % r->size;
		hv_ring_control(r)->read = r->read;
		ch->left = false;
		room_made(ch, r->size - n);
		if (good)
			return (true);
		hv_packet_free(p);
	}
	return (false);
}

void
hv_packet_free(struct hv_packet *p)
{
	uint32_t i;

	for (i = 0; i < p->nranges; i++)
		free(p->ranges[i].pfns);
	free(p->ranges);
	free(p->payload);
	memset(p, 0, sizeof (*p));
}

/*
 * How much room there is in the ring to the guest, and whether it is empty;
 * false when the guest's read index makes no sense.
 */
static bool
room(struct hv_channel *ch, uint32_t *free_bytes, bool *empty)
{
	struct hv_ring *r = &ch->in;
	volatile struct vb_ring *c = hv_ring_control(r);
	uint32_t read;

	if (c == NULL || ch->broken)
		return (false);
	read = c->read;
	if (c->write != r->write) {
		hv_protocol("%s: write index of the ring to the guest is %u, "
		    "the host had left it at %u", name(ch), c->write, r->write);
		c->write = r->write;
	}
	/* It may have moved forward, up to where the host writes. */
	if (read >= r->size || read % UNIT != 0 ||
	    distance(r, r->read, read) > distance(r, r->read, r->write)) {
		hv_protocol("%s: read index of the ring to the guest is %u; it "
		    "was %u, and the host has written up to %u of %u",
		    name(ch), read, r->read, r->write, r->size);
		broken(ch);
		return (false);
	}
	r->read = read;
	*free_bytes = r->size - distance(r, read, r->write);
	*empty = read == r->write;
	return (true);
}

static void
expect(struct hv_channel *ch, uint64_t transaction)
{
	if (ch->nexpected == ch->maxexpected) {
		ch->maxexpected = ch->maxexpected * 2 + 16;
		ch->expected = realloc(ch->expected,
		    ch->maxexpected * sizeof (uint64_t));
		if (ch->expected == NULL)
			abort();
	}
	ch->expected[ch->nexpected++] = transaction;
}

/*
 * A packet with `head' between the header and the data.
 */
int
hv_send_with(struct hv_channel *ch, uint16_t type, uint16_t flags,
    uint64_t transaction, const void *head, uint32_t headlen,
    const void *payload, uint32_t len)
{
	static const uint8_t zeros[UNIT];
	uint32_t data, total, space, at;
	volatile struct vb_ring *c;
	struct vb_packet h;
	uint64_t trailer;
	bool empty;

	if (ch == NULL || !ch->in_use || headlen % UNIT != 0 ||
	    len > 0x10000 || headlen > 0x10000 || !room(ch, &space, &empty))
		return (-1);
	c = hv_ring_control(&ch->in);
	data = (uint32_t)sizeof (h) + headlen;
	total = data + (len + UNIT - 1) / UNIT * UNIT;
	/* A ring that is quite full would look empty. */
	if (space <= total + VB_TRAILER) {
		if ((c->features & VB_RING_PENDING_SEND) != 0)
			c->pending_send = total + VB_TRAILER;
		return (-1);
	}
	c->pending_send = 0;
	h.type = type;
	h.data = (uint16_t)(data / UNIT);
	h.length = (uint16_t)(total / UNIT);
	h.flags = flags;
	h.transaction = transaction;
	at = ch->in.write;
	trailer = (uint64_t)at << 32;
	hv_ring_copy(&ch->in, at, &h, sizeof (h), true);
	at += (uint32_t)sizeof (h);
	hv_ring_copy(&ch->in, at, (void *)(uintptr_t)head, headlen, true);
	at += headlen;
	hv_ring_copy(&ch->in, at, (void *)(uintptr_t)payload, len, true);
	at += len;
	hv_ring_copy(&ch->in, at, (void *)(uintptr_t)zeros, total - data - len,
	    true);
	at += total - data - len;
	hv_ring_copy(&ch->in, at, &trailer, sizeof (trailer), true);
	ch->in.write = (ch->in.write + total + VB_TRAILER) % ch->in.size;
	ch->in.total += total + VB_TRAILER;
	c->write = ch->in.write;
	if ((flags & VB_WANTS_COMPLETION) != 0)
		expect(ch, transaction);
	/* One that was not empty is being read, or will be. */
	if (empty && c->masked == 0)
		vb_signal_guest(ch->vp, ch->relid);
	hv_watch();
	return (0);
}

int
hv_send(struct hv_channel *ch, uint16_t type, uint16_t flags,
    uint64_t transaction, const void *payload, uint32_t len)
{
	return (hv_send_with(ch, type, flags, transaction, NULL, 0, payload,
	    len));
}
