/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * tran_start(9E): the callback of a packet with FLAG_NOINTR is not called.
 */

#include "adapter.h"

/*ARGSUSED*/
int
trial_start(struct scsi_address *ap, struct scsi_pkt *pkt)
{
	adapter_answer(pkt);
#ifdef BROKEN
	scsi_hba_pkt_comp(pkt);			/* HERE scsi */
#endif
	return (TRAN_ACCEPT);
}

/* An interrupt handler cannot wait: there the adapter itself has to poll. */
static void
poll(void *pkt)
{
	(void) scsi_transport(pkt);
}

int
trial_attach(struct adapter *a)
{
	struct scsi_pkt *pkt = adapter_packet(a, SCMD_TEST_UNIT_READY, NULL,
	    sizeof (struct scsi_arq_status));
	int error;

	pkt->pkt_flags |= FLAG_NOINTR;
	pkt->pkt_comp = NULL;
	error = adapter_interrupt(a, poll, pkt);
	scsi_destroy_pkt(pkt);
	return (error);
}

/*ARGSUSED*/
int
trial_detach(struct adapter *a)
{
	return (0);
}
