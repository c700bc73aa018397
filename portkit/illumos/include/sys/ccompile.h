/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Compiler attributes under the names that illumos source uses.
 */

#ifndef _SYS_CCOMPILE_H
#define	_SYS_CCOMPILE_H

/*
 * The kernel's %b takes two arguments, a number and the names of its bits,
 * where a compiler's printf check knows none or one.
 */
#ifdef	__clang__
#pragma clang diagnostic ignored "-Wformat-invalid-specifier"
#endif
#pragma GCC diagnostic ignored "-Wformat-extra-args"

/*
 * What a function or a variable promises. Sun's names come first; those
 * with the leading underscores alone are the ones that BSD code uses too.
 */
#define	__KPRINTFLIKE(n)	__attribute__((__format__(printf, n, (n) + 1)))
#define	__KVPRINTFLIKE(n)	__attribute__((__format__(printf, n, 0)))
#define	__PRINTFLIKE(n)		__KPRINTFLIKE(n)
#define	__VPRINTFLIKE(n)	__KVPRINTFLIKE(n)
#define	__NORETURN		__attribute__((__noreturn__))
#define	__CONST			__attribute__((const))
#define	__PURE			__attribute__((pure))
#define	__GNU_INLINE		__inline__ __attribute__((__gnu_inline__))
#define	__unused		__attribute__((__unused__))
#define	__used			__attribute__((__used__))
#define	__packed		__attribute__((packed))
#define	__aligned(x)		__attribute__((aligned(x)))
#define	__returns_twice		__attribute__((__returns_twice__))

#endif	/* _SYS_CCOMPILE_H */
