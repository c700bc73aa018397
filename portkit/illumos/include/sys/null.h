/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The null pointer.
 */

#ifndef _SYS_NULL_H
#define	_SYS_NULL_H

#ifndef	NULL
#define	NULL	((void *)0)
#endif

/* What else a driver may expect from this header. */
#include <sys/feature_tests.h>

#endif	/* _SYS_NULL_H */
