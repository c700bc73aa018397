/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Limits of the integer types of a fixed width (stdint.h(3HEAD)).
 */

#ifndef _SYS_INT_LIMITS_H
#define	_SYS_INT_LIMITS_H

#include <sys/isa_defs.h>

#define	INT8_MAX	127
#define	INT16_MAX	32767
#define	INT32_MAX	2147483647
#define	INT64_MAX	9223372036854775807L
#define	UINT8_MAX	255U
#define	UINT16_MAX	65535U
#define	UINT32_MAX	4294967295U
#define	UINT64_MAX	(-1UL)
#define	INT8_MIN	(-INT8_MAX - 1)
#define	INT16_MIN	(-INT16_MAX - 1)
#define	INT32_MIN	(-INT32_MAX - 1)
#define	INT64_MIN	(-INT64_MAX - 1)
#define	INTMAX_MAX	INT64_MAX
#define	INTMAX_MIN	INT64_MIN
#define	UINTMAX_MAX	UINT64_MAX
#define	INTPTR_MAX	INT64_MAX
#define	INTPTR_MIN	INT64_MIN
#define	UINTPTR_MAX	UINT64_MAX
#define	SIZE_MAX	UINT64_MAX

/* What else a driver may expect from this header. */
#include <sys/feature_tests.h>

#endif	/* _SYS_INT_LIMITS_H */
