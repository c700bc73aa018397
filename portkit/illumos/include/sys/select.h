/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Bits in a byte, and how many units cover a length; the descriptor sets of
 * select(3C) are a program's business.
 */

#ifndef _SYS_SELECT_H
#define	_SYS_SELECT_H

#include <sys/types.h>

typedef struct {
	unsigned int __sigbits[4];
} sigset_t;

typedef long fd_mask;
typedef long fds_mask;
#define	NBBY	8
#define	howmany(x, y)	(((x) + ((y) - 1)) / (y))

/* What else a driver may expect from this header. */
#include <sys/feature_tests.h>

#endif	/* _SYS_SELECT_H */
