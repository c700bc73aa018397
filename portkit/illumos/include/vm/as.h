/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Address spaces; kas is the kernel's.
 */

#ifndef _VM_AS_H
#define	_VM_AS_H

#include <sys/types.h>
#include <sys/t_lock.h>

struct hat;
struct seg;
struct as {
	kmutex_t a_contents;
	uchar_t a_flags;
	uchar_t a_vbits;
	kcondvar_t a_cv;
	struct hat *a_hat;
	char _pad0[8];
	caddr_t a_userlimit;
	struct seg *a_seglast;
	char _pad1[8];
	size_t a_size;
	char _pad2[160];
};

extern struct as kas;

/* What else a driver may expect from this header. */
#include <sys/thread.h>
#include <sys/buf.h>
#include <sys/aio_req.h>
#include <sys/uio.h>
#include <vm/seg.h>
#include <vm/hat.h>
#include <sys/proc.h>

#endif	/* _VM_AS_H */
