/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

#ifndef _BSD_MODULE_H
#define	_BSD_MODULE_H

/*
 * What a module's event handler is told.  The linkage calls it from _init(9E)
 * and _fini(9E); nothing asks it to be quiet or to shut down.
 */

#ifdef __cplusplus
extern "C" {
#endif

typedef void *module_t;

typedef enum modeventtype {
	MOD_LOAD,
	MOD_UNLOAD,
	MOD_SHUTDOWN,
	MOD_QUIESCE
} modeventtype_t;

#ifdef __cplusplus
}
#endif

#endif	/* _BSD_MODULE_H */
