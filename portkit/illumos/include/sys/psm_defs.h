/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Definitions of the platform's interrupt code.
 */

#ifndef _SYS_PSM_DEFS_H
#define	_SYS_PSM_DEFS_H

#include <sys/types.h>
#include <sys/psm_types.h>

/* What else a driver may expect from this header. */
#include <sys/avintr.h>

#endif	/* _SYS_PSM_DEFS_H */
