/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * condvar(9F): a wakeup that comes before the wait is lost; the wait has to
 * be for a condition.
 */

#include "trial.h"

static kmutex_t lock;
static kcondvar_t cv;
static boolean_t done;

/*ARGSUSED*/
static void
helper(void *arg)
{
	mutex_enter(&lock);
	done = B_TRUE;
	cv_signal(&cv);
	mutex_exit(&lock);
}

int
trial_attach(dev_info_t *dip)
{
	ddi_taskq_t *tq;

	mutex_init(&lock, NULL, MUTEX_DRIVER, NULL);
	cv_init(&cv, NULL, CV_DRIVER, NULL);
	if ((tq = ddi_taskq_create(dip, "helper", 1, TASKQ_DEFAULTPRI, 0)) ==
	    NULL)
		return (ENOMEM);
	(void) ddi_taskq_dispatch(tq, helper, NULL, DDI_SLEEP);
	ddi_taskq_wait(tq);
	mutex_enter(&lock);
#ifdef BROKEN
	cv_wait(&cv, &lock);		/* HERE hang */
#else
	while (!done)
		cv_wait(&cv, &lock);
#endif
	mutex_exit(&lock);
	ddi_taskq_destroy(tq);
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
