/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * A driver writes to the end of its buffer and no further (named to the line
 * by the address sanitizer).
 */

#include "trial.h"

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
	volatile char *p = kmem_alloc(24, KM_SLEEP);
	volatile int last = 24;

#ifndef BROKEN
	last--;
#endif
	p[last] = 1;			/* HERE memory */
	kmem_free((void *)p, 24);
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
