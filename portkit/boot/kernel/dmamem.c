/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Memory for DMA: ddi_dma_mem_alloc(9F), and its access by ddi_get8(9F) and so
 * on. The page frames are scattered unless the attributes can only be met by a
 * contiguous piece. There are no registers to map on this machine.
 */

#include "kdma.h"

#define	FILL	0xbaddcafeU	/* not zero: ddi_dma_mem_alloc(9F) clears */
				/* nothing */

/* What a ddi_acc_handle_t points at. */
struct kacc {
	struct kacc	*ka_next;
	caddr_t		ka_addr;	/* what the driver got */
	size_t		ka_len;
	caddr_t		ka_base;	/* and the pages it lies in */
	hc_u64		ka_npages;
	hc_u64		*ka_pfns;
	boolean_t	ka_swap;
};

static struct kacc *acc_list;
static char acc_order;		/* freed pages come back elsewhere */

static struct kacc *
acc_lookup(ddi_acc_handle_t handle, const char *called)
{
	struct kacc *ka;

	for (ka = acc_list; ka != NULL; ka = ka->ka_next) {
		if (ka == (struct kacc *)handle)
			return (ka);
	}
	hc_violation("dma", "%s: %p is no access handle, or has been freed",
	    called, (void *)handle);
	return (NULL);
}

static boolean_t
one_cache_attr(uint_t flags)
{
	uint_t cache = flags & (IOMEM_DATA_CACHED | IOMEM_DATA_UC_WR_COMBINE |
	    IOMEM_DATA_UNCACHED);

	return ((cache & (cache - 1)) == 0);
}

static boolean_t
is_power(uint64_t n)
{
	return (n != 0 && (n & (n - 1)) == 0);
}

/*
 * Page frames for *lenp bytes, which are rounded up as the transfers need it.
 * Contiguous when there may be fewer cookies than pages, or the alignment is of
 * more than a page.
 */
static int
mem_pages(struct kacc *ka, const ddi_dma_attr_t *attr, uint_t flags,
    size_t *lenp, uint64_t *alignp)
{
	uint64_t align = MAX(attr->dma_attr_align, attr->dma_attr_minxfer);
	uint64_t seg = attr->dma_attr_seg >> PAGESHIFT;
	uint_t how = 0;
	uint64_t boundary = 0;

	if (!is_power(attr->dma_attr_align) ||
	    !is_power(attr->dma_attr_minxfer))
		return (-1);
	if ((flags & (IOMEM_DATA_UC_WR_COMBINE | IOMEM_DATA_UNCACHED)) != 0)
		align = MAX(align, PAGESIZE);
	*lenp = (*lenp + align - 1) & ~(align - 1);
	ka->ka_npages = (*lenp + PAGEOFFSET) >> PAGESHIFT;
	if (ka->ka_npages > (uint_t)attr->dma_attr_sgllen ||
	    (align > PAGESIZE && ka->ka_npages > 1)) {
		how = HC_CONTIGUOUS;
		if (attr->dma_attr_sgllen == 1 && ka->ka_npages > seg + 1)
			return (-1);
		if (ka->ka_npages <= seg + 1 && seg + 1 < hc_phys_pages())
			boundary = seg + 1;
	}
	*alignp = align;
	ka->ka_pfns = hc_alloc(ka->ka_npages * sizeof (*ka->ka_pfns));
	if (hc_pages_alloc(ka->ka_npages,
	    (attr->dma_attr_addr_lo + PAGEOFFSET) >> PAGESHIFT,
	    attr->dma_attr_addr_hi >> PAGESHIFT,
	    align > PAGESIZE ? align >> PAGESHIFT : 1, boundary,
	    how, ka->ka_pfns) != 0) {
		hc_free(ka->ka_pfns);
		return (-1);
	}
	return (0);
}

int
ddi_dma_mem_alloc(ddi_dma_handle_t handle, size_t length,
    ddi_device_acc_attr_t *accattrp, uint_t flags, int (*waitfp)(caddr_t),
    caddr_t arg, caddr_t *kaddrp, size_t *real_length,
    ddi_acc_handle_t *handlep)
{
	struct kacc *ka;
	struct kdma *kd;
	size_t len = length;
	uint64_t align;
	uint32_t *fill;

	hc_point();
	if (waitfp == DDI_DMA_SLEEP)
		(void) kctx_may_sleep("ddi_dma_mem_alloc(DDI_DMA_SLEEP)");
	kd = kdma_lookup(handle, "ddi_dma_mem_alloc");
	if (kd == NULL || length == 0 || !one_cache_attr(flags))
		return (DDI_FAILURE);
	ka = hc_alloc(sizeof (*ka));
	if (hc_fail("dma") ||
	    mem_pages(ka, &kd->kd_attr, flags, &len, &align) != 0) {
		hc_free(ka);
		kdma_call_later(waitfp, arg);
		return (DDI_FAILURE);
	}
	hc_hb_acquire(&acc_order);
	ka->ka_base = hc_map(ka->ka_npages, ka->ka_pfns);
	ka->ka_len = len;
	/* At the end of the last page, so that what is beyond faults. */
	if (align < PAGESIZE)
		align = MIN(MAX(align, 64), PAGESIZE);
	ka->ka_addr = ka->ka_base + ((ka->ka_npages * PAGESIZE - len) &
	    ~(MIN(align, PAGESIZE) - 1));
	ka->ka_swap = accattrp != NULL &&
	    accattrp->devacc_attr_endian_flags == DDI_STRUCTURE_BE_ACC;
	for (fill = (uint32_t *)ka->ka_base; fill <
	    (uint32_t *)(ka->ka_base + ka->ka_npages * PAGESIZE); fill++)
		*fill = FILL;
	hc_poison(ka->ka_base, ka->ka_addr - ka->ka_base);
	hc_poison(ka->ka_addr + len, ka->ka_base + ka->ka_npages * PAGESIZE -
	    (ka->ka_addr + len));

	ka->ka_next = acc_list;
	acc_list = ka;
	kr_add(KR_DMA, ka, len, "DMA memory");
	*handlep = (ddi_acc_handle_t)ka;
	*kaddrp = ka->ka_addr;
	/* What is not for streaming is not padded for it. */
	*real_length = (flags & DDI_DMA_CONSISTENT) != 0 ? length : len;
	return (DDI_SUCCESS);
}

void
ddi_dma_mem_free(ddi_acc_handle_t *handlep)
{
	struct kacc **kap, *ka;

	hc_point();
	ka = acc_lookup(*handlep, "ddi_dma_mem_free");
	if (ka == NULL)
		return;
	*handlep = NULL;
	kdma_forget(ka->ka_addr, ka->ka_len);
	klock_forget(ka->ka_addr, ka->ka_len);
	(void) kr_remove(KR_DMA, ka);
	for (kap = &acc_list; *kap != ka; kap = &(*kap)->ka_next)
		continue;
	*kap = ka->ka_next;
	hc_unpoison(ka->ka_base, ka->ka_npages * PAGESIZE);
	hc_unmap(ka->ka_base, ka->ka_npages);
	hc_hb_release(&acc_order);
	hc_pages_free(ka->ka_npages, ka->ka_pfns);
	hc_free(ka->ka_pfns);
	hc_free(ka);
}

/*
 * Memory is about to be freed: nothing may be bound to it.
 */
void
kdma_forget(const void *addr, size_t len)
{
	uintptr_t start = (uintptr_t)addr;
	struct kdma *kd;

	for (kd = kdma_first(); kd != NULL; kd = kd->kd_next) {
		if (!kd->kd_bound || kd->kd_lost ||
		    (uintptr_t)kd->kd_addr >= start + len ||
		    (uintptr_t)kd->kd_addr + kd->kd_len <= start)
			continue;
		kd->kd_lost = B_TRUE;
		hc_violation("dma", "memory at %p is freed while handle %p of "
		    "%s%d is bound to %lu bytes at %p", addr, (void *)kd,
		    KDMA_WHO(kd), (ulong_t)kd->kd_len, (void *)kd->kd_addr);
	}
}

int
ddi_check_acc_handle(ddi_acc_handle_t handle)
{
	return (acc_lookup(handle, "ddi_check_acc_handle") != NULL ?
	    DDI_SUCCESS : DDI_FAILURE);
}

int
ddi_regs_map_setup(dev_info_t *dip, uint_t rnumber, caddr_t *addrp,
    offset_t offset, offset_t len, ddi_device_acc_attr_t *accattrp,
    ddi_acc_handle_t *handlep)
{
	hc_point();
	return (DDI_FAILURE);
}

void
ddi_regs_map_free(ddi_acc_handle_t *handlep)
{
	hc_violation("dma", "ddi_regs_map_free: nothing was mapped");
}

/*
 * Whether [addr, addr + size) lies in the handle's memory; *swap: whether the
 * bytes are in the other order there.
 */
static boolean_t
acc_check(ddi_acc_handle_t handle, const void *addr, size_t size,
    const char *called, boolean_t *swap)
{
	struct kacc *ka = acc_lookup(handle, called);

	*swap = B_FALSE;
	if (ka == NULL)
		return (B_FALSE);
	*swap = ka->ka_swap;
	if ((caddr_t)addr >= ka->ka_addr &&
	    (caddr_t)addr + size <= ka->ka_addr + ka->ka_len)
		return (B_TRUE);
	hc_violation("dma", "%s: %p is outside of the handle's %lu bytes at "
	    "%p", called, addr, (ulong_t)ka->ka_len, (void *)ka->ka_addr);
	return (B_FALSE);
}

#define	SWAP8(v)	(v)

#define	ACCESSORS(bits, type, swapped)					\
type									\
ddi_get##bits(ddi_acc_handle_t handle, type *dev)			\
{									\
	boolean_t swap;							\
									\
	if (!acc_check(handle, dev, sizeof (*dev), "ddi_get" #bits, &swap)) \
		return ((type)-1);					\
	return (swap ? swapped(*(volatile type *)dev) :			\
	    *(volatile type *)dev);					\
}									\
									\
void									\
ddi_put##bits(ddi_acc_handle_t handle, type *dev,			\
    type value)								\
{									\
	boolean_t swap;							\
									\
	if (!acc_check(handle, dev, sizeof (*dev), "ddi_put" #bits, &swap)) \
		return;							\
	*(volatile type *)dev = swap ? swapped(value) : value;		\
}									\
									\
void									\
ddi_rep_get##bits(ddi_acc_handle_t handle, type *host,			\
    type *dev, size_t count, uint_t flags)				\
{									\
	while (count-- > 0) {						\
		*host++ = ddi_get##bits(handle, dev);			\
		if (flags == DDI_DEV_AUTOINCR)				\
			dev++;						\
	}								\
}									\
									\
void									\
ddi_rep_put##bits(ddi_acc_handle_t handle, type *host,			\
    type *dev, size_t count, uint_t flags)				\
{									\
	while (count-- > 0) {						\
		ddi_put##bits(handle, dev, *host++);			\
		if (flags == DDI_DEV_AUTOINCR)				\
			dev++;						\
	}								\
}

ACCESSORS(8, uint8_t, SWAP8);
ACCESSORS(16, uint16_t, __builtin_bswap16);
ACCESSORS(32, uint32_t, __builtin_bswap32);
ACCESSORS(64, uint64_t, __builtin_bswap64);
