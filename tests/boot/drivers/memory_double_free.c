/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * kmem_free(9F): memory is freed once.
 */

#include "trial.h"

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
	char *p = kmem_alloc(100, KM_SLEEP);

	kmem_free(p, 100);
#ifdef BROKEN
	kmem_free(p, 100);		/* HERE memory */
#endif
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
