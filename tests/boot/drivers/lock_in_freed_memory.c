/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * A lock must not be held in memory that is freed.
 */

#include "trial.h"

struct item {
	kmutex_t	lock;
	int		value;
};

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
	struct item *it = kmem_zalloc(sizeof (*it), KM_SLEEP);

	mutex_init(&it->lock, NULL, MUTEX_DRIVER, NULL);
	mutex_enter(&it->lock);
	it->value = 1;
#ifndef BROKEN
	mutex_exit(&it->lock);
	mutex_destroy(&it->lock);
#endif
	kmem_free(it, sizeof (*it));	/* HERE lock */
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
