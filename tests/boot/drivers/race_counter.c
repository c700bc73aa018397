/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Data that two threads touch has a lock (named by the thread sanitizer).
 */

#include "trial.h"

static kmutex_t lock;
static int counters[4];

/*ARGSUSED*/
static void
task(void *arg)
{
	int i;

	for (i = 0; i < 2000; i++) {
#ifndef BROKEN
		mutex_enter(&lock);
#endif
		counters[i % 4]++;	/* HERE race */
#ifndef BROKEN
		mutex_exit(&lock);
#endif
	}
}

int
trial_attach(dev_info_t *dip)
{
	ddi_taskq_t *tq;

	mutex_init(&lock, NULL, MUTEX_DRIVER, NULL);
	if ((tq = ddi_taskq_create(dip, "work", 2, TASKQ_DEFAULTPRI, 0)) ==
	    NULL)
		return (ENOMEM);
	(void) ddi_taskq_dispatch(tq, task, NULL, DDI_SLEEP);
	(void) ddi_taskq_dispatch(tq, task, NULL, DDI_SLEEP);
	ddi_taskq_wait(tq);
	ddi_taskq_destroy(tq);
	mutex_destroy(&lock);
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
