/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The place of a member in its structure (offsetof(3HEAD)).
 */

#ifndef _SYS_STDDEF_H
#define	_SYS_STDDEF_H

#include <sys/isa_defs.h>
#include <sys/types.h>

#ifndef	offsetof
#define	offsetof(type, member)	__builtin_offsetof(type, member)
#endif

#endif	/* _SYS_STDDEF_H */
