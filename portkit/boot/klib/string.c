/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Blocks of bytes and strings that the C library has not, or not under this
 * name: bcopy(9F), string(9F). What it has (memcpy, strcmp and so on) a module
 * gets from there, so that the sanitizers see what is done.
 */

#include <sys/types.h>
#include <sys/systm.h>
#include <sys/sunddi.h>
#include "../machine/machine.h"

void ovbcopy(const void *, void *, size_t);

void
bcopy(const void *from, void *to, size_t n)
{
	(void) memmove(to, from, n);
}

void
ovbcopy(const void *from, void *to, size_t n)
{
	(void) memmove(to, from, n);
}

void
bzero(void *p, size_t n)
{
	(void) memset(p, 0, n);
}

int
bcmp(const void *a, const void *b, size_t n)
{
	return (memcmp(a, b, n) != 0);
}

int
kcopy(const void *from, void *to, size_t n)
{
	(void) memmove(to, from, n);
	return (0);
}

int
kzero(void *p, size_t n)
{
	(void) memset(p, 0, n);
	return (0);
}

void *
memchr(const void *p, int c, size_t n)
{
	const uchar_t *at;

	for (at = p; n > 0; n--, at++) {
		if (*at == (uchar_t)c)
			return ((void *)at);
	}
	return (NULL);
}

/*
 * Swaps the bytes of each pair.
 */
void
swab(void *from, void *to, size_t n)
{
	const uchar_t *f = from;
	uchar_t *t = to;
	uchar_t first;

	for (; n > 1; n -= 2, f += 2, t += 2) {
		first = f[0];
		t[0] = f[1];
		t[1] = first;
	}
}

size_t
strnlen(const char *s, size_t n)
{
	size_t len = 0;

	while (len < n && s[len] != '\0')
		len++;
	return (len);
}

size_t
strlcpy(char *to, const char *from, size_t size)
{
	size_t len = strlen(from);
	size_t n;

	if (size != 0) {
		n = len < size ? len : size - 1;
		(void) memcpy(to, from, n);
		to[n] = '\0';
	}
	return (len);
}

size_t
strlcat(char *to, const char *from, size_t size)
{
	size_t len = strnlen(to, size);

	if (len == size)
		return (len + strlen(from));
	return (len + strlcpy(to + len, from, size - len));
}

static int
lower(char c)
{
	return (c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : (uchar_t)c);
}

int
strncasecmp(const char *a, const char *b, size_t n)
{
	int d;

	for (; n > 0; n--, a++, b++) {
		if ((d = lower(*a) - lower(*b)) != 0)
			return (d);
		if (*a == '\0')
			break;
	}
	return (0);
}

int
strcasecmp(const char *a, const char *b)
{
	return (strncasecmp(a, b, (size_t)-1));
}

size_t
strcspn(const char *s, const char *set)
{
	size_t n = 0;

	while (s[n] != '\0' && strchr(set, s[n]) == NULL)
		n++;
	return (n);
}

size_t
strspn(const char *s, const char *set)
{
	size_t n = 0;

	while (s[n] != '\0' && strchr(set, s[n]) != NULL)
		n++;
	return (n);
}

char *
strpbrk(const char *s, const char *set)
{
	s += strcspn(s, set);
	return (*s != '\0' ? (char *)s : NULL);
}

char *
strsep(char **sp, const char *set)
{
	char *s = *sp;
	char *end;

	if (s == NULL)
		return (NULL);
	end = strpbrk(s, set);
	*sp = end != NULL ? end + 1 : NULL;
	if (end != NULL)
		*end = '\0';
	return (s);
}

/*
 * The last place of c among the first n characters.
 */
char *
strnrchr(const char *s, int c, size_t n)
{
	const char *last = NULL;

	for (; n > 0; n--, s++) {
		if (*s == (char)c)
			last = s;
		if (*s == '\0')
			break;
	}
	return ((char *)last);
}
