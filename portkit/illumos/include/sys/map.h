/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Resource maps: rmallocmap(9F).
 */

#ifndef _SYS_MAP_H
#define	_SYS_MAP_H

#include <sys/types.h>

void *rmallocmap(size_t);
void *rmallocmap_wait(size_t);
void rmfreemap(void *);
ulong_t rmalloc(void *, size_t);
ulong_t rmalloc_wait(void *, size_t);
void rmfree(void *, size_t, ulong_t);

/* What else a driver may expect from this header. */
#include <sys/t_lock.h>

#endif	/* _SYS_MAP_H */
