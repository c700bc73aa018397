/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * scsi_hba_attach_setup(9F): the driver private data of the node is the
 * framework's from then on.
 */

#include "adapter.h"

int trial_skips_detach = 1;

int
trial_attach(struct adapter *a)
{
#ifdef BROKEN
	ddi_set_driver_private(a->a_dip, a);	/* HERE scsi */
#endif
	return (ddi_get_driver_private(a->a_dip) == NULL ? EIO : 0);
}

int
trial_detach(struct adapter *a)
{
	(void) scsi_hba_detach(a->a_dip);
	scsi_hba_tran_free(a->a_tran);
	return (0);
}
