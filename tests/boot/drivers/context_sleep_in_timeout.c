/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * timeout(9F): a handler runs at interrupt level and must not sleep.
 */

#include "trial.h"

static kmutex_t lock;
static kcondvar_t cv;
static boolean_t done;
static char *buffer;

/*ARGSUSED*/
static void
handler(void *arg)
{
#ifdef BROKEN
	buffer = kmem_alloc(100, KM_SLEEP);	/* HERE context */
#else
	buffer = kmem_alloc(100, KM_NOSLEEP);
#endif
	mutex_enter(&lock);
	done = B_TRUE;
	cv_signal(&cv);
	mutex_exit(&lock);
}

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
	mutex_init(&lock, NULL, MUTEX_DRIVER, NULL);
	cv_init(&cv, NULL, CV_DRIVER, NULL);
	(void) timeout(handler, NULL, drv_usectohz(20000));
	mutex_enter(&lock);
	while (!done)
		cv_wait(&cv, &lock);
	mutex_exit(&lock);
	if (buffer != NULL)
		kmem_free(buffer, 100);
	cv_destroy(&cv);
	mutex_destroy(&lock);
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
