/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The formatting behind cmn_err(9F) and sprintf(9F).
 *
 * It is less than C's: no %i, no j, t and z, no #, + and space. illumos skips
 * what it does not know and takes no argument for it, so all conversions behind
 * that one get the wrong argument. That is reported, and then formatted as was
 * meant. Oddities of illumos stay: a precision pads strings, %c has no width.
 */

#include "kern.h"

struct out {
	char	*o_buf;
	size_t	o_size;
	size_t	o_len;		/* of all, whether or not it fits */
};

struct spec {
	int		sp_width;
	int		sp_prec;
	boolean_t	sp_dot;
	boolean_t	sp_left;
	char		sp_pad;
	int		sp_long;	/* -2 char, -1 short, 1 long */
	boolean_t	sp_upper;
};

/*
 * A message has one line: the format, up to its first newline.
 */
static void
unknown(const char *what, const char *fmt)
{
	int n = 0;

	while (fmt[n] != '\0' && fmt[n] != '\n')
		n++;
	hc_violation("message", "illumos has no %%%s (sprintf(9F)): \"%.*s\"",
	    what, n, fmt);
}

static void
put_char(struct out *o, char c)
{
	if (o->o_len + 1 < o->o_size)
		o->o_buf[o->o_len] = c;
	o->o_len++;
}

static void
pad(struct out *o, char c, int n)
{
	while (n-- > 0)
		put_char(o, c);
}

static void
put_string(struct out *o, const struct spec *sp, const char *s)
{
	int width = sp->sp_width, n = 0;
	int most = sp->sp_prec > 0 ? sp->sp_prec : INT32_MAX;

	if (s == NULL) {
		s = "<null string>";
		most = INT32_MAX;
	} else if (sp->sp_prec > width) {
		width = sp->sp_prec;
	}
	while (n < most && s[n] != '\0')
		n++;
	if (!sp->sp_left)
		pad(o, ' ', width - n);
	width -= n;
	while (n-- > 0)
		put_char(o, *s++);
	if (sp->sp_left)
		pad(o, ' ', width);
}

static void
put_number(struct out *o, const struct spec *sp, uint64_t n, uint_t base,
    boolean_t negative)
{
	const char *digits = sp->sp_upper ? "0123456789ABCDEF" :
	    "0123456789abcdef";
	char text[65], *p = text;
	int width, len;

	if (base < 2 || base > 16)
		base = 16;
	do {
		*p++ = digits[n % base];
	} while ((n /= base) != 0);
	len = (int)(p - text);
	width = sp->sp_width - (sp->sp_prec > len ? sp->sp_prec : len) -
	    (negative ? 1 : 0);
	if (negative && sp->sp_pad == '0')
		put_char(o, '-');
	if (!sp->sp_left)
		pad(o, sp->sp_pad, width);
	if (negative && sp->sp_pad != '0')
		put_char(o, '-');
	pad(o, '0', sp->sp_prec - len);
	while (p > text)
		put_char(o, *--p);
	if (sp->sp_left)
		pad(o, ' ', width);
}

/*
 * %b: the names of the bits that are set. A number of a bit, and its name up to
 * the next character below a space.
 */
static void
put_bits(struct out *o, uint64_t n, const char *names)
{
	boolean_t any = B_FALSE;
	char bit;

	while ((bit = *names++) != '\0') {
		if ((n & (1ULL << (bit - 1))) != 0) {
			put_char(o, any ? ',' : '<');
			any = B_TRUE;
			while ((uchar_t)*names >= ' ')
				put_char(o, *names++);
		} else {
			while ((uchar_t)*names >= ' ')
				names++;
		}
	}
	if (any)
		put_char(o, '>');
}

/*
 * A flag, width, precision or length modifier; where it ends, or NULL when the
 * next character is none.
 */
static const char *
parse_modifier(const char *p, struct spec *sp, va_list *ap, const char *fmt)
{
	char name[2] = "";
	int n;

	switch (*p) {
	case '-':
		sp->sp_left = B_TRUE;
		return (p + 1);
	case '.':
		sp->sp_dot = B_TRUE;
		return (p + 1);
	case '*':
		n = va_arg(*ap, int);
		if (sp->sp_dot) {
			sp->sp_prec = n > 0 ? n : 0;
		} else {
			sp->sp_left = sp->sp_left || n < 0;
			sp->sp_width = n < 0 ? -n : n;
		}
		return (p + 1);
	case 'l':
		sp->sp_long++;
		return (p + 1);
	case 'h':
		sp->sp_long--;
		return (p + 1);
	case 'j':
	case 'z':
	case 't':
		sp->sp_long = 1;
		/* FALLTHROUGH */
	case '#':
	case '+':
	case ' ':
		name[0] = *p;
		unknown(name, fmt);
		return (p + 1);
	default:
		break;
	}
	if (*p < '0' || *p > '9')
		return (NULL);
	if (*p == '0' && !sp->sp_dot)
		sp->sp_pad = '0';
	for (n = 0; *p >= '0' && *p <= '9'; p++)
		n = 10 * n + *p - '0';
	if (sp->sp_dot)
		sp->sp_prec = n;
	else
		sp->sp_width = n;
	return (p);
}

static uint64_t
get_number(const struct spec *sp, boolean_t is_signed, va_list *ap)
{
	int n;

	if (sp->sp_long > 0)
		return ((uint64_t)va_arg(*ap, long));
	n = va_arg(*ap, int);
	switch (sp->sp_long) {
	case 0:
		return (is_signed ? (uint64_t)(int64_t)n : (uint64_t)(uint_t)n);
	case -1:
		return (is_signed ? (uint64_t)(int64_t)(short)n :
		    (uint64_t)(ushort_t)n);
	default:
		return (is_signed ? (uint64_t)(int64_t)(signed char)n :
		    (uint64_t)(uchar_t)n);
	}
}

static void
convert(struct out *o, struct spec *sp, char c, va_list *ap, const char *fmt)
{
	boolean_t negative;
	char name[2] = "";
	const char *bits;
	uint64_t n;

	if (c >= 'A' && c <= 'Z') {
		sp->sp_upper = B_TRUE;
		c += 'a' - 'A';
	}
	switch (c) {
	case 'i':
		unknown("i", fmt);
		/* FALLTHROUGH */
	case 'd':
		n = get_number(sp, B_TRUE, ap);
		negative = (int64_t)n < 0;
		put_number(o, sp, negative ? -n : n, 10, negative);
		break;
	case 'u':
		put_number(o, sp, get_number(sp, B_FALSE, ap), 10, B_FALSE);
		break;
	case 'o':
		put_number(o, sp, get_number(sp, B_FALSE, ap), 8, B_FALSE);
		break;
	case 'p':
		sp->sp_long = 1;
		/* FALLTHROUGH */
	case 'x':
		put_number(o, sp, get_number(sp, B_FALSE, ap), 16, B_FALSE);
		break;
	case 'b':
		sp->sp_long = 0;
		n = get_number(sp, B_FALSE, ap);
		bits = va_arg(*ap, char *);
		put_number(o, sp, n, (uchar_t)*bits, B_FALSE);
		if (*bits != '\0')
			put_bits(o, n, bits + 1);
		break;
	case 'c':
		put_char(o, (char)va_arg(*ap, int));
		break;
	case 's':
		put_string(o, sp, va_arg(*ap, char *));
		break;
	case '%':
		put_char(o, '%');
		break;
	default:
		name[0] = sp->sp_upper ? c - 'a' + 'A' : c;
		unknown(name, fmt);
		break;
	}
}

/*
 * As vsnprintf(9F): at most size bytes with the NUL, and the length of all.
 */
size_t
kprintf_format(char *buf, size_t size, const char *fmt, va_list aargs)
{
	struct out o = { buf, size, 0 };
	const char *p, *next;
	struct spec sp;
	va_list ap;

	va_copy(ap, aargs);
	for (p = fmt; *p != '\0'; p++) {
		if (*p != '%') {
			put_char(&o, *p);
			continue;
		}
		memset(&sp, 0, sizeof (sp));
		sp.sp_pad = ' ';
		p++;
		while ((next = parse_modifier(p, &sp, &ap, fmt)) != NULL)
			p = next;
		if (*p == '\0') {
			unknown("(end of the format)", fmt);
			break;
		}
		convert(&o, &sp, *p, &ap, fmt);
	}
	va_end(ap);
	if (size > 0)
		buf[o.o_len < size ? o.o_len : size - 1] = '\0';
	return (o.o_len);
}
