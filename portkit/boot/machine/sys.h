/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * System calls without libc between. The sanitizers intercept libc's wrappers:
 * they would take the machine's hand-overs for locks of the driver's, put off
 * signals, and see order where a real machine has none.
 */

#ifndef _HC_SYS_H
#define	_HC_SYS_H

#include <sys/syscall.h>

static inline long
mc_sys6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall" : "=a" (ret)
	    : "a" (nr), "D" (a), "S" (b), "d" (c), "r" (r10), "r" (r8), "r" (r9)
	    : "rcx", "r11", "memory");
	return (ret);
}

#define	mc_sys3(nr, a, b, c)	\
	mc_sys6(nr, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define	mc_sys4(nr, a, b, c, d)	\
	mc_sys6(nr, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

/* memcpy() that nobody watches: of memory with red zones in it, for one. */
static inline void
mc_copy(void *to, const void *from, unsigned long len)
{
	__asm__ volatile("rep movsb" : "+D" (to), "+S" (from), "+c" (len)
	    : : "memory");
}

#endif	/* _HC_SYS_H */
