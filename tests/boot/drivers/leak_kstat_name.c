/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * kstat(9S): a name has at most 30 characters; what is longer is cut.
 */

#include "trial.h"

int
trial_attach(dev_info_t *dip)
{
	kstat_t *ksp;

#ifdef BROKEN
	ksp = kstat_create("trial", ddi_get_instance(dip), "a_name_of_more_than_thirty_characters", "misc", KSTAT_TYPE_NAMED, 1, 0);	/* HERE leak */
#else
	ksp = kstat_create("trial", ddi_get_instance(dip),
	    "a_name_that_fits", "misc", KSTAT_TYPE_NAMED, 1, 0);
#endif
	if (ksp == NULL)
		return (ENOMEM);
	kstat_delete(ksp);
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
