/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * ddi_intr_add_softint(9F): an interrupt handler must not wait.
 */

#include "trial.h"

static kmutex_t lock;
static kcondvar_t cv;
static boolean_t done;

/*ARGSUSED*/
static uint_t
handler(caddr_t arg1, caddr_t arg2)
{
	mutex_enter(&lock);
#ifdef BROKEN
	(void) cv_reltimedwait(&cv, &lock, 1, TR_CLOCK_TICK);	/* HERE context */
#endif
	done = B_TRUE;
	cv_broadcast(&cv);
	mutex_exit(&lock);
	return (DDI_INTR_CLAIMED);
}

int
trial_attach(dev_info_t *dip)
{
	ddi_softint_handle_t handle;

	mutex_init(&lock, NULL, MUTEX_DRIVER, NULL);
	cv_init(&cv, NULL, CV_DRIVER, NULL);
	if (ddi_intr_add_softint(dip, &handle, DDI_INTR_SOFTPRI_MIN, handler,
	    NULL) != DDI_SUCCESS)
		return (ENOMEM);
	(void) ddi_intr_trigger_softint(handle, NULL);
	mutex_enter(&lock);
	while (!done)
		cv_wait(&cv, &lock);
	mutex_exit(&lock);
	(void) ddi_intr_remove_softint(handle);
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
