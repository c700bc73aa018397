/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Whole pages of the kernel's address space, and the translation of its
 * addresses: segkmem_alloc(), hat_getpfnum(). heaptext_arena is where memory
 * that instructions run in comes from; the memory of the others is no different
 * here, but what is taken from one arena goes back to the same one.
 */

#include "kheap.h"
#include "kvmem.h"
#include <sys/vmem.h>
#include <vm/as.h>
#include <vm/hat.h>
#include <vm/seg_kmem.h>

/* Where i86pc has its heap: addresses that nothing is mapped at here. */
#define	KERNELHEAP	((char *)0xffffff0000000000UL)
#define	EKERNELHEAP	((char *)0xffffff1000000000UL)

struct as kas;
static char kas_hat;	/* kas.a_hat needs an address, no more */

vmem_t *heap_arena;
vmem_t *hat_memload_arena;
vmem_t *heaptext_arena;
vmem_t *heap32_arena;
vmem_t *static_arena;
vmem_t *static_alloc_arena;
char *kernelheap = KERNELHEAP;
char *ekernelheap = EKERNELHEAP;

pfn_t hat_getkpfnum(caddr_t);

void
ksegkmem_setup(void)
{
	size_t size = EKERNELHEAP - KERNELHEAP;

	kas.a_hat = (struct hat *)&kas_hat;
	heap_arena = kvmem_create("heap", KERNELHEAP, size, PAGESIZE, NULL,
	    NULL, NULL);
	heaptext_arena = kvmem_create("heaptext", EKERNELHEAP, size, PAGESIZE,
	    NULL, NULL, NULL);
	heap32_arena = heaptext_arena;
	hat_memload_arena = heap_arena;
	static_arena = heap_arena;
	static_alloc_arena = heap_arena;
}

void *
segkmem_alloc(vmem_t *vmp, size_t size, int flag)
{
	kbuf_t *kb;

	hc_point();
	if (size == 0 || (size & PAGEOFFSET) != 0) {
		hc_panic("segkmem_alloc: size %lu is not a number of pages",
		    size);
	}
	if ((flag & VM_NOSLEEP) == 0)
		(void) kctx_may_sleep("segkmem_alloc(VM_SLEEP)");
	else if (hc_fail("memory"))
		return (NULL);
	kb = kheap_alloc(NULL, size, vmp, B_FALSE);
	if (kb == NULL) {
		if ((flag & (VM_NOSLEEP | VM_PANIC)) == VM_NOSLEEP)
			return (NULL);
		hc_panic("segkmem_alloc: %lu bytes asked for, and physical "
		    "memory is used up", size);
	}
	kr_add(KR_MEMORY, kb->kb_addr, size, "segkmem_alloc");
	return (kb->kb_addr);
}

/*
 * Memory that is never freed: no leak of anybody's.
 */
void *
segkmem_alloc_permanent(vmem_t *vmp, size_t size, int flag)
{
	void *addr = segkmem_alloc(vmp, size, flag);

	if (addr != NULL)
		(void) kr_remove(KR_MEMORY, addr);
	return (addr);
}

void
segkmem_free(vmem_t *vmp, void *addr, size_t size)
{
	kbuf_t *kb;

	hc_point();
	kb = addr != NULL ? kheap_find(addr) : NULL;
	if (kb == NULL || kb->kb_addr != addr || kb->kb_owner != vmp ||
	    kb->kb_state == KB_UNUSED) {
		hc_violation("memory", "segkmem_free: %p was not allocated "
		    "from this arena (size %lu)", addr, size);
		return;
	}
	if (kb->kb_state == KB_FREED) {
		hc_violation("memory", "segkmem_free: %p of %lu bytes is freed "
		    "for the second time", addr, kb->kb_size);
		return;
	}
	if (size != kb->kb_size) {
		hc_violation("memory", "segkmem_free: size %lu, but %p was "
		    "allocated with %lu bytes (by %s)", size, addr,
		    kb->kb_size, kheap_allocator(kb));
	}
	kmem_release(kb);
}

/*
 * The page frame of an address of the kernel's, in the calling driver's hands.
 */
static pfn_t
kernel_pfn(const char *called, caddr_t va)
{
	kbuf_t *kb = kheap_find(va);

	/*
	 * A page of several buffers is asked for by its beginning, which may be
	 * anybody's.
	 */
	if (kb != NULL && kb->kb_state == KB_FREED &&
	    kb->kb_size >= PAGESIZE) {
		hc_violation("memory", "%s: %p lies in a buffer of %lu bytes "
		    "that was freed (allocated by %s)", called, (void *)va,
		    kb->kb_size, kheap_allocator(kb));
	}
	return (hc_pfn(va));
}

pfn_t
hat_getpfnum(struct hat *hat, caddr_t va)
{
	hc_point();
	if (hat == NULL)
		hc_panic("hat_getpfnum: null hat");
	if (hat != kas.a_hat)
		return (PFN_INVALID);
	return (kernel_pfn("hat_getpfnum", va));
}

pfn_t
hat_getkpfnum(caddr_t va)
{
	hc_point();
	return (kernel_pfn("hat_getkpfnum", va));
}

pfn_t
va_to_pfn(void *va)
{
	hc_point();
	return (kernel_pfn("va_to_pfn", va));
}

/*
 * Whether there is a page at that address.
 */
int
hat_probe(struct hat *hat, caddr_t va)
{
	return (hat == kas.a_hat && hc_pfn(va) != HC_NOPFN);
}

/*
 * Numbers of pages: functions for a driver, macros for the kernel.
 */
unsigned long
btop(unsigned long bytes)
{
	return (bytes >> PAGESHIFT);
}

unsigned long
btopr(unsigned long bytes)
{
	return ((bytes >> PAGESHIFT) + ((bytes & PAGEOFFSET) != 0));
}

unsigned long
ptob(unsigned long pages)
{
	return (pages << PAGESHIFT);
}
