/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The integer types of a fixed width (stdint.h(3HEAD)) for the LP64 data
 * model.
 */

#ifndef _SYS_INT_TYPES_H
#define	_SYS_INT_TYPES_H

#include <sys/isa_defs.h>

typedef char int8_t;
typedef short int16_t;
typedef int int32_t;
typedef long int64_t;
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long uint64_t;
typedef int64_t intmax_t;
typedef uint64_t uintmax_t;
typedef long intptr_t;
typedef unsigned long uintptr_t;
typedef char int_fast8_t;
typedef int int_fast16_t;
typedef int int_fast32_t;
typedef long int_fast64_t;
typedef unsigned char uint_fast8_t;
typedef unsigned int uint_fast16_t;
typedef unsigned int uint_fast32_t;
typedef unsigned long uint_fast64_t;
typedef char int_least8_t;
typedef short int_least16_t;
typedef int int_least32_t;
typedef long int_least64_t;
typedef unsigned char uint_least8_t;
typedef unsigned short uint_least16_t;
typedef unsigned int uint_least32_t;
typedef unsigned long uint_least64_t;

/* What else a driver may expect from this header. */
#include <sys/feature_tests.h>

#endif	/* _SYS_INT_TYPES_H */
