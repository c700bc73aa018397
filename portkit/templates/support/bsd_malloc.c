/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

/*
 * Memory that knows its own size.
 *
 * The header lies right in front of the block.  kmem_alloc(9F) promises an
 * alignment of 8 bytes only, so there is room to move the block up to the next
 * multiple of 16, and the header says where the memory begins.
 */

#include <sys/types.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/sysmacros.h>
#include <sys/kmem.h>
#include "bsd_malloc.h"

#define	BM_ALIGN	16

typedef struct bm_header {
	void	*bm_base;	/* what kmem_alloc(9F) returned */
	size_t	bm_size;	/* of the block, without header and padding */
} bm_header_t;

#define	BM_EXTRA	(sizeof (bm_header_t) + BM_ALIGN)
#define	BM_HEADER(p)	((bm_header_t *)(p) - 1)

/*
 * A new block of uninitialised memory.  Returns NULL where KM_NOSLEEP finds
 * none, and for a size that no memory could hold.
 */
void *
bsd_malloc(size_t size, int kmflag)
{
	bm_header_t *header;
	uintptr_t block;
	void *base;

	if (size > SIZE_MAX - BM_EXTRA)
		return (NULL);
	base = kmem_alloc(size + BM_EXTRA, kmflag);
	if (base == NULL)
		return (NULL);
	block = P2ROUNDUP((uintptr_t)base + sizeof (bm_header_t),
	    (uintptr_t)BM_ALIGN);
	header = BM_HEADER(block);
	header->bm_base = base;
	header->bm_size = size;
	return ((void *)block);
}

/*
 * A new block of zeroes.
 */
void *
bsd_zalloc(size_t size, int kmflag)
{
	void *block = bsd_malloc(size, kmflag);

	if (block != NULL)
		bzero(block, size);
	return (block);
}

void
bsd_free(void *block)
{
	bm_header_t *header;

	if (block == NULL)
		return;
	header = BM_HEADER(block);
	kmem_free(header->bm_base, header->bm_size + BM_EXTRA);
}

/*
 * Free a block whose content is nobody's business.
 */
void
bsd_zfree(void *block)
{
	if (block == NULL)
		return;
	bzero(block, BM_HEADER(block)->bm_size);
	bsd_free(block);
}

/*
 * Move a block's content to one of another size.  Where that fails the old
 * block stays as it is.
 */
void *
bsd_realloc(void *block, size_t size, int kmflag)
{
	void *moved = bsd_malloc(size, kmflag);

	if (moved == NULL || block == NULL)
		return (moved);
	bcopy(block, moved, MIN(size, BM_HEADER(block)->bm_size));
	bsd_free(block);
	return (moved);
}

/*
 * As bsd_realloc(), but the old block is freed where that fails.
 */
void *
bsd_reallocf(void *block, size_t size, int kmflag)
{
	void *moved = bsd_realloc(block, size, kmflag);

	if (moved == NULL)
		bsd_free(block);
	return (moved);
}
