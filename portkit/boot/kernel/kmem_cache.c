/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * kmem_cache_create(9F). The allocator may call the constructor and the
 * destructor on objects under its control at any time; this one calls them at
 * every allocation and every free, so that an object that comes back in another
 * state than the constructor's shows, and so does a use after it was freed.
 */

#include "kheap.h"

#define	CACHE_NAMELEN	31

struct kmem_cache {
	char		kc_name[CACHE_NAMELEN + 1];
	char		kc_what[CACHE_NAMELEN + 40];
	size_t		kc_size;
	kheap_class_t	*kc_class;
	int		(*kc_constructor)(void *, void *, int);
	void		(*kc_destructor)(void *, void *);
	void		*kc_private;
	boolean_t	kc_destroyed;
	struct kmem_cache *kc_next;
};

/* A cache that was destroyed stays here: whoever still uses it is told so. */
static kmem_cache_t *kmem_caches;

void kmem_cache_reap_now(kmem_cache_t *);

static boolean_t
cache_is_valid(kmem_cache_t *cp, const char *called)
{
	kmem_cache_t *kc;

	for (kc = kmem_caches; kc != NULL && kc != cp; kc = kc->kc_next)
		;
	if (kc == NULL) {
		hc_violation("memory", "%s: %p is no cache", called,
		    (void *)cp);
		return (B_FALSE);
	}
	if (kc->kc_destroyed) {
		hc_violation("memory", "%s: cache %s was destroyed", called,
		    kc->kc_name);
		return (B_FALSE);
	}
	return (B_TRUE);
}

/*
 * reclaim, the arena and the flags are not for drivers, which pass NULL and 0.
 */
kmem_cache_t *
kmem_cache_create(char *name, size_t size, size_t align,
    int (*constructor)(void *, void *, int),
    void (*destructor)(void *, void *), void (*reclaim)(void *), void *private,
    vmem_t *vmp, int flags)
{
	kmem_cache_t *kc;
	size_t len = strlen(name);

	hc_point();
	(void) kctx_may_sleep("kmem_cache_create");
	if (size == 0 || (align & (align - 1)) != 0 || align > PAGESIZE) {
		hc_panic("kmem_cache_create: cache %s: size %lu or alignment "
		    "%lu is impossible", name, size, align);
	}
	if (len > CACHE_NAMELEN)
		len = CACHE_NAMELEN;
	kc = hc_alloc(sizeof (*kc));
	(void) memcpy(kc->kc_name, name, len);
	(void) strcpy(kc->kc_what, "constructor or destructor of cache ");
	(void) strcat(kc->kc_what, kc->kc_name);
	kc->kc_size = size;
	if (size <= PAGESIZE / 2)
		kc->kc_class = kheap_class((size + 7) & ~7UL,
		    align < 8 ? 8 : align);
	kc->kc_constructor = constructor;
	kc->kc_destructor = destructor;
	kc->kc_private = private;
	kc->kc_next = kmem_caches;
	kmem_caches = kc;
	kr_add(KR_OTHER, kc, size, "kmem_cache_create(9F)");
	return (kc);
}

static int
cache_construct(kmem_cache_t *cp, void *obj, int flag)
{
	struct kentry ke;
	int error;

	if (cp->kc_constructor == NULL)
		return (0);
	kentry_enter(&ke, cp->kc_what);
	error = cp->kc_constructor(obj, cp->kc_private, flag);
	kentry_leave(&ke);
	return (error);
}

static void
cache_destruct(kmem_cache_t *cp, void *obj)
{
	struct kentry ke;

	if (cp->kc_destructor == NULL)
		return;
	kentry_enter(&ke, cp->kc_what);
	cp->kc_destructor(obj, cp->kc_private);
	kentry_leave(&ke);
}

void *
kmem_cache_alloc(kmem_cache_t *cp, int flag)
{
	kbuf_t *kb;

	hc_point();
	if ((flag & KM_NOSLEEP) == 0)
		(void) kctx_may_sleep("kmem_cache_alloc(KM_SLEEP)");
	if (!cache_is_valid(cp, "kmem_cache_alloc"))
		return (NULL);
	if ((flag & KM_NOSLEEP) != 0 && hc_fail("memory"))
		return (NULL);
	kb = kheap_alloc(cp->kc_class, cp->kc_size, cp, B_FALSE);
	if (kb == NULL) {
		if ((flag & (KM_NOSLEEP | KM_PANIC)) == KM_NOSLEEP)
			return (NULL);
		hc_panic("kmem_cache_alloc: cache %s: physical memory is used "
		    "up", cp->kc_name);
	}
	kr_add(KR_MEMORY, kb->kb_addr, cp->kc_size,
	    "kmem_cache_alloc(9F)");
	if (cache_construct(cp, kb->kb_addr, flag) != 0) {
		if ((flag & KM_NOSLEEP) == 0) {
			hc_violation("memory", "kmem_cache_alloc: the "
			    "constructor of cache %s failed with KM_SLEEP",
			    cp->kc_name);
		}
		(void) kr_remove(KR_MEMORY, kb->kb_addr);
		kheap_free(kb);
		return (NULL);
	}
	return (kb->kb_addr);
}

void
kmem_cache_free(kmem_cache_t *cp, void *obj)
{
	kbuf_t *kb;

	hc_point();
	if (!cache_is_valid(cp, "kmem_cache_free"))
		return;
	kb = obj != NULL ? kheap_find(obj) : NULL;
	if (kb == NULL || kb->kb_addr != obj || kb->kb_owner != cp ||
	    kb->kb_state == KB_UNUSED) {
		hc_violation("memory", "kmem_cache_free: %p is no object of "
		    "cache %s", obj, cp->kc_name);
		return;
	}
	if (kb->kb_state == KB_FREED) {
		hc_violation("memory", "kmem_cache_free: object %p of cache %s "
		    "is freed for the second time", obj, cp->kc_name);
		return;
	}
	cache_destruct(cp, obj);
	kmem_release(kb);
}

void
kmem_cache_destroy(kmem_cache_t *cp)
{
	size_t n;

	hc_point();
	(void) kctx_may_sleep("kmem_cache_destroy");
	if (!cache_is_valid(cp, "kmem_cache_destroy"))
		return;
	if ((n = kheap_count(cp)) != 0) {
		hc_violation("memory", "kmem_cache_destroy: %lu objects of "
		    "cache %s are still allocated", n, cp->kc_name);
	}
	cp->kc_destroyed = B_TRUE;
	(void) kr_remove(KR_OTHER, cp);
}

/*
 * Nothing is ever cached, so there is nothing to reap and nothing to move.
 */
void
kmem_cache_reap_now(kmem_cache_t *cp)
{
	(void) cache_is_valid(cp, "kmem_cache_reap_now");
}

void
kmem_cache_set_move(kmem_cache_t *cp,
    kmem_cbrc_t (*move)(void *, void *, size_t, void *))
{
	(void) cache_is_valid(cp, "kmem_cache_set_move");
}
