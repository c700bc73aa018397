/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The heap below kmem(9F): buffers in mapped pages, each with a state, so that
 * every address can be told for what it is. kheap.c has the buffers; kmem.c,
 * kmem_cache.c and segkmem.c are the interfaces on top.
 */

#ifndef _KHEAP_H
#define	_KHEAP_H

#include "kern.h"

/* Buffers of one size and alignment. */
typedef struct kheap_class kheap_class_t;
struct kheap_span;

typedef enum {
	KB_UNUSED,		/* can be handed out */
	KB_LIVE,
	KB_FREED		/* in quarantine */
} kbuf_state_t;

typedef struct kbuf {
	struct kheap_span *kb_span;
	caddr_t		kb_addr;
	size_t		kb_size;	/* as it was asked for */
	kbuf_state_t	kb_state;
	const void	*kb_owner;	/* cache or arena, NULL: kmem_alloc */
	void		*kb_caller;	/* who allocated it, may be NULL */
	struct hc_trace	*kb_freed;	/* who freed it */
	struct kbuf	*kb_next;	/* of the unused or of the quarantine */
} kbuf_t;

/* The class of buffers of that size; size is at most what fits in a page. */
kheap_class_t *kheap_class(size_t size, size_t align);
/*
 * A buffer, filled with 0xbaddcafe or with zeroes; NULL when physical memory is
 * used up. From the class, or in pages of its own where class is NULL.
 */
kbuf_t	*kheap_alloc(kheap_class_t *class, size_t size, const void *owner,
	    boolean_t zero);
/* Fills it with 0xdeadbeef and keeps it from being used for a while. */
void	kheap_free(kbuf_t *);
/* Whose memory, or redzone, that is; NULL when it is not the heap's. */
kbuf_t	*kheap_find(const void *);
/* Reports what was written past the end of a live buffer; NULL: from here. */
void	kheap_check_redzone(kbuf_t *, const struct hc_trace *);
void	kheap_check(void);
/* "hv_vmbus" or "the kernel": who allocated a buffer */
const char *kheap_allocator(const kbuf_t *);
/* Live buffers of an owner. */
size_t	kheap_count(const void *owner);
/* For each live buffer of an owner. */
void	kheap_walk(const void *owner, void (*)(kbuf_t *, void *), void *);

/* kmem.c: frees it, after a look at what it holds. */
void	kmem_release(kbuf_t *);
/* segkmem.c */
void	ksegkmem_setup(void);
/* taskq.c: no queued entry may lie in memory that is freed. */
void	ktaskq_forget(const void *, size_t);

#endif	/* _KHEAP_H */
