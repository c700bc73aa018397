/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Cross calls: to run a function on other processors and wait for it, or not.
 * A set is passed as the array in a cpuset_t (CPUSET2BV).
 */

#ifndef _SYS_X_CALL_H
#define	_SYS_X_CALL_H

#include <sys/types.h>
#include <sys/cpuvar.h>

typedef uintptr_t xc_arg_t;
typedef int (*xc_func_t)(xc_arg_t, xc_arg_t, xc_arg_t);
#define	CPUSET2BV(set)	((set).cpub)
void xc_call(xc_arg_t, xc_arg_t, xc_arg_t, ulong_t *, xc_func_t);
void xc_call_nowait(xc_arg_t, xc_arg_t, xc_arg_t, ulong_t *, xc_func_t);
void xc_sync(xc_arg_t, xc_arg_t, xc_arg_t, ulong_t *, xc_func_t);
void xc_priority(xc_arg_t, xc_arg_t, xc_arg_t, ulong_t *, xc_func_t);

#endif	/* _SYS_X_CALL_H */
