/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * ddi_taskq_create(9F): the name has no spaces: it becomes a part of a
 * statistic's.
 */

#include "trial.h"

int
trial_attach(dev_info_t *dip)
{
	ddi_taskq_t *tq;

#ifdef BROKEN
	tq = ddi_taskq_create(dip, "two words", 1, TASKQ_DEFAULTPRI, 0);	/* HERE taskq */
#else
	tq = ddi_taskq_create(dip, "two_words", 1, TASKQ_DEFAULTPRI, 0);
#endif
	if (tq == NULL)
		return (ENOMEM);
	ddi_taskq_destroy(tq);
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
