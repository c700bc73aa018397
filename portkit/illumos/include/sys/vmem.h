/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Arenas of integers, addresses above all: the allocator below
 * kmem_alloc(9F).
 */

#ifndef _SYS_VMEM_H
#define	_SYS_VMEM_H

#include <sys/types.h>

#define	VM_SLEEP	0x0
#define	VM_NOSLEEP	0x1
#define	VM_PANIC	0x2
#define	VM_PUSHPAGE	0x4
#define	VM_NORMALPRI	0x8
#define	VM_KMFLAGS	0xff
#define	VM_BESTFIT	0x100
#define	VM_FIRSTFIT	0x200
#define	VM_NEXTFIT	0x400
#define	VM_MEMLOAD	0x800
#define	VM_NORELOC	0x1000
#define	VM_ABORT	0x2000
#define	VM_ENDALLOC	0x4000
#define	VM_FLAGS	0xffff
#define	VMC_POPULATOR	0x10000
#define	VMC_NO_QCACHE	0x20000
#define	VMC_IDENTIFIER	0x40000
#define	VMEM_ALLOC	0x1
#define	VMEM_FREE	0x2
typedef struct vmem vmem_t;
typedef void *vmem_alloc_t(vmem_t *, size_t, int);
typedef void vmem_free_t(vmem_t *, void *, size_t);
vmem_t *vmem_create(const char *, void *, size_t, size_t, vmem_alloc_t *,
    vmem_free_t *, vmem_t *, size_t, int);
void vmem_destroy(vmem_t *);
void *vmem_alloc(vmem_t *, size_t, int);
void *vmem_xalloc(vmem_t *, size_t, size_t, size_t, size_t, void *, void *,
    int);
void vmem_free(vmem_t *, void *, size_t);
void vmem_xfree(vmem_t *, void *, size_t);
void *vmem_add(vmem_t *, void *, size_t, int);
int vmem_contains(vmem_t *, void *, size_t);
size_t vmem_size(vmem_t *, int);

#endif	/* _SYS_VMEM_H */
