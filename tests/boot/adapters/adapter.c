/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

#include "adapter.h"

int trial_skips_init __attribute__((weak)) = 0;
int trial_skips_detach __attribute__((weak)) = 0;

#pragma weak trial_complete
#pragma weak trial_start
#pragma weak trial_tran
#pragma weak trial_setup

static void *softstate;

static ddi_dma_attr_t adapter_dma_attr = {
	.dma_attr_version =	DMA_ATTR_V0,
	.dma_attr_addr_lo =	0,
	.dma_attr_addr_hi =	0xffffffffffffffffULL,
	.dma_attr_count_max =	0xffffffff,
	.dma_attr_align =	1,
	.dma_attr_burstsizes =	1,
	.dma_attr_minxfer =	1,
	.dma_attr_maxxfer =	0xffffffff,
	.dma_attr_seg =		0xffffffff,
	.dma_attr_sgllen =	64,
	.dma_attr_granular =	1
};

void
adapter_answer(struct scsi_pkt *pkt)
{
	struct buf *bp = NULL;
	struct scsi_inquiry *inq;

	pkt->pkt_reason = CMD_CMPLT;
	pkt->pkt_state = STATE_GOT_BUS | STATE_GOT_TARGET | STATE_SENT_CMD |
	    STATE_GOT_STATUS;
	pkt->pkt_statistics = 0;
	pkt->pkt_resid = 0;
	*pkt->pkt_scbp = STATUS_GOOD;
	if (pkt->pkt_cdbp[0] != SCMD_INQUIRY || pkt->pkt_numcookies == 0)
		return;
	bp = scsi_pkt2bp(pkt);
	bp_mapin(bp);
	inq = (struct scsi_inquiry *)bp->b_un.b_addr;
	bzero(inq, bp->b_bcount);
	if (bp->b_bcount >= 36) {
		inq->inq_ansi = RDF_SCSI2;
		inq->inq_rdf = RDF_SCSI2;
		inq->inq_len = 31;
		bcopy("portkit ", inq->inq_vid, 8);
		bcopy("trial           ", inq->inq_pid, 16);
	}
	pkt->pkt_state |= STATE_XFERRED_DATA;
	pkt->pkt_resid = bp->b_bcount > 36 ? (ssize_t)bp->b_bcount - 36 : 0;
}

void
trial_complete(struct scsi_pkt *pkt)
{
	adapter_answer(pkt);
	scsi_hba_pkt_comp(pkt);
}

static void
later(void *arg)
{
	struct scsi_pkt *pkt = arg;
	struct adapter *a = ADAPTER(pkt);

	trial_complete(pkt);
	mutex_enter(&a->a_lock);
	a->a_running--;
	cv_broadcast(&a->a_cv);
	mutex_exit(&a->a_lock);
}

/*ARGSUSED*/
int
trial_start(struct scsi_address *ap, struct scsi_pkt *pkt)
{
	struct adapter *a = ADAPTER(pkt);

	pkt->pkt_reason = CMD_CMPLT;
	pkt->pkt_state = 0;
	pkt->pkt_statistics = 0;
	if ((pkt->pkt_flags & FLAG_NOINTR) != 0) {
		adapter_answer(pkt);
		return (TRAN_ACCEPT);
	}
	mutex_enter(&a->a_lock);
	a->a_running++;
	mutex_exit(&a->a_lock);
	COMMAND(pkt)->c_timer = timeout(later, pkt, 1);
	return (TRAN_ACCEPT);
}

void
trial_tran(struct adapter *a)
{
	a->a_running = 0;
}

int
trial_setup(dev_info_t *dip, ddi_dma_attr_t *attr, scsi_hba_tran_t *tran)
{
	return (scsi_hba_attach_setup(dip, attr, tran,
	    SCSI_HBA_TRAN_CDB | SCSI_HBA_TRAN_SCB));
}

/*
 * Sending.
 */
struct buf *
adapter_buffer(struct adapter *a, size_t len)
{
	struct scsi_address ap = { .a_hba_tran = a->a_tran };

	return (scsi_alloc_consistent_buf(&ap, NULL, len, B_READ, SLEEP_FUNC,
	    NULL));
}

struct scsi_pkt *
adapter_packet(struct adapter *a, uchar_t opcode, struct buf *bp,
    int statuslen)
{
	struct scsi_address ap = { .a_hba_tran = a->a_tran };
	struct scsi_pkt *pkt;

	pkt = scsi_init_pkt(&ap, NULL, bp, CDB_GROUP0, statuslen, 0,
	    PKT_CONSISTENT, SLEEP_FUNC, NULL);
	if (pkt == NULL)
		return (NULL);
	(void) scsi_setup_cdb((union scsi_cdb *)pkt->pkt_cdbp, opcode, 0,
	    bp != NULL ? (uint_t)bp->b_bcount : 0, 0);
	pkt->pkt_comp = adapter_back;
	pkt->pkt_time = 5;
	a->a_back = B_FALSE;
	return (pkt);
}

void
adapter_back(struct scsi_pkt *pkt)
{
	struct adapter *a = ADAPTER(pkt);

	mutex_enter(&a->a_lock);
	a->a_back = B_TRUE;
	cv_broadcast(&a->a_cv);
	mutex_exit(&a->a_lock);
}

/* Until the packet is back, and the adapter does not touch it any more. */
void
adapter_wait(struct adapter *a)
{
	mutex_enter(&a->a_lock);
	while (!a->a_back || a->a_running != 0)
		cv_wait(&a->a_cv, &a->a_lock);
	mutex_exit(&a->a_lock);
}

/*
 * An interrupt handler.
 */
struct handler {
	struct adapter	*h_adapter;
	void		(*h_func)(void *);
	void		*h_arg;
	boolean_t	h_done;
};

/*ARGSUSED*/
static uint_t
handler(caddr_t arg1, caddr_t arg2)
{
	struct handler *h = (void *)arg1;
	struct adapter *a = h->h_adapter;

	h->h_func(h->h_arg);
	mutex_enter(&a->a_lock);
	h->h_done = B_TRUE;
	cv_broadcast(&a->a_cv);
	mutex_exit(&a->a_lock);
	return (DDI_INTR_CLAIMED);
}

int
adapter_interrupt(struct adapter *a, void (*func)(void *), void *arg)
{
	struct handler h = { a, func, arg, B_FALSE };
	ddi_softint_handle_t softint;

	if (ddi_intr_add_softint(a->a_dip, &softint, DDI_INTR_SOFTPRI_MIN,
	    handler, (caddr_t)&h) != DDI_SUCCESS)
		return (ENOMEM);
	(void) ddi_intr_trigger_softint(softint, NULL);
	mutex_enter(&a->a_lock);
	while (!h.h_done)
		cv_wait(&a->a_cv, &a->a_lock);
	mutex_exit(&a->a_lock);
	(void) ddi_intr_remove_softint(softint);
	return (0);
}

/*
 * The rest of an adapter.
 */
/*ARGSUSED*/
static int
adapter_abort(struct scsi_address *ap, struct scsi_pkt *pkt)
{
	return (0);
}

/*ARGSUSED*/
static int
adapter_reset(struct scsi_address *ap, int level)
{
	return (0);
}

/*ARGSUSED*/
static int
adapter_getcap(struct scsi_address *ap, char *cap, int whom)
{
	return (cap != NULL && scsi_hba_lookup_capstr(cap) == SCSI_CAP_ARQ ?
	    1 : -1);
}

/*ARGSUSED*/
static int
adapter_setcap(struct scsi_address *ap, char *cap, int value, int whom)
{
	return (0);
}

/*ARGSUSED*/
static int
adapter_setup_pkt(struct scsi_pkt *pkt, int (*callback)(caddr_t), caddr_t arg)
{
	COMMAND(pkt)->c_pkt = pkt;
	return (0);
}

static void
adapter_teardown_pkt(struct scsi_pkt *pkt)
{
	COMMAND(pkt)->c_pkt = NULL;
}

static int
adapter_attach(dev_info_t *dip, ddi_attach_cmd_t cmd)
{
	struct adapter *a;
	scsi_hba_tran_t *tran;
	int instance = ddi_get_instance(dip);

	if (cmd != DDI_ATTACH ||
	    ddi_soft_state_zalloc(softstate, instance) != DDI_SUCCESS)
		return (DDI_FAILURE);
	a = ddi_get_soft_state(softstate, instance);
	a->a_dip = dip;
	mutex_init(&a->a_lock, NULL, MUTEX_DRIVER, NULL);
	cv_init(&a->a_cv, NULL, CV_DRIVER, NULL);
	a->a_tran = tran = scsi_hba_tran_alloc(dip, SCSI_HBA_CANSLEEP);
	tran->tran_hba_private = a;
	tran->tran_start = trial_start;
	tran->tran_abort = adapter_abort;
	tran->tran_reset = adapter_reset;
	tran->tran_getcap = adapter_getcap;
	tran->tran_setcap = adapter_setcap;
	tran->tran_setup_pkt = adapter_setup_pkt;
	tran->tran_teardown_pkt = adapter_teardown_pkt;
	tran->tran_hba_len = sizeof (struct command);
	trial_tran(a);
	if (trial_setup(dip, &adapter_dma_attr, tran) != DDI_SUCCESS)
		goto failed;
	if (trial_attach(a) != 0) {
		(void) scsi_hba_detach(dip);
		goto failed;
	}
	return (DDI_SUCCESS);
failed:
	scsi_hba_tran_free(tran);
	cv_destroy(&a->a_cv);
	mutex_destroy(&a->a_lock);
	ddi_soft_state_free(softstate, instance);
	return (DDI_FAILURE);
}

static int
adapter_detach(dev_info_t *dip, ddi_detach_cmd_t cmd)
{
	struct adapter *a;

	if (cmd != DDI_DETACH)
		return (DDI_FAILURE);
	a = ddi_get_soft_state(softstate, ddi_get_instance(dip));
	if (trial_detach(a) != 0)
		return (DDI_FAILURE);
	if (!trial_skips_detach) {
		(void) scsi_hba_detach(dip);
		scsi_hba_tran_free(a->a_tran);
	}
	cv_destroy(&a->a_cv);
	mutex_destroy(&a->a_lock);
	ddi_soft_state_free(softstate, ddi_get_instance(dip));
	return (DDI_SUCCESS);
}

static struct dev_ops adapter_ops = {
	.devo_rev =	DEVO_REV,
	.devo_getinfo =	ddi_no_info,
	.devo_identify = nulldev,
	.devo_probe =	nulldev,
	.devo_attach =	adapter_attach,
	.devo_detach =	adapter_detach,
	.devo_reset =	nodev,
	.devo_quiesce =	ddi_quiesce_not_needed
};

static struct modldrv adapter_modldrv = {
	&mod_driverops, "Trial adapter", &adapter_ops
};

static struct modlinkage adapter_modlinkage = {
	MODREV_1, { &adapter_modldrv, NULL }
};

int
_init(void)
{
	int error;

	error = ddi_soft_state_init(&softstate, sizeof (struct adapter), 1);
	if (error != 0)
		return (error);
	if (!trial_skips_init && (error = scsi_hba_init(&adapter_modlinkage)) !=
	    0) {
		ddi_soft_state_fini(&softstate);
		return (error);
	}
	if ((error = mod_install(&adapter_modlinkage)) != 0) {
		scsi_hba_fini(&adapter_modlinkage);
		ddi_soft_state_fini(&softstate);
	}
	return (error);
}

int
_fini(void)
{
	int error = mod_remove(&adapter_modlinkage);

	if (error == 0) {
		scsi_hba_fini(&adapter_modlinkage);
		ddi_soft_state_fini(&softstate);
	}
	return (error);
}

int
_info(struct modinfo *modinfop)
{
	return (mod_info(&adapter_modlinkage, modinfop));
}
