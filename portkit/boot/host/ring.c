/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Rings in guest memory. What the guest says in the control page is never used
 * unchecked: the host keeps the index that it moves itself, and looks at the
 * other once for each use.
 */

#include "core.h"

struct vb_ring *
hv_ring_control(const struct hv_ring *r)
{
	return (r->gpadl == NULL ? NULL : r->gpadl->pages[r->first].page);
}

/*
 * The ring lies in those pages of a GPADL.
 */
const char *
hv_ring_init(struct hv_ring *r, struct hv_gpadl *g, uint32_t first,
    uint32_t npages)
{
	struct vb_ring *c;
	uint32_t i, j;

	memset(r, 0, sizeof (*r));
	if (npages < 2)
		return ("has no page for data");
	for (i = first; i < first + npages; i++) {
		for (j = 0; j < i; j++) {
			if (g->pages[i].pfn == g->pages[j].pfn)
				return ("has a page that is listed twice");
		}
	}
	r->gpadl = g;
	r->first = first;
	r->size = (uint32_t)((npages - 1) * HC_PAGE);
	c = hv_ring_control(r);
	if (c == NULL)
		return ("is in memory that has been freed");
	if (c->read != 0 || c->write != 0)
		return ("does not begin with indices of 0");
	return (NULL);
}

/*
 * Copies from or to the data at an index, around the end. A page that the guest
 * has freed reads as zeros.
 */
void
hv_ring_copy(const struct hv_ring *r, uint32_t at, void *data, uint32_t len,
    bool in)
{
	uint8_t *p = data, *page;
	uint32_t offset, n;

	while (len > 0) {
		at %= r->size;
		offset = at % HC_PAGE;
		n = (uint32_t)HC_PAGE - offset;
		if (n > len)
			n = len;
		page = r->gpadl->pages[r->first + 1 + at / HC_PAGE].page;
		if (page == NULL) {
			if (!in)
				memset(p, 0, n);
		} else if (in) {
			memcpy(page + offset, p, n);
		} else {
			memcpy(p, page + offset, n);
		}
		p += n;
		at += n;
		len -= n;
	}
}

/*
 * Pages that a range names; for devices.
 */
static bool
range_copy(const struct hv_range *r, uint32_t at, uint8_t *data, uint32_t len,
    bool in)
{
	uint64_t offset = (uint64_t)r->offset + at;
	uint8_t *page;
	uint64_t pfn;
	uint32_t n;

	if (at > r->length || len > r->length - at)
		return (false);
	while (len > 0) {
		if (offset / HC_PAGE >= r->npages)
			return (false);
		pfn = r->pfns[offset / HC_PAGE];
		page = pfn < HC_NOPFN / HC_PAGE ?
		    hc_phys(pfn * HC_PAGE, HC_PAGE) : NULL;
		if (page == NULL)
			return (false);
		n = (uint32_t)(HC_PAGE - offset % HC_PAGE);
		if (n > len)
			n = len;
		if (in)
			memcpy(page + offset % HC_PAGE, data, n);
		else
			memcpy(data, page + offset % HC_PAGE, n);
		data += n;
		offset += n;
		len -= n;
	}
	return (true);
}

bool
hv_range_read(const struct hv_range *r, uint32_t at, void *data, uint32_t len)
{
	return (range_copy(r, at, data, len, false));
}

bool
hv_range_write(const struct hv_range *r, uint32_t at, const void *data,
    uint32_t len)
{
	return (range_copy(r, at, (uint8_t *)(uintptr_t)data, len, true));
}
