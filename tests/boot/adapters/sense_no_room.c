/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * tran_init_pkt(9E): no automatic request sense where the status block has no
 * room for it.
 */

#include "adapter.h"

void
trial_complete(struct scsi_pkt *pkt)
{
	adapter_answer(pkt);
	*pkt->pkt_scbp = STATUS_CHECK;
#ifdef BROKEN
	pkt->pkt_state |= STATE_ARQ_DONE;
#endif
	scsi_hba_pkt_comp(pkt);			/* HERE scsi */
}

int
trial_attach(struct adapter *a)
{
	struct scsi_pkt *pkt = adapter_packet(a, SCMD_TEST_UNIT_READY, NULL, 1);

	if (scsi_transport(pkt) != TRAN_ACCEPT)
		return (EIO);
	adapter_wait(a);
	scsi_destroy_pkt(pkt);
	return (0);
}

/*ARGSUSED*/
int
trial_detach(struct adapter *a)
{
	return (0);
}
