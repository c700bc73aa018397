/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The kinds of things that a call applies to: idtype(2).
 */

#ifndef _SYS_PROCSET_H
#define	_SYS_PROCSET_H

#include <sys/types.h>

#define	P_INITPID	1
#define	P_INITUID	0

/* What else a driver may expect from this header. */
#include <sys/feature_tests.h>
#include <sys/signal.h>

#endif	/* _SYS_PROCSET_H */
