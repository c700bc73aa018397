/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * tran_start(9E) is called in interrupt handlers, too: it must not wait there.
 */

#include "adapter.h"

/*ARGSUSED*/
int
trial_start(struct scsi_address *ap, struct scsi_pkt *pkt)
{
#ifdef BROKEN
	delay(1);				/* HERE context */
#endif
	adapter_answer(pkt);
	return (TRAN_ACCEPT);
}
static struct scsi_pkt *packet;
static volatile boolean_t polled;

/* An interrupt handler cannot wait: there the adapter itself has to poll. */
/*ARGSUSED*/
static uint_t
poll(caddr_t arg1, caddr_t arg2)
{
	struct adapter *a = (struct adapter *)arg1;

	packet->pkt_flags |= FLAG_NOINTR;
	packet->pkt_comp = NULL;
	(void) scsi_transport(packet);
	mutex_enter(&a->a_lock);
	polled = B_TRUE;
	cv_broadcast(&a->a_cv);
	mutex_exit(&a->a_lock);
	return (DDI_INTR_CLAIMED);
}

int
trial_attach(struct adapter *a)
{
	ddi_softint_handle_t handle;

	if (ddi_intr_add_softint(a->a_dip, &handle, DDI_INTR_SOFTPRI_MIN, poll,
	    (caddr_t)a) != DDI_SUCCESS)
		return (ENOMEM);
	packet = adapter_packet(a, SCMD_TEST_UNIT_READY, NULL,
	    sizeof (struct scsi_arq_status));
	(void) ddi_intr_trigger_softint(handle, NULL);
	mutex_enter(&a->a_lock);
	while (!polled)
		cv_wait(&a->a_cv, &a->a_lock);
	mutex_exit(&a->a_lock);
	(void) ddi_intr_remove_softint(handle);
	scsi_destroy_pkt(packet);
	return (0);
}

/*ARGSUSED*/
int
trial_detach(struct adapter *a)
{
	return (0);
}
