/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The ledger of what modules own. An entry belongs to the innermost module on
 * the stack of the call that made it: what a driver has a helper module
 * allocate is the helper's, and a leak shows when that is unloaded.
 */

#include "ksync.h"

#define	BUCKETS	2048
#define	MOST	16	/* leaks of a kind that are told one by one */

struct resource {
	struct resource	*r_next;	/* in its bucket */
	struct resource	*r_newer, *r_older;
	kr_kind_t	r_kind;
	const void	*r_key;
	size_t		r_size;
	char		r_what[48];
	char		r_owner[32];
	struct hc_trace	r_trace;
};

static struct resource *buckets[BUCKETS];
static struct resource *oldest, *newest;

static const char *const words[] = {
	"memory", "DMA resource", "device node", "minor node", "kstat",
	"task queue", "timeout", "soft state", "interrupt handler",
	"thread", "property", "thread specific data key", "resource"
};

static struct resource **
bucket(kr_kind_t kind, const void *key)
{
	uint64_t hash = ((uint64_t)key ^ (uint64_t)kind) * 0x9e3779b97f4a7c15UL;

	return (&buckets[hash >> 53]);
}

/* The newest, should there be several of one key. */
static struct resource *
find(kr_kind_t kind, const void *key)
{
	struct resource *r;

	for (r = *bucket(kind, key); r != NULL; r = r->r_next) {
		if (r->r_kind == kind && r->r_key == key)
			return (r);
	}
	return (NULL);
}

void
kr_add(kr_kind_t kind, const void *key, size_t size, const char *what)
{
	const char *owner = hc_module_of(hc_caller());
	struct resource *r, **rp;

	if (owner == NULL)
		return;
	r = hc_alloc(sizeof (*r));
	r->r_kind = kind;
	r->r_key = key;
	r->r_size = size;
	(void) kclip(r->r_what, sizeof (r->r_what), what);
	(void) kclip(r->r_owner, sizeof (r->r_owner), owner);
	hc_trace_take(&r->r_trace);
	rp = bucket(kind, key);
	r->r_next = *rp;
	*rp = r;
	r->r_older = newest;
	if (newest != NULL)
		newest->r_newer = r;
	else
		oldest = r;
	newest = r;
}

static void
drop(struct resource *r)
{
	struct resource **rp;

	for (rp = bucket(r->r_kind, r->r_key); *rp != r; rp = &(*rp)->r_next)
		;
	*rp = r->r_next;
	if (r->r_older != NULL)
		r->r_older->r_newer = r->r_newer;
	else
		oldest = r->r_newer;
	if (r->r_newer != NULL)
		r->r_newer->r_older = r->r_older;
	else
		newest = r->r_older;
	hc_free(r);
}

boolean_t
kr_remove(kr_kind_t kind, const void *key)
{
	struct resource *r = find(kind, key);

	if (r == NULL)
		return (B_FALSE);
	drop(r);
	return (B_TRUE);
}

const struct hc_trace *
kr_trace(kr_kind_t kind, const void *key)
{
	struct resource *r = find(kind, key);

	return (r != NULL ? &r->r_trace : NULL);
}

/*
 * Each at the place where it was made; after many, only counted.
 */
uint_t
kr_check(const char *module)
{
	struct resource *r, *next;
	uint_t count[KR_OTHER + 1] = { 0 }, n = 0, i;

	for (r = oldest; r != NULL; r = next) {
		next = r->r_newer;
		/* The name is cut when it is too long, as it was put in. */
		if (strncmp(r->r_owner, module, sizeof (r->r_owner) - 1) != 0)
			continue;
		n++;
		if (++count[r->r_kind] <= MOST) {
			if (r->r_kind == KR_MEMORY || r->r_size != 0) {
				hc_violation_at(&r->r_trace, "leak",
				    "%s is unloaded and has not freed %lu "
				    "bytes of %s (%s)", module, r->r_size,
				    words[r->r_kind], r->r_what);
			} else {
				hc_violation_at(&r->r_trace, "leak",
				    "%s is unloaded and still has a %s (%s)",
				    module, words[r->r_kind], r->r_what);
			}
		}
		drop(r);
	}
	for (i = 0; i <= KR_OTHER; i++) {
		if (count[i] > MOST) {
			hc_violation("leak", "%s is unloaded with %u more of "
			    "kind %s", module, count[i] - MOST, words[i]);
		}
	}
	return (n);
}
