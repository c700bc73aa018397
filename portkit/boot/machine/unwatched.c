/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Functions of libc for those of us that the thread sanitizer must not watch:
 * see the end of machine.h. Nothing calls them in other builds.
 */

#define	HC_WATCHED
#include "impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* With libc's function, in one expression, while nobody watches. */
#define	UNWATCHED(type, call)		\
	do {				\
		type result;		\
					\
		mc_ignore_begin();	\
		result = call;		\
		mc_ignore_end();	\
		return (result);	\
	} while (0)

void *hc_plain_memcpy(void *, const void *, size_t);
void *
hc_plain_memcpy(void *to, const void *from, size_t n)
{
	UNWATCHED(void *, memcpy(to, from, n));
}

void *hc_plain_memmove(void *, const void *, size_t);
void *
hc_plain_memmove(void *to, const void *from, size_t n)
{
	UNWATCHED(void *, memmove(to, from, n));
}

void *hc_plain_memset(void *, int, size_t);
void *
hc_plain_memset(void *p, int c, size_t n)
{
	UNWATCHED(void *, memset(p, c, n));
}

int hc_plain_memcmp(const void *, const void *, size_t);
int
hc_plain_memcmp(const void *a, const void *b, size_t n)
{
	UNWATCHED(int, memcmp(a, b, n));
}

size_t hc_plain_strlen(const char *);
size_t
hc_plain_strlen(const char *s)
{
	UNWATCHED(size_t, strlen(s));
}

int hc_plain_strcmp(const char *, const char *);
int
hc_plain_strcmp(const char *a, const char *b)
{
	UNWATCHED(int, strcmp(a, b));
}

int hc_plain_strncmp(const char *, const char *, size_t);
int
hc_plain_strncmp(const char *a, const char *b, size_t n)
{
	UNWATCHED(int, strncmp(a, b, n));
}

char *hc_plain_strchr(const char *, int);
char *
hc_plain_strchr(const char *s, int c)
{
	UNWATCHED(char *, strchr(s, c));
}

char *hc_plain_strrchr(const char *, int);
char *
hc_plain_strrchr(const char *s, int c)
{
	UNWATCHED(char *, strrchr(s, c));
}

char *hc_plain_strstr(const char *, const char *);
char *
hc_plain_strstr(const char *s, const char *what)
{
	UNWATCHED(char *, strstr(s, what));
}

char *hc_plain_strcpy(char *, const char *);
char *
hc_plain_strcpy(char *to, const char *from)
{
	UNWATCHED(char *, strcpy(to, from));
}

char *hc_plain_strncpy(char *, const char *, size_t);
char *
hc_plain_strncpy(char *to, const char *from, size_t n)
{
	UNWATCHED(char *, strncpy(to, from, n));
}

char *hc_plain_strcat(char *, const char *);
char *
hc_plain_strcat(char *to, const char *from)
{
	UNWATCHED(char *, strcat(to, from));
}

char *hc_plain_strdup(const char *);
char *
hc_plain_strdup(const char *s)
{
	UNWATCHED(char *, strdup(s));
}

int hc_plain_vsnprintf(char *, size_t, const char *, va_list);
int
hc_plain_vsnprintf(char *to, size_t n, const char *fmt, va_list ap)
{
	UNWATCHED(int, vsnprintf(to, n, fmt, ap));
}

int hc_plain_snprintf(char *, size_t, const char *, ...);
int
hc_plain_snprintf(char *to, size_t n, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = hc_plain_vsnprintf(to, n, fmt, ap);
	va_end(ap);
	return (len);
}

void *hc_plain_malloc(size_t);
void *
hc_plain_malloc(size_t n)
{
	UNWATCHED(void *, malloc(n));
}

void *hc_plain_calloc(size_t, size_t);
void *
hc_plain_calloc(size_t n, size_t size)
{
	UNWATCHED(void *, calloc(n, size));
}

void *hc_plain_realloc(void *, size_t);
void *
hc_plain_realloc(void *p, size_t n)
{
	UNWATCHED(void *, realloc(p, n));
}

void hc_plain_free(void *);
void
hc_plain_free(void *p)
{
	mc_ignore_begin();
	free(p);
	mc_ignore_end();
}
