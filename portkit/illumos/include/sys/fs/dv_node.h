/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * devfs, as far as a nexus driver needs it: a node that goes away is cleaned
 * from there first.
 */

#ifndef _SYS_FS_DV_NODE_H
#define	_SYS_FS_DV_NODE_H

#include <sys/types.h>
#include <sys/dditypes.h>

int devfs_clean(dev_info_t *, char *, uint_t);
#define	DV_CLEAN_FORCE	0x01

#endif	/* _SYS_FS_DV_NODE_H */
