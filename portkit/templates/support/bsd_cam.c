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
 * Lock order: the driver's lock, cmds_lock.
 */

#include <sys/types.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/debug.h>
#include <sys/panic.h>
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
