/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Binding memory to a DMA handle: ddi_dma_addr_bind_handle(9F).
 *
 * Neighbouring page frames go into one cookie as far as dma_attr_count_max,
 * dma_attr_seg and dma_attr_maxxfer let them. What dma_attr_sgllen cookies or
 * dma_attr_maxxfer bytes do not cover needs windows, which the driver must have
 * allowed with DDI_DMA_PARTIAL. Pages beyond what the device can address are
 * replaced by pages of a copy buffer.
 */

#include "kdma.h"

static uint64_t
pa_of(const struct kdma *kd, size_t off)
{
	size_t in = ((uintptr_t)kd->kd_addr & PAGEOFFSET) + off;

	return (kd->kd_pages[in >> PAGESHIFT].dp_pa + (in & PAGEOFFSET));
}

/*
 * How many bytes of a cookie that begins at pa fit before the next segment.
 */
static uint64_t
segment_room(const ddi_dma_attr_t *attr, uint64_t pa)
{
	uint64_t room = attr->dma_attr_seg - (pa & attr->dma_attr_seg);

	return (room == UINT64_MAX ? room : room + 1);
}

static uint64_t
cookie_max(const ddi_dma_attr_t *attr)
{
	uint64_t max = attr->dma_attr_count_max;

	return (max == UINT64_MAX ? max : max + 1);
}

/*
 * The longest window from an offset, its cookies from *cookie on.
 */
static void
make_window(struct kdma *kd, struct kdma_win *dw, size_t off,
    ddi_dma_cookie_t *cookie)
{
	const ddi_dma_attr_t *attr = &kd->kd_attr;
	uint64_t granular = attr->dma_attr_granular;
	uint64_t xfer = attr->dma_attr_maxxfer;
	uint64_t max = cookie_max(attr);
	uint_t sgllen = (uint_t)attr->dma_attr_sgllen;	/* -1: no limit */
	ddi_dma_cookie_t *last = NULL;
	uint64_t pa, n, excess;
	size_t at = off;

	if (granular > 1)
		xfer -= xfer % granular;
	dw->dw_off = off;
	dw->dw_n = 0;
	while (at < kd->kd_len && at - off < xfer) {
		pa = pa_of(kd, at);
		n = PAGESIZE - (((uintptr_t)kd->kd_addr + at) & PAGEOFFSET);
		n = MIN(n, MIN(kd->kd_len - at, xfer - (at - off)));
		n = MIN(n, segment_room(attr, pa));
		if (last != NULL && last->dmac_laddress + last->dmac_size ==
		    pa && last->dmac_size < max &&
		    segment_room(attr, last->dmac_laddress) >
		    last->dmac_size) {
			n = MIN(n, max - last->dmac_size);
			last->dmac_size += n;
		} else {
			if (dw->dw_n == sgllen)
				break;
			last = &cookie[dw->dw_n++];
			memset(last, 0, sizeof (*last));
			last->dmac_laddress = pa;
			last->dmac_size = n = MIN(n, max);
		}
		at += n;
	}

	/* A window that is not the last is a whole number of grains. */
	excess = at < kd->kd_len && granular > 1 ? (at - off) % granular : 0;
	while (excess > 0) {
		last = &cookie[dw->dw_n - 1];
		n = MIN(excess, last->dmac_size);
		last->dmac_size -= n;
		if (last->dmac_size == 0)
			dw->dw_n--;
		excess -= n;
		at -= n;
	}
	dw->dw_len = at - off;
}

/*
 * All windows. Each piece of a page may be a cookie of its own at worst.
 */
static void
make_windows(struct kdma *kd)
{
	uint64_t piece = MIN(MIN(cookie_max(&kd->kd_attr), PAGESIZE),
	    MIN(kd->kd_attr.dma_attr_maxxfer, PAGESIZE));
	uint_t most = (uint_t)(kd->kd_len / piece + kd->kd_npages) * 2 + 2;
	struct kdma_win *dw;
	uint_t first = 0;
	size_t off = 0;

	kd->kd_cookies = hc_alloc(most * sizeof (*kd->kd_cookies));
	kd->kd_wins = hc_alloc(most * sizeof (*kd->kd_wins));
	kd->kd_nwins = 0;
	while (off < kd->kd_len) {
		dw = &kd->kd_wins[kd->kd_nwins++];
		make_window(kd, dw, off, &kd->kd_cookies[first]);
		if (dw->dw_len == 0)
			break;		/* less than a grain fits */
		dw->dw_first = first;
		first += dw->dw_n;
		off += dw->dw_len;
	}
	kd->kd_win = 0;
	kd->kd_given = 1;
}

static void
check_object(const struct kdma *kd)
{
	uint64_t align = kd->kd_attr.dma_attr_align;
	uint64_t granular = kd->kd_attr.dma_attr_granular;

	if (align > 1 && (align & (align - 1)) == 0 &&
	    (pa_of(kd, 0) & (align - 1)) != 0)
		hc_violation("dma", "ddi_dma_bind_handle(%s%d): memory at %p, "
		    "bus address 0x%lx, is not aligned to dma_attr_align, "
		    "0x%lx", KDMA_WHO(kd), (void *)kd->kd_addr,
		    (ulong_t)pa_of(kd, 0), (ulong_t)align);
	if (granular > 1 && kd->kd_len % granular != 0)
		hc_violation("dma", "ddi_dma_bind_handle(%s%d): %lu bytes are "
		    "no multiple of dma_attr_granular, %lu", KDMA_WHO(kd),
		    (ulong_t)kd->kd_len, (ulong_t)granular);
}

/*
 * The page frames under the object. DDI_DMA_NOMAPPING when it is not all the
 * kernel's memory.
 */
static int
find_pages(struct kdma *kd)
{
	uintptr_t va = (uintptr_t)kd->kd_addr & ~(uintptr_t)PAGEOFFSET;
	uint64_t pfn;
	uint_t i;

	kd->kd_npages = (uint_t)(((uintptr_t)kd->kd_addr - va + kd->kd_len +
	    PAGEOFFSET) >> PAGESHIFT);
	kd->kd_pages = hc_alloc(kd->kd_npages * sizeof (*kd->kd_pages));
	for (i = 0; i < kd->kd_npages; i++, va += PAGESIZE) {
		pfn = hc_pfn((const void *)va);
		if (pfn == HC_NOPFN) {
			hc_violation("dma", "ddi_dma_bind_handle(%s%d): no "
			    "memory of the kernel's at %p", KDMA_WHO(kd),
			    (void *)MAX(va, (uintptr_t)kd->kd_addr));
			return (DDI_DMA_NOMAPPING);
		}
		kd->kd_pages[i].dp_pa = pfn << PAGESHIFT;
	}
	return (DDI_DMA_MAPPED);
}

static void
forget_binding(struct kdma *kd)
{
	kdma_copy_teardown(kd);
	hc_free(kd->kd_pages);
	hc_free(kd->kd_cookies);
	hc_free(kd->kd_wins);
	kd->kd_pages = NULL;
	kd->kd_cookies = NULL;
	kd->kd_wins = NULL;
	kd->kd_nwins = kd->kd_npages = 0;
	kd->kd_bound = kd->kd_partial = kd->kd_lost = B_FALSE;
}

int
kdma_bind(struct kdma *kd, struct ddi_dma_req *req, ddi_dma_cookie_t *cookiep,
    uint_t *ccountp)
{
	struct kdma_win *dw;
	int error;

	if (kd->kd_bound) {
		hc_violation("dma", "ddi_dma_bind_handle: handle %p of %s%d is "
		    "bound already, to %lu bytes at %p", (void *)kd,
		    KDMA_WHO(kd), (ulong_t)kd->kd_len, (void *)kd->kd_addr);
		return (DDI_DMA_INUSE);
	}
	if (req->dmar_object.dmao_type == DMA_OTYP_PAGES ||
	    req->dmar_object.dmao_size == 0)
		return (DDI_DMA_NOMAPPING);
	if (req->dmar_fp != DDI_DMA_SLEEP && hc_fail("dma")) {
		kdma_call_later(req->dmar_fp, req->dmar_arg);
		return (DDI_DMA_NORESOURCES);
	}

	kd->kd_flags = req->dmar_flags;
	kd->kd_addr = req->dmar_object.dmao_obj.virt_obj.v_addr;
	kd->kd_len = req->dmar_object.dmao_size;
	if ((error = find_pages(kd)) != DDI_DMA_MAPPED ||
	    (error = kdma_copy_setup(kd)) != DDI_SUCCESS) {
		forget_binding(kd);
		return (error);
	}
	/* A buf(9S) comes from above: its place and size are others' choice. */
	if (req->dmar_object.dmao_type != DMA_OTYP_BUFVADDR)
		check_object(kd);
	make_windows(kd);

	dw = &kd->kd_wins[kd->kd_nwins - 1];
	if (kd->kd_nwins > 1 || dw->dw_len < kd->kd_len) {
		if ((kd->kd_flags & DDI_DMA_PARTIAL) == 0 || dw->dw_len == 0) {
			cmn_err(CE_WARN, "!%s%d: %lu bytes at %p take more "
			    "than dma_attr_sgllen (%d) DMA cookies or "
			    "dma_attr_maxxfer (0x%lx) bytes", KDMA_WHO(kd),
			    (ulong_t)kd->kd_len, (void *)kd->kd_addr,
			    kd->kd_attr.dma_attr_sgllen,
			    (ulong_t)kd->kd_attr.dma_attr_maxxfer);
			forget_binding(kd);
			return (DDI_DMA_TOOBIG);
		}
		kd->kd_partial = B_TRUE;
	}
	kd->kd_bound = B_TRUE;
	dw = &kd->kd_wins[0];
	if ((kd->kd_flags & DDI_DMA_WRITE) != 0)
		kdma_copy(kd, dw->dw_off, dw->dw_len, B_TRUE);
	*cookiep = kd->kd_cookies[0];
	*ccountp = dw->dw_n;
	return (kd->kd_partial ? DDI_DMA_PARTIAL_MAP : DDI_DMA_MAPPED);
}

void
kdma_unbind(struct kdma *kd)
{
	const struct kdma_win *dw = &kd->kd_wins[kd->kd_win];

	if ((kd->kd_flags & DDI_DMA_READ) != 0)
		kdma_copy(kd, dw->dw_off, dw->dw_len, B_FALSE);
	forget_binding(kd);
}

int
kdma_getwin(struct kdma *kd, uint_t win, off_t *offp, size_t *lenp,
    ddi_dma_cookie_t *cookiep, uint_t *ccountp)
{
	const struct kdma_win *dw;

	if (!kd->kd_bound) {
		hc_violation("dma", "ddi_dma_getwin: handle %p of %s%d is not "
		    "bound", (void *)kd, KDMA_WHO(kd));
		return (DDI_FAILURE);
	}
	if (win >= kd->kd_nwins) {
		hc_violation("dma", "ddi_dma_getwin: handle %p of %s%d has %u "
		    "windows, no number %u", (void *)kd, KDMA_WHO(kd),
		    kd->kd_nwins, win);
		return (DDI_FAILURE);
	}
	dw = &kd->kd_wins[kd->kd_win];
	if (win != kd->kd_win && (kd->kd_flags & DDI_DMA_READ) != 0)
		kdma_copy(kd, dw->dw_off, dw->dw_len, B_FALSE);
	dw = &kd->kd_wins[win];
	if (win != kd->kd_win && (kd->kd_flags & DDI_DMA_WRITE) != 0)
		kdma_copy(kd, dw->dw_off, dw->dw_len, B_TRUE);
	kd->kd_win = win;
	kd->kd_given = 1;
	*offp = (off_t)dw->dw_off;
	*lenp = dw->dw_len;
	*cookiep = kd->kd_cookies[dw->dw_first];
	*ccountp = dw->dw_n;
	return (DDI_SUCCESS);
}
