/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Compiler attributes under the names that illumos source uses.
 */

#ifndef _SYS_CCOMPILE_H
#define	_SYS_CCOMPILE_H

/*
 * What a function or a variable promises. Sun's names come first; those
 * with the leading underscores alone are the ones that BSD code uses too.
 * A compiler's printf check does not know the kernel's %b, which takes two
 * arguments: what it says about a format with %b is not to be believed.
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
