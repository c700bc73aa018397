/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * tran_start(9E): STATE_ARQ_DONE says that the status block holds sense data.
 */

#include "adapter.h"

void
trial_complete(struct scsi_pkt *pkt)
{
	struct scsi_arq_status *arq = (void *)pkt->pkt_scbp;

	adapter_answer(pkt);
	*pkt->pkt_scbp = STATUS_CHECK;
	pkt->pkt_state |= STATE_ARQ_DONE;
	arq->sts_rqpkt_reason = CMD_CMPLT;
#ifndef BROKEN
	arq->sts_sensedata.es_valid = 1;
	arq->sts_sensedata.es_class = CLASS_EXTENDED_SENSE;
	arq->sts_sensedata.es_key = KEY_UNIT_ATTENTION;
#endif
	scsi_hba_pkt_comp(pkt);			/* HERE scsi */
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
