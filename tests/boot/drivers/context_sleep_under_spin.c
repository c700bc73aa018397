/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * mutex(9F): no sleeping, and no KM_SLEEP, under a spin lock.
 */

#include "trial.h"

static kmutex_t lock;

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
	char *p = NULL;

	/* An interrupt priority above LOCK_LEVEL makes a spin lock. */
	mutex_init(&lock, NULL, MUTEX_DRIVER, (void *)(uintptr_t)13);
#ifdef BROKEN
	mutex_enter(&lock);
	p = kmem_alloc(100, KM_SLEEP);	/* HERE context */
#else
	p = kmem_alloc(100, KM_SLEEP);
	mutex_enter(&lock);
#endif
	p[0] = 1;
	mutex_exit(&lock);
	kmem_free(p, 100);
	mutex_destroy(&lock);
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
