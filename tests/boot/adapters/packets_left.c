/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * scsi_hba_detach(9F): all packets have been destroyed.
 */

#include "adapter.h"

static struct scsi_pkt *pkt;

int
trial_attach(struct adapter *a)
{
	pkt = adapter_packet(a, SCMD_TEST_UNIT_READY, NULL,
	    sizeof (struct scsi_arq_status));
	return (0);
}

int trial_skips_detach = 1;

int
trial_detach(struct adapter *a)
{
#ifndef BROKEN
	scsi_destroy_pkt(pkt);
#endif
	(void) scsi_hba_detach(a->a_dip);	/* HERE scsi|memory|leak */
	scsi_hba_tran_free(a->a_tran);
	return (0);
}
