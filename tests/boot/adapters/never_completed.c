/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * pkt_time of scsi_pkt(9S): the adapter gives up what takes longer.
 */

#include "adapter.h"

#ifdef BROKEN
#define	SECONDS	60
#else
#define	SECONDS	5
#endif

static void
give_up(void *arg)
{
	struct scsi_pkt *pkt = arg;

	adapter_answer(pkt);
	pkt->pkt_reason = CMD_TIMEOUT;
	pkt->pkt_state &= ~STATE_GOT_STATUS;
	pkt->pkt_statistics |= STAT_TIMEOUT | STAT_ABORTED;
	scsi_hba_pkt_comp(pkt);
}

/*ARGSUSED*/
int
trial_start(struct scsi_address *ap, struct scsi_pkt *pkt)
{
	(void) timeout(give_up, pkt, drv_usectohz(SECONDS * 1000000));
	return (TRAN_ACCEPT);
}

int
trial_attach(struct adapter *a)
{
	struct scsi_pkt *pkt = adapter_packet(a, SCMD_TEST_UNIT_READY, NULL,
	    sizeof (struct scsi_arq_status));

	if (scsi_transport(pkt) != TRAN_ACCEPT)	/* HERE scsi */
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
