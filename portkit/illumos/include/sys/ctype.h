/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Classes of ASCII characters (ctype(3C)), in the kernel's form: a truth
 * value, and no locale.
 */

#ifndef _SYS_CTYPE_H
#define	_SYS_CTYPE_H

#include <sys/types.h>
#include <sys/ccompile.h>

/*
 * A character below the range becomes a large number. 0x20 is what makes a
 * letter a small one.
 */
static __GNU_INLINE boolean_t
isdigit(char c)
{
	return ((uint_t)c - '0' < 10);
}

static __GNU_INLINE boolean_t
islower(char c)
{
	return ((uint_t)c - 'a' < 26);
}

static __GNU_INLINE boolean_t
isupper(char c)
{
	return ((uint_t)c - 'A' < 26);
}

static __GNU_INLINE boolean_t
isalpha(char c)
{
	return (((uint_t)c | 0x20) - 'a' < 26);
}

static __GNU_INLINE boolean_t
isalnum(char c)
{
	return (isdigit(c) || isalpha(c));
}

static __GNU_INLINE boolean_t
isxdigit(char c)
{
	return (isdigit(c) || ((uint_t)c | 0x20) - 'a' < 6);
}

static __GNU_INLINE boolean_t
isprint(char c)
{
	return ((uint_t)c - ' ' <= '~' - ' ');
}

static __GNU_INLINE boolean_t
isspace(char c)
{
	return (c == ' ' || c == '\t' || c == '\n' || c == '\r');
}

#endif	/* _SYS_CTYPE_H */
