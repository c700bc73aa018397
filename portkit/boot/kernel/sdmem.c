/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Memory that disks read into and write from: the kernel's own, whose pages
 * are scattered, and which begins where it is told within a page. What lies
 * around it in its pages is looked at when it is freed.
 */

#include "ksd.h"

#define	CANARY	0xc5

struct pages {
	struct pages	*p_next;
	uchar_t		*p_base;
	uint64_t	p_n;
	hc_u64		*p_pfns;
	size_t		p_len;
	uint_t		p_offset;
};

static struct pages *all_pages;

void *
sdmem_alloc(size_t len, uint_t offset)
{
	struct pages *p = hc_alloc(sizeof (*p));

	p->p_offset = offset & PAGEOFFSET;
	p->p_len = len;
	p->p_n = MAX((p->p_offset + len + PAGEOFFSET) >> PAGESHIFT, 1);
	p->p_pfns = hc_alloc(p->p_n * sizeof (*p->p_pfns));
	if (hc_pages_alloc(p->p_n, 0, HC_NOPFN - 1, 1, 0, 0, p->p_pfns) != 0)
		hc_panic("no physical memory for a disk's buffer of %lu bytes",
		    (ulong_t)len);
	p->p_base = hc_map(p->p_n, p->p_pfns);
	(void) memset(p->p_base, CANARY, p->p_offset);
	(void) memset(p->p_base + p->p_offset, 0, len);
	(void) memset(p->p_base + p->p_offset + len, CANARY,
	    (p->p_n << PAGESHIFT) - p->p_offset - len);
	p->p_next = all_pages;
	all_pages = p;
	return (p->p_base + p->p_offset);
}

static void
check(const struct pages *p, size_t from, size_t to, const char *where)
{
	size_t i;

	for (i = from; i < to; i++) {
		if (p->p_base[i] == CANARY)
			continue;
		hc_violation("dma", "%lu bytes %s a disk's buffer of %lu bytes "
		    "at %p were written to", (ulong_t)(i < p->p_offset ?
		    p->p_offset - i : i + 1 - p->p_offset - p->p_len), where,
		    (ulong_t)p->p_len, (void *)(p->p_base + p->p_offset));
		break;
	}
}

void
sdmem_free(void *mem)
{
	struct pages **pp = &all_pages, *p;

	if (mem == NULL)
		return;
	while ((p = *pp) != NULL && p->p_base + p->p_offset != mem)
		pp = &p->p_next;
	if (p == NULL)
		hc_panic("kc_disk_buffer_free: %p is no buffer", mem);
	*pp = p->p_next;
	check(p, 0, p->p_offset, "before");
	check(p, p->p_offset + p->p_len, p->p_n << PAGESHIFT, "behind");
	kdma_forget(p->p_base, p->p_n << PAGESHIFT);
	hc_unmap(p->p_base, p->p_n);
	hc_pages_free(p->p_n, p->p_pfns);
	hc_free(p->p_pfns);
	hc_free(p);
}

boolean_t
sdmem_is_kernel(const void *mem, size_t len)
{
	uintptr_t at = (uintptr_t)mem & ~(uintptr_t)PAGEOFFSET;

	for (; at < (uintptr_t)mem + len; at += PAGESIZE) {
		if (hc_pfn((const void *)at) == HC_NOPFN)
			return (B_FALSE);
	}
	return (B_TRUE);
}

void *
kc_disk_buffer(long len, int offset)
{
	return (sdmem_alloc((size_t)len, (uint_t)offset));
}

void
kc_disk_buffer_free(void *mem)
{
	sdmem_free(mem);
}
