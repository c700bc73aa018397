/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

#ifndef _BSD_MALLOC_H
#define	_BSD_MALLOC_H

/*
 * Memory that knows its own size, for code that frees a block where its size
 * is not known.
 *
 * A block is aligned to 16 bytes, and may only be freed by bsd_free() or
 * bsd_zfree().  Both take a null pointer, as free(9) does.  A size of zero
 * gives a block, as malloc(9) does.
 */

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

extern void *bsd_malloc(size_t, int);
extern void *bsd_zalloc(size_t, int);
extern void *bsd_realloc(void *, size_t, int);
extern void *bsd_reallocf(void *, size_t, int);
extern void bsd_free(void *);
extern void bsd_zfree(void *);

#ifdef __cplusplus
}
#endif

#endif	/* _BSD_MALLOC_H */
