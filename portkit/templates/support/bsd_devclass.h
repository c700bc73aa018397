/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

#ifndef _BSD_DEVCLASS_H
#define	_BSD_DEVCLASS_H

#include <sys/dditypes.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * All attached instances of the driver of that name.  Returns 0 with a list of
 * so many nodes, which the caller gives to kmem_free(9F), or ENXIO when there
 * are none.
 */
extern int bsd_devclass_devices(const char *, dev_info_t ***, int *);

#ifdef __cplusplus
}
#endif

#endif	/* _BSD_DEVCLASS_H */
