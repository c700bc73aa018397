/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * mutex(9F): only the thread that holds a mutex may release it.
 */

#include "trial.h"

static kmutex_t lock, state;
static kcondvar_t cv;
static int step;

/*ARGSUSED*/
static void
helper(void *arg)
{
#ifdef BROKEN
	mutex_exit(&lock);		/* HERE lock */
#else
	mutex_enter(&lock);
	mutex_exit(&lock);
#endif
	mutex_enter(&state);
	step = 1;
	cv_broadcast(&cv);
	mutex_exit(&state);
}

int
trial_attach(dev_info_t *dip)
{
	ddi_taskq_t *tq;

	mutex_init(&lock, NULL, MUTEX_DRIVER, NULL);
	mutex_init(&state, NULL, MUTEX_DRIVER, NULL);
	cv_init(&cv, NULL, CV_DRIVER, NULL);
	if ((tq = ddi_taskq_create(dip, "helper", 1, TASKQ_DEFAULTPRI, 0)) ==
	    NULL)
		return (ENOMEM);
	mutex_enter(&lock);
	(void) ddi_taskq_dispatch(tq, helper, NULL, DDI_SLEEP);
#ifndef BROKEN
	mutex_exit(&lock);
#endif
	mutex_enter(&state);
	while (step == 0)
		cv_wait(&cv, &state);
	mutex_exit(&state);
	ddi_taskq_destroy(tq);
#ifdef BROKEN
	if (mutex_owned(&lock))
		mutex_exit(&lock);
#endif
	cv_destroy(&cv);
	mutex_destroy(&state);
	mutex_destroy(&lock);
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
