/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

/*
 * devclass_get_devices(9) of FreeBSD.
 *
 * The device tree is walked to count the driver's nodes, and again to collect
 * them, until both walks find as many.
 */

#include <sys/types.h>
#include <sys/errno.h>
#include <sys/kmem.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include <sys/ddi_implfuncs.h>
#include "bsd_devclass.h"

struct devclass_walk {
	major_t		dw_major;
	dev_info_t	**dw_list;
	int		dw_size;	/* slots in the list */
	int		dw_found;
};

static int
devclass_visit(dev_info_t *dip, void *arg)
{
	struct devclass_walk *dw = arg;

	if (ddi_driver_major(dip) != dw->dw_major || !i_ddi_devi_attached(dip))
		return (DDI_WALK_CONTINUE);
	if (dw->dw_found < dw->dw_size)
		dw->dw_list[dw->dw_found] = dip;
	dw->dw_found++;
	return (DDI_WALK_CONTINUE);
}

int
bsd_devclass_devices(const char *name, dev_info_t ***listp, int *countp)
{
	struct devclass_walk dw = { 0 };

	dw.dw_major = ddi_name_to_major((char *)name);
	if (dw.dw_major == DDI_MAJOR_T_NONE)
		return (ENXIO);
	for (;;) {
		dw.dw_found = 0;
		ddi_walk_devs(ddi_root_node(), devclass_visit, &dw);
		if (dw.dw_found == dw.dw_size)
			break;
		if (dw.dw_size > 0) {
			kmem_free(dw.dw_list,
			    dw.dw_size * sizeof (dev_info_t *));
		}
		dw.dw_size = dw.dw_found;
		if (dw.dw_size > 0) {
			dw.dw_list = kmem_zalloc(
			    dw.dw_size * sizeof (dev_info_t *), KM_SLEEP);
		}
	}
	if (dw.dw_found == 0)
		return (ENXIO);
	*listp = dw.dw_list;
	*countp = dw.dw_found;
	return (0);
}
