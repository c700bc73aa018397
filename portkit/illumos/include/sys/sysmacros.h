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
#define	MIN(a, b)	((a) < (b) ? (a) : (b))
#endif
#ifndef	MAX
#define	MAX(a, b)	((a) < (b) ? (b) : (a))
#endif
#ifndef	ABS
#define	ABS(a)		((a) < 0 ? -(a) : (a))
#endif
#ifndef	SIGNOF
#define	SIGNOF(a)	((a) < 0 ? -1 : (a) > 0)
#endif
#ifndef	howmany
#define	howmany(x, y)	(((x) + ((y) - 1)) / (y))
#endif

/* Binary coded decimal, as clock chips use it. */
extern unsigned char byte_to_bcd[256];
extern unsigned char bcd_to_byte[256];
#define	BYTE_TO_BCD(x)	byte_to_bcd[(x) & 0xff]
#define	BCD_TO_BYTE(x)	bcd_to_byte[(x) & 0xff]

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

/* Alignment to a power of two. */
#define	IS_P2ALIGNED(v, a)	((((uintptr_t)(v)) & ((uintptr_t)(a) - 1)) == 0)
#define	ISP2(x)			(((x) & ((x) - 1)) == 0)
#define	P2ALIGN(x, align)	((x) & -(align))
#define	P2PHASE(x, align)	((x) & ((align) - 1))
#define	P2NPHASE(x, align)	(-(x) & ((align) - 1))
#define	P2ROUNDUP(x, align)	(-(-(x) & -(align)))
#define	P2END(x, align)		(-(~(x) & -(align)))
#define	P2BOUNDARY(off, len, align) \
	(((off) ^ ((off) + (len) - 1)) > (align) - 1)
#define	P2ROUNDUP_TYPED(x, align, type)	(-(-(type)(x) & -(type)(align)))
#define	P2ALIGN_TYPED(x, align, type)	((type)(x) & -(type)(align))
#define	P2PHASE_TYPED(x, align, type)	((type)(x) & ((type)(align) - 1))
#ifndef	roundup
#define	roundup(x, y)		((((x) + ((y) - 1)) / (y)) * (y))
#endif

#ifndef	ARRAY_SIZE
#define	ARRAY_SIZE(x)	(sizeof (x) / sizeof ((x)[0]))
#endif

/* Bit fields of one byte, the lowest bits first. */
#define	DECL_BITFIELD2(a, b)		uint8_t a, b
#define	DECL_BITFIELD3(a, b, c)		uint8_t a, b, c
#define	DECL_BITFIELD4(a, b, c, d)	uint8_t a, b, c, d

#endif	/* _SYS_SYSMACROS_H */
