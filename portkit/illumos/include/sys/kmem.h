/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Kernel memory: kmem_alloc(9F), kmem_cache_create(9F). What is freed must
 * have the size that was allocated.
 */

#ifndef _SYS_KMEM_H
#define	_SYS_KMEM_H

#include <sys/types.h>
#include <sys/vmem.h>

#define	KM_SLEEP	0x0
#define	KM_NOSLEEP	0x1
#define	KM_PANIC	0x2
#define	KM_PUSHPAGE	0x4
#define	KM_NORMALPRI	0x8
#define	KM_VMFLAGS	0xff
#define	KM_FLAGS	0xffff
#define	KMC_NOTOUCH	0x10000
#define	KMC_NODEBUG	0x20000
#define	KMC_NOMAGAZINE	0x40000
#define	KMC_NOHASH	0x80000
#define	KMC_QCACHE	0x100000
#define	KMC_KMEM_ALLOC	0x200000
#define	KMC_IDENTIFIER	0x400000
#define	KMC_PREFILL	0x800000

void *kmem_alloc(size_t, int);
void *kmem_zalloc(size_t, int);
void kmem_free(void *, size_t);
void *kmem_alloc_tryhard(size_t, size_t *, int);
typedef struct kmem_cache kmem_cache_t;
enum kmem_cbrc {
	KMEM_CBRC_YES = 0,
	KMEM_CBRC_NO,
	KMEM_CBRC_LATER,
	KMEM_CBRC_DONT_NEED,
	KMEM_CBRC_DONT_KNOW
};

typedef enum kmem_cbrc kmem_cbrc_t;
kmem_cache_t *kmem_cache_create(char *, size_t, size_t, int (*)(void *,
    void *, int), void (*)(void *, void *), void (*)(void *), void *,
    vmem_t *, int);
void kmem_cache_set_move(kmem_cache_t *, kmem_cbrc_t (*)(void *, void *,
    size_t, void *));
void kmem_cache_destroy(kmem_cache_t *);
void *kmem_cache_alloc(kmem_cache_t *, int);
void kmem_cache_free(kmem_cache_t *, void *);
int kmem_debugging(void);
size_t kmem_avail(void);
size_t kmem_maxavail(void);

#endif	/* _SYS_KMEM_H */
