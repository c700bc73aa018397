/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How many pieces a transfer of readv(2) may have. Limits of the types of C,
 * such as INT_MAX, are in <sys/types.h>, as in a gate.
 */

#ifndef _SYS_LIMITS_H
#define	_SYS_LIMITS_H

#define	IOV_MAX	1024
#define	IOV_MAX_STACK	16

/* The limits themselves, for sources that look for them here. */
#include <sys/types.h>

#endif	/* _SYS_LIMITS_H */
