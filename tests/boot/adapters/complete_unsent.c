/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * scsi_hba_pkt_comp(9F) of a packet that tran_start(9E) has not accepted.
 */

#include "adapter.h"

/*ARGSUSED*/
int
trial_start(struct scsi_address *ap, struct scsi_pkt *pkt)
{
	return (TRAN_BUSY);
}

int
trial_attach(struct adapter *a)
{
	struct scsi_pkt *pkt = adapter_packet(a, SCMD_TEST_UNIT_READY, NULL,
	    sizeof (struct scsi_arq_status));

	if (scsi_transport(pkt) == TRAN_BUSY) {
#ifdef BROKEN
		scsi_hba_pkt_comp(pkt);		/* HERE scsi */
#endif
	}
	scsi_destroy_pkt(pkt);
	return (0);
}

/*ARGSUSED*/
int
trial_detach(struct adapter *a)
{
	return (0);
}
