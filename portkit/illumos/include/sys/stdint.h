/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The integer types of a fixed width, under the standard's name for the
 * header (stdint.h(3HEAD)).
 */

#ifndef _SYS_STDINT_H
#define	_SYS_STDINT_H

#include <sys/int_types.h>
#include <sys/int_limits.h>
#include <sys/int_const.h>

#endif	/* _SYS_STDINT_H */
