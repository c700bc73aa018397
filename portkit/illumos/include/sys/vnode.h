/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Files within the kernel: nothing that a driver reads.
 */

#ifndef _SYS_VNODE_H
#define	_SYS_VNODE_H

#include <sys/types.h>

struct vnode;
typedef struct vnode vnode_t;
enum vtype {
	VNON = 0,
	VREG,
	VDIR,
	VBLK,
	VCHR,
	VLNK,
	VFIFO,
	VDOOR,
	VPROC,
	VSOCK,
	VPORT,
	VBAD
};

typedef enum vtype vtype_t;
struct caller_context;

/* What else a driver may expect from this header. */
#include <sys/t_lock.h>
#include <sys/ksynch.h>
#include <sys/rwlock.h>
#include <sys/feature_tests.h>
#include <sys/types32.h>
#include <sys/cred.h>
#include <sys/uio.h>
#include <sys/time.h>
#include <sys/model.h>
#include <sys/kstat.h>
#include <sys/kmem.h>
#include <sys/list.h>
#include <sys/buf.h>
#include <sys/stdint.h>

#endif	/* _SYS_VNODE_H */
