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
 * Commands: from scsi_transport(9F) to a driver that was a SCSI interface
 * module, and back.
 *
 * A command is with the driver from bsd_ccb_start() to bsd_ccb_done().  If the
 * driver is done with it before its tran_start(9E) returns, in whatever thread,
 * it is bsd_ccb_started() that sees what to say of it: when the driver sent it
 * back, for instance, the target driver hears that the adapter is busy.
 *
 * CCBs are an adapter's own, as CAM's are: a packet gets one when it is
 * started.  They are made as needed and freed with the adapter, so that one may
 * look at a CCB whose command may be over by now.  What happens to a command
 * once happens by whoever moves its CCB from one state to the next, with one
 * atomic instruction on its word; only what is rare takes cmds_lock.
 *
 * Lock order: the driver's lock, cmds_lock.
 */

#include <sys/types.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/debug.h>
#include <sys/panic.h>
#include <sys/kmem.h>
#include <sys/buf.h>
#include <sys/vmem.h>
#include <sys/atomic.h>
#include <sys/thread.h>
#include <sys/sysmacros.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include "bsd_cam.h"
#include "bsd_cam_impl.h"

/*
 * While a polled command is not done, its adapter is asked this often, and ever
 * less often the longer it takes.
 */
#define	CAM_POLL_US	20
#define	CAM_POLL_MAX_US	5000

/* Of the first byte of sense data, whatever their format. */
#define	CAM_SENSE_CLASS	0x70

#define	CAM_STATUS(ccb)	((ccb)->status & CAM_STATUS_MASK)

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

/* A packet's CCB, while the driver has its command. */
static struct bsd_ccb *volatile *
cam_pkt_ccb(struct scsi_pkt *pkt)
{
	return ((struct bsd_ccb *volatile *)pkt->pkt_ha_private);
}

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
 * Moves a CCB from one state to another; false when it is not in that state.
 * Either way what was done before the last move is seen, so the instruction is
 * executed even if a look at the word says that it will fail.
 */
boolean_t
cam_move(struct bsd_ccb *ccb, uint_t from, uint_t to)
{
	uint_t uses = ccb->word & ~CAM_STATES;

	return (atomic_cas_uint(&ccb->word, uses | from, uses | to) ==
	    (uses | from));
}

/* A CCB for a command, or NULL; the driver's lock is held. */
static struct bsd_ccb *
cam_obtain(struct bsd_sim *sim)
{
	struct bsd_ccb *ccb;

	if (sim->unused == NULL)
		sim->unused = atomic_swap_ptr(&sim->released, NULL);
	if ((ccb = sim->unused) != NULL) {
		sim->unused = ccb->next;
	} else {
		if ((ccb = bsd_ccb_alloc(KM_NOSLEEP)) == NULL)
			return (NULL);
		ccb->sim = sim;
		ccb->func_code = XPT_SCSI_IO;
		mutex_enter(&sim->cmds_lock);
		list_insert_tail(&sim->cmds, ccb);
		mutex_exit(&sim->cmds_lock);
	}
	atomic_inc_uint(&sim->active);
	return (ccb);
}

/* The contrary: the command of a CCB is over. */
void
cam_release(struct bsd_ccb *ccb)
{
	struct bsd_sim *sim = ccb->sim;
	struct bsd_ccb *first;

	*cam_pkt_ccb(ccb->pkt) = NULL;
	ccb->word = (ccb->word & ~CAM_STATES) | CAM_IDLE;
	do {
		first = sim->released;
		ccb->next = first;
	} while (atomic_cas_ptr(&sim->released, first, ccb) != first);
	atomic_dec_uint(&sim->active);
}

/*
 * The data of a command as the driver sees them: SCSA promises no more than a
 * buffer that is bound.  False when they cannot be mapped now.
 */
static boolean_t
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
static void
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

/*
 * Gives a command to the driver, whose lock is held from here on.  NULL when
 * the adapter takes none now.
 */
struct bsd_ccb *
bsd_ccb_start(struct scsi_address *ap, struct scsi_pkt *pkt)
{
	struct bsd_sim *sim = bsd_address_sim(ap);
	struct bsd_ccb *ccb;
	void *data;

	if (!cam_map_data(sim, pkt, &data))
		return (NULL);

	mutex_enter(sim->lock);
	if (sim->frozen != 0 || sim->active >= sim->limit ||
	    (ccb = cam_obtain(sim)) == NULL) {
		mutex_exit(sim->lock);
		return (NULL);
	}
	ccb->data = data;
	cam_prepare(ccb, pkt);
	/* Last: who finds this state, finds the deadline that goes with it. */
	ccb->word = ((ccb->word + CAM_USES) & ~CAM_STATES) | CAM_STARTING;
	*cam_pkt_ccb(pkt) = ccb;
	if (pkt->pkt_numcookies != 0 &&
	    (pkt->pkt_dma_flags & DDI_DMA_WRITE) != 0)
		(void) ddi_dma_sync(pkt->pkt_handle, 0, 0, DDI_DMA_SYNC_FORDEV);
	return (ccb);
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
static void
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
static void
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

/*
 * Waits until a CCB leaves a state, if no interrupt will see to that, and no
 * longer than so many microseconds.  The driver's lock is held.
 */
static void
cam_poll(struct bsd_ccb *ccb, uint_t state, int64_t most)
{
	struct bsd_sim *sim = ccb->sim;
	int64_t waited = 0;
	clock_t pause;

	while (CAM_STATE(ccb->word) == state && waited < most) {
		if (sim->ops->poll != NULL)
			sim->ops->poll(sim);
		if (CAM_STATE(ccb->word) != state)
			return;
		pause = MIN(MAX(waited / 32, CAM_POLL_US), CAM_POLL_MAX_US);
		mutex_exit(sim->lock);
		drv_usecwait(pause);
		mutex_enter(sim->lock);
		waited += pause;
	}
}

/*
 * Waits for a command that is polled for, as long as it may take; the driver's
 * lock is released then.  True when it is done; if not, the driver keeps its
 * CCB, and its packet says so.
 */
static boolean_t
cam_poll_command(struct bsd_ccb *ccb)
{
	struct bsd_sim *sim = ccb->sim;
	int seconds = ccb->pkt->pkt_time;
	boolean_t done, lost = B_FALSE;

	do {
		cam_poll(ccb, CAM_STARTING, seconds == 0 ? INT64_MAX :
		    (int64_t)seconds * MICROSEC);
		mutex_enter(&sim->cmds_lock);
		done = !cam_move(ccb, CAM_STARTING, CAM_LOSING);
		if (!done && !(lost = cam_lose(ccb)))
			(void) cam_move(ccb, CAM_LOSING, CAM_STARTING);
		mutex_exit(&sim->cmds_lock);
	} while (!done && !lost);
	mutex_exit(sim->lock);
	return (done);
}

/*
 * What becomes of a command that the driver was done with at once, or while it
 * was polled for.
 */
static int
cam_started_done(struct bsd_ccb *ccb, boolean_t polled)
{
	struct bsd_sim *sim = ccb->sim;
	struct scsi_pkt *pkt = ccb->pkt;
	uint_t status = CAM_STATUS(ccb);

	switch (status) {
	case CAM_BUSY:
	case CAM_REQUEUE_REQ:
	case CAM_RESRC_UNAVAIL:
		cam_release(ccb);
		return (TRAN_BUSY);
	case CAM_REQ_INVALID:
	case CAM_REQ_TOO_BIG:
	case CAM_CCB_LEN_ERR:
		cam_release(ccb);
		return (TRAN_BADPKT);
	}
	cam_fill(ccb);
	cam_release(ccb);
	if (!polled)
		cam_deliver(sim, pkt, B_FALSE);
	else if (pkt->pkt_numcookies != 0 &&
	    (pkt->pkt_dma_flags & DDI_DMA_READ) != 0)
		(void) ddi_dma_sync(pkt->pkt_handle, 0, 0, DDI_DMA_SYNC_FORCPU);
	return (TRAN_ACCEPT);
}

/* What tran_start(9E) returns; the driver's lock is released. */
int
bsd_ccb_started(struct bsd_ccb *ccb)
{
	struct bsd_sim *sim = ccb->sim;
	boolean_t polled = (ccb->pkt->pkt_flags & FLAG_NOINTR) != 0;
	boolean_t watch = ccb->deadline != 0 && !polled;
	boolean_t done;

	if (polled) {
		done = cam_poll_command(ccb);
	} else {
		mutex_exit(sim->lock);
		done = !cam_move(ccb, CAM_STARTING, CAM_STARTED);
	}
	if (done)
		return (cam_started_done(ccb, polled));
	/* From here on the packet and its CCB may be anybody's. */
	if (watch)
		cam_watch_commands(sim);
	return (TRAN_ACCEPT);
}

/*
 * Whether the end of a command is for the caller to tell.  It is not while
 * somebody else cares for the command: bsd_ccb_started() yet, or the watchdog,
 * or bsd_ccb_ask().
 */
static boolean_t
cam_end(struct bsd_ccb *ccb)
{
	struct bsd_sim *sim = ccb->sim;

	for (;;) {
		switch (CAM_STATE(ccb->word)) {
		case CAM_STARTING:
			if (cam_move(ccb, CAM_STARTING, CAM_DONE))
				return (B_FALSE);
			continue;
		case CAM_STARTED:
			if (cam_move(ccb, CAM_STARTED, CAM_IDLE))
				return (B_TRUE);
			continue;
		}
		mutex_enter(&sim->cmds_lock);
		switch (CAM_STATE(ccb->word)) {
		case CAM_STARTING:
		case CAM_STARTED:
			/* It was CAM_LOSING, and there was no memory. */
			mutex_exit(&sim->cmds_lock);
			continue;
		case CAM_LOST:
			/* Its packet was given up when it took too long. */
			mutex_exit(&sim->cmds_lock);
			cam_lost_free(ccb);
			return (B_FALSE);
		case CAM_GIVEN_UP:
			list_remove(&sim->given_up, ccb);
			mutex_exit(&sim->cmds_lock);
			bsd_ccb_free(ccb);
			return (B_FALSE);
		case CAM_ASKED:
			ccb->word = CAM_DONE;
			cv_broadcast(&sim->cmds_cv);
			/* FALLTHROUGH */
		default:
			mutex_exit(&sim->cmds_lock);
			return (B_FALSE);
		}
	}
}

static void
cam_done(struct bsd_ccb *ccb, boolean_t direct)
{
	struct bsd_sim *sim = ccb->sim;
	struct scsi_pkt *pkt;

	if ((ccb->status & CAM_RELEASE_SIMQ) != 0)
		bsd_simq_release(sim, 1);
	if (!cam_end(ccb))
		return;
	pkt = ccb->pkt;
	cam_fill(ccb);
	cam_release(ccb);
	cam_deliver(sim, pkt, direct);
}

/* The driver has finished with a CCB; its lock may be held, and often is. */
void
bsd_ccb_done(struct bsd_ccb *ccb)
{
	cam_done(ccb, B_FALSE);
}

/* Likewise, and none of its locks is held. */
void
bsd_ccb_done_direct(struct bsd_ccb *ccb)
{
	cam_done(ccb, B_TRUE);
}

/* So many more times must the queue be released before commands come again. */
void
bsd_simq_freeze(struct bsd_sim *sim, int count)
{
	mutex_enter(&sim->cmds_lock);
	sim->frozen += count;
	mutex_exit(&sim->cmds_lock);
}

/*
 * Target drivers try again by themselves what was refused meanwhile, so there
 * is no queue to run.
 */
/*ARGSUSED*/
void
bsd_simq_release(struct bsd_sim *sim, int run_queue)
{
	mutex_enter(&sim->cmds_lock);
	if (sim->frozen > 0)
		sim->frozen--;
	mutex_exit(&sim->cmds_lock);
}

/*
 * Lets the driver do something that is no command: a reset, the abort of a
 * packet.  It may take a while; 1 when it was done, 0 when not.
 */
int
bsd_ccb_ask(struct scsi_address *ap, enum bsd_ccb_func func,
    struct scsi_pkt *pkt, void (*action)(struct bsd_sim *, struct bsd_ccb *))
{
	struct bsd_sim *sim = bsd_address_sim(ap);
	struct bsd_ccb *ccb;
	clock_t until;
	int done;

	/* An abort of everything is not one that CAM knows. */
	if (func == XPT_ABORT && pkt == NULL)
		return (0);
	if ((ccb = bsd_ccb_alloc(KM_NOSLEEP)) == NULL)
		return (0);
	ccb->sim = sim;
	ccb->address = *ap;
	ccb->ap = &ccb->address;
	ccb->func_code = func;
	ccb->word = CAM_ASKED;
	ccb->status = CAM_REQ_INPROG;

	mutex_enter(sim->lock);
	/* Under this lock no CCB gets another command. */
	if (func == XPT_ABORT &&
	    (ccb->cab.abort_ccb = *cam_pkt_ccb(pkt)) == NULL) {
		mutex_exit(sim->lock);
		bsd_ccb_free(ccb);
		return (0);
	}
	action(sim, ccb);
	if (ddi_in_panic() || do_polled_io != 0 ||
	    (curthread->t_flag & T_INTR_THREAD) != 0) {
		cam_poll(ccb, CAM_ASKED, CAM_RESET_US);
		mutex_exit(sim->lock);
		mutex_enter(&sim->cmds_lock);
	} else {
		mutex_exit(sim->lock);
		until = ddi_get_lbolt() + drv_usectohz(CAM_RESET_US);
		mutex_enter(&sim->cmds_lock);
		while (ccb->word != CAM_DONE && cv_timedwait(&sim->cmds_cv,
		    &sim->cmds_lock, until) > 0)
			;
	}
	if (ccb->word != CAM_DONE) {
		/* The driver still has it: it is freed when that is over. */
		ccb->word = CAM_GIVEN_UP;
		list_insert_tail(&sim->given_up, ccb);
		mutex_exit(&sim->cmds_lock);
		return (0);
	}
	mutex_exit(&sim->cmds_lock);
	/* A dump begins with a reset; it must not end with one that is none. */
	done = CAM_STATUS(ccb) == CAM_REQ_CMP ||
	    (CAM_STATUS(ccb) == CAM_REQ_INVALID && do_polled_io != 0);
	bsd_ccb_free(ccb);
	return (done);
}
