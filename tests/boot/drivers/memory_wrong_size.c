/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * kmem_free(9F): the size is the one that was allocated.
 */

#include "trial.h"

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
	char *p = kmem_alloc(100, KM_SLEEP);

#ifdef BROKEN
	kmem_free(p, 64);		/* HERE memory */
#else
	kmem_free(p, 100);
#endif
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
