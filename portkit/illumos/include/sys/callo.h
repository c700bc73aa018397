/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The callout queue that timeout(9F) is made of; membar_sync() is declared
 * with it in the 2018 gate.
 */

#ifndef _SYS_CALLO_H
#define	_SYS_CALLO_H

#include <sys/t_lock.h>
#include <sys/taskq.h>
#include <sys/systm.h>
#include <sys/list.h>

#define	CALLOUT_REALTIME	0
#define	CALLOUT_NORMAL	1
#define	CALLOUT_FLAG_ROUNDUP	0x1
#define	CALLOUT_FLAG_ABSOLUTE	0x2
#define	CALLOUT_FLAG_HRESTIME	0x4
#define	CALLOUT_FLAG_32BIT	0x8
#define	CALLOUT_LEGACY	0
#define	CALLOUT_TCP_RESOLUTION	10000000ULL
/* Waits until all stores before it can be seen by every processor. */
void membar_sync(void);

/* What else a driver may expect from this header. */
#include <sys/types.h>
#include <sys/cpuvar.h>
#include <sys/bitmap.h>
#include <sys/vnode.h>
#include <sys/cred.h>
#include <sys/zone.h>
#include <vm/seg.h>
#include <sys/inttypes.h>
#include <sys/procset.h>
#include <sys/processor.h>
#include <sys/param.h>
#include <sys/time.h>
#include <sys/disp.h>
#include <sys/atomic.h>
#include <sys/kstat.h>

#endif	/* _SYS_CALLO_H */
