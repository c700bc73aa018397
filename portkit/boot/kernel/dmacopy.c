/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The copy buffer of a DMA binding.
 *
 * Pages that the device cannot address (dma_attr_addr_lo, dma_attr_addr_hi) are
 * replaced by others. Data goes between the two at bind and unbind, when the
 * window changes, and in ddi_dma_sync(9F): a driver that leaves that out sees
 * what was there before.
 */

#include "kdma.h"

static boolean_t
out_of_reach(const ddi_dma_attr_t *attr, uint64_t pa)
{
	return (pa < attr->dma_attr_addr_lo ||
	    pa + PAGEOFFSET > attr->dma_attr_addr_hi);
}

int
kdma_copy_setup(struct kdma *kd)
{
	const ddi_dma_attr_t *attr = &kd->kd_attr;
	uint_t i, n = 0;

	for (i = 0; i < kd->kd_npages; i++) {
		if (out_of_reach(attr, kd->kd_pages[i].dp_pa))
			n++;
	}
	if (n == 0)
		return (DDI_SUCCESS);

	kd->kd_copypfns = hc_alloc(n * sizeof (*kd->kd_copypfns));
	if (hc_pages_alloc(n, (attr->dma_attr_addr_lo + PAGEOFFSET) >>
	    PAGESHIFT, ((attr->dma_attr_addr_hi - PAGEOFFSET) >> PAGESHIFT),
	    0, 0, 0, kd->kd_copypfns) != 0) {
		hc_free(kd->kd_copypfns);
		kd->kd_copypfns = NULL;
		return (DDI_DMA_NORESOURCES);
	}
	kd->kd_copy = hc_map(n, kd->kd_copypfns);
	kd->kd_ncopy = n;
	memset(kd->kd_copy, 0xba, n * PAGESIZE);
	for (i = n = 0; i < kd->kd_npages; i++) {
		if (!out_of_reach(attr, kd->kd_pages[i].dp_pa))
			continue;
		kd->kd_pages[i].dp_copy = kd->kd_copy + n * PAGESIZE;
		kd->kd_pages[i].dp_pa = kd->kd_copypfns[n++] << PAGESHIFT;
	}
	return (DDI_SUCCESS);
}

void
kdma_copy_teardown(struct kdma *kd)
{
	if (kd->kd_ncopy == 0)
		return;
	hc_unmap(kd->kd_copy, kd->kd_ncopy);
	hc_pages_free(kd->kd_ncopy, kd->kd_copypfns);
	hc_free(kd->kd_copypfns);
	kd->kd_copypfns = NULL;
	kd->kd_ncopy = 0;
}

/*
 * Copy part of the object to the copy buffer, or back.
 */
void
kdma_copy(struct kdma *kd, size_t off, size_t len, boolean_t fordev)
{
	size_t in, n;
	caddr_t copy, mem;

	if (kd->kd_ncopy == 0 || kd->kd_lost)
		return;
	while (len > 0) {
		in = ((uintptr_t)kd->kd_addr & PAGEOFFSET) + off;
		n = MIN(len, PAGESIZE - (in & PAGEOFFSET));
		copy = kd->kd_pages[in >> PAGESHIFT].dp_copy;
		if (copy != NULL) {
			copy += in & PAGEOFFSET;
			mem = kd->kd_addr + off;
			if (fordev)
				memcpy(copy, mem, n);
			else
				memcpy(mem, copy, n);
		}
		off += n;
		len -= n;
	}
}
