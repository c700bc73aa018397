/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * timeout(9F): none may be left when the driver goes.
 */

#include "trial.h"

static timeout_id_t id;

/*ARGSUSED*/
static void
handler(void *arg)
{
}

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
	id = timeout(handler, NULL, drv_usectohz(60000000));	/* HERE timeout|leak */
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
#ifndef BROKEN
	(void) untimeout(id);
#endif
	return (0);
}
