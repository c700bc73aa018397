/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The kernel's own segment and its arenas; heaptext_arena and heap_arena are
 * where memory for instructions comes from.
 */

#ifndef _VM_SEG_KMEM_H
#define	_VM_SEG_KMEM_H

#include <sys/types.h>
#include <sys/vmem.h>
#include <vm/hat.h>
#include <vm/seg.h>
#include <vm/page.h>
#include <vm/as.h>

extern vmem_t *heap_arena;
extern vmem_t *hat_memload_arena;
extern vmem_t *heaptext_arena;
extern vmem_t *heap32_arena;
extern vmem_t *static_arena;
extern vmem_t *static_alloc_arena;
extern char *kernelheap;
extern char *ekernelheap;
void *segkmem_alloc(vmem_t *, size_t, int);
void *segkmem_xalloc(vmem_t *, void *, size_t, int, uint_t,
    page_t *(*)(void *, size_t, int, void *), void *);
void segkmem_free(vmem_t *, void *, size_t);
void *segkmem_alloc_permanent(vmem_t *, size_t, int);

/* What else a driver may expect from this header. */
#include <sys/vnode.h>

#endif	/* _VM_SEG_KMEM_H */
