/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Bus types of i86pc: none that a driver asks for.
 */

#ifndef _SYS_BUSTYPES_H
#define	_SYS_BUSTYPES_H

#include <sys/types.h>

#endif	/* _SYS_BUSTYPES_H */
