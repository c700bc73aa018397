/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Translations of addresses: hat_getpfnum(kas.a_hat, va) gives the page frame
 * of a kernel address.
 */

#ifndef _VM_HAT_H
#define	_VM_HAT_H

#include <sys/types.h>
#include <sys/t_lock.h>
#include <vm/page.h>

struct hat;
struct as;
#define	HAT_LOAD	0x0
#define	HAT_LOAD_LOCK	0x1
#define	HAT_LOAD_NOCONSIST	0x20
#define	HAT_STRICTORDER	0x0
#define	HAT_UNORDERED_OK	0x100
#define	HAT_MERGING_OK	0x200
#define	HAT_LOADCACHING_OK	0x300
#define	HAT_STORECACHING_OK	0x400
#define	HAT_UNLOAD	0x0
#define	HAT_UNLOAD_UNLOCK	0x4
pfn_t hat_getpfnum(struct hat *, caddr_t);
uint_t hat_getattr(struct hat *, caddr_t, uint_t *);
void hat_setattr(struct hat *, caddr_t, size_t, uint_t);
void hat_clrattr(struct hat *, caddr_t, size_t, uint_t);
void hat_chgattr(struct hat *, caddr_t, size_t, uint_t);
int hat_probe(struct hat *, caddr_t);
void hat_devload(struct hat *, caddr_t, size_t, pfn_t, uint_t, int);
void hat_unload(struct hat *, caddr_t, size_t, uint_t);
void hat_memload(struct hat *, caddr_t, struct page *, uint_t, uint_t);
pfn_t va_to_pfn(void *);

/* What else a driver may expect from this header. */
#include <sys/kstat.h>
#include <sys/feature_tests.h>
#include <sys/types32.h>

#endif	/* _VM_HAT_H */
