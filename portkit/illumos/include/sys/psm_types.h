/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a platform's interrupt code is asked to do.
 */

#ifndef _SYS_PSM_TYPES_H
#define	_SYS_PSM_TYPES_H

#include <sys/types.h>

#define	PSM_INTR_IPI_HI	0x1
#define	PSM_INTR_IPI_LO	0x2
#define	PSM_INTR_POKE	0x3
#define	PSM_SUCCESS	0
#define	PSM_FAILURE	(-1)
#define	PSM_INVALID_IPL	0
#define	PSM_INVALID_CPU	(-1)

/* What else a driver may expect from this header. */
#include <sys/cpuvar.h>
#include <sys/time.h>

#endif	/* _SYS_PSM_TYPES_H */
