/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * scsi_pkt(9S): STATE_XFERRED_DATA says that there was data; without it nobody
 * looks at them.
 */

#include "adapter.h"

void
trial_complete(struct scsi_pkt *pkt)
{
	adapter_answer(pkt);
#ifdef BROKEN
	pkt->pkt_state &= ~STATE_XFERRED_DATA;
#endif
	scsi_hba_pkt_comp(pkt);			/* HERE scsi */
}
int
trial_attach(struct adapter *a)
{
	struct buf *bp = adapter_buffer(a, 36);
	struct scsi_pkt *pkt = adapter_packet(a, SCMD_INQUIRY, bp,
	    sizeof (struct scsi_arq_status));

	if (scsi_transport(pkt) != TRAN_ACCEPT)
		return (EIO);
	adapter_wait(a);
	scsi_destroy_pkt(pkt);
	scsi_free_consistent_buf(bp);
	return (0);
}

/*ARGSUSED*/
int
trial_detach(struct adapter *a)
{
	return (0);
}
