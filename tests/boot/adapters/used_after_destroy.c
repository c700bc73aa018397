/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * scsi_destroy_pkt(9F): the memory of the packet is gone.
 */

#include "adapter.h"

int
trial_attach(struct adapter *a)
{
	struct scsi_pkt *pkt = adapter_packet(a, SCMD_TEST_UNIT_READY, NULL,
	    sizeof (struct scsi_arq_status));
	int error;

	if (scsi_transport(pkt) != TRAN_ACCEPT)
		return (EIO);
	adapter_wait(a);
#ifdef BROKEN
	scsi_destroy_pkt(pkt);
	error = pkt->pkt_reason;		/* HERE memory */
#else
	error = pkt->pkt_reason;
	scsi_destroy_pkt(pkt);
#endif
	return (error == CMD_CMPLT ? 0 : EIO);
}

/*ARGSUSED*/
int
trial_detach(struct adapter *a)
{
	return (0);
}
