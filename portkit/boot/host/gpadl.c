/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * GPADLs: lists of guest pages that the host knows by a number. One header
 * message and as many bodies as it takes; the host answers when all has come.
 */

#include "core.h"

#define	STATUS_REFUSED	0xc0000001U

static struct hv_gpadl *gpadls;

struct hv_gpadl *
vb_gpadl_find(uint32_t id)
{
	struct hv_gpadl *g;

	for (g = gpadls; g != NULL; g = g->next) {
		if (g->id == id)
			return (g);
	}
	return (NULL);
}

struct hv_gpadl *
vb_gpadl_of(uint32_t relid)
{
	struct hv_gpadl *g;

	for (g = gpadls; g != NULL; g = g->next) {
		if (g->relid == relid)
			return (g);
	}
	return (NULL);
}

static void
destroy(struct hv_gpadl *g)
{
	struct hv_gpadl **at = &gpadls;
	uint32_t i;

	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	for (i = 0; i < g->npages; i++)
		hv_give_back(&g->pages[i]);
	for (i = 0; i < g->nranges && g->ranges != NULL; i++)
		free(g->ranges[i].pfns);
	free(g->pages);
	free(g->ranges);
	free(g->wire);
	free(g);
}

/* Those of a channel, or all (~0). */
void
vb_gpadl_forget(uint32_t relid)
{
	struct hv_gpadl *g, *next;

	for (g = gpadls; g != NULL; g = next) {
		next = g->next;
		if (relid == ~0U || g->relid == relid)
			destroy(g);
	}
}

static void
answer_created(uint32_t relid, uint32_t id, uint32_t status)
{
	struct vb_gpadl_created m = { .h.type = VB_GPADL_CREATED,
	    .relid = relid, .gpadl = id, .status = status };

	vb_answer(&m, sizeof (m), NULL, NULL);
	if (status == 0)
		vb_wrong(VB_GPADL_CREATED);
}

/*
 * All ranges are there: what is in them?
 */
static bool
parse(struct hv_gpadl *g)
{
	uint32_t at = 0, i, j, n = 0;
	struct vb_range head;
	struct hv_range *r;
	uint64_t pages;

	g->ranges = hv_new(g->nranges * sizeof (*g->ranges));
	for (i = 0; i < g->nranges; i++) {
		if (g->bytes - at < sizeof (head)) {
			hv_protocol("GPADL 0x%x: %u ranges do not fit into %u "
			    "bytes", g->id, g->nranges, g->bytes);
			return (false);
		}
		memcpy(&head, g->wire + at, sizeof (head));
		at += sizeof (head);
		pages = HV_PAGES(head.offset, head.length);
		if (head.length == 0 || head.offset >= HC_PAGE ||
		    pages > (g->bytes - at) / sizeof (uint64_t)) {
			hv_protocol("GPADL 0x%x: a range of %u bytes from "
			    "offset %u on takes %lu pages, there are %lu",
			    g->id, head.length, head.offset, pages,
			    (g->bytes - at) / sizeof (uint64_t));
			return (false);
		}
		r = &g->ranges[i];
		r->length = head.length;
		r->offset = head.offset;
		r->npages = (uint32_t)pages;
		r->pfns = hv_new(r->npages * sizeof (uint64_t));
		memcpy(r->pfns, g->wire + at, r->npages * sizeof (uint64_t));
		at += (uint32_t)(r->npages * sizeof (uint64_t));
		n += r->npages;
	}
	if (at != g->bytes)
		hv_protocol("GPADL 0x%x: %u bytes are announced for ranges "
		    "that take %u", g->id, g->bytes, at);
	g->pages = hv_new(n * sizeof (*g->pages));
	for (i = 0; i < g->nranges; i++) {
		r = &g->ranges[i];
		for (j = 0; j < r->npages; j++) {
			if (!hv_lend(&g->pages[g->npages], r->pfns[j],
			    "in GPADL", g->id)) {
				hv_protocol("GPADL 0x%x: there is no page "
				    "frame 0x%lx", g->id, r->pfns[j]);
				return (false);
			}
			g->npages++;
		}
	}
	return (true);
}

static void
complete(struct hv_gpadl *g)
{
	uint32_t relid = g->relid, id = g->id;

	if (!parse(g) || g->refused) {
		destroy(g);
		answer_created(relid, id, STATUS_REFUSED);
		return;
	}
	g->complete = true;
	answer_created(relid, id, 0);
}

/* The next `size' bytes of the ranges. */
static void
feed(struct hv_gpadl *g, const uint8_t *data, uint32_t size, const char *name)
{
	if (size > g->bytes - g->got) {
		hv_protocol("%s of GPADL 0x%x: %u bytes of ranges, %u of %u "
		    "were missing", name, g->id, size, g->bytes - g->got,
		    g->bytes);
		size = g->bytes - g->got;
	}
	memcpy(g->wire + g->got, data, size);
	g->got += size;
	if (g->got == g->bytes)
		complete(g);
}

void
vb_gpadl_header(const uint8_t *payload, uint32_t size)
{
	const struct vb_gpadl_header *m = (const void *)payload;
	struct hv_channel *ch = vb_channel(m->relid);
	struct hv_gpadl *g;
	uint32_t rest = size - (uint32_t)sizeof (*m);

	if (ch == NULL || m->gpadl == 0 || vb_gpadl_find(m->gpadl) != NULL) {
		if (ch == NULL)
			hv_protocol("GPADL_HEADER: there is no channel %u",
			    m->relid);
		else
			hv_protocol("GPADL_HEADER: number 0x%x is %s", m->gpadl,
			    m->gpadl == 0 ? "not allowed" : "in use");
		answer_created(m->relid, m->gpadl, STATUS_REFUSED);
		return;
	}
	if (m->ranges == 0 || m->bytes < sizeof (struct vb_range)) {
		hv_protocol("GPADL_HEADER of 0x%x: %u ranges in %u bytes",
		    m->gpadl, m->ranges, m->bytes);
		answer_created(m->relid, m->gpadl, STATUS_REFUSED);
		return;
	}
	if (rest % sizeof (uint64_t) != 0) {
		hv_protocol("GPADL_HEADER is %u bytes, %u of which are no "
		    "whole page frame number", size,
		    (unsigned)(rest % sizeof (uint64_t)));
		rest -= rest % sizeof (uint64_t);
	}
	g = hv_new(sizeof (*g));
	g->id = m->gpadl;
	g->relid = m->relid;
	g->bytes = m->bytes;
	g->nranges = m->ranges;
	g->wire = hv_new(g->bytes);
	if (hv_manners.refuse_gpadl || ch->rescinded)
		g->refused = true;
	g->next = gpadls;
	gpadls = g;
	feed(g, payload + sizeof (*m), rest, "GPADL_HEADER");
}

void
vb_gpadl_body(const uint8_t *payload, uint32_t size)
{
	const struct vb_gpadl_body *m = (const void *)payload;
	struct hv_gpadl *g = vb_gpadl_find(m->gpadl);
	uint32_t rest = size - (uint32_t)sizeof (*m);

	if (g == NULL || g->complete) {
		if (!vb.forgiving)
			hv_protocol("GPADL_BODY of 0x%x: %s", m->gpadl,
			    g == NULL ? "no GPADL_HEADER came before it" :
			    "all of it has come already");
		return;
	}
	if (rest % sizeof (uint64_t) != 0) {
		hv_protocol("GPADL_BODY is %u bytes, %u of which are no whole "
		    "page frame number", size,
		    (unsigned)(rest % sizeof (uint64_t)));
		rest -= rest % sizeof (uint64_t);
	}
	feed(g, payload + sizeof (*m), rest, "GPADL_BODY");
}

void
vb_gpadl_teardown(const uint8_t *payload, uint32_t size)
{
	const struct vb_gpadl_teardown *m = (const void *)payload;
	struct vb_gpadl_torndown answer = { .h.type = VB_GPADL_TORNDOWN,
	    .gpadl = m->gpadl };
	struct hv_gpadl *g = vb_gpadl_find(m->gpadl);
	struct hv_channel *ch = vb_channel(m->relid);

	(void) size;
	if (g == NULL) {
		if (!vb.forgiving)
			hv_protocol("GPADL_TEARDOWN: there is no GPADL 0x%x",
			    m->gpadl);
	} else if (g->relid != m->relid) {
		hv_protocol("GPADL_TEARDOWN: GPADL 0x%x belongs to channel %u, "
		    "not to %u", m->gpadl, g->relid, m->relid);
		ch = vb_channel(g->relid);
	}
	if (ch != NULL && ch->gpadl != NULL && ch->gpadl == g) {
		if (ch->state != HV_CLOSED && !ch->rescinded && !vb.forgiving)
			hv_protocol("GPADL_TEARDOWN: GPADL 0x%x holds the "
			    "rings of channel %u (%s), which is open", m->gpadl,
			    ch->relid, ch->dev->class->name);
		vb_channel_stop(ch);
	}
	if (g != NULL)
		destroy(g);
	vb_answer(&answer, sizeof (answer), NULL, NULL);
	vb_wrong(VB_GPADL_TORNDOWN);
}
