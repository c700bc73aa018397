/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Checks at run time and at compile time: ASSERT(9F). VERIFY() is always
 * there, ASSERT() with DEBUG.
 */

#ifndef _SYS_DEBUG_H
#define	_SYS_DEBUG_H

#include <sys/isa_defs.h>
#include <sys/types.h>
#include <sys/note.h>

int assfail(const char *, const char *, int);
void assfail3(const char *, uintmax_t, const char *, uintmax_t, const char *,
    int);

#define	VERIFY(e)	((void)((e) || assfail(#e, __FILE__, __LINE__)))

/*
 * Comparisons that report both values. The type decides how they are taken:
 * B boolean_t, S signed, U unsigned, P pointer.
 */
#define	VERIFY3_IMPL(left, op, right, type) do {			\
	const type _left = (type)(left);				\
	const type _right = (type)(right);				\
	if (!(_left op _right))						\
		assfail3(#left " " #op " " #right, (uintmax_t)_left, #op, \
		    (uintmax_t)_right, __FILE__, __LINE__);		\
_NOTE(CONSTCOND) } while (0)

#define	VERIFY3B(l, op, r)	VERIFY3_IMPL(l, op, r, boolean_t)
#define	VERIFY3S(l, op, r)	VERIFY3_IMPL(l, op, r, int64_t)
#define	VERIFY3U(l, op, r)	VERIFY3_IMPL(l, op, r, uint64_t)
#define	VERIFY3P(l, op, r)	VERIFY3_IMPL(l, op, r, uintptr_t)
#define	VERIFY0(e)		VERIFY3_IMPL(e, ==, 0, uintmax_t)

#ifdef	DEBUG
#define	ASSERT(e)		VERIFY(e)
#define	ASSERT3B(l, op, r)	VERIFY3B(l, op, r)
#define	ASSERT3S(l, op, r)	VERIFY3S(l, op, r)
#define	ASSERT3U(l, op, r)	VERIFY3U(l, op, r)
#define	ASSERT3P(l, op, r)	VERIFY3P(l, op, r)
#define	ASSERT0(e)		VERIFY0(e)
#else
#define	ASSERT(e)		((void)0)
#define	ASSERT3B(l, op, r)	((void)0)
#define	ASSERT3S(l, op, r)	((void)0)
#define	ASSERT3U(l, op, r)	((void)0)
#define	ASSERT3P(l, op, r)	((void)0)
#define	ASSERT0(e)		((void)0)
#endif
#define	ASSERT64(e)		ASSERT(e)
#define	ASSERT32(e)

#define	IMPLY(a, b)	((void)(!(a) || (b) || \
	assfail("(" #a ") implies (" #b ")", __FILE__, __LINE__)))
#define	EQUIV(a, b)	((void)(!!(a) == !!(b) || \
	assfail("(" #a ") is equivalent to (" #b ")", __FILE__, __LINE__)))

/* Does not compile unless the condition holds. */
#define	CTASSERT(e)	_Static_assert(e, #e)

#endif	/* _SYS_DEBUG_H */
