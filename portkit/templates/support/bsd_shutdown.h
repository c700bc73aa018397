/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

#ifndef _BSD_SHUTDOWN_H
#define	_BSD_SHUTDOWN_H

#include <sys/uadmin.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Have the system shut down in an orderly way.  The argument is one of
 * AD_POWEROFF, AD_HALT and AD_BOOT (uadmin(2)).  To be called from a thread
 * that may sleep; it returns, and the shutdown follows.
 */
extern void bsd_shutdown(int);

#ifdef __cplusplus
}
#endif

#endif	/* _BSD_SHUTDOWN_H */
