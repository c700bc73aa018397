/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What the address sanitizer cannot tell about a bad access to the heap: which
 * buffer it was, and where that was allocated or freed. The sanitizer calls
 * __asan_on_error() before its own report of the access.
 */

#include "kheap.h"

extern void *__asan_get_report_address(void) __attribute__((weak));
void __asan_on_error(void);

void
__asan_on_error(void)
{
	const struct hc_trace *trace;
	caddr_t addr;
	kbuf_t *kb;

	if (__asan_get_report_address == NULL)
		return;
	addr = __asan_get_report_address();
	if ((kb = kheap_find(addr)) == NULL || kb->kb_state == KB_UNUSED)
		return;
	if (kb->kb_state == KB_FREED) {
		hc_violation_at(kb->kb_freed, "memory", "use after free: byte "
		    "%lu of the buffer of %lu bytes at %p is accessed after it "
		    "was freed here (allocated by %s)",
		    (size_t)(addr - kb->kb_addr), kb->kb_size,
		    (void *)kb->kb_addr, kheap_allocator(kb));
	} else if ((trace = kr_trace(KR_MEMORY, kb->kb_addr)) != NULL) {
		hc_violation_at(trace, "memory", "access past the end: byte "
		    "%lu of the buffer of %lu bytes at %p, which is allocated "
		    "here (by %s)", (size_t)(addr - kb->kb_addr), kb->kb_size,
		    (void *)kb->kb_addr, kheap_allocator(kb));
	}
}
