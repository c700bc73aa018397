/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Interrupts of a multiprocessor platform. psm_get_ipivect is NULL where
 * there is one processor, psm_xlate_vector_by_irq where an irq is a vector.
 */

#ifndef _SYS_SMP_IMPLDEFS_H
#define	_SYS_SMP_IMPLDEFS_H

#include <sys/types.h>
#include <sys/sunddi.h>
#include <sys/cpuvar.h>
#include <sys/psm_defs.h>
#include <vm/hat.h>

extern int (*psm_get_ipivect)(int, int);
extern int (*psm_get_clockirq)(int);
extern uchar_t (*psm_xlate_vector_by_irq)(uchar_t);
extern int (*setlvl)(int, int *);
extern void (*setlvlx)(int, int);
extern void (*setspl)(int);
extern int (*addspl)(int, int, int, int);
extern int (*delspl)(int, int, int, int);

/* What else a driver may expect from this header. */
#include <sys/avintr.h>
#include <sys/psm_types.h>

#endif	/* _SYS_SMP_IMPLDEFS_H */
