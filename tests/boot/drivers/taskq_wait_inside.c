/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * ddi_taskq_wait(9F): a task that waits for its own queue waits for itself.
 */

#include "trial.h"

static ddi_taskq_t *tq;

/*ARGSUSED*/
static void
task(void *arg)
{
#ifdef BROKEN
	ddi_taskq_wait(tq);		/* HERE taskq */
#endif
}

int
trial_attach(dev_info_t *dip)
{
	if ((tq = ddi_taskq_create(dip, "work", 1, TASKQ_DEFAULTPRI, 0)) ==
	    NULL)
		return (ENOMEM);
	(void) ddi_taskq_dispatch(tq, task, NULL, DDI_SLEEP);
	ddi_taskq_wait(tq);
	ddi_taskq_destroy(tq);
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
