/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * scsi_hba_pkt_comp(9F): once for each packet.
 */

#include "adapter.h"

void
trial_complete(struct scsi_pkt *pkt)
{
	adapter_answer(pkt);
	scsi_hba_pkt_comp(pkt);
#ifdef BROKEN
	scsi_hba_pkt_comp(pkt);			/* HERE scsi */
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
