/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * A driver does not fill the console.
 */

#include "trial.h"

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
	int i, n = 5;

#ifdef BROKEN
	n = 30000;
#endif
	for (i = 0; i < n; i++)
		cmn_err(CE_CONT, "trial: line %d\n", i);	/* HERE message */
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
