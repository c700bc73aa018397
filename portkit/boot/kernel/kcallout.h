/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Functions that are called later: callout.c has the queue and its threads;
 * timeout.c and periodic.c are the interfaces.
 */

#ifndef _KCALLOUT_H
#define	_KCALLOUT_H

#include "kern.h"

/* Times are those of hc_now(). An interval other than 0 repeats it. */
uint64_t kcallout_add(void (*)(void *), void *, hc_time when, hc_time interval,
	    boolean_t may_sleep, const char *what);

typedef enum {
	KCO_NONE,		/* no such call, or it is over */
	KCO_CANCELLED,
	KCO_MINE,		/* the caller is called by it */
	KCO_WAITED		/* it ran, and has ended */
} kcallout_end_t;

/* With wait, what runs has ended at return. *left: time that was left. */
kcallout_end_t kcallout_remove(uint64_t id, boolean_t wait, hc_time *left,
	    const char *called);

#endif	/* _KCALLOUT_H */
