/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Numbers: the greater and the lesser, rounding, device numbers, and the
 * place of a member in its structure.
 */

#ifndef _SYS_SYSMACROS_H
#define	_SYS_SYSMACROS_H

#include <sys/param.h>
#include <sys/stddef.h>

#ifndef	MIN
#define	MIN(x, y)	((x) <= (y) ? (x) : (y))
#endif
#ifndef	MAX
#define	MAX(x, y)	((x) >= (y) ? (x) : (y))
#endif
#ifndef	ABS
#define	ABS(x)		((x) >= 0 ? (x) : -(x))
#endif
#ifndef	SIGNOF
#define	SIGNOF(x)	(((x) > 0) - ((x) < 0))
#endif
#ifndef	howmany
#define	howmany(x, y)	(((x) + ((y) - 1)) / (y))
#endif

/* Binary coded decimal, as clock chips use it. */
extern unsigned char byte_to_bcd[256];
extern unsigned char bcd_to_byte[256];
#define	BYTE_TO_BCD(n)	(byte_to_bcd[(uchar_t)(n)])
#define	BCD_TO_BYTE(n)	(bcd_to_byte[(uchar_t)(n)])

/* Device numbers: getmajor(9F), makedevice(9F). */
#define	L_BITSMAJOR32	14
#define	L_BITSMINOR32	18
#define	L_MAXMAJ32	0x3fff
#define	L_MAXMIN32	0x3ffff
#define	L_BITSMAJOR	32
#define	L_BITSMINOR	32
#define	L_MAXMAJ	0xffffffffUL
#define	L_MAXMIN	0xffffffffUL
#define	O_BITSMAJOR	7
#define	O_BITSMINOR	8
#define	O_MAXMAJ	0x7f
#define	O_MAXMIN	0xff
#ifndef	_SYS_DDI_H
#define	getmajor(x)	((major_t)(((dev_t)(x) >> L_BITSMINOR) & L_MAXMAJ))
#define	getminor(x)	((minor_t)((x) & L_MAXMIN))
#define	makedevice(x, y) \
	((dev_t)(((dev_t)(x) << L_BITSMINOR) | ((y) & L_MAXMIN)))
#endif

/* Alignment to a power of two: of a plain value, and of one made a type. */
#define	ISP2(n)			(!((n) & ((n) - 1)))
#define	IS_P2ALIGNED(v, a)	(!((uintptr_t)(v) & ((uintptr_t)(a) - 1)))
#define	P2PHASE(n, a)		((n) & ((a) - 1))
#define	P2NPHASE(n, a)		((0 - (n)) & ((a) - 1))
#define	P2ALIGN(n, a)		((n) & ~((a) - 1))
#define	P2ROUNDUP(n, a)		(((n) + ((a) - 1)) & ~((a) - 1))
#define	P2END(n, a)		(((n) & ~((a) - 1)) + (a))
#define	P2BOUNDARY(start, length, a)	\
	(P2ALIGN(start, a) != P2ALIGN((start) + (length) - 1, a))
#define	P2PHASE_TYPED(n, a, type)	P2PHASE((type)(n), (type)(a))
#define	P2ALIGN_TYPED(n, a, type)	P2ALIGN((type)(n), (type)(a))
#define	P2ROUNDUP_TYPED(n, a, type)	P2ROUNDUP((type)(n), (type)(a))
#ifndef	roundup
#define	roundup(x, y)		((((x) + ((y) - 1)) / (y)) * (y))
#endif

#ifndef	ARRAY_SIZE
#define	ARRAY_SIZE(array)	(sizeof (array) / sizeof (*(array)))
#endif

/* Bit fields of one byte, the lowest bits first. */
#define	DECL_BITFIELD2(a, b)		uint8_t a, b
#define	DECL_BITFIELD3(a, b, c)		uint8_t a, b, c
#define	DECL_BITFIELD4(a, b, c, d)	uint8_t a, b, c, d

#endif	/* _SYS_SYSMACROS_H */
