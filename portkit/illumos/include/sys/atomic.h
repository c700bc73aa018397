/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Atomic operations and memory barriers: atomic_ops(9F), membar_ops(9F).
 * Those named _nv return the new value; atomic_cas_*() and atomic_swap_*()
 * return the old one.
 */

#ifndef _SYS_ATOMIC_H
#define	_SYS_ATOMIC_H

#include <sys/types.h>
#include <sys/inttypes.h>

/* Increment and decrement: atomic_inc(9F), atomic_dec(9F). */
void atomic_inc_8(volatile uint8_t *);
void atomic_inc_uchar(volatile uchar_t *);
void atomic_inc_16(volatile uint16_t *);
void atomic_inc_ushort(volatile ushort_t *);
void atomic_inc_32(volatile uint32_t *);
void atomic_inc_uint(volatile uint_t *);
void atomic_inc_ulong(volatile ulong_t *);
void atomic_inc_64(volatile uint64_t *);
void atomic_dec_8(volatile uint8_t *);
void atomic_dec_uchar(volatile uchar_t *);
void atomic_dec_16(volatile uint16_t *);
void atomic_dec_ushort(volatile ushort_t *);
void atomic_dec_32(volatile uint32_t *);
void atomic_dec_uint(volatile uint_t *);
void atomic_dec_ulong(volatile ulong_t *);
void atomic_dec_64(volatile uint64_t *);
uint8_t atomic_inc_8_nv(volatile uint8_t *);
uchar_t atomic_inc_uchar_nv(volatile uchar_t *);
uint16_t atomic_inc_16_nv(volatile uint16_t *);
ushort_t atomic_inc_ushort_nv(volatile ushort_t *);
uint32_t atomic_inc_32_nv(volatile uint32_t *);
uint_t atomic_inc_uint_nv(volatile uint_t *);
ulong_t atomic_inc_ulong_nv(volatile ulong_t *);
uint64_t atomic_inc_64_nv(volatile uint64_t *);
uint8_t atomic_dec_8_nv(volatile uint8_t *);
uchar_t atomic_dec_uchar_nv(volatile uchar_t *);
uint16_t atomic_dec_16_nv(volatile uint16_t *);
ushort_t atomic_dec_ushort_nv(volatile ushort_t *);
uint32_t atomic_dec_32_nv(volatile uint32_t *);
uint_t atomic_dec_uint_nv(volatile uint_t *);
ulong_t atomic_dec_ulong_nv(volatile ulong_t *);
uint64_t atomic_dec_64_nv(volatile uint64_t *);

/* Add: atomic_add(9F). */
void atomic_add_8(volatile uint8_t *, int8_t);
void atomic_add_char(volatile uchar_t *, signed char);
void atomic_add_16(volatile uint16_t *, int16_t);
void atomic_add_short(volatile ushort_t *, short);
void atomic_add_32(volatile uint32_t *, int32_t);
void atomic_add_int(volatile uint_t *, int);
void atomic_add_ptr(volatile void *, ssize_t);
void atomic_add_long(volatile ulong_t *, long);
void atomic_add_64(volatile uint64_t *, int64_t);
uint8_t atomic_add_8_nv(volatile uint8_t *, int8_t);
uchar_t atomic_add_char_nv(volatile uchar_t *, signed char);
uint16_t atomic_add_16_nv(volatile uint16_t *, int16_t);
ushort_t atomic_add_short_nv(volatile ushort_t *, short);
uint32_t atomic_add_32_nv(volatile uint32_t *, int32_t);
uint_t atomic_add_int_nv(volatile uint_t *, int);
void *atomic_add_ptr_nv(volatile void *, ssize_t);
ulong_t atomic_add_long_nv(volatile ulong_t *, long);
uint64_t atomic_add_64_nv(volatile uint64_t *, int64_t);

/* Logical or and and: atomic_or(9F), atomic_and(9F), atomic_bits(9F). */
void atomic_or_8(volatile uint8_t *, uint8_t);
void atomic_or_uchar(volatile uchar_t *, uchar_t);
void atomic_or_16(volatile uint16_t *, uint16_t);
void atomic_or_ushort(volatile ushort_t *, ushort_t);
void atomic_or_32(volatile uint32_t *, uint32_t);
void atomic_or_uint(volatile uint_t *, uint_t);
void atomic_or_ulong(volatile ulong_t *, ulong_t);
void atomic_or_64(volatile uint64_t *, uint64_t);
void atomic_and_8(volatile uint8_t *, uint8_t);
void atomic_and_uchar(volatile uchar_t *, uchar_t);
void atomic_and_16(volatile uint16_t *, uint16_t);
void atomic_and_ushort(volatile ushort_t *, ushort_t);
void atomic_and_32(volatile uint32_t *, uint32_t);
void atomic_and_uint(volatile uint_t *, uint_t);
void atomic_and_ulong(volatile ulong_t *, ulong_t);
void atomic_and_64(volatile uint64_t *, uint64_t);
uint8_t atomic_or_8_nv(volatile uint8_t *, uint8_t);
uchar_t atomic_or_uchar_nv(volatile uchar_t *, uchar_t);
uint16_t atomic_or_16_nv(volatile uint16_t *, uint16_t);
ushort_t atomic_or_ushort_nv(volatile ushort_t *, ushort_t);
uint32_t atomic_or_32_nv(volatile uint32_t *, uint32_t);
uint_t atomic_or_uint_nv(volatile uint_t *, uint_t);
ulong_t atomic_or_ulong_nv(volatile ulong_t *, ulong_t);
uint64_t atomic_or_64_nv(volatile uint64_t *, uint64_t);
uint8_t atomic_and_8_nv(volatile uint8_t *, uint8_t);
uchar_t atomic_and_uchar_nv(volatile uchar_t *, uchar_t);
uint16_t atomic_and_16_nv(volatile uint16_t *, uint16_t);
ushort_t atomic_and_ushort_nv(volatile ushort_t *, ushort_t);
uint32_t atomic_and_32_nv(volatile uint32_t *, uint32_t);
uint_t atomic_and_uint_nv(volatile uint_t *, uint_t);
ulong_t atomic_and_ulong_nv(volatile ulong_t *, ulong_t);
uint64_t atomic_and_64_nv(volatile uint64_t *, uint64_t);

/* Compare and swap, and swap: atomic_cas(9F), atomic_swap(9F). */
uint8_t atomic_cas_8(volatile uint8_t *, uint8_t, uint8_t);
uchar_t atomic_cas_uchar(volatile uchar_t *, uchar_t, uchar_t);
uint16_t atomic_cas_16(volatile uint16_t *, uint16_t, uint16_t);
ushort_t atomic_cas_ushort(volatile ushort_t *, ushort_t, ushort_t);
uint32_t atomic_cas_32(volatile uint32_t *, uint32_t, uint32_t);
uint_t atomic_cas_uint(volatile uint_t *, uint_t, uint_t);
void *atomic_cas_ptr(volatile void *, void *, void *);
ulong_t atomic_cas_ulong(volatile ulong_t *, ulong_t, ulong_t);
uint64_t atomic_cas_64(volatile uint64_t *, uint64_t, uint64_t);
uint8_t atomic_swap_8(volatile uint8_t *, uint8_t);
uchar_t atomic_swap_uchar(volatile uchar_t *, uchar_t);
uint16_t atomic_swap_16(volatile uint16_t *, uint16_t);
ushort_t atomic_swap_ushort(volatile ushort_t *, ushort_t);
uint32_t atomic_swap_32(volatile uint32_t *, uint32_t);
uint_t atomic_swap_uint(volatile uint_t *, uint_t);
void *atomic_swap_ptr(volatile void *, void *);
ulong_t atomic_swap_ulong(volatile ulong_t *, ulong_t);
uint64_t atomic_swap_64(volatile uint64_t *, uint64_t);

/* Set or clear a bit; -1 where it was that way already: atomic_bits(9F). */
int atomic_set_long_excl(volatile ulong_t *, uint_t);
int atomic_clear_long_excl(volatile ulong_t *, uint_t);

/* Barriers: membar_ops(9F). */
void membar_enter(void);
void membar_exit(void);
void membar_producer(void);
void membar_consumer(void);

#endif	/* _SYS_ATOMIC_H */
