/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Sending packets and getting them back: scsi_transport(9F),
 * scsi_hba_pkt_comp(9F), scsi_poll(9F); and the other calls of an adapter.
 *
 * pkt_comp of a packet in transport is the framework's own function, which
 * calls the target driver's: so it is seen when an adapter calls it directly,
 * or once more.
 */

#include "kscsi.h"

int do_polled_io;

#define	TRAN_OF(ap)	((ap)->a_hba_tran)

static struct kpkt *
packet(struct scsi_pkt *pkt, const char *called)
{
	struct kpkt *kp = kpkt_find(pkt);

	if (kp == NULL) {
		hc_violation("scsi", "%s: %p is no packet of scsi_init_pkt, or "
		    "has been destroyed", called, (void *)pkt);
	}
	return (kp);
}

/*
 * A packet comes back.
 */
static void
complete(struct kpkt *kp)
{
	struct scsi_pkt *pkt = kp->kp_pkt;
	void (*comp)(struct scsi_pkt *) = kp->kp_comp;
	struct kentry ke;

	kpkt_check(kp);
	kpkt_ends(kp);
	kp->kp_state = KP_DONE;
	if (kp->kp_orphan) {
		kpkt_free(kp);
		KSCSI_CALL("tran_destroy_pkt(9E)", TRAN_OF(&pkt->pkt_address)->
		    tran_destroy_pkt(&pkt->pkt_address, pkt));
		return;
	}
	if (kp->kp_waited) {
		hc_hb_release(kp);
		kwait_wake(&kp->kp_waiters);
		return;
	}
	if (comp == NULL)
		return;
	kentry_enter(&ke, "pkt_comp of scsi_pkt(9S)");
	comp(pkt);
	kentry_leave(&ke);
}

static boolean_t
may_complete(struct scsi_pkt *pkt, struct kpkt *kp, const char *called)
{
	if (kp == NULL)
		return (B_FALSE);
	if (kp->kp_state == KP_DONE) {
		hc_violation("scsi", "%s: %s is completed for the second time",
		    called, kpkt_text(kp));
		return (B_FALSE);
	}
	if (kp->kp_state == KP_IDLE) {
		hc_violation("scsi", "%s: %s is completed, but not in "
		    "transport", called, kpkt_text(kp));
		return (B_FALSE);
	}
	if (kp->kp_polled) {
		hc_violation("scsi", "%s: %s is a polled command "
		    "(FLAG_NOINTR): its completion callback must not be called",
		    called, kpkt_text(kp));
		return (B_FALSE);
	}
	return (B_TRUE);
}

/*
 * What pkt_comp points to.
 */
void
kscsi_completed(struct scsi_pkt *pkt)
{
	struct kpkt *kp;

	hc_point();
	kp = packet(pkt, "pkt_comp");
	if (!may_complete(pkt, kp, "pkt_comp"))
		return;
	if (kp->kp_setup) {
		hc_violation("scsi", "pkt_comp: %s: a driver with "
		    "tran_setup_pkt must complete its packets with "
		    "scsi_hba_pkt_comp", kpkt_text(kp));
	}
	complete(kp);
	hc_point();
}

void
scsi_hba_pkt_comp(struct scsi_pkt *pkt)
{
	struct kpkt *kp;

	hc_point();
	kp = packet(pkt, "scsi_hba_pkt_comp");
	if (!may_complete(pkt, kp, "scsi_hba_pkt_comp"))
		return;
	pkt->pkt_flags |= FLAG_PKT_COMP_CALLED;
	if (kp->kp_setup && (pkt->pkt_dma_flags & DDI_DMA_CONSISTENT) != 0 &&
	    (pkt->pkt_dma_flags & DDI_DMA_READ) != 0)
		scsi_sync_pkt(pkt);
	complete(kp);
	hc_point();
}

/*
 * A packet goes out.
 */
static const char *
answer_text(int answer)
{
	return (answer == TRAN_ACCEPT ? "TRAN_ACCEPT" :
	    answer == TRAN_BUSY ? "TRAN_BUSY" :
	    answer == TRAN_BADPKT ? "TRAN_BADPKT" : "TRAN_FATAL_ERROR");
}

static int
start(struct scsi_pkt *pkt, struct kpkt *kp, boolean_t polled,
    boolean_t waited)
{
	scsi_hba_tran_t *tran = TRAN_OF(&pkt->pkt_address);
	uint_t gen;
	int answer;

	/* Of a polled command, what it had before stays to be remembered. */
	if (pkt->pkt_comp != kscsi_completed && !polled && !waited)
		kp->kp_comp = pkt->pkt_comp;
	if (!polled)
		pkt->pkt_comp = kscsi_completed;
	kp->kp_polled = polled;
	kp->kp_waited = waited;
	kpkt_begins(kp);
	gen = kp->kp_gen;

	KSCSI_CALL("tran_start(9E)", answer = tran->tran_start(
	    &pkt->pkt_address, pkt));

	if (answer < TRAN_FATAL_ERROR || answer > TRAN_ACCEPT) {
		hc_violation("scsi", "tran_start(9E) has returned %d, which "
		    "means nothing", answer);
		answer = TRAN_FATAL_ERROR;
	}
	/* It may be over by now, and even be gone, or out again. */
	if ((kp = kpkt_find(pkt)) == NULL || kp->kp_gen != gen ||
	    kp->kp_state == KP_DONE) {
		if (answer != TRAN_ACCEPT) {
			hc_violation("scsi", "tran_start(9E) has returned %s "
			    "for a packet that it has completed: who sent it "
			    "is told twice", answer_text(answer));
			/* Once is enough. */
			answer = TRAN_ACCEPT;
		}
		return (answer);
	}
	if (answer != TRAN_ACCEPT) {
		kpkt_ends(kp);
		kp->kp_state = KP_IDLE;
		return (answer);
	}
	if (polled) {
		kpkt_check(kp);
		kpkt_ends(kp);
		kp->kp_state = KP_DONE;
	} else {
		kp->kp_state = KP_TRANSPORT;
	}
	return (answer);
}

/*
 * A polled command of a thread that may sleep: for the adapter it is one like
 * others.
 */
static int
start_and_wait(struct scsi_pkt *pkt, struct kpkt *kp)
{
	uint_t flags = pkt->pkt_flags;
	void (*comp)(struct scsi_pkt *) = pkt->pkt_comp;
	int answer;

	(void) kctx_may_sleep("scsi_transport with FLAG_NOINTR, outside of "
	    "interrupts");
	pkt->pkt_flags = (flags & ~FLAG_NOINTR) | FLAG_IMMEDIATE_CB;
	answer = start(pkt, kp, B_FALSE, B_TRUE);
	if (answer == TRAN_ACCEPT) {
		while (kp->kp_state != KP_DONE) {
			kwait_sleep(&kp->kp_waiters, "scsi_transport, polled",
			    pkt);
		}
		hc_hb_acquire(kp);
	}
	kp->kp_waited = B_FALSE;
	pkt->pkt_flags = flags;
	pkt->pkt_comp = comp;
	return (answer);
}

int
scsi_transport(struct scsi_pkt *pkt)
{
	void (*comp)(struct scsi_pkt *);
	struct kpkt *kp;
	uint_t flags;
	int answer;

	hc_point();
	if ((kp = packet(pkt, "scsi_transport")) == NULL)
		return (TRAN_FATAL_ERROR);
	if (kp->kp_state == KP_STARTING || kp->kp_state == KP_TRANSPORT) {
		hc_violation("scsi", "scsi_transport: %s is in transport "
		    "already", kpkt_text(kp));
		return (TRAN_BADPKT);
	}
	pkt->pkt_flags &= ~FLAG_PKT_COMP_CALLED;
	if (!do_polled_io && (pkt->pkt_flags & FLAG_NOINTR) == 0)
		return (start(pkt, kp, B_FALSE, B_FALSE));
	if ((curthread->t_flag & T_INTR_THREAD) == 0 && !do_polled_io)
		return (start_and_wait(pkt, kp));
	if ((pkt->pkt_flags & FLAG_NOINTR) != 0)
		return (start(pkt, kp, B_TRUE, B_FALSE));

	/* The kernel wants all commands polled; who sent it does not know. */
	flags = pkt->pkt_flags;
	comp = pkt->pkt_comp == kscsi_completed ? kp->kp_comp : pkt->pkt_comp;
	pkt->pkt_flags |= FLAG_NOINTR;
	pkt->pkt_comp = NULL;
	answer = start(pkt, kp, B_TRUE, B_FALSE);
	if (answer != TRAN_ACCEPT)
		return (TRAN_FATAL_ERROR);
	pkt->pkt_comp = comp;
	pkt->pkt_flags = flags;
	if (comp != NULL)
		comp(pkt);
	return (answer);
}

/*
 * scsi_poll(9F): sends it until it is through. Transient failures are tried
 * again each 10 milliseconds, a busy unit each second, for pkt_time.
 */
#define	TICK	10000			/* microseconds */
#define	TICKS	(1000000 / TICK)

static int
poll_again(struct scsi_pkt *pkt, int answer)
{
	struct scsi_arq_status *arq = (void *)pkt->pkt_scbp;
	uint8_t *sense = (uint8_t *)&arq->sts_sensedata;
	int status = *pkt->pkt_scbp & STATUS_MASK;

	if (answer != TRAN_ACCEPT)
		return (answer == TRAN_BUSY ? 1 : 0);
	if (pkt->pkt_reason == CMD_INCOMPLETE)
		return (pkt->pkt_state == 0 ? 1 : 0);
	if (pkt->pkt_reason != CMD_CMPLT)
		return (0);
	if (status == STATUS_QFULL)
		return (1);
	if (status == STATUS_BUSY)
		return (TICKS);
	return (status == STATUS_CHECK &&
	    (pkt->pkt_state & STATE_ARQ_DONE) != 0 &&
	    scsi_sense_key(sense) == KEY_NOT_READY &&
	    scsi_sense_asc(sense) == 0x04 && scsi_sense_ascq(sense) == 0x01 ?
	    TICKS : 0);
}

int
scsi_poll(struct scsi_pkt *pkt)
{
	uint_t flags = pkt->pkt_flags;
	void (*comp)(struct scsi_pkt *) = pkt->pkt_comp;
	int seconds = pkt->pkt_time;
	int spent, pause, answer = TRAN_BUSY;

	hc_point();
	pkt->pkt_flags |= FLAG_NOINTR;
	pkt->pkt_comp = NULL;
	if (pkt->pkt_time == 0)
		pkt->pkt_time = SCSI_POLL_TIMEOUT;
	for (spent = 0; spent < pkt->pkt_time * TICKS; spent += pause) {
		*pkt->pkt_scbp = pkt->pkt_reason = 0;
		pkt->pkt_state = 0;
		answer = scsi_transport(pkt);
		pause = poll_again(pkt, answer);
		if (pause == 0)
			break;
		if ((curthread->t_flag & T_INTR_THREAD) == 0 && !do_polled_io)
			delay(drv_usectohz(pause * TICK));
		else
			drv_usecwait(pause * TICK);
	}
	answer = answer == TRAN_ACCEPT && pkt->pkt_reason == CMD_CMPLT &&
	    (*pkt->pkt_scbp & STATUS_MASK) == STATUS_GOOD ? 0 : -1;
	pkt->pkt_flags = flags;
	pkt->pkt_comp = comp;
	pkt->pkt_time = seconds;
	if (answer == 0)
		scsi_sync_pkt(pkt);
	return (answer);
}

/*
 * The other entry points.
 */
int
scsi_abort(struct scsi_address *ap, struct scsi_pkt *pkt)
{
	int done;

	hc_point();
	KSCSI_CALL("tran_abort(9E)", done = TRAN_OF(ap)->tran_abort(ap, pkt));
	return (done);
}

int
scsi_reset(struct scsi_address *ap, int level)
{
	scsi_hba_tran_t *tran = TRAN_OF(ap);
	int done;

	hc_point();
	if (level == RESET_LUN) {
		KSCSI_CALL("tran_getcap(9E)", done = tran->tran_getcap(ap,
		    "lun-reset", 1));
		if (done != 1)
			return (0);
	}
	if (tran->tran_reset == NULL)
		return (0);
	KSCSI_CALL("tran_reset(9E)", done = tran->tran_reset(ap, level));
	return (done);
}

int
scsi_ifgetcap(struct scsi_address *ap, char *cap, int whom)
{
	scsi_hba_tran_t *tran = TRAN_OF(ap);
	uint32_t granular = tran->tran_dma_attr.dma_attr_granular;
	int value, key;

	hc_point();
	KSCSI_CALL("tran_getcap(9E)", value = tran->tran_getcap(ap, cap,
	    whom));
	key = cap != NULL ? scsi_hba_lookup_capstr(cap) : -1;
	if (key == SCSI_CAP_DMA_MAX && granular > 1)
		value -= value % (int)granular;
	if (key == SCSI_CAP_DMA_MAX_ARCH) {
		uint64_t max = MIN(tran->tran_dma_attr.dma_attr_maxxfer,
		    (uint64_t)(uint_t)tran->tran_dma_attr.dma_attr_sgllen *
		    PAGESIZE - PAGESIZE);

		value = (int)MIN(max, (uint64_t)INT32_MAX);
	}
	return (value);
}

int
scsi_ifsetcap(struct scsi_address *ap, char *cap, int value, int whom)
{
	scsi_hba_tran_t *tran = TRAN_OF(ap);
	int done;

	hc_point();
	KSCSI_CALL("tran_setcap(9E)", done = tran->tran_setcap(ap, cap, value,
	    whom));
	if ((done == 1 || tran->tran_setup_pkt != NULL) && cap != NULL &&
	    scsi_hba_lookup_capstr(cap) == SCSI_CAP_SECTOR_SIZE)
		tran->tran_dma_attr.dma_attr_granular = (uint32_t)value;
	return (done);
}

int
scsi_reset_notify(struct scsi_address *ap, int flag,
    void (*callback)(caddr_t), caddr_t arg)
{
	int error;

	hc_point();
	if (TRAN_OF(ap)->tran_reset_notify == NULL)
		return (DDI_FAILURE);
	KSCSI_CALL("tran_reset_notify(9E)", error =
	    TRAN_OF(ap)->tran_reset_notify(ap, flag, callback, arg));
	return (error);
}

int
scsi_clear_task_set(struct scsi_address *ap)
{
	int error;

	hc_point();
	if (TRAN_OF(ap)->tran_clear_task_set == NULL)
		return (-1);
	KSCSI_CALL("tran_clear_task_set", error =
	    TRAN_OF(ap)->tran_clear_task_set(ap));
	return (error);
}

int
scsi_terminate_task(struct scsi_address *ap, struct scsi_pkt *pkt)
{
	int error;

	hc_point();
	if (TRAN_OF(ap)->tran_terminate_task == NULL)
		return (-1);
	KSCSI_CALL("tran_terminate_task", error =
	    TRAN_OF(ap)->tran_terminate_task(ap, pkt));
	return (error);
}

int
scsi_clear_aca(struct scsi_address *ap)
{
	int error;

	hc_point();
	if (TRAN_OF(ap)->tran_clear_aca == NULL)
		return (-1);
	KSCSI_CALL("tran_clear_aca", error = TRAN_OF(ap)->tran_clear_aca(ap));
	return (error);
}

int
scsi_hba_in_panic()
{
	return (panicstr != NULL);
}
