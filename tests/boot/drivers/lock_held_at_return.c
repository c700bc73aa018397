/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * attach(9E): a lock that a driver takes has to be released before it returns
 * to the kernel.
 */

#include "trial.h"

static kmutex_t lock;

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
	mutex_init(&lock, NULL, MUTEX_DRIVER, NULL);
	mutex_enter(&lock);		/* HERE lock */
#ifndef BROKEN
	mutex_exit(&lock);
#endif
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	if (mutex_owned(&lock))
		mutex_exit(&lock);
	mutex_destroy(&lock);
	return (0);
}
