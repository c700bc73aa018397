/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * rwlock(9F): a thread that has a lock as a reader must not enter it as a
 * writer.
 */

#include "trial.h"

static krwlock_t lock;

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
	rw_init(&lock, NULL, RW_DRIVER, NULL);
	rw_enter(&lock, RW_READER);
#ifdef BROKEN
	rw_enter(&lock, RW_WRITER);	/* HERE lock|hang */
#else
	if (!rw_tryupgrade(&lock)) {
		rw_exit(&lock);
		rw_enter(&lock, RW_WRITER);
	}
#endif
	rw_exit(&lock);
	rw_destroy(&lock);
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
