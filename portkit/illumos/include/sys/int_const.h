/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Suffixes for integer constants of a fixed width (stdint.h(3HEAD)).
 */

#ifndef _SYS_INT_CONST_H
#define	_SYS_INT_CONST_H

#include <sys/isa_defs.h>

#define	INT8_C(c)	c
#define	INT16_C(c)	c
#define	INT32_C(c)	c
#define	INT64_C(c)	c ## l
#define	UINT8_C(c)	c ## U
#define	UINT16_C(c)	c ## U
#define	UINT32_C(c)	c ## U
#define	UINT64_C(c)	c ## ul
#define	INTMAX_C(c)	INT64_C(c)
#define	UINTMAX_C(c)	UINT64_C(c)

/* What else a driver may expect from this header. */
#include <sys/feature_tests.h>

#endif	/* _SYS_INT_CONST_H */
