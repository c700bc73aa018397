/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

#ifndef _BSD_GIANT_H
#define	_BSD_GIANT_H

/*
 * FreeBSD's newbus calls a driver's probe, attach and detach with one lock
 * held, Giant, and drivers count on it.  This is that lock for one module.
 * The module's own entry points hold it around the methods.  Giant could be
 * taken again by its owner; this one cannot.
 */

#include <sys/ksynch.h>

#ifdef __cplusplus
extern "C" {
#endif

extern kmutex_t bsd_giant;

extern int bsd_giant_setup(void);
extern void bsd_giant_teardown(void);

#ifdef __cplusplus
}
#endif

#endif	/* _BSD_GIANT_H */
