/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * ddi_taskq_create(9F): a task queue is destroyed before its driver goes.
 */

#include "trial.h"

static ddi_taskq_t *tq;

int
trial_attach(dev_info_t *dip)
{
	tq = ddi_taskq_create(dip, "work", 1, TASKQ_DEFAULTPRI, 0);	/* HERE leak */
	return (tq != NULL ? 0 : ENOMEM);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
#ifndef BROKEN
	ddi_taskq_destroy(tq);
#endif
	return (0);
}
