/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Hints to the processor.
 */

#ifndef _SYS_CPU_H
#define	_SYS_CPU_H

#include <sys/bustypes.h>

void ht_pause(void);
#define	SMT_PAUSE()	(ht_pause())

/* What else a driver may expect from this header. */
#include <sys/inttypes.h>

#endif	/* _SYS_CPU_H */
