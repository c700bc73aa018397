/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * untimeout(9F): not with a lock that the handler takes: it waits for the
 * handler.
 */

#include "trial.h"

static kmutex_t lock;
static kcondvar_t cv;
static boolean_t started;
static timeout_id_t id;

/*ARGSUSED*/
static void
handler(void *arg)
{
	started = B_TRUE;
	drv_usecwait(1000);
	mutex_enter(&lock);
	mutex_exit(&lock);
}

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
	int i;

	mutex_init(&lock, NULL, MUTEX_DRIVER, NULL);
	cv_init(&cv, NULL, CV_DRIVER, NULL);
	mutex_enter(&lock);
	id = timeout(handler, NULL, drv_usectohz(20000));
	/* Until the handler is there. */
	for (i = 0; i < 100 && !started; i++)
		(void) cv_reltimedwait(&cv, &lock, 1, TR_CLOCK_TICK);
#ifdef BROKEN
	(void) untimeout(id);		/* HERE timeout */
	mutex_exit(&lock);
#else
	mutex_exit(&lock);
	(void) untimeout(id);
#endif
	/* The handler of the broken one is under way still. */
	delay(drv_usectohz(50000));
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
