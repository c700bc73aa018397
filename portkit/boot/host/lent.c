/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Pages that the host goes on using after the call in which the guest named
 * them: message pages, rings, ... A guest that frees one before it has taken
 * it back would find its new contents overwritten some day.
 */

#include "core.h"

#define	BUCKETS	1024

static struct hv_lent *lent[BUCKETS];

/*
 * False, and nothing lent, when there is no such page.
 */
bool
hv_lend(struct hv_lent *l, uint64_t pfn, const char *what, unsigned id)
{
	void *page = pfn < HC_NOPFN / HC_PAGE ?
	    hc_phys(pfn * HC_PAGE, HC_PAGE) : NULL;

	if (page == NULL)
		return (false);
	l->pfn = pfn;
	l->what = what;
	l->id = id;
	l->page = page;
	l->next = lent[pfn % BUCKETS];
	lent[pfn % BUCKETS] = l;
	return (true);
}

void
hv_give_back(struct hv_lent *l)
{
	struct hv_lent **at = &lent[l->pfn % BUCKETS];

	for (; *at != NULL; at = &(*at)->next) {
		if (*at == l) {
			*at = l->next;
			break;
		}
	}
	l->page = NULL;
	l->what = NULL;
}

/* Those frames are being freed. */
void
hv_freed(hc_u64 n, const hc_u64 *pfns)
{
	struct hv_lent *l;
	hc_u64 i;

	for (i = 0; i < n; i++) {
		for (l = lent[pfns[i] % BUCKETS]; l != NULL; l = l->next) {
			if (l->pfn != pfns[i] || l->page == NULL)
				continue;
			l->page = NULL;
			hv_protocol("memory is freed that the host still uses: "
			    "page frame 0x%lx, %s %u", l->pfn, l->what, l->id);
		}
	}
}

int
hv_shared(hc_u64 pfn)
{
	const struct hv_lent *l = lent[pfn % BUCKETS];

	while (l != NULL && (l->pfn != pfn || l->page == NULL))
		l = l->next;
	return (l != NULL);
}
