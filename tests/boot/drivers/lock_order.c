/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Two locks are always taken in the same order.
 */

#include "trial.h"

static kmutex_t first, second;

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
	mutex_init(&first, NULL, MUTEX_DRIVER, NULL);
	mutex_init(&second, NULL, MUTEX_DRIVER, NULL);
	mutex_enter(&first);
	mutex_enter(&second);
	mutex_exit(&second);
	mutex_exit(&first);
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
#ifdef BROKEN
	mutex_enter(&second);
	mutex_enter(&first);		/* HERE lock */
#else
	mutex_enter(&first);
	mutex_enter(&second);
#endif
	mutex_exit(&first);
	mutex_exit(&second);
	mutex_destroy(&second);
	mutex_destroy(&first);
	return (0);
}
