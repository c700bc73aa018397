/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * ddi_soft_state(9F): an instance gives its state back in detach.
 */

#include "trial.h"

static void *states;

int
trial_attach(dev_info_t *dip)
{
	if (ddi_soft_state_init(&states, sizeof (int), 1) != 0)
		return (ENOMEM);
	if (ddi_soft_state_zalloc(states, ddi_get_instance(dip)) != DDI_SUCCESS)	/* HERE leak */
		return (ENOMEM);
	return (0);
}

int
trial_detach(dev_info_t *dip)
{
#ifndef BROKEN
	ddi_soft_state_free(states, ddi_get_instance(dip));
	ddi_soft_state_fini(&states);
#endif
	return (0);
}
