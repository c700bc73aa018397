/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * detach(9E): what attach allocates, detach frees.
 */

#include "trial.h"

static char *buffer;

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
	buffer = kmem_alloc(100, KM_SLEEP);	/* HERE leak */
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
#ifndef BROKEN
	kmem_free(buffer, 100);
#endif
	return (0);
}
