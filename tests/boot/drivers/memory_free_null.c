/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * kmem_free(9F): there is nothing to free at a null pointer, unlike free(9).
 */

#include "trial.h"

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
	char *p = NULL;

#ifdef BROKEN
	kmem_free(p, 100);		/* HERE memory */
#else
	if (p != NULL)
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
