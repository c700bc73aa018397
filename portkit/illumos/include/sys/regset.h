/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Registers of a program (ucontext.h(3HEAD)): nothing that a driver reads.
 */

#ifndef _SYS_REGSET_H
#define	_SYS_REGSET_H

#include <sys/types.h>

/* What else a driver may expect from this header. */
#include <sys/feature_tests.h>

#endif	/* _SYS_REGSET_H */
