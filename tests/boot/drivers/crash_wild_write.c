/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Memory that is not the driver's is not written to.
 */

#include "trial.h"

static volatile uintptr_t place = 0x123456789000;

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
	volatile long value = 0;

	(void) value;

#ifndef BROKEN
	place = (uintptr_t)&value;
#endif
	*(volatile long *)place = 7;	/* HERE panic */
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
