/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

#ifndef _BSD_CALLOUT_H
#define	_BSD_CALLOUT_H

/*
 * FreeBSD's callout(9) over timeout(9F).
 *
 * The names carry a prefix because the kernel's own callout tables
 * (sys/callo.h) use the plain ones.
 */

#include <sys/types.h>
#include <sys/list.h>
#include <sys/time.h>
#include <sys/ksynch.h>

#ifdef __cplusplus
extern "C" {
#endif

/* For bsd_callout_init_mtx(): the handler releases the mutex itself. */
#define	BSD_CALLOUT_RETURNUNLOCKED	0x10

/*
 * There is nothing to destroy in a callout: a driver may free one as soon as
 * it is stopped or drained, and one that is all zeroes is a valid callout
 * without a mutex.
 */
struct bsd_callout {
	list_node_t	c_link;		/* on the armed list, while armed */
	uintptr_t	c_id;		/* what the timeout is known by */
	timeout_id_t	c_tid;
	kmutex_t	*c_mtx;		/* held around the handler */
	void		(*c_func)(void *);
	void		*c_arg;
	clock_t		c_ticks;	/* of the last reset */
	uint_t		c_flags;
};

extern int bsd_callout_setup(void);
extern void bsd_callout_teardown(void);

extern void bsd_callout_init(struct bsd_callout *, int);
extern void bsd_callout_init_mtx(struct bsd_callout *, kmutex_t *, int);
extern int bsd_callout_reset(struct bsd_callout *, clock_t, void (*)(void *),
    void *);
extern int bsd_callout_reset_hires(struct bsd_callout *, hrtime_t,
    void (*)(void *), void *);
extern int bsd_callout_schedule(struct bsd_callout *, clock_t);
extern int bsd_callout_stop(struct bsd_callout *);
extern int bsd_callout_drain(struct bsd_callout *);
extern int bsd_callout_pending(struct bsd_callout *);
extern int bsd_callout_active(struct bsd_callout *);
extern void bsd_callout_deactivate(struct bsd_callout *);

#ifdef __cplusplus
}
#endif

#endif	/* _BSD_CALLOUT_H */
