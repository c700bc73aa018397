/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * mutex(9F): a thread must not enter a mutex that it holds.
 */

#include "trial.h"

static kmutex_t lock;

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
	mutex_init(&lock, NULL, MUTEX_DRIVER, NULL);
	mutex_enter(&lock);
#ifdef BROKEN
	mutex_enter(&lock);		/* HERE lock */
	mutex_exit(&lock);
#else
	mutex_exit(&lock);
#endif
	mutex_destroy(&lock);
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
