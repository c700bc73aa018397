/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

#ifndef _BSD_SEMA_H
#define	_BSD_SEMA_H

#include <sys/types.h>
#include <sys/ksynch.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Wait for a semaphore for at most so many ticks.  Returns 0 with the
 * semaphore taken, or EWOULDBLOCK.
 */
extern int bsd_sema_timedwait(ksema_t *, clock_t);

#ifdef __cplusplus
}
#endif

#endif	/* _BSD_SEMA_H */
