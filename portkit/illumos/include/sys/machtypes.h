/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Types that the machine fixes.
 */

#ifndef _SYS_MACHTYPES_H
#define	_SYS_MACHTYPES_H

typedef unsigned char lock_t;
struct _label_t {
	long val[8];
};

typedef struct _label_t label_t;

/* What else a driver may expect from this header. */
#include <sys/feature_tests.h>

#endif	/* _SYS_MACHTYPES_H */
