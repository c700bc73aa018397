/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * drv_usecwait(9F): for tens of microseconds; a thread that may sleep uses
 * delay(9F).
 */

#include "trial.h"

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
#ifdef BROKEN
	drv_usecwait(20000);		/* HERE busywait */
#else
	delay(drv_usectohz(20000));
#endif
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
