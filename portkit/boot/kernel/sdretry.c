/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The end of a command: it goes back to who asked for it, or is tried again,
 * at once or after a while. While one is tried again, the queue waits.
 */

#include "ksd.h"

#define	MAX_ATTENTIONS	600

/*
 * A message of sd(7D)'s. The format takes no final newline.
 */
void
sd_tell(struct sdunit *su, int level, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	(void) kprintf_format(text, sizeof (text), fmt, args);
	va_end(args);
	scsi_log(su->su_dip, "sd", (uint_t)level, "%s\n", text);
}

/*
 * One message for many commands that end the same way.
 */
void
sd_tell_retry(struct sdcmd *sc, int what, const void *arg)
{
	struct sdunit *su = sc->sc_unit;
	struct scsi_pkt *pkt = sc->sc_pkt;

	if (su->su_state != SDS_SUSPENDED &&
	    (pkt->pkt_flags & FLAG_SILENT) == 0) {
		if (what != SD_NO_RETRY && (ddi_in_panic() ||
		    su->su_state == SDS_OFFLINE ||
		    pkt->pkt_reason == su->su_last_reason))
			return;
		sd_tell(su, CE_WARN, "a command failed in transport, reason %s"
		    "; %s", (pkt->pkt_statistics & STAT_PERR) != 0 ? "parity" :
		    scsi_rname(pkt->pkt_reason), what == SD_NO_RETRY ?
		    "it is given up" : "it is tried again");
	}
	if (pkt->pkt_reason != CMD_CMPLT || sc->sc_retries == 0)
		su->su_last_reason = pkt->pkt_reason;
}

static void
count_io(struct sdcmd *sc)
{
	struct sdunit *su = sc->sc_unit;
	kstat_io_t *io;
	size_t n = sc->sc_bp->b_bcount - sc->sc_bp->b_resid;

	if (su->su_stats == NULL)
		return;
	io = su->su_stats->ks_data;
	if ((sc->sc_bp->b_flags & B_READ) != 0) {
		io->reads++;
		io->nread += n;
	} else {
		io->writes++;
		io->nwritten += n;
	}
}

static void
no_longer_retried(struct sdcmd *sc)
{
	struct sdunit *su = sc->sc_unit;

	if (sc == su->su_retry)
		su->su_retry = NULL;
	if (geterror(sc->sc_bp) != 0 && !sc->sc_uscsi)
		su->su_n_errors++;
	count_io(sc);
}

/*
 * To who asked for it; with the mutex, which is given up meanwhile.
 */
static void
give_back(struct sdcmd *sc)
{
	struct sdunit *su = sc->sc_unit;

	sdstat_where(sc, SD_NOWHERE);
	mutex_exit(SU_LOCK(su));
	sdpkt_fini(sc);
	mutex_enter(SU_LOCK(su));
	su->su_in_driver--;
	mutex_exit(SU_LOCK(su));
	if (sc->sc_done != NULL) {
		sc->sc_done(sc);
	} else {
		sc->sc_over = B_TRUE;
		kwait_wake(&sc->sc_waiters);
	}
	mutex_enter(SU_LOCK(su));
}

void
sd_return(struct sdcmd *sc)
{
	struct sdunit *su = sc->sc_unit;

	if (!sc->sc_uscsi && geterror(sc->sc_bp) == 0 && sc->sc_later != 0 &&
	    sc->sc_pkt->pkt_resid == 0 && sdpkt_next_window(sc)) {
		sd_retry(sc, SDR_NOCHECK, NULL, NULL, 0, 0);
		sd_start(su, NULL);
		return;
	}
	no_longer_retried(sc);
	if (su->su_state == SDS_SUSPENDED)
		cv_broadcast(&su->su_idle);
	else
		sd_start(su, NULL);
	give_back(sc);
}

void
sd_fail(struct sdcmd *sc, int error)
{
	if (sc->sc_bp->b_resid == 0)
		sc->sc_bp->b_resid = sc->sc_bp->b_bcount;
	if (geterror(sc->sc_bp) == 0)
		bioerror(sc->sc_bp, error);
	sd_return(sc);
}

/* The same for sd_start(), which goes on itself. */
void
sd_fail_no_restart(struct sdcmd *sc, int error)
{
	if (sc->sc_bp->b_resid == 0)
		sc->sc_bp->b_resid = sc->sc_bp->b_bcount;
	if (geterror(sc->sc_bp) == 0)
		bioerror(sc->sc_bp, error);
	no_longer_retried(sc);
	give_back(sc);
}

/*
 * What is tried again, unless it is under way already; without it, the queue.
 */
void
sd_start_retry(struct sdunit *su)
{
	if (su->su_retry == NULL || su->su_retry->sc_where != SD_RUNS)
		sd_start(su, su->su_retry);
}

void
sd_retry_timer(void *arg)
{
	struct sdunit *su = arg;

	sd_handler_enter(su);
	su->su_retry_id = NULL;
	sd_start_retry(su);
	sd_handler_leave(su);
}

/*
 * The command goes before all others, in that many ticks; with 0, when the
 * caller says so. Behind one that is tried again already, it is the first of
 * the queue.
 */
void
sd_set_retry(struct sdcmd *sc, clock_t ticks)
{
	struct sdunit *su = sc->sc_unit;

	if (su->su_retry == NULL)
		su->su_retry = sc;
	if (su->su_retry != sc) {
		sd_push(sc);
		return;
	}
	sdstat_where(sc, SD_WAITS);
	if (ticks != 0 && su->su_startstop_id == NULL && su->su_prio_id == NULL)
		su->su_retry_id = timeout(sd_retry_timer, su, ticks);
}

static boolean_t
may_retry(struct sdcmd *sc, sdcheck_t check)
{
	struct sdunit *su = sc->sc_unit;

	switch (check) {
	case SDR_VICTIM:
		if (sc->sc_victims < su->su_max_victims) {
			sc->sc_victims++;
			return (B_TRUE);
		}
		/* FALLTHROUGH */
	case SDR_STANDARD:
		if (sc->sc_retries >= su->su_max_retries) {
			if (sc->sc_pkt->pkt_reason == CMD_CMPLT &&
			    SC_STATUS(sc) == STATUS_GOOD && !sc->sc_uscsi)
				sc->sc_bp->b_resid =
				    (size_t)sc->sc_pkt->pkt_resid +
				    sc->sc_later;
			return (B_FALSE);
		}
		sc->sc_retries++;
		return (B_TRUE);
	case SDR_BUSY:
		if (sc->sc_retries >= su->su_max_busy)
			return (B_FALSE);
		sc->sc_retries++;
		return (B_TRUE);
	case SDR_ATTENTION:
		if (sc->sc_attentions >= MAX_ATTENTIONS) {
			sd_tell(su, CE_WARN, "the unit answers with UNIT "
			    "ATTENTION again and again");
			return (B_FALSE);
		}
		sc->sc_attentions++;
		return (B_TRUE);
	default:
		return (B_TRUE);
	}
}

void
sd_retry(struct sdcmd *sc, sdcheck_t check, sdtell_t tell, const void *arg,
    int error, clock_t ticks)
{
	struct sdunit *su = sc->sc_unit;

	if (ddi_in_panic()) {
		sd_fail(sc, error);
		return;
	}
	if ((sc->sc_pkt->pkt_flags & FLAG_DIAGNOSE) != 0) {
		if (tell != NULL)
			tell(sc, SD_NO_RETRY, arg);
		sd_fail(sc, error);
		return;
	}
	if (su->su_state == SDS_SUSPENDED || su->su_state == SDS_DUMPING) {
		if (sc == su->su_retry)
			su->su_retry = NULL;
		sd_push(sc);
		return;
	}
	if (((sc->sc_pkt->pkt_flags & FLAG_ISOLATE) != 0 &&
	    sc->sc_pkt->pkt_reason != CMD_CMPLT) || !may_retry(sc, check)) {
		if (tell != NULL)
			tell(sc, SD_NO_RETRY, arg);
		sd_fail(sc, error);
		return;
	}
	if (error != 0)
		su->su_n_retries++;
	sc->sc_pkt->pkt_flags |= FLAG_HEAD;
	if (ticks == 0 && su->su_in_transport >= su->su_throttle)
		ticks = SD_BUSY_TICKS;
	if (tell != NULL)
		tell(sc, ticks == 0 ? SD_RETRY_NOW : SD_RETRY_LATER, arg);
	if (ticks == 0)
		sd_start(su, sc);
	else
		sd_set_retry(sc, ticks);
}

/*
 * The unit, else the target, else the bus; unless the adapter has done it.
 */
void
sd_reset_target(struct sdcmd *sc)
{
	struct sdunit *su = sc->sc_unit;
	int done = 0;

	if ((sc->sc_pkt->pkt_statistics &
	    (STAT_BUS_RESET | STAT_DEV_RESET | STAT_ABORTED)) != 0)
		return;
	mutex_exit(SU_LOCK(su));
	if (su->su_reset_device) {
		if (su->su_reset_lun)
			done = scsi_reset(SU_ADDRESS(su), RESET_LUN);
		if (done == 0)
			done = scsi_reset(SU_ADDRESS(su), RESET_TARGET);
	}
	if (done == 0)
		(void) scsi_reset(SU_ADDRESS(su), RESET_ALL);
	mutex_enter(SU_LOCK(su));
}
