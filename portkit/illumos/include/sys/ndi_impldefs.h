/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The nexus interface from within: searching and making nodes below the NDI.
 */

#ifndef _SYS_NDI_IMPLDEFS_H
#define	_SYS_NDI_IMPLDEFS_H

#include <sys/types.h>
#include <sys/sunndi.h>
#include <sys/ddipropdefs.h>
#include <sys/devops.h>

void i_ndi_block_device_tree_changes(uint_t *);
void i_ndi_allow_device_tree_changes(uint_t);

/* What else a driver may expect from this header. */
#include <sys/param.h>
#include <sys/t_lock.h>
#include <sys/autoconf.h>
#include <sys/mutex.h>
#include <vm/page.h>
#include <sys/ddi_impldefs.h>

#endif	/* _SYS_NDI_IMPLDEFS_H */
