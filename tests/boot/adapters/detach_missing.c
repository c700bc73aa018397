/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * scsi_hba_detach(9F): what scsi_hba_attach_setup(9F) made has to be undone in
 * detach(9E).
 */

#include "adapter.h"

#ifdef BROKEN
int trial_skips_detach = 1;
#endif

int
trial_setup(dev_info_t *dip, ddi_dma_attr_t *attr, scsi_hba_tran_t *tran)
{
	return (scsi_hba_attach_setup(dip, attr, tran,	/* HERE scsi|leak */
	    SCSI_HBA_TRAN_CDB | SCSI_HBA_TRAN_SCB));
}

/*ARGSUSED*/
int
trial_attach(struct adapter *a)
{
	return (0);
}

/*ARGSUSED*/
int
trial_detach(struct adapter *a)
{
	return (0);
}
