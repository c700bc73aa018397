/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * scsi_destroy_pkt(9F): the adapter must have completed the packet.
 */

#include "adapter.h"

int
trial_attach(struct adapter *a)
{
	struct scsi_pkt *pkt = adapter_packet(a, SCMD_TEST_UNIT_READY, NULL,
	    sizeof (struct scsi_arq_status));

	if (scsi_transport(pkt) != TRAN_ACCEPT)
		return (EIO);
#ifdef BROKEN
	scsi_destroy_pkt(pkt);			/* HERE scsi */
	mutex_enter(&a->a_lock);
	while (a->a_running != 0)
		cv_wait(&a->a_cv, &a->a_lock);
	mutex_exit(&a->a_lock);
#else
	adapter_wait(a);
	scsi_destroy_pkt(pkt);
#endif
	return (0);
}

/*ARGSUSED*/
int
trial_detach(struct adapter *a)
{
	return (0);
}
