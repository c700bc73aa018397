/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

#ifndef _BSD_ATOMIC_H
#define	_BSD_ATOMIC_H

/*
 * What FreeBSD's atomic(9) has and atomic_ops(9F) lacks: a load or store with
 * an order as one operation, and a compare-and-set that hands back what it
 * found.  The pointers may be of any integer type, hence the macros.
 */

#include <sys/types.h>
#include <sys/atomic.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The loads and stores that follow in the program come after this load. */
/* BEGIN CSTYLED */
#define	bsd_load_acq(p)	__extension__ ({				\
	__typeof__(*(p)) bsd_loaded_ = *(p);				\
	membar_consumer();						\
	bsd_loaded_;							\
})
/* END CSTYLED */

/* The loads and stores before it in the program come before this store. */
#define	bsd_store_rel(p, v)	do {					\
	membar_exit();							\
	*(p) = (v);							\
} while (0)

/* Between an atomic operation and what depends on how it went. */
static inline int
bsd_acquired(int done)
{
	membar_enter();
	return (done);
}

/*
 * Store a new value if *p is still *old, and say whether; if it is not, *old
 * becomes what it was.
 */
#define	BSD_FCMPSET(suffix, type)					\
static inline int							\
bsd_fcmpset_##suffix(volatile type *p, type *old, type new)		\
{									\
	type found;							\
									\
	membar_exit();							\
	found = atomic_cas_##suffix(p, *old, new);			\
	membar_enter();							\
	if (found == *old)						\
		return (1);						\
	*old = found;							\
	return (0);							\
}

/* BEGIN CSTYLED */
BSD_FCMPSET(uint, uint_t)
BSD_FCMPSET(32, uint32_t)
BSD_FCMPSET(ulong, ulong_t)
BSD_FCMPSET(64, uint64_t)
/* END CSTYLED */

#undef	BSD_FCMPSET

#if defined(__amd64)

static inline void
lfence(void)
{
	__asm__ __volatile__("lfence" : : : "memory");
}

static inline void
mfence(void)
{
	__asm__ __volatile__("mfence" : : : "memory");
}

static inline void
sfence(void)
{
	__asm__ __volatile__("sfence" : : : "memory");
}

/* The counter as the processor has it, in cycles. */
static inline uint64_t
rdtsc(void)
{
	uint32_t lo, hi;

	__asm__ __volatile__("rdtsc" : "=a" (lo), "=d" (hi));
	return ((uint64_t)hi << 32 | lo);
}

#endif	/* __amd64 */

#ifdef __cplusplus
}
#endif

#endif	/* _BSD_ATOMIC_H */
