/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Physical memory: one shared mapping, which is the host's view of it. The
 * kernel sees pages of it, where it maps them, in an arena of virtual
 * addresses: mremap(2) of no bytes of a shared mapping maps the same pages
 * once more. (A file in memory would be subject to limits on the size of
 * files.) Addresses of the arena are used again as late as can be, so that a
 * use of what was unmapped is a fault. Frames are handed out in a shuffled
 * order.
 */

#include "impl.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define	ARENA_BASE	0x7ea000000000UL	/* where no sanitizer objects */
#define	ARENA_PAGES	(16UL << 20)		/* 64 gigabytes of addresses */
#define	NOT_MAPPED	0u		/* frame 0 is not handed out */
#define	NOT_PHYSICAL	0xffffffffu
#define	PROT_RWX	(PROT_READ | PROT_WRITE | PROT_EXEC)

static char	*host_view;
static hc_u64	nframes;	/* all, with those of the stacks at the end */
static hc_u64	nmain;		/* those that are handed out */
static hc_u8	*frame_used;
static hc_u32	*frame_order;	/* a permutation of 1..nmain - 1 */
static hc_u64	frame_next;
static hc_u64	arena;
static hc_u64	arena_next;	/* page in the arena */
static hc_u32	*pfn_of;	/* of each page in the arena */
static hc_u32	stack_pages;

static void *
raw_mmap(hc_u64 at, hc_u64 len, int prot, int flags)
{
	long r = mc_sys6(SYS_mmap, (long)at, (long)len, prot, flags, -1, 0);

	return (r < 0 && r > -4096 ? NULL : (void *)r);
}

static void *
reserve(hc_u64 len)
{
	return (raw_mmap(0, len, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE));
}

hc_u64
mc_stack_size(void)
{
	return (stack_pages * HC_PAGE);
}

void
mc_phys_init(void)
{
	hc_u64 i, j;
	hc_u32 swap;
	void *at;

	stack_pages = mc_sanitized() ? 64 : 32;
	nmain = (hc_u64)mc_number("memory", 64) << 8;
	if (nmain < 256)
		nmain = 256;
	nframes = nmain + MC_SLOTS * stack_pages;
	host_view = raw_mmap(0, nframes * HC_PAGE, PROT_RWX,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE);
	at = raw_mmap(ARENA_BASE, ARENA_PAGES * HC_PAGE, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE);
	if (at == NULL) {
		at = raw_mmap(0, ARENA_PAGES * HC_PAGE, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE);
	}
	arena = (hc_u64)at;
	arena_next = 1;
	pfn_of = reserve(ARENA_PAGES * sizeof (*pfn_of));
	frame_used = reserve(nframes);
	frame_order = reserve(nmain * sizeof (*frame_order));
	if (host_view == NULL || at == NULL || pfn_of == NULL ||
	    frame_used == NULL || frame_order == NULL)
		hc_panic("no room for %lu pages of memory", nframes);

	frame_used[0] = 1;
	for (i = 0; i < nmain - 1; i++)
		frame_order[i] = (hc_u32)i + 1;
	for (i = nmain - 2; i > 0; i--) {
		j = mc_dice((hc_u32)i + 1);
		swap = frame_order[i];
		frame_order[i] = frame_order[j];
		frame_order[j] = swap;
	}
}

hc_u64
hc_phys_pages(void)
{
	return (nframes);
}

/*
 * Frames.
 */
static int
alloc_contiguous(hc_u64 n, hc_u64 low, hc_u64 high, hc_u64 align,
    hc_u64 boundary, hc_u64 *pfns)
{
	hc_u64 first, i, tries, span = high - low + 1;

	if (align == 0)
		align = 1;
	if (n > span)
		return (-1);
	first = low + mc_dice((hc_u32)span);
	for (tries = 0; tries < span; tries++, first++) {
		if (first > high)
			first = low;
		if (first % align != 0 || first + n - 1 > high)
			continue;
		if (boundary != 0 &&
		    first / boundary != (first + n - 1) / boundary)
			continue;
		for (i = 0; i < n && !frame_used[first + i]; i++)
			;
		if (i < n)
			continue;
		for (i = 0; i < n; i++) {
			frame_used[first + i] = 1;
			pfns[i] = first + i;
		}
		return (0);
	}
	return (-1);
}

/*
 * Neighbours only where nothing else is left, and the last quarter, too: or a
 * machine that is far from full would have no contiguous memory.
 */
static int
alloc_scattered(hc_u64 n, hc_u64 low, hc_u64 high, hc_u64 *pfns)
{
	hc_u64 got = 0, tries, pass, pfn, last;

	for (pass = 0; pass < 3; pass++) {
		last = pass < 2 ? nmain - nmain / 4 : nmain;
		for (tries = 0; tries < nmain - 1 && got < n; tries++) {
			pfn = frame_order[frame_next];
			frame_next = (frame_next + 1) % (nmain - 1);
			if (frame_used[pfn] || pfn < low || pfn > high ||
			    pfn >= last)
				continue;
			if (pass == 0 && got > 0 && (pfns[got - 1] + 1 == pfn ||
			    pfn + 1 == pfns[got - 1]))
				continue;
			frame_used[pfn] = 1;
			pfns[got++] = pfn;
		}
	}
	if (got == n)
		return (0);
	hc_pages_free(got, pfns);
	return (-1);
}

int
hc_pages_alloc(hc_u64 n, hc_u64 low, hc_u64 high, hc_u64 align,
    hc_u64 boundary, unsigned flags, hc_u64 *pfns)
{
	if (low == 0)
		low = 1;
	if (high >= nmain)
		high = nmain - 1;
	if (n == 0)
		return (0);
	if (low > high)
		return (-1);
	if (flags & HC_CONTIGUOUS)
		return (alloc_contiguous(n, low, high, align, boundary, pfns));
	return (alloc_scattered(n, low, high, pfns));
}

void
hc_pages_free(hc_u64 n, const hc_u64 *pfns)
{
	hc_u64 i;

	if (mc.platform != NULL && mc.platform->freed != NULL)
		mc.platform->freed(n, pfns);
	for (i = 0; i < n; i++) {
		if (pfns[i] == 0 || pfns[i] >= nmain || !frame_used[pfns[i]])
			hc_panic("page frame 0x%lx is not in use", pfns[i]);
		frame_used[pfns[i]] = 0;
	}
}

/*
 * Mappings.
 */

/* So many free pages of the arena, with a free one on both sides; 0: none. */
static hc_u64
arena_find(hc_u64 n)
{
	hc_u64 tried, run = 0;

	for (tried = 0; tried < 2 * ARENA_PAGES; tried++) {
		if (arena_next >= ARENA_PAGES) {
			arena_next = 1;
			run = 0;
		}
		if (pfn_of[arena_next++] != NOT_MAPPED)
			run = 0;
		else if (++run == n + 2)
			break;
	}
	if (run < n + 2)
		return (0);
	arena_next--;	/* the page behind may be the one before the next */
	return (arena_next - n);
}

static void
unmap_range(hc_u64 va, hc_u64 n)
{
	(void) raw_mmap(va, n * HC_PAGE, PROT_NONE, MAP_PRIVATE |
	    MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED);
}

/* Puts frames at an address, one mapping for each run of neighbours. */
static int
map_frames(hc_u64 va, hc_u64 n, const hc_u64 *pfns)
{
	hc_u64 i, run;
	long r;

	mc_forget((void *)va, n * HC_PAGE);
	for (i = 0; i < n; i += run) {
		for (run = 1; i + run < n && pfns[i + run] == pfns[i] + run; )
			run++;
		r = mc_sys6(SYS_mremap, (long)(host_view + pfns[i] * HC_PAGE),
		    0, (long)(run * HC_PAGE), MREMAP_MAYMOVE | MREMAP_FIXED,
		    (long)(va + i * HC_PAGE), 0);
		if (r < 0 && r > -4096)
			return (-1);
	}
	return (0);
}

void *
hc_map(hc_u64 n, const hc_u64 *pfns)
{
	hc_u64 page = arena_find(n), i, va = arena + page * HC_PAGE;

	if (page == 0)
		hc_panic("no virtual addresses left for %lu pages", n);
	if (map_frames(va, n, pfns) != 0)
		hc_panic("too many mappings (vm.max_map_count)");
	for (i = 0; i < n; i++)
		pfn_of[page + i] = (hc_u32)pfns[i];
	hc_unpoison((void *)va, n * HC_PAGE);
	return ((void *)va);
}

void
hc_unmap(void *va, hc_u64 n)
{
	hc_u64 page = ((hc_u64)va - arena) / HC_PAGE, i;

	if (mc_arena_where((hc_u64)va) != MC_MAPPED ||
	    (hc_u64)va % HC_PAGE != 0 || page + n > ARENA_PAGES)
		hc_panic("%p was not mapped", va);
	hc_unpoison(va, n * HC_PAGE);
	unmap_range((hc_u64)va, n);
	for (i = 0; i < n; i++)
		pfn_of[page + i] = NOT_MAPPED;
}

/* For a module's data: fresh frames at an address that is not the arena's. */
int
mc_pages_over(void *va, hc_u64 n, int prot, hc_u64 *pfns)
{
	hc_u64 i;

	if (hc_pages_alloc(n, 0, ~0UL, 0, 0, 0, pfns) != 0)
		return (-1);
	for (i = 0; i < n; i++) {
		mc_copy(host_view + pfns[i] * HC_PAGE,
		    (char *)va + i * HC_PAGE, HC_PAGE);
	}
	if (map_frames((hc_u64)va, n, pfns) != 0) {
		hc_pages_free(n, pfns);
		return (-1);
	}
	(void) mc_sys3(SYS_mprotect, va, n * HC_PAGE, prot);
	return (0);
}

/*
 * A context's stack: frames of its own, and above them `extra' bytes for what
 * libc keeps there, which no kernel would call memory.
 */
char *
mc_stack_map(int slot, hc_u64 extra)
{
	hc_u64 n = stack_pages, i, pfns[64], va, page, all;

	all = n + extra / HC_PAGE;
	if ((page = arena_find(all)) == 0)
		return (NULL);
	for (i = 0; i < n; i++)
		pfns[i] = nmain + (hc_u64)slot * n + i;
	va = arena + page * HC_PAGE;
	if (map_frames(va, n, pfns) != 0 ||
	    raw_mmap(va + n * HC_PAGE, extra, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED) == NULL) {
		unmap_range(va, all);
		return (NULL);
	}
	for (i = 0; i < all; i++)
		pfn_of[page + i] = i < n ? (hc_u32)pfns[i] : NOT_PHYSICAL;
	hc_unpoison((void *)va, all * HC_PAGE);
	return ((char *)va);
}

void
mc_stack_unmap(char *lo, hc_u64 extra)
{
	hc_u64 all = stack_pages + extra / HC_PAGE, i;
	hc_u64 page = ((hc_u64)lo - arena) / HC_PAGE;

	hc_unpoison(lo, all * HC_PAGE);
	unmap_range((hc_u64)lo, all);
	for (i = 0; i < all; i++)
		pfn_of[page + i] = NOT_MAPPED;
}

/*
 * Looking up.
 */
enum mc_where
mc_arena_where(hc_u64 va)
{
	if (va < arena || va - arena >= ARENA_PAGES * HC_PAGE)
		return (MC_ELSEWHERE);
	return (pfn_of[(va - arena) / HC_PAGE] == NOT_MAPPED ? MC_UNMAPPED :
	    MC_MAPPED);
}

hc_u64
hc_pfn(const void *p)
{
	hc_u64 va = (hc_u64)p;
	hc_u32 pfn;

	if (mc_arena_where(va) == MC_ELSEWHERE)
		return (mc_module_pfn(va));
	pfn = pfn_of[(va - arena) / HC_PAGE];
	return (pfn == NOT_MAPPED || pfn == NOT_PHYSICAL ? HC_NOPFN : pfn);
}

/* Frame 0 is memory, but nobody's: an address there is a mistake. */
void *
hc_phys(hc_u64 pa, hc_u64 len)
{
	hc_u64 size = nframes * HC_PAGE;

	if (pa < HC_PAGE || pa >= size || len > size - pa)
		return (NULL);
	return (host_view + pa);
}
