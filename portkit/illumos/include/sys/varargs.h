/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Lists of arguments that vary (stdarg(3EXT)).
 */

#ifndef _SYS_VARARGS_H
#define	_SYS_VARARGS_H

#include <sys/va_list.h>

typedef __va_list va_list;

#define	va_start(list, name)	__builtin_va_start(list, name)
#define	va_arg(list, type)	__builtin_va_arg(list, type)
#define	va_copy(to, from)	__builtin_va_copy(to, from)
#define	va_end(list)		__builtin_va_end(list)

#endif	/* _SYS_VARARGS_H */
