/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * A loop that waits for something nobody does.
 */

#include "trial.h"

static volatile int flag;

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
#ifndef BROKEN
	flag = 1;
#endif
	while (flag == 0)		/* HERE hang */
		continue;
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
