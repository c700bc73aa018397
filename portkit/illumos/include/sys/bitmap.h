/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Bitmaps of words as long as a pointer.
 */

#ifndef _SYS_BITMAP_H
#define	_SYS_BITMAP_H

#include <sys/types.h>

#define	BT_NBIPUL	0x40
#define	BT_ULSHIFT	6
#define	BT_ULMASK	63
#define	BT_BITOUL(nbits)	(((nbits) + BT_NBIPUL - 1) >> BT_ULSHIFT)
#define	BT_SIZEOFMAP(nbits)	(BT_BITOUL(nbits) * sizeof (ulong_t))
#define	BT_WIM(map, index)	((map)[(index) >> BT_ULSHIFT])
#define	BT_BIW(index)		(1UL << ((index) & BT_ULMASK))
#define	BT_TEST(map, index)	((BT_WIM(map, index) & BT_BIW(index)) != 0)
#define	BT_SET(map, index)	{ BT_WIM(map, index) |= BT_BIW(index); }
#define	BT_CLEAR(map, index)	{ BT_WIM(map, index) &= ~BT_BIW(index); }
#define	BT_ATOMIC_SET(map, index)	\
	{ atomic_or_ulong(&BT_WIM(map, index), BT_BIW(index)); }
#define	BT_ATOMIC_CLEAR(map, index)	\
	{ atomic_and_ulong(&BT_WIM(map, index), ~BT_BIW(index)); }
#define	BT_ATOMIC_SET_EXCL(map, index, result)	\
	{ (result) = atomic_set_long_excl(&BT_WIM(map, index), \
	(index) % BT_NBIPUL); }
#define	BT_ATOMIC_CLEAR_EXCL(map, index, result)	\
	{ (result) = atomic_clear_long_excl(&BT_WIM(map, index), \
	(index) % BT_NBIPUL); }
int highbit(ulong_t);
int highbit64(uint64_t);
int lowbit(ulong_t);
int odd_parity(ulong_t);

/* What else a driver may expect from this header. */
#include <sys/feature_tests.h>
#include <sys/atomic.h>

#endif	/* _SYS_BITMAP_H */
