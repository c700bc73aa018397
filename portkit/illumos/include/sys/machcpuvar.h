/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The machine's part of a processor: nothing that a driver reads.
 */

#ifndef _SYS_MACHCPUVAR_H
#define	_SYS_MACHCPUVAR_H

#include <sys/inttypes.h>
#include <sys/bitmap.h>

/* What else a driver may expect from this header. */
#include <sys/x_call.h>
#include <sys/types.h>
#include <sys/avintr.h>
#include <sys/stddef.h>
#include <sys/debug.h>
#include <sys/cpuvar.h>

#endif	/* _SYS_MACHCPUVAR_H */
