/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * ddi_create_minor_node(9F): minor nodes are removed in detach.
 */

#include "trial.h"

int
trial_attach(dev_info_t *dip)
{
	if (ddi_create_minor_node(dip, "trial", S_IFCHR, 0, DDI_PSEUDO, 0) != DDI_SUCCESS)	/* HERE leak */
		return (ENOMEM);
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
#ifndef BROKEN
	ddi_remove_minor_node(dip, NULL);
#endif
	return (0);
}
