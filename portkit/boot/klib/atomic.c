/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * atomic_ops(9F) and membar_ops(9F).
 *
 * The compiler's builtins, so that the thread sanitizer knows them for
 * synchronisation. It does not know fences: those are told to it as the release
 * and the acquisition of one object that all barriers share. What a driver
 * publishes with membar_producer() and looks for with membar_consumer() is in
 * order then; a plain flag that says so is still a race, and is one.
 */

#include <sys/types.h>
#include <sys/atomic.h>
#include "../machine/machine.h"

void membar_sync(void);

/* The end of the name, the type, and the type of what is added. */
#define	EACH_TYPE(OP)							\
	OP(_8, uint8_t, int8_t)						\
	OP(_16, uint16_t, int16_t)					\
	OP(_32, uint32_t, int32_t)					\
	OP(_64, uint64_t, int64_t)

#define	EACH_UNSIGNED(OP)						\
	OP(_uchar, uchar_t)						\
	OP(_ushort, ushort_t)						\
	OP(_uint, uint_t)						\
	OP(_ulong, ulong_t)						\
	OP(_8, uint8_t)							\
	OP(_16, uint16_t)						\
	OP(_32, uint32_t)						\
	OP(_64, uint64_t)

#define	ORDER	__ATOMIC_SEQ_CST

#define	INC(n, t)							\
void									\
atomic_inc##n(volatile t *p)						\
{									\
	(void) __atomic_add_fetch(p, 1, ORDER);				\
}									\
t									\
atomic_inc##n##_nv(volatile t *p)					\
{									\
	return (__atomic_add_fetch(p, 1, ORDER));			\
}

#define	DEC(n, t)							\
void									\
atomic_dec##n(volatile t *p)						\
{									\
	(void) __atomic_sub_fetch(p, 1, ORDER);				\
}									\
t									\
atomic_dec##n##_nv(volatile t *p)					\
{									\
	return (__atomic_sub_fetch(p, 1, ORDER));			\
}

#define	ADD(n, t, d)							\
void									\
atomic_add##n(volatile t *p, d delta)					\
{									\
	(void) __atomic_add_fetch(p, (t)delta, ORDER);			\
}									\
t									\
atomic_add##n##_nv(volatile t *p, d delta)				\
{									\
	return (__atomic_add_fetch(p, (t)delta, ORDER));		\
}

#define	BITS(n, t)							\
void									\
atomic_or##n(volatile t *p, t bits)					\
{									\
	(void) __atomic_or_fetch(p, bits, ORDER);			\
}									\
t									\
atomic_or##n##_nv(volatile t *p, t bits)				\
{									\
	return (__atomic_or_fetch(p, bits, ORDER));			\
}									\
void									\
atomic_and##n(volatile t *p, t bits)					\
{									\
	(void) __atomic_and_fetch(p, bits, ORDER);			\
}									\
t									\
atomic_and##n##_nv(volatile t *p, t bits)				\
{									\
	return (__atomic_and_fetch(p, bits, ORDER));			\
}

/* Both return what was there before. */
#define	SWAP(n, t)							\
t									\
atomic_cas##n(volatile t *p, t expected, t new)				\
{									\
	(void) __atomic_compare_exchange_n(p, &expected, new, 0, ORDER,	\
	    ORDER);							\
	return (expected);						\
}									\
t									\
atomic_swap##n(volatile t *p, t new)					\
{									\
	return (__atomic_exchange_n(p, new, ORDER));			\
}

EACH_UNSIGNED(INC);
EACH_UNSIGNED(DEC);
EACH_UNSIGNED(BITS);
EACH_UNSIGNED(SWAP);
EACH_TYPE(ADD);
ADD(_char, uchar_t, signed char);
ADD(_short, ushort_t, short);
ADD(_int, uint_t, int);
ADD(_long, ulong_t, long);

void
atomic_add_ptr(volatile void *p, ssize_t delta)
{
	(void) __atomic_add_fetch((volatile ulong_t *)p, delta, ORDER);
}

void *
atomic_add_ptr_nv(volatile void *p, ssize_t delta)
{
	return ((void *)__atomic_add_fetch((volatile ulong_t *)p, delta,
	    ORDER));
}

void *
atomic_cas_ptr(volatile void *p, void *expected, void *new)
{
	return ((void *)atomic_cas_ulong((volatile ulong_t *)p,
	    (ulong_t)expected, (ulong_t)new));
}

void *
atomic_swap_ptr(volatile void *p, void *new)
{
	return ((void *)atomic_swap_ulong((volatile ulong_t *)p,
	    (ulong_t)new));
}

/*
 * 0, or -1 where the bit was that way already.
 */
int
atomic_set_long_excl(volatile ulong_t *p, uint_t bit)
{
	ulong_t mask = 1UL << bit;

	return ((__atomic_fetch_or(p, mask, ORDER) & mask) != 0 ? -1 : 0);
}

int
atomic_clear_long_excl(volatile ulong_t *p, uint_t bit)
{
	ulong_t mask = 1UL << bit;

	return ((__atomic_fetch_and(p, ~mask, ORDER) & mask) == 0 ? -1 : 0);
}

static char barrier;

static void
fence(int release, int acquire)
{
	__asm__ __volatile__("mfence" : : : "memory");
	if (release)
		hc_hb_release(&barrier);
	hc_point();
	if (acquire)
		hc_hb_acquire(&barrier);
}

void
membar_producer(void)
{
	fence(1, 0);
}

void
membar_consumer(void)
{
	fence(0, 1);
}

void
membar_enter(void)
{
	fence(1, 1);
}

void
membar_exit(void)
{
	fence(1, 1);
}

void
membar_sync(void)
{
	fence(1, 1);
}
