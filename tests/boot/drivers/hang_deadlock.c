/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Two threads that take two locks in opposite orders wait for one another.
 */

#include "trial.h"

static kmutex_t first, second;
static kcondvar_t cv;
static volatile int ready;

/*ARGSUSED*/
static void
task(void *arg)
{
#ifdef BROKEN
	mutex_enter(&second);
	ready = 1;
	delay(drv_usectohz(20000));
	mutex_enter(&first);		/* HERE lock|hang */
#else
	ready = 1;
	mutex_enter(&first);
	delay(drv_usectohz(20000));
	mutex_enter(&second);
#endif
	mutex_exit(&first);
	mutex_exit(&second);
}

int
trial_attach(dev_info_t *dip)
{
	ddi_taskq_t *tq;

	mutex_init(&first, NULL, MUTEX_DRIVER, NULL);
	mutex_init(&second, NULL, MUTEX_DRIVER, NULL);
	cv_init(&cv, NULL, CV_DRIVER, NULL);
	if ((tq = ddi_taskq_create(dip, "work", 1, TASKQ_DEFAULTPRI, 0)) ==
	    NULL)
		return (ENOMEM);
	(void) ddi_taskq_dispatch(tq, task, NULL, DDI_SLEEP);
	while (!ready)
		delay(1);
	mutex_enter(&first);
	mutex_enter(&second);
	mutex_exit(&second);
	mutex_exit(&first);
	ddi_taskq_destroy(tq);
	cv_destroy(&cv);
	mutex_destroy(&second);
	mutex_destroy(&first);
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
