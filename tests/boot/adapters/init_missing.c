/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * scsi_hba_init(9F): in _init(9E), before anything else of the framework.
 */

#include "adapter.h"

#ifdef BROKEN
int trial_skips_init = 1;
#endif
int trial_skips_detach = 1;

static ddi_dma_attr_t attr = {
	.dma_attr_version =	DMA_ATTR_V0,
	.dma_attr_addr_hi =	0xffffffffffffffffULL,
	.dma_attr_count_max =	0xffffffff,
	.dma_attr_align =	1,
	.dma_attr_burstsizes =	1,
	.dma_attr_minxfer =	1,
	.dma_attr_maxxfer =	0xffffffff,
	.dma_attr_seg =		0xffffffff,
	.dma_attr_sgllen =	64,
	.dma_attr_granular =	1
};

/* All of it here, so that the line is this file's. */
void
trial_tran(struct adapter *a)
{
	if (scsi_hba_attach_setup(a->a_dip, &attr, a->a_tran,	/* HERE scsi */
	    SCSI_HBA_TRAN_CDB | SCSI_HBA_TRAN_SCB) == DDI_SUCCESS)
		(void) scsi_hba_detach(a->a_dip);
}

/*ARGSUSED*/
int
trial_attach(struct adapter *a)
{
	return (0);
}

int
trial_detach(struct adapter *a)
{
	(void) scsi_hba_detach(a->a_dip);
	scsi_hba_tran_free(a->a_tran);
	return (0);
}
