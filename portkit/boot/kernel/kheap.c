/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Buffers of kernel memory.
 *
 * Small buffers lie in slabs, a span of pages for several of one class; others
 * have a span of their own, which begins at a page. What lies behind a buffer's
 * last byte, up to the next one, is its redzone. A freed buffer goes to the end
 * of the quarantine, and can be used again when enough others were freed
 * after it; until then it must keep the pattern that it was filled with.
 *
 * The functions that fill and check are without sanitizers, since what they
 * look at is poisoned for everybody else. They find what the sanitizers cannot:
 * the writes of the host, which has a view of its own of physical memory.
 */

#include "kheap.h"

#define	KHEAP_RAW	__attribute__((noinline, \
			    no_sanitize("address"), no_sanitize("undefined")))

#define	FRESH		0xbaddcafebaddcafeULL
#define	FREED		0xdeadbeefdeadbeefULL
#define	REDZONE		0xbb
#define	QUARANTINE	(4UL << 20)	/* bytes, redzones included */
#define	SLAB_BUFS	8		/* at least so many in a slab */
#define	HASH		1024

typedef struct kheap_span {
	struct kheap_span *ks_next;	/* all, oldest first */
	struct kheap_span *ks_prev;
	caddr_t		ks_addr;
	size_t		ks_pages;
	hc_u64		*ks_pfns;
	kheap_class_t	*ks_class;	/* NULL: one buffer */
	size_t		ks_stride;	/* from one buffer to the next */
	uint_t		ks_nbufs;
	kbuf_t		*ks_bufs;
} kheap_span_t;

struct kheap_class {
	kheap_class_t	*kc_next;
	size_t		kc_size;
	size_t		kc_align;
	size_t		kc_stride;
	kbuf_t		*kc_unused;
};

typedef struct kheap_page {
	struct kheap_page *kp_next;
	caddr_t		kp_addr;
	kheap_span_t	*kp_span;
} kheap_page_t;

static kheap_class_t *kheap_classes;
static kheap_span_t *kheap_first, *kheap_last;
static kheap_page_t *kheap_pages[HASH];
static kbuf_t *quarantine_first, *quarantine_last;
static size_t quarantine_bytes;

static KHEAP_RAW void
raw_fill(volatile uchar_t *p, size_t n, uint64_t pattern)
{
	size_t i;

	for (i = 0; i + 8 <= n; i += 8)
		*(volatile uint64_t *)(p + i) = pattern;
	for (; i < n; i++)
		p[i] = (uchar_t)(pattern >> (i % 8 * 8));
}

/*
 * The offset of the first byte that is not as the pattern has it, or n.
 */
static KHEAP_RAW size_t
raw_compare(const volatile uchar_t *p, size_t n, uint64_t pattern)
{
	size_t i;

	for (i = 0; i + 8 <= n; i += 8) {
		if (*(const volatile uint64_t *)(p + i) != pattern)
			break;
	}
	for (; i < n; i++) {
		if (p[i] != (uchar_t)(pattern >> (i % 8 * 8)))
			return (i);
	}
	return (n);
}

/*
 * Redzones begin at any byte.
 */
static KHEAP_RAW void
raw_redzone(volatile uchar_t *p, volatile uchar_t *end)
{
	for (; p < end; p++)
		*p = REDZONE;
}

static KHEAP_RAW size_t
raw_check_redzone(const volatile uchar_t *p, const volatile uchar_t *end)
{
	const volatile uchar_t *from = p;

	while (p < end && *p == REDZONE)
		p++;
	return (p - from);
}

static KHEAP_RAW uint_t
raw_byte(const volatile uchar_t *p)
{
	return (*p);
}

static kheap_page_t **
page_bucket(const void *addr)
{
	return (&kheap_pages[((uintptr_t)addr >> PAGESHIFT) % HASH]);
}

static kheap_span_t *
span_of(const void *addr)
{
	caddr_t page = (caddr_t)((uintptr_t)addr & PAGEMASK);
	kheap_page_t *kp;

	for (kp = *page_bucket(page); kp != NULL; kp = kp->kp_next) {
		if (kp->kp_addr == page)
			return (kp->kp_span);
	}
	return (NULL);
}

/*
 * Where a slot's redzone ends.
 */
static caddr_t
kbuf_end(const kbuf_t *kb)
{
	kheap_span_t *ks = kb->kb_span;

	if (ks->ks_class == NULL)
		return (ks->ks_addr + ks->ks_pages * PAGESIZE);
	return (kb->kb_addr + ks->ks_stride);
}

static kheap_span_t *
span_create(size_t pages, kheap_class_t *class)
{
	kheap_span_t *ks = hc_alloc(sizeof (*ks));
	kheap_page_t *kp;
	kbuf_t *kb;
	size_t i;

	ks->ks_pfns = hc_alloc(pages * sizeof (hc_u64));
	if (hc_pages_alloc(pages, 0, HC_NOPFN - 1, 1, 0, 0, ks->ks_pfns) != 0) {
		hc_free(ks->ks_pfns);
		hc_free(ks);
		return (NULL);
	}
	ks->ks_addr = hc_map(pages, ks->ks_pfns);
	ks->ks_pages = pages;
	ks->ks_class = class;
	ks->ks_stride = class != NULL ? class->kc_stride : pages * PAGESIZE;
	ks->ks_nbufs = pages * PAGESIZE / ks->ks_stride;
	ks->ks_bufs = hc_alloc(ks->ks_nbufs * sizeof (kbuf_t));
	for (i = 0; i < pages; i++) {
		kp = hc_alloc(sizeof (*kp));
		kp->kp_addr = ks->ks_addr + i * PAGESIZE;
		kp->kp_span = ks;
		kp->kp_next = *page_bucket(kp->kp_addr);
		*page_bucket(kp->kp_addr) = kp;
	}
	/* The lowest address is to be used first. */
	for (i = ks->ks_nbufs; i-- > 0; ) {
		kb = &ks->ks_bufs[i];
		kb->kb_span = ks;
		kb->kb_addr = ks->ks_addr + i * ks->ks_stride;
		if (class != NULL) {
			kb->kb_next = class->kc_unused;
			class->kc_unused = kb;
		}
	}
	hc_poison(ks->ks_addr, pages * PAGESIZE);

	ks->ks_prev = kheap_last;
	if (kheap_last != NULL)
		kheap_last->ks_next = ks;
	else
		kheap_first = ks;
	kheap_last = ks;
	return (ks);
}

static void
span_destroy(kheap_span_t *ks)
{
	kheap_page_t **kpp, *kp;
	size_t i;

	for (i = 0; i < ks->ks_pages; i++) {
		kpp = page_bucket(ks->ks_addr + i * PAGESIZE);
		while ((*kpp)->kp_addr != ks->ks_addr + i * PAGESIZE)
			kpp = &(*kpp)->kp_next;
		kp = *kpp;
		*kpp = kp->kp_next;
		hc_free(kp);
	}
	if (ks->ks_prev != NULL)
		ks->ks_prev->ks_next = ks->ks_next;
	else
		kheap_first = ks->ks_next;
	if (ks->ks_next != NULL)
		ks->ks_next->ks_prev = ks->ks_prev;
	else
		kheap_last = ks->ks_prev;

	hc_unpoison(ks->ks_addr, ks->ks_pages * PAGESIZE);
	hc_unmap(ks->ks_addr, ks->ks_pages);
	hc_pages_free(ks->ks_pages, ks->ks_pfns);
	hc_free(ks->ks_bufs);
	hc_free(ks->ks_pfns);
	hc_free(ks);
}

/*
 * A buffer whose size is a power of two never crosses a page, and one that is a
 * multiple of the alignment has it: the stride takes care of both. A buffer of
 * another size crosses one now and then, as in a real slab.
 */
kheap_class_t *
kheap_class(size_t size, size_t align)
{
	kheap_class_t **kcp, *kc;

	for (kcp = &kheap_classes; *kcp != NULL; kcp = &(*kcp)->kc_next) {
		if ((*kcp)->kc_size == size && (*kcp)->kc_align == align)
			return (*kcp);
	}
	kc = hc_alloc(sizeof (*kc));
	kc->kc_size = size;
	kc->kc_align = align;
	if ((size & (size - 1)) == 0)
		kc->kc_stride = 2 * size;
	else
		kc->kc_stride = size + 8;
	kc->kc_stride = (kc->kc_stride + align - 1) / align * align;
	*kcp = kc;
	return (kc);
}

const char *
kheap_allocator(const kbuf_t *kb)
{
	const char *module = NULL;

	if (kb->kb_caller != NULL)
		module = hc_module_of(kb->kb_caller);
	return (module != NULL ? module : "the kernel");
}

/*
 * A buffer leaves the quarantine.
 */
static void
quarantine_release(void)
{
	kbuf_t *kb = quarantine_first;
	kheap_span_t *ks = kb->kb_span;
	size_t size = kbuf_end(kb) - kb->kb_addr;
	size_t at = raw_compare((uchar_t *)kb->kb_addr, size, FREED);

	quarantine_first = kb->kb_next;
	if (quarantine_first == NULL)
		quarantine_last = NULL;
	quarantine_bytes -= size;

	if (at != size) {
		hc_violation_at(kb->kb_freed, "memory",
		    "write after free: byte %lu of the buffer of %lu bytes at "
		    "%p became 0x%x after it was freed here (allocated by %s)",
		    at, kb->kb_size, (void *)kb->kb_addr,
		    raw_byte((uchar_t *)kb->kb_addr + at),
		    kheap_allocator(kb));
	}
	hc_free(kb->kb_freed);
	kb->kb_freed = NULL;
	kb->kb_state = KB_UNUSED;
	if (ks->ks_class == NULL) {
		span_destroy(ks);
	} else {
		kb->kb_next = ks->ks_class->kc_unused;
		ks->ks_class->kc_unused = kb;
	}
}

kbuf_t *
kheap_alloc(kheap_class_t *class, size_t size, const void *owner,
    boolean_t zero)
{
	kheap_span_t *ks;
	kbuf_t *kb;
	size_t pages;

	if (class != NULL)
		pages = (SLAB_BUFS * class->kc_stride + PAGEOFFSET) / PAGESIZE;
	else
		pages = size / PAGESIZE + (size % PAGESIZE != 0);
	for (;;) {
		if (class != NULL && class->kc_unused != NULL) {
			kb = class->kc_unused;
			class->kc_unused = kb->kb_next;
			break;
		}
		if (pages <= hc_phys_pages() &&
		    (ks = span_create(pages, class)) != NULL) {
			if (class != NULL)
				continue;
			kb = &ks->ks_bufs[0];
			break;
		}
		if (quarantine_first == NULL)
			return (NULL);
		while (quarantine_first != NULL)
			quarantine_release();
	}

	kb->kb_next = NULL;
	kb->kb_size = size;
	kb->kb_state = KB_LIVE;
	kb->kb_owner = owner;
	kb->kb_caller = hc_caller();
	raw_fill((uchar_t *)kb->kb_addr, size, zero ? 0 : FRESH);
	raw_redzone((uchar_t *)kb->kb_addr + size, (uchar_t *)kbuf_end(kb));
	hc_poison(kb->kb_addr, kbuf_end(kb) - kb->kb_addr);
	hc_unpoison(kb->kb_addr, size);
	/* What was done to the memory before it was freed is over. */
	hc_hb_acquire(kb->kb_addr);
	return (kb);
}

void
kheap_free(kbuf_t *kb)
{
	size_t size = kbuf_end(kb) - kb->kb_addr;

	hc_hb_release(kb->kb_addr);
	kb->kb_state = KB_FREED;
	kb->kb_next = NULL;
	kb->kb_freed = hc_alloc(sizeof (struct hc_trace));
	hc_trace_take(kb->kb_freed);
	raw_fill((uchar_t *)kb->kb_addr, size, FREED);
	hc_poison(kb->kb_addr, size);

	if (quarantine_last != NULL)
		quarantine_last->kb_next = kb;
	else
		quarantine_first = kb;
	quarantine_last = kb;
	quarantine_bytes += size;
	while (quarantine_bytes > QUARANTINE)
		quarantine_release();
}

kbuf_t *
kheap_find(const void *addr)
{
	kheap_span_t *ks = span_of(addr);
	size_t i;

	if (ks == NULL)
		return (NULL);
	i = ((caddr_t)addr - ks->ks_addr) / ks->ks_stride;
	return (i < ks->ks_nbufs ? &ks->ks_bufs[i] : NULL);
}

void
kheap_check_redzone(kbuf_t *kb, const struct hc_trace *trace)
{
	struct hc_trace here;
	uchar_t *zone = (uchar_t *)kb->kb_addr + kb->kb_size;
	uchar_t *end = (uchar_t *)kbuf_end(kb);
	size_t at = raw_check_redzone(zone, end);

	if (zone + at == end)
		return;
	if (trace == NULL) {
		hc_trace_take(&here);
		trace = &here;
	}
	hc_violation_at(trace, "memory", "write past the end: byte %lu of the "
	    "buffer of %lu bytes at %p became 0x%x (allocated by %s)",
	    kb->kb_size + at, kb->kb_size, (void *)kb->kb_addr,
	    raw_byte(zone + at), kheap_allocator(kb));
	/* Once is enough. */
	raw_redzone(zone, end);
}

void
kheap_walk(const void *owner, void (*func)(kbuf_t *, void *), void *arg)
{
	kheap_span_t *ks, *next;
	uint_t i;

	for (ks = kheap_first; ks != NULL; ks = next) {
		next = ks->ks_next;
		for (i = 0; i < ks->ks_nbufs; i++) {
			if (ks->ks_bufs[i].kb_state == KB_LIVE &&
			    ks->ks_bufs[i].kb_owner == owner)
				func(&ks->ks_bufs[i], arg);
		}
	}
}

static void
count_one(kbuf_t *kb, void *arg)
{
	(*(size_t *)arg)++;
}

size_t
kheap_count(const void *owner)
{
	size_t n = 0;

	kheap_walk(owner, count_one, &n);
	return (n);
}

/*
 * All buffers that are alive and all of the quarantine, which is empty then.
 */
void
kheap_check(void)
{
	kheap_span_t *ks;
	kbuf_t *kb;
	uint_t i;

	for (ks = kheap_first; ks != NULL; ks = ks->ks_next) {
		for (i = 0; i < ks->ks_nbufs; i++) {
			kb = &ks->ks_bufs[i];
			if (kb->kb_state == KB_LIVE) {
				kheap_check_redzone(kb,
				    kr_trace(KR_MEMORY, kb->kb_addr));
			}
		}
	}
	while (quarantine_first != NULL)
		quarantine_release();
}
