/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * vmem_create(9F): arenas of integers. An arena is a list of segments in the
 * order of their addresses, each allocated or free. An arena without a source
 * has what vmem_create() and vmem_add() gave it; one with a source imports
 * spans from it. A free segment never joins one of another span.
 */

#include "kvmem.h"

typedef struct vmem_seg {
	struct vmem_seg	*vs_next;
	uintptr_t	vs_start;
	size_t		vs_size;
	boolean_t	vs_allocated;
	uint_t		vs_span;	/* which span it belongs to */
} vmem_seg_t;

struct vmem {
	char		vm_name[32];
	size_t		vm_quantum;
	vmem_alloc_t	*vm_afunc;
	vmem_free_t	*vm_ffunc;
	struct vmem	*vm_source;
	vmem_seg_t	*vm_segs;
	uint_t		vm_spans;
	boolean_t	vm_destroyed;
	struct vmem_waiter *vm_waiters;
};

/* Somebody in vmem_alloc(VM_SLEEP); lies on that thread's stack. */
struct vmem_waiter {
	struct vmem_waiter *vw_next;
	hc_ctx		*vw_ctx;
};

static size_t
vmem_round(const vmem_t *vmp, size_t size)
{
	return ((size + vmp->vm_quantum - 1) / vmp->vm_quantum *
	    vmp->vm_quantum);
}

static void
span_add(vmem_t *vmp, uintptr_t start, size_t size)
{
	vmem_seg_t **vsp = &vmp->vm_segs;
	vmem_seg_t *vs = hc_alloc(sizeof (*vs));

	while (*vsp != NULL && (*vsp)->vs_start < start)
		vsp = &(*vsp)->vs_next;
	vs->vs_start = start;
	vs->vs_size = size;
	vs->vs_span = ++vmp->vm_spans;
	vs->vs_next = *vsp;
	*vsp = vs;
}

vmem_t *
kvmem_create(const char *name, void *base, size_t size, size_t quantum,
    vmem_alloc_t *afunc, vmem_free_t *ffunc, vmem_t *source)
{
	vmem_t *vmp = hc_alloc(sizeof (*vmp));
	size_t len = strlen(name);

	if (len >= sizeof (vmp->vm_name))
		len = sizeof (vmp->vm_name) - 1;
	(void) memcpy(vmp->vm_name, name, len);
	vmp->vm_quantum = quantum;
	vmp->vm_afunc = afunc;
	vmp->vm_ffunc = ffunc;
	vmp->vm_source = source;
	if (size != 0)
		span_add(vmp, (uintptr_t)base, size);
	return (vmp);
}

/*
 * qcache_max says what may be cached for speed, which does not matter here.
 */
vmem_t *
vmem_create(const char *name, void *base, size_t size, size_t quantum,
    vmem_alloc_t *afunc, vmem_free_t *ffunc, vmem_t *source,
    size_t qcache_max, int flag)
{
	vmem_t *vmp;

	hc_point();
	if (quantum == 0 || (quantum & (quantum - 1)) != 0)
		hc_panic("vmem_create: arena %s: quantum %lu", name, quantum);
	if ((flag & VM_NOSLEEP) == 0)
		(void) kctx_may_sleep("vmem_create(VM_SLEEP)");
	else if (hc_fail("memory"))
		return (NULL);
	vmp = kvmem_create(name, base, size, quantum, afunc, ffunc, source);
	kr_add(KR_OTHER, vmp, 0, "vmem_create(9F)");
	return (vmp);
}

static boolean_t
vmem_is_valid(const vmem_t *vmp, const char *called)
{
	if (vmp == NULL)
		hc_panic("%s: null arena", called);
	if (vmp->vm_destroyed) {
		hc_violation("memory", "%s: arena %s was destroyed", called,
		    vmp->vm_name);
		return (B_FALSE);
	}
	return (B_TRUE);
}

void
vmem_destroy(vmem_t *vmp)
{
	vmem_seg_t *vs;
	size_t leaked;

	hc_point();
	if (!vmem_is_valid(vmp, "vmem_destroy"))
		return;
	if ((leaked = vmem_size(vmp, VMEM_ALLOC)) != 0) {
		hc_violation("memory", "vmem_destroy: %lu of arena %s are "
		    "still allocated", leaked, vmp->vm_name);
	}
	while ((vs = vmp->vm_segs) != NULL) {
		vmp->vm_segs = vs->vs_next;
		hc_free(vs);
	}
	/* The arena itself stays, to tell who still uses it. */
	vmp->vm_destroyed = B_TRUE;
	(void) kr_remove(KR_OTHER, vmp);
}

/*
 * Cuts a segment in two; the second half is returned.
 */
static vmem_seg_t *
seg_split(vmem_seg_t *vs, size_t size)
{
	vmem_seg_t *rest = hc_alloc(sizeof (*rest));

	*rest = *vs;
	rest->vs_start += size;
	rest->vs_size -= size;
	vs->vs_size = size;
	vs->vs_next = rest;
	return (rest);
}

/*
 * The first address in a segment that satisfies what was asked for.
 */
static boolean_t
seg_fits(const vmem_seg_t *vs, size_t size, size_t align, size_t phase,
    size_t nocross, uintptr_t min, uintptr_t max, uintptr_t *startp)
{
	uintptr_t start = vs->vs_start > min ? vs->vs_start : min;
	uintptr_t end = vs->vs_start + vs->vs_size;

	if (vs->vs_allocated)
		return (B_FALSE);
	if (max != 0 && end > max)
		end = max;
	start = ((start - phase + align - 1) & ~(align - 1)) + phase;
	if (nocross != 0 && size <= nocross &&
	    ((start ^ (start + size - 1)) & ~(nocross - 1)) != 0) {
		start = (start + nocross - 1) & ~(nocross - 1);
		start = ((start - phase + align - 1) & ~(align - 1)) + phase;
	}
	*startp = start;
	return (start >= vs->vs_start && start < end && size <= end - start);
}

static void *
vmem_take(vmem_t *vmp, size_t size, size_t align, size_t phase,
    size_t nocross, uintptr_t min, uintptr_t max, boolean_t *foundp)
{
	vmem_seg_t *vs;
	uintptr_t start = 0;

	for (vs = vmp->vm_segs; vs != NULL; vs = vs->vs_next) {
		if (seg_fits(vs, size, align, phase, nocross, min, max, &start))
			break;
	}
	*foundp = vs != NULL;
	if (vs == NULL)
		return (NULL);
	if (start != vs->vs_start)
		vs = seg_split(vs, start - vs->vs_start);
	if (vs->vs_size != size)
		(void) seg_split(vs, size);
	vs->vs_allocated = B_TRUE;
	return ((void *)start);
}

void *
vmem_xalloc(vmem_t *vmp, size_t size, size_t align, size_t phase,
    size_t nocross, void *min, void *max, int flag)
{
	boolean_t found;
	void *addr, *span;

	hc_point();
	if (!vmem_is_valid(vmp, "vmem_alloc"))
		return (NULL);
	if (size == 0)
		hc_panic("vmem_alloc: arena %s: size 0", vmp->vm_name);
	if ((flag & VM_NOSLEEP) == 0)
		(void) kctx_may_sleep("vmem_alloc(VM_SLEEP)");
	else if (hc_fail("memory"))
		return (NULL);
	size = vmem_round(vmp, size);
	if (align == 0)
		align = vmp->vm_quantum;
	addr = vmem_take(vmp, size, align, phase, nocross, (uintptr_t)min,
	    (uintptr_t)max, &found);
	if (!found && vmp->vm_afunc != NULL) {
		span = vmp->vm_afunc(vmp->vm_source, size, flag);
		if (span != NULL) {
			span_add(vmp, (uintptr_t)span, size);
			addr = vmem_take(vmp, size, align, phase, nocross,
			    (uintptr_t)min, (uintptr_t)max, &found);
		}
	}
	while (!found && (flag & VM_NOSLEEP) == 0) {
		struct vmem_waiter waiter;

		waiter.vw_ctx = hc_self();
		waiter.vw_next = vmp->vm_waiters;
		vmp->vm_waiters = &waiter;
		(void) hc_block(HC_FOREVER, "vmem_alloc", vmp);
		addr = vmem_take(vmp, size, align, phase, nocross,
		    (uintptr_t)min, (uintptr_t)max, &found);
	}
	return (addr);
}

void *
vmem_alloc(vmem_t *vmp, size_t size, int flag)
{
	return (vmem_xalloc(vmp, size, 0, 0, 0, NULL, NULL, flag));
}

void
vmem_xfree(vmem_t *vmp, void *addr, size_t size)
{
	vmem_seg_t *vs, *next, *prev = NULL;

	hc_point();
	if (!vmem_is_valid(vmp, "vmem_free"))
		return;
	size = vmem_round(vmp, size);
	for (vs = vmp->vm_segs; vs != NULL; prev = vs, vs = vs->vs_next) {
		if (vs->vs_start == (uintptr_t)addr && vs->vs_allocated)
			break;
	}
	if (vs == NULL) {
		hc_violation("memory", "vmem_free: %p is not allocated in "
		    "arena %s", addr, vmp->vm_name);
		return;
	}
	if (vs->vs_size != size) {
		hc_violation("memory", "vmem_free: size %lu, but %p of arena "
		    "%s was allocated with %lu", size, addr, vmp->vm_name,
		    vs->vs_size);
	}
	vs->vs_allocated = B_FALSE;
	for (; vmp->vm_waiters != NULL;
	    vmp->vm_waiters = vmp->vm_waiters->vw_next)
		hc_wake(vmp->vm_waiters->vw_ctx);
	next = vs->vs_next;
	if (next != NULL && !next->vs_allocated &&
	    next->vs_span == vs->vs_span) {
		vs->vs_size += next->vs_size;
		vs->vs_next = next->vs_next;
		hc_free(next);
	}
	if (prev != NULL && !prev->vs_allocated &&
	    prev->vs_span == vs->vs_span) {
		prev->vs_size += vs->vs_size;
		prev->vs_next = vs->vs_next;
		hc_free(vs);
	}
}

void
vmem_free(vmem_t *vmp, void *addr, size_t size)
{
	vmem_xfree(vmp, addr, size);
}

void *
vmem_add(vmem_t *vmp, void *addr, size_t size, int flag)
{
	hc_point();
	if (!vmem_is_valid(vmp, "vmem_add"))
		return (NULL);
	if ((flag & VM_NOSLEEP) != 0 && hc_fail("memory"))
		return (NULL);
	if (vmem_contains(vmp, addr, size)) {
		hc_violation("memory", "vmem_add: %p of %lu is in arena %s "
		    "already", addr, size, vmp->vm_name);
		return (NULL);
	}
	span_add(vmp, (uintptr_t)addr, size);
	return (addr);
}

/*
 * Whether all of it is in the arena, allocated or not.
 */
int
vmem_contains(vmem_t *vmp, void *addr, size_t size)
{
	uintptr_t start = (uintptr_t)addr;
	vmem_seg_t *vs;

	for (vs = vmp->vm_segs; vs != NULL && size != 0; vs = vs->vs_next) {
		size_t n = vs->vs_start + vs->vs_size - start;

		if (start < vs->vs_start || n > vs->vs_size || n == 0)
			continue;
		if (n >= size)
			return (1);
		start += n;
		size -= n;
	}
	return (0);
}

size_t
vmem_size(vmem_t *vmp, int which)
{
	vmem_seg_t *vs;
	size_t size = 0;

	for (vs = vmp->vm_segs; vs != NULL; vs = vs->vs_next) {
		if ((which & (vs->vs_allocated ? VMEM_ALLOC : VMEM_FREE)) != 0)
			size += vs->vs_size;
	}
	return (size);
}
