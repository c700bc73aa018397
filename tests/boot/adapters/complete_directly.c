/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * tran_setup_pkt(9E): packets are completed by scsi_hba_pkt_comp(9F), not by
 * their pkt_comp.
 */

#include "adapter.h"

void
trial_complete(struct scsi_pkt *pkt)
{
	adapter_answer(pkt);
#ifdef BROKEN
	pkt->pkt_comp(pkt);			/* HERE scsi */
#else
	scsi_hba_pkt_comp(pkt);
#endif
}
int
trial_attach(struct adapter *a)
{
	struct scsi_pkt *pkt = adapter_packet(a, SCMD_TEST_UNIT_READY, NULL,
	    sizeof (struct scsi_arq_status));

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
