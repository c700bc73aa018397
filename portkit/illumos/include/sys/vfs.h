/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * File systems: that there are such, and the flags of a mount. Nothing else
 * is a driver's business.
 */

#ifndef _SYS_VFS_H
#define	_SYS_VFS_H

#include <sys/types.h>
#include <sys/vnode.h>

struct vfs;
typedef struct vfs vfs_t;
typedef struct {
	int val[2];
} fsid_t;

#define	VFS_RDONLY	0x1
#define	VFS_NOSETUID	0x8
#define	VFS_REMOUNT	0x10
#define	VFS_UNMOUNTED	0x100
#define	VFS_NODEVICES	0x800
#define	VFS_NOEXEC	0x1000
extern struct vfs *rootvfs;
void vfs_hold(vfs_t *);
void vfs_rele(vfs_t *);

#endif	/* _SYS_VFS_H */
