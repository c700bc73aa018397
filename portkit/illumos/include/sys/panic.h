/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A system that panics, and what dumps need.
 */

#ifndef _SYS_PANIC_H
#define	_SYS_PANIC_H

#ifdef __cplusplus
extern "C" {
#endif

extern int do_polled_io;

#ifdef __cplusplus
}
#endif

#endif	/* _SYS_PANIC_H */
