/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The type of a list of arguments that varies (stdarg(3EXT)).
 */

#ifndef _SYS_VA_LIST_H
#define	_SYS_VA_LIST_H

typedef __builtin_va_list __va_list;

/* What else a driver may expect from this header. */
#include <sys/isa_defs.h>

#endif	/* _SYS_VA_LIST_H */
