/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * ndi_devi_offline(9F) with NDI_DEVI_REMOVE frees the node; it must not be
 * touched afterwards.
 */

#include "trial.h"

#include <sys/sunndi.h>
#include <sys/ndi_impldefs.h>

int
trial_attach(dev_info_t *dip)
{
	dev_info_t *child;

	ndi_devi_alloc_sleep(dip, "trial-child", (pnode_t)DEVI_SID_NODEID,
	    &child);
	(void) ndi_devi_offline(child, NDI_DEVI_REMOVE);
#ifdef BROKEN
	ddi_set_parent_data(child, NULL);	/* HERE memory */
#endif
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
