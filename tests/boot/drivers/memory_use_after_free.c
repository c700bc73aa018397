/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Freed memory is not the driver's any more (named to the line by the address
 * sanitizer).
 */

#include "trial.h"

struct item {
	int	value[25];
};

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
	struct item *volatile it = kmem_zalloc(sizeof (*it), KM_SLEEP);

#ifdef BROKEN
	kmem_free(it, sizeof (*it));
	it->value[3] = 7;		/* HERE memory */
#else
	it->value[3] = 7;
	kmem_free(it, sizeof (*it));
#endif
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
