/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The machine's own memory: libc's heap, hidden from the thread sanitizer,
 * which would see races where the baton gives order.
 */

#include "impl.h"

#include <stdlib.h>
#include <string.h>

void *
hc_alloc(hc_u64 size)
{
	void *p;

	mc_ignore_begin();
	p = calloc(1, size == 0 ? 1 : size);
	mc_ignore_end();
	if (p == NULL)
		hc_panic("the simulator is out of memory (%lu bytes)", size);
	return (p);
}

void
hc_free(void *p)
{
	mc_ignore_begin();
	free(p);
	mc_ignore_end();
}

/* Names live for ever, and each only once. */
const char *
mc_intern(const char *name)
{
	struct entry {
		struct entry *next;
		char text[];
	};
	static struct entry *table[256];
	struct entry *e;
	unsigned hash = 0;
	size_t len;

	mc_ignore_begin();
	for (len = 0; name[len] != '\0'; len++)
		hash = hash * 31 + (unsigned char)name[len];
	for (e = table[hash % 256]; e != NULL; e = e->next) {
		if (strcmp(e->text, name) == 0)
			break;
	}
	if (e == NULL) {
		e = hc_alloc(sizeof (*e) + len + 1);
		(void) memcpy(e->text, name, len + 1);
		e->next = table[hash % 256];
		table[hash % 256] = e;
	}
	mc_ignore_end();
	return (e->text);
}
