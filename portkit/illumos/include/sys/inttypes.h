/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Integer types with their limits, constants and conversions
 * (inttypes.h(3HEAD)).
 */

#ifndef _SYS_INTTYPES_H
#define	_SYS_INTTYPES_H

#include <sys/int_types.h>
#include <sys/int_limits.h>
#include <sys/int_const.h>
#include <sys/int_fmtio.h>

/* What else a driver may expect from this header. */
#include <sys/feature_tests.h>

#endif	/* _SYS_INTTYPES_H */
