/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * kstat_create(9F): statistics go with the driver that made them.
 */

#include "trial.h"

static kstat_t *ksp;

int
trial_attach(dev_info_t *dip)
{
	ksp = kstat_create("trial", ddi_get_instance(dip), "counts", "misc", KSTAT_TYPE_NAMED, 1, 0);	/* HERE leak */
	if (ksp == NULL)
		return (ENOMEM);
	kstat_named_init(ksp->ks_data, "count", KSTAT_DATA_UINT64);
	kstat_install(ksp);
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
#ifndef BROKEN
	kstat_delete(ksp);
#endif
	return (0);
}
