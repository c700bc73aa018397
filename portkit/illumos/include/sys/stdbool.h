/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The one-byte truth value of C99 (stdbool.h(3HEAD)); boolean_t of
 * <sys/types.h> has four bytes.
 */

#ifndef _SYS_STDBOOL_H
#define	_SYS_STDBOOL_H

#define	bool	_Bool
#define	true	1
#define	false	0
#define	__bool_true_false_are_defined	1

/* What else a driver may expect from this header. */
#include <sys/feature_tests.h>

#endif	/* _SYS_STDBOOL_H */
