/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The C library's functions on bytes and strings, for the kernel's own data.
 * Modules and klib/ have the real ones, which the sanitizers watch; under the
 * thread sanitizer those would report the kernel, which tells it nothing of its
 * own locks.
 */

#include <sys/types.h>
#include <sys/systm.h>

void *
memcpy(void *to, const void *from, size_t n)
{
	const uchar_t *f = from;
	uchar_t *t = to;

	while (n-- > 0)
		*t++ = *f++;
	return (to);
}

void *
memmove(void *to, const void *from, size_t n)
{
	const uchar_t *f = from;
	uchar_t *t = to;

	if (t <= f || t >= f + n)
		return (memcpy(to, from, n));
	while (n-- > 0)
		t[n] = f[n];
	return (to);
}

void *
memset(void *p, int c, size_t n)
{
	uchar_t *t = p;

	while (n-- > 0)
		*t++ = (uchar_t)c;
	return (p);
}

int
memcmp(const void *a, const void *b, size_t n)
{
	const uchar_t *p = a, *q = b;

	for (; n > 0; n--, p++, q++) {
		if (*p != *q)
			return (*p - *q);
	}
	return (0);
}

size_t
strlen(const char *s)
{
	size_t n = 0;

	while (s[n] != '\0')
		n++;
	return (n);
}

int
strncmp(const char *a, const char *b, size_t n)
{
	for (; n > 0; n--, a++, b++) {
		if (*a != *b)
			return ((uchar_t)*a - (uchar_t)*b);
		if (*a == '\0')
			break;
	}
	return (0);
}

int
strcmp(const char *a, const char *b)
{
	return (strncmp(a, b, (size_t)-1));
}

char *
strncpy(char *to, const char *from, size_t n)
{
	size_t i;

	for (i = 0; i < n && from[i] != '\0'; i++)
		to[i] = from[i];
	for (; i < n; i++)
		to[i] = '\0';
	return (to);
}

char *
strcpy(char *to, const char *from)
{
	return (memcpy(to, from, strlen(from) + 1));
}

char *
strcat(char *to, const char *from)
{
	(void) strcpy(to + strlen(to), from);
	return (to);
}

char *
strncat(char *to, const char *from, size_t n)
{
	char *end = to + strlen(to);
	size_t i;

	for (i = 0; i < n && from[i] != '\0'; i++)
		end[i] = from[i];
	end[i] = '\0';
	return (to);
}

char *
strchr(const char *s, int c)
{
	for (; *s != (char)c; s++) {
		if (*s == '\0')
			return (NULL);
	}
	return ((char *)s);
}

char *
strrchr(const char *s, int c)
{
	const char *last = NULL;

	for (; ; s++) {
		if (*s == (char)c)
			last = s;
		if (*s == '\0')
			return ((char *)last);
	}
}

char *
strstr(const char *s, const char *find)
{
	size_t n = strlen(find);

	for (; ; s++) {
		if (strncmp(s, find, n) == 0)
			return ((char *)s);
		if (*s == '\0')
			return (NULL);
	}
}
