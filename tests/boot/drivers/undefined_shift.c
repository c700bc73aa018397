/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * A shift is by less than the width (named by the undefined behaviour
 * sanitizer).
 */

#include "trial.h"

static volatile int by = 40;

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
	volatile uint_t value;

#ifndef BROKEN
	by = 4;
#endif
	value = 1U << by;		/* HERE undefined */
	(void) value;
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
