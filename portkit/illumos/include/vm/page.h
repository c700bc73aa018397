/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Pages of memory.
 */

#ifndef _VM_PAGE_H
#define	_VM_PAGE_H

#include <sys/types.h>

struct page;
typedef struct page page_t;
pfn_t page_pptonum(page_t *);
page_t *page_numtopp_nolock(pfn_t);

/* What else a driver may expect from this header. */
#include <vm/seg.h>
#include <sys/t_lock.h>

#endif	/* _VM_PAGE_H */
