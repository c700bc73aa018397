/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Writing a crash dump: packets with FLAG_NOINTR, which are complete when
 * scsi_transport(9F) returns; a reset before the first; many retries; no help
 * from interrupts or from other threads.
 */

#include "ksd.h"

#define	DUMP_TRIES	12
#define	TEN_MS		10000	/* microseconds */
#define	ONE_SECOND	1000000

/* How long to wait before a packet is sent again; 0: it has ended, or failed */
static clock_t
poll_again(const struct scsi_pkt *pkt)
{
	uchar_t status = *pkt->pkt_scbp & STATUS_MASK;
	uint8_t *sense;

	if (pkt->pkt_reason == CMD_INCOMPLETE && pkt->pkt_state == 0)
		return (TEN_MS);
	if (pkt->pkt_reason != CMD_CMPLT)
		return (0);
	if (status == STATUS_QFULL)
		return (TEN_MS);
	if (status == STATUS_BUSY)
		return (ONE_SECOND);
	if (status != STATUS_CHECK || (pkt->pkt_state & STATE_ARQ_DONE) == 0)
		return (0);
	sense = (uint8_t *)
	    &((struct scsi_arq_status *)(void *)pkt->pkt_scbp)->sts_sensedata;
	if (scsi_sense_key(sense) == KEY_UNIT_ATTENTION ||
	    (scsi_sense_key(sense) == KEY_NOT_READY &&
	    scsi_sense_asc(sense) == 0x04 && scsi_sense_ascq(sense) == 0x01))
		return (ONE_SECOND);
	return (0);
}

/*
 * scsi_poll(9F), but with patience for UNIT ATTENTION: 0, or -1.
 */
static int
poll_packet(struct scsi_pkt *pkt)
{
	uint_t flags = pkt->pkt_flags;
	void (*comp)(struct scsi_pkt *) = pkt->pkt_comp;
	clock_t left, wait;
	int answer, error = -1;

	pkt->pkt_flags |= FLAG_NOINTR;
	pkt->pkt_comp = NULL;
	if (pkt->pkt_time == 0)
		pkt->pkt_time = SCSI_POLL_TIMEOUT;
	for (left = (clock_t)pkt->pkt_time * ONE_SECOND; left > 0;
	    left -= wait) {
		*pkt->pkt_scbp = 0;
		pkt->pkt_reason = 0;
		pkt->pkt_state = 0;
		answer = scsi_transport(pkt);
		if (answer == TRAN_BUSY) {
			wait = TEN_MS;
		} else if (answer != TRAN_ACCEPT) {
			break;
		} else if (pkt->pkt_reason == CMD_CMPLT &&
		    (*pkt->pkt_scbp & STATUS_MASK) == STATUS_GOOD) {
			error = 0;
			break;
		} else if ((wait = poll_again(pkt)) == 0) {
			break;
		}
		drv_usecwait(wait);
	}
	pkt->pkt_flags = flags;
	pkt->pkt_comp = comp;
	if (error == 0)
		scsi_sync_pkt(pkt);
	return (error);
}

void
sd_poll_sense(struct sdunit *su)
{
	struct scsi_pkt *pkt = su->su_rqs->sc_pkt;

	mutex_enter(SU_LOCK(su));
	if (su->su_rqs_busy) {
		mutex_exit(SU_LOCK(su));
		return;
	}
	su->su_rqs_busy = B_TRUE;
	pkt->pkt_resid = 0;
	pkt->pkt_reason = 0;
	pkt->pkt_flags |= FLAG_NOINTR;		/* until sd_dump_over() */
	(void) memset(su->su_rqs->sc_bp->b_un.b_addr, 0, SD_SENSE_ALL);
	mutex_exit(SU_LOCK(su));

	(void) poll_packet(pkt);

	mutex_enter(SU_LOCK(su));
	su->su_rqs_busy = B_FALSE;
	mutex_exit(SU_LOCK(su));
}

int
sd_poll(struct sdunit *su, struct scsi_pkt *pkt)
{
	int error;

	if (scsi_ifgetcap(&pkt->pkt_address, "tagged-qing", 1) == 1) {
		pkt->pkt_flags |= su->su_tagflags;
		pkt->pkt_flags &= ~FLAG_NODISCON;
	}
	error = poll_packet(pkt);
	if (error != 0 && (*pkt->pkt_scbp & STATUS_MASK) == STATUS_CHECK &&
	    (pkt->pkt_state & STATE_ARQ_DONE) == 0 &&
	    pkt->pkt_reason != CMD_DEV_GONE)
		sd_poll_sense(su);
	return (error);
}

/*
 * The packet of the dump's first or next window.
 */
static int
dump_packet(struct sdcmd *sc)
{
	int i;

	for (i = 0; i < DUMP_TRIES; i++) {
		if (sc->sc_pkt != NULL) {
			if (sdpkt_next_window(sc))
				return (0);
		} else if (sdpkt_setup_rw(sc, NULL_FUNC, NULL) == SDP_READY) {
			sc->sc_later = (size_t)sc->sc_pkt->pkt_resid;
			sc->sc_pkt->pkt_resid = 0;
			return (0);
		}
		if (i == 0)
			sd_tell(sc->sc_unit, CE_WARN, "no resources for the "
			    "dump; they are asked for again");
		drv_usecwait(TEN_MS);
	}
	sd_tell(sc->sc_unit, CE_WARN, "no resources for the dump");
	return (EIO);
}

static int
dump_window(struct sdcmd *sc)
{
	struct sdunit *su = sc->sc_unit;
	struct scsi_pkt *pkt = sc->sc_pkt;
	int i, done;

	pkt->pkt_flags = FLAG_NOINTR;
	for (i = 0; i < DUMP_TRIES; i++) {
		if (sd_poll(su, pkt) == 0 && pkt->pkt_resid == 0)
			return (0);
		if (pkt->pkt_reason == CMD_DEV_GONE) {
			sd_tell(su, CE_WARN, "the device is gone; no dump");
			break;
		}
		if (SC_STATUS(sc) == STATUS_CHECK) {
			if ((pkt->pkt_state & STATE_ARQ_DONE) == 0)
				sd_poll_sense(su);
			continue;
		}
		if (SC_STATUS(sc) == STATUS_BUSY) {
			done = su->su_reset_lun ?
			    scsi_reset(SU_ADDRESS(su), RESET_LUN) : 0;
			if (done == 0)
				(void) scsi_reset(SU_ADDRESS(su), RESET_TARGET);
			sd_poll_sense(su);
		} else {
			mutex_enter(SU_LOCK(su));
			sd_reset_target(sc);
			mutex_exit(SU_LOCK(su));
		}
		if (i == DUMP_TRIES / 2) {
			(void) scsi_reset(SU_ADDRESS(su), RESET_ALL);
			sd_poll_sense(su);
		}
	}
	return (EIO);
}

/*
 * The first write of a dump finds the adapter in a state that nobody knows.
 */
static int
begin(struct sdunit *su)
{
	mutex_enter(SU_LOCK(su));
	su->su_throttle = 0;
	if (su->su_state == SDS_DUMPING || su->su_state == SDS_SUSPENDED) {
		mutex_exit(SU_LOCK(su));
		return (0);
	}
	su->su_state = SDS_DUMPING;
	mutex_exit(SU_LOCK(su));
	if (su->su_interconnect_fc)
		return (0);
	if (scsi_reset(SU_ADDRESS(su), RESET_ALL) == 0) {
		mutex_enter(SU_LOCK(su));
		su->su_state = SDS_NORMAL;
		mutex_exit(SU_LOCK(su));
		return (EIO);
	}
	drv_usecwait(TEN_MS);
	sd_poll_sense(su);
	return (0);
}

/*
 * dump(9E), of whole blocks. The unit stays in the state for dumps: see
 * sd_dump_over().
 */
int
sd_dump(struct sdunit *su, uint64_t block, void *buf, size_t len)
{
	struct sdcmd *sc;
	int error;

	if (su->su_cd || !su->su_capacity_valid)
		return (ENXIO);
	if ((error = begin(su)) != 0)
		return (error);
	sc = sdcmd_new(su);
	sc->sc_bp->b_flags = B_BUSY;
	sc->sc_bp->b_un.b_addr = buf;
	sc->sc_bp->b_bcount = sc->sc_bp->b_bufsize = len;
	sc->sc_block = block;
	do {
		error = dump_packet(sc);
		if (error == 0)
			error = dump_window(sc);
	} while (error == 0 && sc->sc_later != 0);
	if (sc->sc_pkt != NULL)
		scsi_destroy_pkt(sc->sc_pkt);
	sdcmd_free(sc);
	return (error);
}

/*
 * A machine that dumps stops then; ours goes on, by sd_go_on().
 */
void
sd_dump_over(struct sdunit *su)
{
	mutex_enter(SU_LOCK(su));
	if (su->su_state == SDS_DUMPING)
		su->su_state = SDS_NORMAL;
	su->su_rqs->sc_pkt->pkt_flags &= ~FLAG_NOINTR;
	su->su_throttle = su->su_full_throttle;
	mutex_exit(SU_LOCK(su));
}
