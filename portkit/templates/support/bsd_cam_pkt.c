/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

/*
 * Packets of SCSA and the CCBs of their commands: what each side finds in its
 * own, and how packets go back.
 */

#include <sys/types.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf.h>
#include <sys/vmem.h>
#include <sys/sysmacros.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include "bsd_cam.h"
#include "bsd_cam_impl.h"

/* Of the first byte of sense data, whatever their format. */
#define	CAM_SENSE_CLASS	0x70

#define	SENT		(STATE_GOT_BUS | STATE_GOT_TARGET | STATE_SENT_CMD)

/* What a target driver reads in a packet, for each status of a CCB. */
static const struct cam_result {
	uint8_t	reason;
	uint_t	state;
	uint_t	statistics;
} cam_results[CAM_STATUS_MASK + 1] = {
	[CAM_REQ_CMP] =		{ CMD_CMPLT, SENT | STATE_GOT_STATUS },
	[CAM_SCSI_STATUS_ERROR] = { CMD_CMPLT, SENT | STATE_GOT_STATUS },
	[CAM_AUTOSENSE_FAIL] =	{ CMD_CMPLT, SENT | STATE_GOT_STATUS },
	[CAM_BUSY] =		{ CMD_CMPLT, SENT | STATE_GOT_STATUS },
	[CAM_REQUEUE_REQ] =	{ CMD_CMPLT, SENT | STATE_GOT_STATUS },
	[CAM_RESRC_UNAVAIL] =	{ CMD_CMPLT, SENT | STATE_GOT_STATUS },
	[CAM_REQ_ABORTED] =	{ CMD_ABORTED, SENT, STAT_ABORTED },
	[CAM_UA_ABORT] =	{ CMD_ABORTED, SENT, STAT_ABORTED },
	[CAM_UA_TERMIO] =	{ CMD_TERMINATED, SENT, STAT_TERMINATED },
	[CAM_REQ_TERMIO] =	{ CMD_TERMINATED, SENT, STAT_TERMINATED },
	[CAM_CMD_TIMEOUT] =	{ CMD_TIMEOUT, SENT, STAT_TIMEOUT },
	[CAM_SEL_TIMEOUT] =	{ CMD_INCOMPLETE, STATE_GOT_BUS },
	[CAM_PATH_INVALID] =	{ CMD_INCOMPLETE, STATE_GOT_BUS },
	[CAM_NO_HBA] =		{ CMD_INCOMPLETE, 0 },
	[CAM_DEV_NOT_THERE] =	{ CMD_INCOMPLETE, STATE_GOT_BUS },
	[CAM_SCSI_IT_NEXUS_LOST] = { CMD_DEV_GONE, STATE_GOT_BUS },
	[CAM_SCSI_BUS_RESET] =	{ CMD_RESET, SENT, STAT_BUS_RESET },
	[CAM_BDR_SENT] =	{ CMD_RESET, SENT, STAT_DEV_RESET },
	[CAM_DATA_RUN_ERR] =	{ CMD_DATA_OVR, SENT | STATE_XFERRED_DATA },
	[CAM_UNCOR_PARITY] =	{ CMD_TRAN_ERR, SENT, STAT_PERR },
	[CAM_UNEXP_BUSFREE] =	{ CMD_UNX_BUS_FREE, SENT },
	[CAM_MSG_REJECT_REC] =	{ CMD_BADMSG, SENT }
	/* The others are CMD_TRAN_ERR, see cam_fill(). */
};

/*ARGSUSED*/
int
cam_setup_pkt(struct scsi_pkt *pkt, int (*callback)(caddr_t), caddr_t arg)
{
	*cam_pkt_ccb(pkt) = NULL;
	return (0);
}

/*ARGSUSED*/
void
cam_teardown_pkt(struct scsi_pkt *pkt)
{
}

/*
 * The data of a command as the driver sees them: SCSA promises no more than a
 * buffer that is bound.  False when they cannot be mapped now.
 */
boolean_t
cam_map_data(struct bsd_sim *sim, struct scsi_pkt *pkt, void **datap)
{
	struct buf *bp;

	*datap = NULL;
	if (pkt->pkt_numcookies == 0 ||
	    (sim->ops->flags & BSD_SIM_DATA_PTR) == 0)
		return (B_TRUE);
	bp = scsi_pkt2bp(pkt);
	if ((bp->b_flags & (B_PHYS | B_PAGEIO)) != 0 &&
	    (bp->b_flags & B_REMAPPED) == 0 &&
	    bp_mapin_common(bp, VM_NOSLEEP) == NULL)
		return (B_FALSE);
	*datap = bp->b_un.b_addr + pkt->pkt_dma_offset;
	return (B_TRUE);
}

void *
bsd_ccb_data(struct bsd_ccb *ccb)
{
	return (ccb->data);
}

/* What the driver finds in a CCB, and the target driver in a fresh packet. */
void
cam_prepare(struct bsd_ccb *ccb, struct scsi_pkt *pkt)
{
	struct bsd_sim *sim = ccb->sim;
	uint_t tag = pkt->pkt_flags & FLAG_TAGMASK;

	pkt->pkt_reason = CMD_CMPLT;
	pkt->pkt_state = 0;
	pkt->pkt_statistics = 0;
	pkt->pkt_resid = 0;
	*pkt->pkt_scbp = STATUS_GOOD;
	ccb->pkt = pkt;
	ccb->ap = &pkt->pkt_address;
	ccb->status = CAM_REQ_INPROG;
	ccb->flags = CAM_CDB_POINTER;
	if (pkt->pkt_numcookies != 0)
		ccb->flags |= pkt->pkt_dma_flags & DDI_DMA_RDWR;
	ccb->tag_action = 0;
	if (tag != 0) {
		ccb->flags |= CAM_TAG_ACTION_VALID;
		ccb->tag_action = tag == FLAG_HTAG ? MSG_HEAD_QTAG :
		    tag == FLAG_OTAG ? MSG_ORDERED_QTAG : MSG_SIMPLE_QTAG;
	}
	ccb->sense_data.error_code = 0;
	ccb->sense_len = sizeof (ccb->sense_data);
	ccb->sense_resid = 0;
	ccb->spriv_ptr0 = ccb->spriv_ptr1 = NULL;
	ccb->spriv_field0 = ccb->spriv_field1 = 0;
	ccb->deadline = pkt->pkt_time == 0 ? 0 :
	    MAX(sim->tick + pkt->pkt_time + 1, 1);
}

/* Sense data go behind the status, if the target driver left room for them. */
static void
cam_fill_sense(struct bsd_ccb *ccb)
{
	struct scsi_pkt *pkt = ccb->pkt;
	/* LINTED: pointer alignment, as SCSA has it */
	struct scsi_arq_status *arq = (struct scsi_arq_status *)pkt->pkt_scbp;
	size_t len = ccb->sense_len - MIN(ccb->sense_resid, ccb->sense_len);
	size_t room;

	/* Drivers say so of sense data that did not come, too. */
	if (pkt->pkt_scblen < sizeof (*arq) || len == 0 ||
	    (ccb->sense_data.error_code & CAM_SENSE_CLASS) != CAM_SENSE_CLASS)
		return;
	room = pkt->pkt_scblen -
	    offsetof(struct scsi_arq_status, sts_sensedata);
	len = MIN(len, room);
	bzero(&arq->sts_rqpkt_status, sizeof (arq->sts_rqpkt_status));
	arq->sts_rqpkt_reason = CMD_CMPLT;
	arq->sts_rqpkt_resid = room - len;
	arq->sts_rqpkt_state = SENT | STATE_XFERRED_DATA | STATE_GOT_STATUS;
	arq->sts_rqpkt_statistics = 0;
	bzero(&arq->sts_sensedata, room);
	bcopy(&ccb->sense_data, &arq->sts_sensedata, len);
	pkt->pkt_state |= STATE_ARQ_DONE;
}

/* Says in the packet what became of the command. */
void
cam_fill(struct bsd_ccb *ccb)
{
	struct scsi_pkt *pkt = ccb->pkt;
	const struct cam_result *result = &cam_results[CAM_STATUS(ccb)];

	pkt->pkt_reason = result->state != 0 || result->reason != CMD_CMPLT ?
	    result->reason : CMD_TRAN_ERR;
	pkt->pkt_state |= result->state;
	pkt->pkt_statistics |= result->statistics;
	switch (CAM_STATUS(ccb)) {
	case CAM_BUSY:
	case CAM_REQUEUE_REQ:
	case CAM_RESRC_UNAVAIL:
		*pkt->pkt_scbp = STATUS_BUSY;
		break;
	case CAM_AUTOSENSE_FAIL:
		*pkt->pkt_scbp = STATUS_CHECK;
		break;
	}
	if (pkt->pkt_reason != CMD_CMPLT) {
		pkt->pkt_resid = pkt->pkt_dma_len;
		return;
	}
	if (pkt->pkt_numcookies != 0 &&
	    pkt->pkt_resid < (ssize_t)pkt->pkt_dma_len)
		pkt->pkt_state |= STATE_XFERRED_DATA;
	if ((*pkt->pkt_scbp & STATUS_MASK) == STATUS_CHECK &&
	    (ccb->status & CAM_AUTOSNS_VALID) != 0)
		cam_fill_sense(ccb);
}

/*
 * Completes a packet: now, or from the soft interrupt.  The framework brings
 * its data to where the CPUs see them: see scsi_init_pkt(9F), PKT_CONSISTENT,
 * and scsi_sync_pkt(9F).
 */
void
cam_deliver(struct bsd_sim *sim, struct scsi_pkt *pkt, boolean_t direct)
{
	boolean_t trigger;

	if (direct) {
		scsi_hba_pkt_comp(pkt);
		return;
	}
	pkt->pkt_stmp = NULL;
	mutex_enter(&sim->done_lock);
	trigger = sim->done_first == NULL;
	*sim->done_last = pkt;
	sim->done_last = (struct scsi_pkt **)&pkt->pkt_stmp;
	mutex_exit(&sim->done_lock);
	if (trigger)
		(void) ddi_intr_trigger_softint(sim->softint, NULL);
}

/*ARGSUSED*/
uint_t
cam_softint(caddr_t arg1, caddr_t arg2)
{
	struct bsd_sim *sim = (struct bsd_sim *)(uintptr_t)arg1;
	struct scsi_pkt *pkt, *next;

	mutex_enter(&sim->done_lock);
	pkt = sim->done_first;
	sim->done_first = NULL;
	sim->done_last = &sim->done_first;
	mutex_exit(&sim->done_lock);
	if (pkt == NULL)
		return (DDI_INTR_UNCLAIMED);
	for (; pkt != NULL; pkt = next) {
		next = pkt->pkt_stmp;
		pkt->pkt_stmp = NULL;
		scsi_hba_pkt_comp(pkt);
	}
	return (DDI_INTR_CLAIMED);
}
