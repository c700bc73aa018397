/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * kmem_alloc(9F): with KM_NOSLEEP it may return NULL, and the caller must
 * cope (found by --fail-alloc).
 */

#include "trial.h"

static char *buffer;

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
	buffer = kmem_alloc(100, KM_NOSLEEP);
#ifndef BROKEN
	if (buffer == NULL)
		return (ENOMEM);
#endif
	buffer[0] = 1;			/* HERE panic */
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	kmem_free(buffer, 100);
	return (0);
}
