/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * cmn_err(9F): only CE_CONT takes a newline; the others end the line
 * themselves.
 */

#include "trial.h"

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
#ifdef BROKEN
	cmn_err(CE_WARN, "trial: nothing to see\n");	/* HERE message */
#else
	cmn_err(CE_WARN, "trial: nothing to see");
#endif
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
