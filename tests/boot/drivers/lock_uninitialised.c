/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * mutex(9F): a mutex is initialised before it is used.
 */

#include "trial.h"

static kmutex_t lock;

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
#ifdef BROKEN
	mutex_enter(&lock);		/* HERE lock */
	mutex_exit(&lock);
#else
	mutex_init(&lock, NULL, MUTEX_DRIVER, NULL);
	mutex_enter(&lock);
	mutex_exit(&lock);
	mutex_destroy(&lock);
#endif
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
