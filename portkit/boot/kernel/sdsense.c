/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Sense data: that which came with the status, or by a REQUEST SENSE command
 * of our own, of which there is one for each unit; and what it asks for.
 */

#include "ksd.h"

#define	MIN_SENSE	4	/* bytes that are of use */

/* How much a message is worth; retries alone are not worth one. */
enum severity { S_ALL, S_INFO, S_RECOVERED, S_RETRYABLE, S_FATAL };
#define	LOG_FROM	S_RETRYABLE

static const enum severity all = S_ALL, info = S_INFO, recovered = S_RECOVERED,
    fatal = S_FATAL;

static const char *const keys[] = {
	"no sense", "recovered error", "not ready", "medium error",
	"hardware error", "illegal request", "unit attention", "data protect",
	"blank check", "vendor specific", "copy aborted", "aborted command",
	"equal", "volume overflow", "miscompare", "completed"
};

/* arg: its severity. */
static void
tell_sense(struct sdcmd *sc, int what, const void *arg)
{
	enum severity severity = *(const enum severity *)arg;
	uchar_t *sense = sc->sc_sense;
	uint64_t block = sc->sc_block;

	if (what != SD_NO_RETRY)
		severity = S_RETRYABLE;
	if ((sc->sc_pkt->pkt_flags & FLAG_SILENT) != 0 ||
	    (!sc->sc_uscsi && severity < LOG_FROM))
		return;
	(void) scsi_sense_info_uint64(sense, SD_SENSE, &block);
	sd_tell(sc->sc_unit, CE_WARN, "command 0x%x at block %llu: %s (sense "
	    "key 0x%x, asc 0x%x, ascq 0x%x); it %s", sc->sc_pkt->pkt_cdbp[0],
	    (u_longlong_t)block, keys[scsi_sense_key(sense) & 0xf],
	    scsi_sense_key(sense), scsi_sense_asc(sense),
	    scsi_sense_ascq(sense), what != SD_NO_RETRY ? "is tried again" :
	    severity == S_RECOVERED ? "has ended well" : "has failed");
}

/* arg: what was wrong with the sense data. */
static void
tell_no_sense(struct sdcmd *sc, int what, const void *arg)
{
	if (what == SD_NO_RETRY)
		sd_tell(sc->sc_unit, CE_WARN, "%s", (const char *)arg);
}

/*
 * The unit's REQUEST SENSE.
 */
int
sd_rqs_alloc(struct sdunit *su)
{
	struct sdcmd *sc = hc_alloc(sizeof (*sc));
	struct scsi_address *ap = SU_ADDRESS(su);

	sc->sc_unit = su;
	sc->sc_bp = scsi_alloc_consistent_buf(ap, NULL, SD_SENSE_ALL, B_READ,
	    SLEEP_FUNC, NULL);
	if (sc->sc_bp != NULL) {
		sc->sc_pkt = scsi_init_pkt(ap, NULL, sc->sc_bp, CDB_GROUP0, 1,
		    0, PKT_CONSISTENT, SLEEP_FUNC, NULL);
	}
	su->su_rqs = sc;
	if (sc->sc_pkt == NULL) {
		sd_rqs_free(su);
		return (-1);
	}
	(void) memset(sc->sc_pkt->pkt_cdbp, 0, CDB_GROUP0);
	sc->sc_pkt->pkt_cdbp[0] = SCMD_REQUEST_SENSE;
	sc->sc_pkt->pkt_cdbp[4] = SD_SENSE_ALL;
	sc->sc_pkt->pkt_comp = sd_intr;
	sc->sc_pkt->pkt_time = SD_IO_SECONDS;
	sc->sc_pkt->pkt_flags |= FLAG_SENSING | FLAG_HEAD;
	sc->sc_pkt->pkt_private = sc;

	if (su->su_interconnect_fc) {
		su->su_arq = B_TRUE;
		return (0);
	}
	/* Some adapters say that it is on and mean that it could be. */
	(void) scsi_ifsetcap(ap, "auto-rqsense", 1, 1);
	switch (scsi_ifgetcap(ap, "auto-rqsense", 1)) {
	case 0:
		su->su_arq = scsi_ifsetcap(ap, "auto-rqsense", 1, 1) == 1;
		break;
	case 1:
		su->su_arq = B_TRUE;
		break;
	default:
		su->su_arq = B_FALSE;
		break;
	}
	return (0);
}

void
sd_rqs_free(struct sdunit *su)
{
	struct sdcmd *sc = su->su_rqs;

	su->su_rqs = NULL;
	if (sc == NULL)
		return;
	/* The packet first: it is bound to the buffer. */
	if (sc->sc_pkt != NULL)
		scsi_destroy_pkt(sc->sc_pkt);
	if (sc->sc_bp != NULL)
		scsi_free_consistent_buf(sc->sc_bp);
	hc_free(sc);
}

/* The command whose sense data it was after. */
struct sdcmd *
sd_rqs_idle(struct sdunit *su)
{
	struct sdcmd *sc = su->su_rqs->sc_sense_for;

	su->su_rqs_busy = B_FALSE;
	su->su_rqs->sc_sense_for = NULL;
	sc->sc_pkt->pkt_flags &= ~FLAG_SENSING;
	return (sc);
}

/*
 * The sense data is gone when another command is under way.
 */
void
sd_request_sense(struct sdcmd *sc)
{
	struct sdunit *su = sc->sc_unit;
	struct sdcmd *rqs = su->su_rqs;

	if (ddi_in_panic() || su->su_state == SDS_SUSPENDED ||
	    su->su_state == SDS_DUMPING) {
		sd_fail(sc, EIO);
		return;
	}
	if (su->su_rqs_busy || su->su_in_transport > 0 || sd_held) {
		sd_retry(sc, SDR_NOCHECK, NULL, NULL, EIO, SD_BUSY_TICKS);
		return;
	}
	su->su_rqs_busy = B_TRUE;
	rqs->sc_sense_for = sc;
	rqs->sc_bp->b_resid = 0;
	rqs->sc_pkt->pkt_resid = 0;
	rqs->sc_pkt->pkt_reason = 0;
	rqs->sc_retries = rqs->sc_victims = rqs->sc_attentions = 0;
	(void) memset(rqs->sc_bp->b_un.b_addr, 0, SD_SENSE_ALL);
	sc->sc_pkt->pkt_flags |= FLAG_SENSING;
	sd_start(su, rqs);
}

/*
 * Whether there is sense data, of a kind that can be read. If there is not, the
 * command has been tried again, or has failed.
 */
static boolean_t
sense_is_good(struct sdcmd *sc)
{
	const char *wrong = NULL;

	switch (sc->sc_sense_status & STATUS_MASK) {
	case STATUS_GOOD:
		break;
	case STATUS_RESERVATION_CONFLICT:
		sd_status_reserved(sc);
		return (B_FALSE);
	case STATUS_BUSY:
	case STATUS_QFULL:
		sd_tell(sc->sc_unit, CE_WARN, "REQUEST SENSE ended with status "
		    "0x%x", sc->sc_sense_status & STATUS_MASK);
		sd_retry(sc, (sc->sc_sense_status & STATUS_MASK) ==
		    STATUS_BUSY ? SDR_BUSY : SDR_STANDARD, NULL, NULL, EIO,
		    SD_BUSY_TICKS / 500);
		return (B_FALSE);
	case STATUS_CHECK:
	case STATUS_TERMINATED:
		wrong = "REQUEST SENSE ended with CHECK CONDITION";
		break;
	default:
		wrong = "REQUEST SENSE did not end with GOOD";
		break;
	}
	if (wrong == NULL) {
		if ((sc->sc_sense_state & STATE_XFERRED_DATA) == 0 ||
		    sc->sc_sense_len == 0) {
			wrong = "there is no sense data";
		} else if (sc->sc_sense_len < MIN_SENSE) {
			wrong = "there is too little sense data";
		} else if ((sc->sc_sense[0] & 0x70) != 0x70) {
			if ((sc->sc_pkt->pkt_flags & FLAG_SILENT) == 0)
				sd_tell(sc->sc_unit, CE_WARN, "sense data of "
				    "response code 0x%x", sc->sc_sense[0]);
			sd_fail(sc, EIO);
			return (B_FALSE);
		} else if ((sc->sc_sense[0] & 0xf) > 3 &&
		    (sc->sc_sense[0] & 0xf) != 0xf) {
			wrong = "sense data has a response code that is none";
		}
	}
	if (wrong == NULL) {
		sc->sc_sensed = B_TRUE;
		return (B_TRUE);
	}
	sd_retry(sc, SDR_STANDARD, tell_no_sense, wrong, EIO,
	    sc->sc_unit->su_interconnect_fc ? SD_RETRY_TICKS : 0);
	return (B_FALSE);
}

/* REQUEST SENSE has come back. */
void
sd_sensed(struct sdcmd *rqs)
{
	struct sdunit *su = rqs->sc_unit;
	const struct scsi_pkt *pkt = rqs->sc_pkt;
	struct sdcmd *sc = sd_rqs_idle(su);

	if (pkt->pkt_reason != CMD_CMPLT) {
		su->su_hard++;
		if ((sc->sc_pkt->pkt_flags & FLAG_DIAGNOSE) == 0) {
			sd_retry(sc, SDR_STANDARD, NULL, NULL, EIO, 0);
			return;
		}
	}
	sc->sc_sense_status = *pkt->pkt_scbp;
	sc->sc_sense_state = pkt->pkt_state;
	sc->sc_sense_len = SD_SENSE_ALL - (size_t)pkt->pkt_resid;
	(void) memcpy(sc->sc_sense, rqs->sc_bp->b_un.b_addr, SD_SENSE);
	if ((sc->sc_pkt->pkt_flags & FLAG_DIAGNOSE) != 0) {
		sc->sc_sensed = pkt->pkt_reason == CMD_CMPLT;
		sd_fail(sc, EIO);
	} else if (sense_is_good(sc)) {
		sd_sense_decode(sc);
	}
}

/* The adapter has asked for it. */
void
sd_auto_sense_keep(struct sdcmd *sc)
{
	const struct scsi_arq_status *as =
	    (const struct scsi_arq_status *)(void *)sc->sc_pkt->pkt_scbp;
	size_t resid = as->sts_rqpkt_resid;

	sc->sc_sense_status = *(const uchar_t *)&as->sts_rqpkt_status;
	sc->sc_sense_state = as->sts_rqpkt_state;
	/* Of all that there could be, or of what the packet has room for. */
	sc->sc_sense_len = resid > SD_SENSE ?
	    (resid > SD_SENSE_ALL ? 0 : SD_SENSE_ALL - resid) :
	    SD_SENSE - resid;
	(void) memcpy(sc->sc_sense, &as->sts_sensedata, SD_SENSE);
	sc->sc_sensed = sc->sc_sense_len > 0;
}

void
sd_auto_sensed(struct sdcmd *sc)
{
	const struct scsi_arq_status *as =
	    (const struct scsi_arq_status *)(void *)sc->sc_pkt->pkt_scbp;

	if (as->sts_rqpkt_reason != CMD_CMPLT) {
		sd_tell(sc->sc_unit, CE_WARN, "automatic REQUEST SENSE failed, "
		    "reason %s", scsi_rname(as->sts_rqpkt_reason));
		sd_reset_target(sc);
		sd_retry(sc, SDR_STANDARD, NULL, NULL, EIO, 0);
		return;
	}
	sd_auto_sense_keep(sc);
	if (sense_is_good(sc))
		sd_sense_decode(sc);
}

static void
medium_or_hardware(struct sdcmd *sc)
{
	struct sdunit *su = sc->sc_unit;
	int done = 0;

	su->su_hard++;
	if (su->su_reset_after != 0 && sc->sc_retries == su->su_reset_after &&
	    su->su_reset_device) {
		mutex_exit(SU_LOCK(su));
		if (su->su_reset_lun)
			done = scsi_reset(SU_ADDRESS(su), RESET_LUN);
		if (done == 0)
			(void) scsi_reset(SU_ADDRESS(su), RESET_TARGET);
		mutex_enter(SU_LOCK(su));
	}
	sd_retry(sc, SDR_STANDARD, tell_sense, &fatal, EIO, 0);
}

static void
unit_attention(struct sdcmd *sc)
{
	struct sdunit *su = sc->sc_unit;
	uchar_t asc = scsi_sense_asc(sc->sc_sense);
	uchar_t ascq = scsi_sense_ascq(sc->sc_sense);

	if ((asc == 0x28 || asc == 0x29) && su->su_removable) {
		sd_media_changed(sc);
		return;
	}
	if ((asc == 0x2a && (ascq == 0x01 || ascq == 0x09)) ||
	    (asc == 0x3f && ascq == 0x0e))
		sd_target_changed(su);
	su->su_hard++;
	sd_retry(sc, SDR_ATTENTION, tell_sense, &info, EIO, SD_RETRY_TICKS);
}

static void
give_up(struct sdcmd *sc, const enum severity *severity)
{
	tell_sense(sc, SD_NO_RETRY, severity);
	sd_fail(sc, EIO);
}

void
sd_sense_decode(struct sdcmd *sc)
{
	struct sdunit *su = sc->sc_unit;
	uchar_t key = scsi_sense_key(sc->sc_sense) & 0xf;

	su->su_sense_errors[key]++;
	switch (key) {
	case KEY_NO_SENSE:
		su->su_soft++;
		sd_retry(sc, SDR_STANDARD, tell_sense, &fatal, EIO, 0);
		break;
	case KEY_RECOVERABLE_ERROR:
		su->su_soft++;
		if (sc->sc_pkt->pkt_resid == 0) {
			tell_sense(sc, SD_NO_RETRY, &recovered);
			sd_return(sc);
			break;
		}
		sd_retry(sc, SDR_STANDARD, tell_sense, &recovered, EIO, 0);
		break;
	case KEY_NOT_READY:
		sd_not_ready(sc, tell_sense, &fatal);
		break;
	case KEY_MEDIUM_ERROR:
	case KEY_HARDWARE_ERROR:
		medium_or_hardware(sc);
		break;
	case KEY_ILLEGAL_REQUEST:
		give_up(sc, &info);
		break;
	case KEY_UNIT_ATTENTION:
		unit_attention(sc);
		break;
	case KEY_WRITE_PROTECT:
	case KEY_VOLUME_OVERFLOW:
	case KEY_MISCOMPARE:
		give_up(sc, &fatal);
		break;
	case KEY_BLANK_CHECK:
		give_up(sc, su->su_removable ? &all : &fatal);
		break;
	case KEY_ABORTED_COMMAND:
		su->su_hard++;
		sd_retry(sc, SDR_STANDARD, tell_sense, &fatal, EIO,
		    SD_RETRY_TICKS);
		break;
	default:
		su->su_hard++;
		sd_retry(sc, SDR_STANDARD, tell_sense, &fatal, EIO, 0);
		break;
	}
}
