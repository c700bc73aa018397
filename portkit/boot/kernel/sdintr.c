/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Packets that come back: what became of the command, and what is done about
 * it. The next command leaves from here.
 */

#include "ksd.h"

static boolean_t
is_transfer(const struct sdcmd *sc)
{
	uchar_t op = sc->sc_pkt->pkt_cdbp[0] & 0x1f;

	return (!sc->sc_uscsi && (op == SCMD_READ || op == SCMD_WRITE));
}

static void
tell_incomplete(struct sdcmd *sc, int what, const void *arg)
{
	if ((sc->sc_pkt->pkt_flags & FLAG_SILENT) != 0)
		return;
	sd_tell(sc->sc_unit, CE_WARN, "a %s ended with %ld bytes not "
	    "transferred; it is %s",
	    (sc->sc_bp->b_flags & B_READ) != 0 ? "read" : "write",
	    (long)sc->sc_pkt->pkt_resid,
	    what == SD_NO_RETRY ? "given up" : "tried again");
}

static void
tell_not_selected(struct sdcmd *sc, int what, const void *arg)
{
	struct sdunit *su = sc->sc_unit;

	if (what != SD_NO_RETRY) {
		sd_tell_retry(sc, what, arg);
	} else if (su->su_state != SDS_OFFLINE) {
		sd_tell(su, CE_WARN, "the device does not respond to "
		    "selection");
		su->su_state = SDS_OFFLINE;
	}
}

static void
device_gone(struct sdcmd *sc)
{
	struct sdunit *su = sc->sc_unit;

	if (su->su_last_reason != CMD_DEV_GONE) {
		su->su_last_reason = CMD_DEV_GONE;
		sd_tell(su, CE_WARN, "a command failed: the device is gone");
	}
	su->su_media = SDM_GONE;
	if (sc == su->su_rqs)
		sc = sd_rqs_idle(su);
	sd_fail(sc, EIO);
}

/*
 * The adapter knows the device as busy; after some of that, a reset.
 */
static void
status_busy(struct sdcmd *sc)
{
	struct sdunit *su = sc->sc_unit;
	int done = 0;

	if (sc->sc_retries >= su->su_max_busy) {
		sd_tell(su, CE_WARN, "the device is busy for too long");
		sd_fail(sc, EIO);
		return;
	}
	if (++sc->sc_retries == MAX(su->su_reset_after, 2)) {
		mutex_exit(SU_LOCK(su));
		if (su->su_reset_device) {
			if (su->su_reset_lun)
				done = scsi_reset(SU_ADDRESS(su), RESET_LUN);
			if (done == 0)
				done = scsi_reset(SU_ADDRESS(su), RESET_TARGET);
		}
		if (done == 0)
			done = scsi_reset(SU_ADDRESS(su), RESET_ALL);
		mutex_enter(SU_LOCK(su));
		if (done == 0) {
			sd_fail(sc, EIO);
			return;
		}
	}
	sd_retry(sc, SDR_NOCHECK, NULL, NULL, EIO, SD_BUSY_TICKS);
}

void
sd_status_reserved(struct sdcmd *sc)
{
	uchar_t op = sc->sc_pkt->pkt_cdbp[0];

	if (sc->sc_unit->su_scsi3_reserve &&
	    (op == SCMD_PERSISTENT_RESERVE_IN ||
	    op == SCMD_PERSISTENT_RESERVE_OUT)) {
		sd_fail(sc, EACCES);
		return;
	}
	sd_retry(sc, SDR_STANDARD, NULL, NULL, EIO, 2);
}

static void
status(struct sdcmd *sc)
{
	struct sdunit *su = sc->sc_unit;

	switch (SC_STATUS(sc)) {
	case STATUS_GOOD:
		su->su_hard++;
		sd_retry(sc, SDR_STANDARD, tell_incomplete, NULL, EIO, 0);
		break;
	case STATUS_CHECK:
	case STATUS_TERMINATED:
		/* With automatic sense there should have been some. */
		if (su->su_arq)
			sd_retry(sc, SDR_STANDARD, NULL, NULL, EIO,
			    su->su_interconnect_fc ? SD_RETRY_TICKS : 0);
		else
			sd_request_sense(sc);
		break;
	case STATUS_BUSY:
		status_busy(sc);
		break;
	case STATUS_RESERVATION_CONFLICT:
		sd_status_reserved(sc);
		break;
	case STATUS_QFULL:
		sd_reduce_throttle(su, B_TRUE);
		sd_retry(sc, SDR_NOCHECK, NULL, NULL, 0, SD_RETRY_TICKS);
		break;
	default:
		sd_tell(su, CE_WARN, "SCSI status 0x%x is none that ends a "
		    "command", SC_STATUS(sc));
		sd_fail(sc, EIO);
		break;
	}
}

static void
tag_reject(struct sdcmd *sc)
{
	struct sdunit *su = sc->sc_unit;

	su->su_hard++;
	sc->sc_pkt->pkt_flags = 0;
	su->su_tagflags = 0;
	su->su_throttle = 1;
	mutex_exit(SU_LOCK(su));
	(void) scsi_ifsetcap(SU_ADDRESS(su), "tagged-qing", 0, 1);
	mutex_enter(SU_LOCK(su));
	sd_retry(sc, SDR_NOCHECK, sd_tell_retry, NULL, EIO, SD_RETRY_TICKS);
}

static void
not_complete(struct sdcmd *sc)
{
	struct sdunit *su = sc->sc_unit;
	const struct scsi_pkt *pkt = sc->sc_pkt;
	sdcheck_t check = SDR_STANDARD;
	sdtell_t tell = sd_tell_retry;

	switch (pkt->pkt_reason) {
	case CMD_INCOMPLETE:
		/* There is nothing to reset that was not selected. */
		if (pkt->pkt_state != STATE_GOT_BUS) {
			su->su_tran++;
			sd_reset_target(sc);
		}
		tell = tell_not_selected;
		break;
	case CMD_TRAN_ERR:
		su->su_hard++;
		if ((pkt->pkt_statistics & STAT_PERR) == 0 &&
		    pkt->pkt_state != STATE_GOT_BUS) {
			su->su_tran++;
			sd_reset_target(sc);
		}
		break;
	case CMD_UNX_BUS_FREE:
		su->su_hard++;
		if ((pkt->pkt_statistics & STAT_PERR) != 0)
			tell = NULL;
		break;
	case CMD_TAG_REJECT:
		tag_reject(sc);
		return;
	case CMD_RESET:
	case CMD_ABORTED:
		/* Another command was the reason, most likely. */
		check = SDR_VICTIM;
		/* FALLTHROUGH */
	default:
		if (pkt->pkt_reason == CMD_TIMEOUT)
			su->su_n_timeouts++;
		su->su_tran++;
		sd_reset_target(sc);
		break;
	}
	sd_retry(sc, check, tell, NULL, EIO, SD_RETRY_TICKS);
}

static void
failed(struct sdcmd *sc)
{
	struct sdunit *su = sc->sc_unit;
	struct scsi_pkt *pkt = sc->sc_pkt;

	if (su->su_interconnect_fc && !sc->sc_uscsi) {
		scsi_dmafree(pkt);
		sc->sc_unbound = B_TRUE;
	}
	if ((pkt->pkt_flags & FLAG_DIAGNOSE) != 0) {
		if (pkt->pkt_reason == CMD_TIMEOUT)
			su->su_n_timeouts++;
		if (pkt->pkt_reason == CMD_CMPLT &&
		    SC_STATUS(sc) == STATUS_CHECK)
			sd_request_sense(sc);
		else
			sd_fail(sc, EIO);
	} else if (pkt->pkt_reason == CMD_CMPLT) {
		status(sc);
	} else {
		not_complete(sc);
	}
}

static void
completed(struct sdcmd *sc)
{
	struct sdunit *su = sc->sc_unit;
	struct scsi_pkt *pkt = sc->sc_pkt;

	if (pkt->pkt_reason == CMD_DEV_GONE) {
		device_gone(sc);
	} else if ((pkt->pkt_state & STATE_ARQ_DONE) != 0 && su->su_arq) {
		if ((pkt->pkt_flags & FLAG_DIAGNOSE) != 0) {
			sd_auto_sense_keep(sc);
			sd_fail(sc, EIO);
			return;
		}
		if (su->su_interconnect_fc && !sc->sc_uscsi) {
			scsi_dmafree(pkt);
			sc->sc_unbound = B_TRUE;
		}
		sd_auto_sensed(sc);
	} else if ((pkt->pkt_flags & FLAG_SENSING) != 0) {
		sd_sensed(sc);
	} else if (pkt->pkt_reason == CMD_CMPLT &&
	    SC_STATUS(sc) == STATUS_GOOD &&
	    (pkt->pkt_resid == 0 || !is_transfer(sc))) {
		sc->sc_bp->b_resid = (size_t)pkt->pkt_resid;
		sd_return(sc);
	} else {
		failed(sc);
	}
}

/*
 * pkt_comp of all packets.
 */
void
sd_intr(struct scsi_pkt *pkt)
{
	struct sdcmd *sc = pkt->pkt_private;
	struct sdunit *su = sc->sc_unit;

	mutex_enter(SU_LOCK(su));
	/* An adapter that was late with what it polled for a dump. */
	if (sc == su->su_rqs && !su->su_rqs_busy) {
		mutex_exit(SU_LOCK(su));
		return;
	}
	su->su_in_transport--;
	su->su_in_callback++;
	sdstat_where(sc, SD_NOWHERE);
	completed(sc);
	su->su_in_callback--;
	cv_broadcast(&su->su_idle);
	mutex_exit(SU_LOCK(su));
}
