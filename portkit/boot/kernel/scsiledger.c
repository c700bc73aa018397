/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The ledger of packets: which there are, which of them an adapter has, since
 * when, and whether what it says of one as it comes back makes sense. See
 * scsi_pkt(9S), tran_start(9E).
 */

#include "kscsi.h"

#define	BUCKETS	256

/*
 * How long after pkt_time a packet may stay away: adapters look at their
 * commands each "scsi-watchdog-tick" seconds, and may reset what hangs.
 */
#define	GRACE	(30L * 1000000000L)

static struct kpkt *buckets[BUCKETS];
static struct kpkt *newest, *oldest;		/* in transport */
static hc_timer *watch;
static hc_time watch_at = HC_FOREVER;
static uint_t generation;

static struct kpkt **
bucket(const struct scsi_pkt *pkt)
{
	return (&buckets[(((uint64_t)(uintptr_t)pkt >> 4) *
	    0x9e3779b97f4a7c15UL) >> 56]);
}

struct kpkt *
kpkt_find(const struct scsi_pkt *pkt)
{
	struct kpkt *kp;

	for (kp = *bucket(pkt); kp != NULL && kp->kp_pkt != pkt;
	    kp = kp->kp_next)
		;
	return (kp);
}

struct kpkt *
kpkt_new(struct scsi_pkt *pkt, struct scsi_address *ap, int statuslen)
{
	struct kpkt *kp = hc_alloc(sizeof (*kp));
	struct kpkt **kpp = bucket(pkt);
	scsi_hba_tran_t *tran = ap->a_hba_tran;

	kp->kp_pkt = pkt;
	kp->kp_hba = tran->tran_hba_dip;
	kp->kp_setup = tran->tran_setup_pkt != NULL;
	kp->kp_statuslen = statuslen;
	kp->kp_target = kp->kp_lun = -1;
	if ((tran->tran_hba_flags & SCSI_HBA_ADDR_COMPLEX) == 0) {
		kp->kp_target = ap->a_target;
		kp->kp_lun = ap->a_lun;
	}
	kp->kp_next = *kpp;
	*kpp = kp;
	return (kp);
}

void
kpkt_free(struct kpkt *kp)
{
	struct kpkt **kpp;

	for (kpp = bucket(kp->kp_pkt); *kpp != kp; kpp = &(*kpp)->kp_next)
		;
	*kpp = kp->kp_next;
	hc_free(kp);
}

uint_t
kpkt_of_adapter(dev_info_t *dip, struct kpkt **first)
{
	struct kpkt *kp;
	uint_t i, n = 0;

	*first = NULL;
	for (i = 0; i < BUCKETS; i++) {
		for (kp = buckets[i]; kp != NULL; kp = kp->kp_next) {
			if (kp->kp_hba != dip)
				continue;
			if (*first == NULL)
				*first = kp;
			n++;
		}
	}
	return (n);
}

uint_t
kscsi_in_transport(dev_info_t *dip)
{
	struct kpkt *kp;
	uint_t n = 0;

	for (kp = oldest; kp != NULL; kp = kp->kp_newer) {
		if (dip == NULL || kp->kp_hba == dip)
			n++;
	}
	return (n);
}

/*
 * "0x12 for hv_storvsc0, target 0 lun 1"
 */
const char *
kpkt_text(const struct kpkt *kp)
{
	static char text[128];

	if (kp->kp_target >= 0) {
		(void) snprintf(text, sizeof (text), "a command 0x%02x of "
		    "%s%d, target %d lun %d", kp->kp_op, KSCSI_WHO(kp->kp_hba),
		    kp->kp_target, kp->kp_lun);
	} else {
		(void) snprintf(text, sizeof (text), "a command 0x%02x of "
		    "%s%d", kp->kp_op, KSCSI_WHO(kp->kp_hba));
	}
	return (text);
}

/*
 * The watch over what is in transport.
 */
static void
set_watch(void)
{
	struct kpkt *kp;

	watch_at = HC_FOREVER;
	for (kp = oldest; kp != NULL; kp = kp->kp_newer) {
		if (kp->kp_deadline != HC_FOREVER && !kp->kp_late &&
		    (watch_at == HC_FOREVER || kp->kp_deadline < watch_at))
			watch_at = kp->kp_deadline;
	}
	if (watch_at != HC_FOREVER)
		hc_timer_at(watch, watch_at);
}

static void
look(void *arg)
{
	struct kpkt *kp;

	for (kp = oldest; kp != NULL; kp = kp->kp_newer) {
		if (kp->kp_deadline == HC_FOREVER || kp->kp_late ||
		    kp->kp_deadline > hc_now())
			continue;
		kp->kp_late = B_TRUE;
		hc_violation_at(&kp->kp_trace, "scsi", "%s has been with the "
		    "adapter for %ld seconds, and pkt_time said %ld: it is "
		    "neither completed nor given up with CMD_TIMEOUT",
		    kpkt_text(kp), (hc_now() - kp->kp_started) / 1000000000L,
		    (kp->kp_deadline - GRACE - kp->kp_started) / 1000000000L);
	}
	set_watch();
}

void
kpkt_begins(struct kpkt *kp)
{
	int seconds = kp->kp_pkt->pkt_time;

	kp->kp_state = KP_STARTING;
	kp->kp_gen = ++generation;
	kp->kp_late = B_FALSE;
	kp->kp_op = kp->kp_pkt->pkt_cdbp != NULL ? kp->kp_pkt->pkt_cdbp[0] : 0;
	kp->kp_started = hc_now();
	kp->kp_deadline = seconds > 0 ? kp->kp_started +
	    seconds * 1000000000L + GRACE : HC_FOREVER;
	hc_trace_take(&kp->kp_trace);
	kp->kp_newer = NULL;
	kp->kp_older = newest;
	if (newest != NULL)
		newest->kp_newer = kp;
	else
		oldest = kp;
	newest = kp;
	if (watch == NULL)
		watch = hc_timer_new(look, NULL, 0);
	if (kp->kp_deadline != HC_FOREVER && (watch_at == HC_FOREVER ||
	    kp->kp_deadline < watch_at)) {
		watch_at = kp->kp_deadline;
		hc_timer_at(watch, watch_at);
	}
}

void
kpkt_ends(struct kpkt *kp)
{
	if (kp->kp_older != NULL)
		kp->kp_older->kp_newer = kp->kp_newer;
	else
		oldest = kp->kp_newer;
	if (kp->kp_newer != NULL)
		kp->kp_newer->kp_older = kp->kp_older;
	else
		newest = kp->kp_older;
	kp->kp_newer = kp->kp_older = NULL;
	/* Else it finds out for itself that there is nothing to report. */
	if (oldest == NULL) {
		(void) hc_timer_cancel(watch);
		watch_at = HC_FOREVER;
	}
}

/*
 * What does not fit together.
 */
static void
check_sense(struct kpkt *kp)
{
	struct scsi_pkt *pkt = kp->kp_pkt;
	struct scsi_arq_status *arq = (void *)pkt->pkt_scbp;
	uchar_t code;

	if ((*pkt->pkt_scbp & STATUS_MASK) != STATUS_CHECK) {
		hc_violation("scsi", "%s: STATE_ARQ_DONE, but the status is "
		    "0x%02x, no check condition", kpkt_text(kp),
		    *pkt->pkt_scbp);
		return;
	}
	if (kp->kp_statuslen < (int)sizeof (*arq)) {
		hc_violation("scsi", "%s: STATE_ARQ_DONE, but the status block "
		    "has %d bytes only, no room for sense data: automatic "
		    "request sense is disabled for this packet",
		    kpkt_text(kp), kp->kp_statuslen);
		return;
	}
	if (arq->sts_rqpkt_reason != CMD_CMPLT)
		return;
	code = *(uchar_t *)&arq->sts_sensedata & 0x7f;
	if (code < 0x70 || (code > 0x73 && code != 0x7f)) {
		hc_violation("scsi", "%s: STATE_ARQ_DONE and sts_rqpkt_reason "
		    "is CMD_CMPLT, but there is no sense data: its first byte "
		    "is 0x%02x", kpkt_text(kp),
		    *(uchar_t *)&arq->sts_sensedata);
	}
}

static void
check_complete(struct kpkt *kp)
{
	struct scsi_pkt *pkt = kp->kp_pkt;

	if ((pkt->pkt_state & STATE_GOT_STATUS) == 0) {
		hc_violation("scsi", "%s: pkt_reason is CMD_CMPLT, but "
		    "pkt_state (0x%x) has no STATE_GOT_STATUS%s", kpkt_text(kp),
		    pkt->pkt_state, kp->kp_polled ? ": a polled command "
		    "(FLAG_NOINTR) is to be complete when tran_start returns" :
		    "");
		return;
	}
	if ((pkt->pkt_state & (STATE_GOT_BUS | STATE_GOT_TARGET |
	    STATE_SENT_CMD)) != (STATE_GOT_BUS | STATE_GOT_TARGET |
	    STATE_SENT_CMD)) {
		hc_violation("scsi", "%s: STATE_GOT_STATUS, but pkt_state "
		    "(0x%x) lacks one of STATE_GOT_BUS, STATE_GOT_TARGET, "
		    "STATE_SENT_CMD", kpkt_text(kp), pkt->pkt_state);
	}
	if (kp->kp_len != 0 && pkt->pkt_resid >= 0 &&
	    (size_t)pkt->pkt_resid < kp->kp_len && kp->kp_statuslen > 0 &&
	    (*pkt->pkt_scbp & STATUS_MASK) == STATUS_GOOD &&
	    (pkt->pkt_state & STATE_XFERRED_DATA) == 0) {
		hc_violation("scsi", "%s: pkt_resid says that %ld of %lu bytes "
		    "were transferred, but pkt_state (0x%x) has no "
		    "STATE_XFERRED_DATA", kpkt_text(kp),
		    (long)kp->kp_len - pkt->pkt_resid, kp->kp_len,
		    pkt->pkt_state);
	}
}

void
kpkt_check(struct kpkt *kp)
{
	struct scsi_pkt *pkt = kp->kp_pkt;

	if (pkt->pkt_reason > CMD_DEV_GONE) {
		hc_violation("scsi", "%s: pkt_reason is %u, which says "
		    "nothing", kpkt_text(kp), pkt->pkt_reason);
	}
	if (pkt->pkt_resid < 0 || (size_t)pkt->pkt_resid > kp->kp_len) {
		hc_violation("scsi", "%s: pkt_resid is %ld, of a transfer of "
		    "%lu bytes", kpkt_text(kp), (long)pkt->pkt_resid,
		    kp->kp_len);
	}
	if (pkt->pkt_reason == CMD_CMPLT)
		check_complete(kp);
	if (pkt->pkt_reason == CMD_TIMEOUT &&
	    (pkt->pkt_statistics & STAT_TIMEOUT) == 0) {
		hc_violation("scsi", "%s: pkt_reason is CMD_TIMEOUT, but "
		    "pkt_statistics (0x%x) has no STAT_TIMEOUT", kpkt_text(kp),
		    pkt->pkt_statistics);
	}
	if ((pkt->pkt_state & STATE_ARQ_DONE) != 0 &&
	    pkt->pkt_scbp != NULL && kp->kp_statuslen > 0)
		check_sense(kp);
}
