/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Numbers in strings: ddi_strtol(9F) and its family, stoi(9F), numtos(9F).
 */

#include <sys/types.h>
#include <sys/errno.h>
#include <sys/systm.h>
#include <sys/sunddi.h>

static int
digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'a' && c <= 'z')
		return (c - 'a' + 10);
	if (c >= 'A' && c <= 'Z')
		return (c - 'A' + 10);
	return (36);
}

/*
 * The magnitude and the sign. Returns 0, EINVAL when there is no number, ERANGE
 * when it does not fit in 64 bits.
 */
static int
parse(const char *str, char **end, int base, uint64_t *value, boolean_t *minus)
{
	const char *s = str;
	boolean_t any = B_FALSE, over = B_FALSE;
	uint64_t n = 0;
	int digit;

	if (end != NULL)
		*end = (char *)str;
	if (base != 0 && (base < 2 || base > 36))
		return (EINVAL);
	while (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r' ||
	    *s == '\f')
		s++;
	*minus = *s == '-';
	if (*s == '-' || *s == '+')
		s++;
	if ((base == 0 || base == 16) && s[0] == '0' &&
	    (s[1] == 'x' || s[1] == 'X') && digit_of(s[2]) < 16) {
		s += 2;
		base = 16;
	}
	if (base == 0)
		base = *s == '0' ? 8 : 10;
	for (; (digit = digit_of(*s)) < base; s++) {
		any = B_TRUE;
		if (n > (UINT64_MAX - digit) / base)
			over = B_TRUE;
		else
			n = n * base + digit;
	}
	if (!any)
		return (EINVAL);
	if (end != NULL)
		*end = (char *)s;
	*value = n;
	return (over ? ERANGE : 0);
}

int
ddi_strtol(const char *str, char **end, int base, long *result)
{
	uint64_t n;
	boolean_t minus;
	int error = parse(str, end, base, &n, &minus);

	if (error != 0)
		return (error);
	if (n > (uint64_t)LONG_MAX + (minus ? 1 : 0))
		return (ERANGE);
	*result = (long)(minus ? -n : n);
	return (0);
}

int
ddi_strtoul(const char *str, char **end, int base, unsigned long *result)
{
	uint64_t n;
	boolean_t minus;
	int error = parse(str, end, base, &n, &minus);

	if (error == 0)
		*result = minus ? -n : n;
	return (error);
}

int
ddi_strtoll(const char *str, char **end, int base, longlong_t *result)
{
	long n;
	int error = ddi_strtol(str, end, base, &n);

	if (error == 0)
		*result = n;
	return (error);
}

int
ddi_strtoull(const char *str, char **end, int base, u_longlong_t *result)
{
	unsigned long n;
	int error = ddi_strtoul(str, end, base, &n);

	if (error == 0)
		*result = n;
	return (error);
}

/*
 * A decimal number; *str goes to what is behind it.
 */
int
stoi(char **str)
{
	char *s;
	int n = 0;

	for (s = *str; *s >= '0' && *s <= '9'; s++)
		n = n * 10 + *s - '0';
	*str = s;
	return (n);
}

void
numtos(ulong_t n, char *s)
{
	char digits[24];
	int i = 0;

	do {
		digits[i++] = (char)('0' + n % 10);
		n /= 10;
	} while (n != 0);
	while (i > 0)
		*s++ = digits[--i];
	*s = '\0';
}
