/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * A driver does not make threads without end.
 */

#include "trial.h"
#include <sys/proc.h>
#include <sys/disp.h>

static kmutex_t lock;
static kcondvar_t cv;
static int running;
static boolean_t go;

/*ARGSUSED*/
static void
body(void *arg)
{
	mutex_enter(&lock);
	while (!go)
		cv_wait(&cv, &lock);
	running--;
	cv_broadcast(&cv);
	mutex_exit(&lock);
	thread_exit();
}

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
	int i, n = 5;

	mutex_init(&lock, NULL, MUTEX_DRIVER, NULL);
	cv_init(&cv, NULL, CV_DRIVER, NULL);
#ifdef BROKEN
	n = 100000;
#endif
	for (i = 0; i < n; i++) {
		mutex_enter(&lock);
		running++;
		mutex_exit(&lock);
		(void) thread_create(NULL, 0, body, NULL, 0, &p0, TS_RUN, minclsyspri);	/* HERE panic */
	}
	mutex_enter(&lock);
	go = B_TRUE;
	cv_broadcast(&cv);
	while (running > 0)
		cv_wait(&cv, &lock);
	mutex_exit(&lock);
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
