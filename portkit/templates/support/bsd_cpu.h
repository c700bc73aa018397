/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

#ifndef _BSD_CPU_H
#define	_BSD_CPU_H

/*
 * What FreeBSD drivers of x86 hardware ask of the CPUs: bit operations, a
 * function on every CPU, and an interrupt vector of their own.
 */

#include <sys/types.h>
#include <sys/atomic.h>
#include <sys/dditypes.h>
#include <sys/machlock.h>
#include <sys/ddi_intr.h>
#include <sys/x86_archext.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * For mutex_init(9F) of a mutex that an interrupt handler may take: the highest
 * priority whose handlers run as threads, and so may block.
 */
#define	BSD_INTR_PRI	DDI_INTR_PRI(LOCK_LEVEL)

/*
 * What we run on, as get_hwenv() said when the module that holds this code was
 * loaded; that module's linkage has it.  It is a variable because a driver that
 * finds it cannot use its hypervisor says so to others by changing it.
 */
extern int vm_guest;

/* No barrier; we wait for all CPUs between the steps in any case. */
#define	smp_no_rendezvous_barrier	((void (*)(void *))NULL)

extern int bsd_cpu_init(void);
extern void bsd_cpu_fini(void);

extern void bsd_smp_rendezvous(void (*)(void *), void (*)(void *),
    void (*)(void *), void *);
extern int bsd_smp_rendezvous_late(void (*)(void *), void *);
extern void bsd_smp_rendezvous_cancel(void (*)(void *), void *);

extern void bsd_intrcnt_add(const char *, ulong_t **);
extern int bsd_intr_vector_alloc(uint_t (*)(caddr_t, caddr_t), caddr_t,
    const char *, int *);
extern void bsd_intr_vector_free(uint_t (*)(caddr_t, caddr_t), int);

/*
 * Set or clear bit `bit' (modulo the size of the word).  Returns nonzero if it
 * was set before.  For longs there are atomic_set_long_excl(9F) and
 * atomic_clear_long_excl(9F).
 */
static inline int
atomic_testandset_int(volatile uint_t *p, uint_t bit)
{
	uint_t mask = 1U << (bit & 0x1f);
	uint_t old;

	do {
		old = *p;
	} while (atomic_cas_uint(p, old, old | mask) != old);
	return ((old & mask) != 0);
}

static inline int
atomic_testandclear_int(volatile uint_t *p, uint_t bit)
{
	uint_t mask = 1U << (bit & 0x1f);
	uint_t old;

	do {
		old = *p;
	} while (atomic_cas_uint(p, old, old & ~mask) != old);
	return ((old & mask) != 0);
}

#ifdef __cplusplus
}
#endif

#endif	/* _BSD_CPU_H */
