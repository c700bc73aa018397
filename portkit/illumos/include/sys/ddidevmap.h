/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Mapping a device into a program: devmap(9E), devmap_setup(9F).
 */

#ifndef _SYS_DDIDEVMAP_H
#define	_SYS_DDIDEVMAP_H

#include <sys/types.h>
#include <sys/dditypes.h>
#include <sys/mman.h>

typedef void *devmap_cookie_t;
typedef void *ddi_umem_cookie_t;
typedef struct as *ddi_as_handle_t;
#define	DEVMAP_ALLOW_REMAP	0x2
#define	DEVMAP_MAPPING_INVALID	0x1
#define	DEVMAP_USE_PAGESIZE	0x4

#endif	/* _SYS_DDIDEVMAP_H */
