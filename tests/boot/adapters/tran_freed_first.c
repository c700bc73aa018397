/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * scsi_hba_tran_free(9F): after scsi_hba_detach(9F).
 */

#include "adapter.h"

int trial_skips_detach = 1;

/*ARGSUSED*/
int
trial_attach(struct adapter *a)
{
	return (0);
}

int
trial_detach(struct adapter *a)
{
#ifndef BROKEN
	(void) scsi_hba_detach(a->a_dip);
#endif
	scsi_hba_tran_free(a->a_tran);		/* HERE scsi */
	return (0);
}
