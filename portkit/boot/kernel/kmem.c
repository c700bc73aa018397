/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * kmem_alloc(9F), kmem_zalloc(9F), kmem_free(9F), and the strings that are made
 * with them. The sizes of the slabs and their alignment are those of the real
 * allocator without its debugging features: 64 bytes for multiples of 64, whole
 * pages from 2689 bytes on, else 8. The manual page promises no more than 8.
 * So 256, 512 or 2048 bytes never cross a page, but 1024 may: they come from
 * the slabs of 1152.
 */

#include "kheap.h"

static const ushort_t kmem_sizes[] = {
	8, 16, 24, 32, 40, 48, 56,
	64, 80, 96, 112, 128, 160, 192, 224,
	256, 320, 384, 448, 512, 640, 768, 896,
	1152, 1344, 1600, 2048, 2688
};
#define	NSIZES	(sizeof (kmem_sizes) / sizeof (kmem_sizes[0]))

static kheap_class_t *kmem_classes[NSIZES];

pgcnt_t physmem;
pgcnt_t maxmem;
pgcnt_t freemem;
pgcnt_t lotsfree;
pgcnt_t desfree;
pgcnt_t minfree;
pgcnt_t needfree;

void
kmem_setup(void)
{
	size_t i;

	for (i = 0; i < NSIZES; i++) {
		kmem_classes[i] = kheap_class(kmem_sizes[i],
		    kmem_sizes[i] % 64 == 0 ? 64 : 8);
	}
	ksegkmem_setup();
	physmem = maxmem = freemem = hc_phys_pages();
	lotsfree = physmem / 64;
	desfree = lotsfree / 2;
	minfree = desfree / 2;
}

void
kmem_check(void)
{
	kheap_check();
}

static kheap_class_t *
kmem_class(size_t size)
{
	size_t i;

	for (i = 0; i < NSIZES; i++) {
		if (size <= kmem_sizes[i])
			return (kmem_classes[i]);
	}
	return (NULL);
}

static void *
kmem_get(size_t size, int flag, boolean_t zero, const char *called)
{
	kbuf_t *kb;

	hc_point();
	if ((flag & KM_NOSLEEP) == 0)
		(void) kctx_may_sleep(called);
	if (size == 0)
		return (NULL);
	if ((flag & KM_NOSLEEP) != 0 && hc_fail("memory"))
		return (NULL);
	kb = kheap_alloc(kmem_class(size), size, NULL, zero);
	if (kb == NULL) {
		if ((flag & (KM_NOSLEEP | KM_PANIC)) == KM_NOSLEEP)
			return (NULL);
		hc_panic("%s: %lu bytes asked for, and physical memory is "
		    "used up", called, size);
	}
	kr_add(KR_MEMORY, kb->kb_addr, size, "kmem_alloc(9F)");
	return (kb->kb_addr);
}

void *
kmem_alloc(size_t size, int flag)
{
	return (kmem_get(size, flag, B_FALSE, "kmem_alloc(KM_SLEEP)"));
}

void *
kmem_zalloc(size_t size, int flag)
{
	return (kmem_get(size, flag, B_TRUE, "kmem_zalloc(KM_SLEEP)"));
}

/*
 * As much as there is in small steps; the size that was allocated goes to
 * *asize, and to kmem_free() in the end.
 */
void *
kmem_alloc_tryhard(size_t size, size_t *asize, int flag)
{
	*asize = (size + 7) & ~7UL;
	return (kmem_alloc(*asize, flag));
}

/*
 * Whether buf can be given back by kmem_free(buf, size). Says why not.
 */
static kbuf_t *
kmem_check_free(void *buf, size_t size)
{
	kbuf_t *kb;
	const char *who;

	if (buf == NULL) {
		hc_violation("memory", "kmem_free: null pointer, with size %lu",
		    size);
		return (NULL);
	}
	if ((kb = kheap_find(buf)) == NULL || kb->kb_state == KB_UNUSED) {
		hc_violation("memory", "kmem_free: %p was never allocated "
		    "(size %lu)", buf, size);
		return (NULL);
	}
	who = kheap_allocator(kb);
	if (kb->kb_addr != buf) {
		hc_violation("memory", "kmem_free: %p lies %lu bytes into a "
		    "%sbuffer of %lu bytes at %p (allocated by %s)", buf,
		    (size_t)((caddr_t)buf - kb->kb_addr),
		    kb->kb_state == KB_FREED ? "freed " : "", kb->kb_size,
		    (void *)kb->kb_addr, who);
		return (NULL);
	}
	if (kb->kb_state == KB_FREED) {
		hc_violation("memory", "kmem_free: %p of %lu bytes is freed "
		    "for the second time (allocated by %s; freed first by "
		    "thread %s)", buf, kb->kb_size, who,
		    kb->kb_freed->thread != NULL ? kb->kb_freed->thread : "?");
		return (NULL);
	}
	if (kb->kb_owner != NULL) {
		hc_violation("memory", "kmem_free: %p of %lu bytes comes from "
		    "a cache or an arena, not from kmem_alloc (allocated by "
		    "%s)", buf, kb->kb_size, who);
		return (NULL);
	}
	if (size != kb->kb_size) {
		hc_violation("memory", "kmem_free: size %lu, but %p was "
		    "allocated with %lu bytes (by %s)", size, buf, kb->kb_size,
		    who);
	}
	return (kb);
}

/*
 * Nothing of the kernel's may be left in memory that is freed.
 */
void
kmem_release(kbuf_t *kb)
{
	kheap_check_redzone(kb, NULL);
	ktaskq_forget(kb->kb_addr, kb->kb_size);
	klock_forget(kb->kb_addr, kb->kb_size);
	kdma_forget(kb->kb_addr, kb->kb_size);
	(void) kr_remove(KR_MEMORY, kb->kb_addr);
	kheap_free(kb);
}

void
kmem_free(void *buf, size_t size)
{
	kbuf_t *kb;

	hc_point();
	if (buf == NULL && size == 0)
		return;
	if ((kb = kmem_check_free(buf, size)) == NULL)
		return;
	kmem_release(kb);
}

int
kmem_debugging(void)
{
	return (0);
}

size_t
kmem_avail(void)
{
	return (freemem * PAGESIZE);
}

size_t
kmem_maxavail(void)
{
	return (freemem * PAGESIZE);
}

/*
 * Strings: strfree() is told no size, so the string must still be as long as it
 * was.
 */
char *
strdup(const char *s)
{
	size_t size = strlen(s) + 1;

	return (memcpy(kmem_alloc(size, KM_SLEEP), s, size));
}

void
strfree(char *s)
{
	kmem_free(s, strlen(s) + 1);
}

char *
ddi_strdup(const char *s, int flag)
{
	size_t size = strlen(s) + 1;
	char *copy = kmem_alloc(size, flag);

	if (copy != NULL)
		(void) memcpy(copy, s, size);
	return (copy);
}

char *
kmem_asprintf(const char *fmt, ...)
{
	char probe[1];
	char *s;
	size_t len;
	va_list ap;

	va_start(ap, fmt);
	len = kprintf_format(probe, sizeof (probe), fmt, ap);
	va_end(ap);
	s = kmem_alloc(len + 1, KM_SLEEP);
	va_start(ap, fmt);
	(void) kprintf_format(s, len + 1, fmt, ap);
	va_end(ap);
	return (s);
}
