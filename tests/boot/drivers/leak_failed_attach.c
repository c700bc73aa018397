/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * attach(9E): an attach that fails undoes all that it did.
 */

#include "trial.h"

static char *buffer;

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
	buffer = kmem_alloc(100, KM_SLEEP);	/* HERE leak */
#ifndef BROKEN
	kmem_free(buffer, 100);
#endif
	return (EIO);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
