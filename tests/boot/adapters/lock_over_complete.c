/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The callback of a packet may send the next one: the adapter holds no lock
 * that its tran_start(9E) takes.
 */

#include "adapter.h"

static kmutex_t lock;
static int sent;

static void
next(struct scsi_pkt *pkt)
{
	if (sent++ == 0)
		(void) scsi_transport(pkt);
	else
		adapter_back(pkt);
}

static void
done(void *arg)
{
	struct scsi_pkt *pkt = arg;

	mutex_enter(&lock);
	adapter_answer(pkt);
#ifdef BROKEN
	scsi_hba_pkt_comp(pkt);
	mutex_exit(&lock);
#else
	mutex_exit(&lock);
	scsi_hba_pkt_comp(pkt);
#endif
}

/*ARGSUSED*/
int
trial_start(struct scsi_address *ap, struct scsi_pkt *pkt)
{
	mutex_enter(&lock);			/* HERE lock */
	(void) timeout(done, pkt, 1);
	mutex_exit(&lock);
	return (TRAN_ACCEPT);
}

int
trial_attach(struct adapter *a)
{
	struct scsi_pkt *pkt = adapter_packet(a, SCMD_TEST_UNIT_READY, NULL,
	    sizeof (struct scsi_arq_status));

	sent = 0;
	pkt->pkt_comp = next;
	mutex_init(&lock, NULL, MUTEX_DRIVER, NULL);
	if (scsi_transport(pkt) != TRAN_ACCEPT)
		return (EIO);
	adapter_wait(a);
	/* The handler has left its lock. */
	mutex_enter(&lock);
	mutex_exit(&lock);
	delay(2);
	scsi_destroy_pkt(pkt);
	mutex_destroy(&lock);
	return (0);
}

/*ARGSUSED*/
int
trial_detach(struct adapter *a)
{
	return (0);
}
