/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * A null pointer is not followed.
 */

#include "trial.h"

struct item {
	int	value;
};

static struct item *volatile item;

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
	struct item here = { 1 };

#ifndef BROKEN
	item = &here;
#endif
	item->value++;			/* HERE panic */
	return (here.value > 0 ? 0 : EIO);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
