/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * tran_init_pkt(9E): a packet is allocated by scsi_hba_pkt_alloc(9F).
 */

#include "adapter.h"

#ifdef BROKEN
struct own {
	struct scsi_pkt	o_pkt;
	struct command	o_command;
	uchar_t		o_cdb[16];
	struct scsi_arq_status o_status;
};
#endif

/*ARGSUSED*/
static struct scsi_pkt *
init_pkt(struct scsi_address *ap, struct scsi_pkt *pkt, struct buf *bp,
    int cmdlen, int statuslen, int tgtlen, int flags,
    int (*callback)(caddr_t), caddr_t arg)
{
#ifdef BROKEN
	struct own *o = kmem_zalloc(sizeof (*o), KM_SLEEP);

	pkt = &o->o_pkt;
	pkt->pkt_ha_private = &o->o_command;
	pkt->pkt_cdbp = o->o_cdb;
	pkt->pkt_scbp = (uchar_t *)&o->o_status;
	pkt->pkt_address = *ap;
	return (pkt);
#else
	return (scsi_hba_pkt_alloc(NULL, ap, cmdlen, statuslen, tgtlen,
	    sizeof (struct command), callback, arg));
#endif
}

/*ARGSUSED*/
static void
destroy_pkt(struct scsi_address *ap, struct scsi_pkt *pkt)
{
#ifdef BROKEN
	kmem_free(pkt, sizeof (struct own));
#else
	scsi_hba_pkt_free(ap, pkt);
#endif
}

/*ARGSUSED*/
static void
nothing(struct scsi_address *ap, struct scsi_pkt *pkt)
{
}

void
trial_tran(struct adapter *a)
{
	a->a_tran->tran_setup_pkt = NULL;
	a->a_tran->tran_teardown_pkt = NULL;
	a->a_tran->tran_init_pkt = init_pkt;
	a->a_tran->tran_destroy_pkt = destroy_pkt;
	a->a_tran->tran_dmafree = nothing;
	a->a_tran->tran_sync_pkt = nothing;
}

int
trial_attach(struct adapter *a)
{
	struct scsi_address ap = { .a_hba_tran = a->a_tran };
	struct scsi_pkt *pkt;

	pkt = scsi_init_pkt(&ap, NULL, NULL, CDB_GROUP0, /* HERE scsi */
	    sizeof (struct scsi_arq_status), 0, 0, SLEEP_FUNC, NULL);
	pkt->pkt_cdbp[0] = SCMD_TEST_UNIT_READY;
	pkt->pkt_comp = adapter_back;
	pkt->pkt_time = 5;
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
