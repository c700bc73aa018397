/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * attach(9E): DDI_RESUME is not another DDI_ATTACH.
 */

#include "trial.h"

#ifdef BROKEN
int trial_any_command = 1;
#endif

static char *buffer;

/*ARGSUSED*/
int
trial_attach(dev_info_t *dip)
{
	buffer = kmem_alloc(100, KM_SLEEP);	/* HERE leak */
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	kmem_free(buffer, 100);
	return (0);
}
