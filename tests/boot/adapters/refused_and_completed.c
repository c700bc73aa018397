/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * tran_start(9E): a packet is refused, or accepted and completed; not both.
 */

#include "adapter.h"

/*ARGSUSED*/
int
trial_start(struct scsi_address *ap, struct scsi_pkt *pkt)
{
	adapter_answer(pkt);
	pkt->pkt_reason = CMD_TRAN_ERR;
#ifdef BROKEN
	scsi_hba_pkt_comp(pkt);
#endif
	return (TRAN_BADPKT);
}

int
trial_attach(struct adapter *a)
{
	struct scsi_pkt *pkt = adapter_packet(a, SCMD_TEST_UNIT_READY, NULL,
	    sizeof (struct scsi_arq_status));

	(void) scsi_transport(pkt);		/* HERE scsi */
	scsi_destroy_pkt(pkt);
	return (0);
}

/*ARGSUSED*/
int
trial_detach(struct adapter *a)
{
	return (0);
}
