/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * sprintf(9F), snprintf(9F). The kernel formats into memory of its own; what
 * goes to the caller's buffer is written here, where the sanitizers see it.
 */

#include <sys/types.h>
#include <sys/varargs.h>
#include <sys/cmn_err.h>
#include <sys/systm.h>
#include "../machine/machine.h"

size_t kprintf_format(char *, size_t, const char *, va_list);

size_t
vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	char small[256];
	char *text = small;
	va_list again;
	size_t len, n;

	va_copy(again, args);
	len = kprintf_format(small, sizeof (small), fmt, args);
	if (len >= sizeof (small)) {
		text = hc_alloc(len + 1);
		(void) kprintf_format(text, len + 1, fmt, again);
	}
	va_end(again);
	if (size != 0) {
		n = len < size ? len : size - 1;
		(void) memcpy(buf, text, n);
		buf[n] = '\0';
	}
	if (text != small)
		hc_free(text);
	return (len);
}

size_t
snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	size_t len;

	va_start(args, fmt);
	len = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return (len);
}

char *
vsprintf(char *buf, const char *fmt, va_list args)
{
	(void) vsnprintf(buf, INT_MAX, fmt, args);
	return (buf);
}

char *
sprintf(char *buf, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void) vsnprintf(buf, INT_MAX, fmt, args);
	va_end(args);
	return (buf);
}
