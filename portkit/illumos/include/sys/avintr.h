/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Interrupt handlers by vector: add_avintr() puts one on a vector at a
 * priority level, where a DDI interrupt has no node to hang on.
 */

#ifndef _SYS_AVINTR_H
#define	_SYS_AVINTR_H

#include <sys/mutex.h>
#include <sys/dditypes.h>

#define	MAXIPL	16
#define	AV_INT_SPURIOUS	(-1)
#define	INT_IPL(pri)	(pri)
typedef uint_t (*avfunc)(caddr_t, caddr_t);
int add_avintr(void *, int, avfunc, char *, int, caddr_t, caddr_t, uint64_t *,
    dev_info_t *);
int add_nmintr(int, avfunc, char *, caddr_t);
int add_avsoftintr(void *, int, avfunc, char *, caddr_t, caddr_t);
int rem_avsoftintr(void *, int, avfunc);
void rem_avintr(void *, int, avfunc, int);
void wait_till_seen(int);

/* What else a driver may expect from this header. */
#include <sys/ddi_intr.h>

#endif	/* _SYS_AVINTR_H */
