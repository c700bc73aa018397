/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The queue of a unit, and the transport: as many commands at the adapter as
 * the throttle lets through, none beside one that is to be tried again.
 */

#include "ksd.h"

#define	THROTTLE_TICKS		drv_usectohz(60 * 1000000L)
#define	QFULL_TICKS		drv_usectohz(10 * 1000000L)
#define	MIN_THROTTLE		8
#define	TRAN_BUSY_TICKS		(SD_BUSY_TICKS / 500)
#define	HOLD_TIME		1000000000L	/* nanoseconds */
#define	HOLD_STEP		10000L

boolean_t sd_held;
static int sending;		/* calls of scsi_transport(9F) */

struct sdcmd *
sdcmd_new(struct sdunit *su)
{
	struct sdcmd *sc = hc_alloc(sizeof (*sc));

	sc->sc_unit = su;
	sc->sc_bp = &sc->sc_buf;
	sc->sc_bp->b_flags = B_BUSY;
	sc->sc_bp->b_edev = makedevice(ddi_driver_major(su->su_dip),
	    (minor_t)su->su_instance);
	return (sc);
}

void
sdcmd_free(struct sdcmd *sc)
{
	hc_free(sc);
}

/*
 * One way elevator: the commands at or after the first one's block, ascending;
 * behind them those that came when their block had been passed, ascending.
 */
void
sd_enqueue(struct sdcmd *sc)
{
	struct sdcmd **scp = &sc->sc_unit->su_queue, *first = *scp, *at;

	if (first != NULL) {
		scp = &first->sc_next;
		at = first;
		if (sc->sc_block < first->sc_block) {
			while (*scp != NULL &&
			    (*scp)->sc_block >= at->sc_block) {
				at = *scp;
				scp = &at->sc_next;
			}
			if (*scp != NULL && (*scp)->sc_block <= sc->sc_block) {
				at = *scp;
				scp = &at->sc_next;
			}
		}
		while (*scp != NULL && (*scp)->sc_block >= at->sc_block &&
		    (*scp)->sc_block <= sc->sc_block) {
			at = *scp;
			scp = &at->sc_next;
		}
	}
	sc->sc_next = *scp;
	*scp = sc;
	sdstat_where(sc, SD_WAITS);
}

void
sd_push(struct sdcmd *sc)
{
	sc->sc_next = sc->sc_unit->su_queue;
	sc->sc_unit->su_queue = sc;
	sdstat_where(sc, SD_WAITS);
}

void
sd_handler_enter(struct sdunit *su)
{
	mutex_enter(SU_LOCK(su));
	su->su_in_handler++;
}

void
sd_handler_leave(struct sdunit *su)
{
	su->su_in_handler--;
	cv_broadcast(&su->su_idle);
	mutex_exit(SU_LOCK(su));
}

static struct sdcmd *
next_waiting(struct sdunit *su)
{
	struct sdcmd *sc = su->su_queue;

	if (sc == NULL || su->su_in_transport >= su->su_throttle ||
	    su->su_retry != NULL || su->su_startstop_id != NULL ||
	    su->su_prio_id != NULL)
		return (NULL);
	su->su_queue = sc->sc_next;
	sc->sc_next = NULL;
	return (sc);
}

static void
restart_priority(void *arg)
{
	struct sdunit *su = arg;
	struct sdcmd *sc;

	sd_handler_enter(su);
	su->su_prio_id = NULL;
	sc = su->su_waits_prio;
	su->su_waits_prio = NULL;
	sd_start(su, sc);
	sd_handler_leave(su);
}

/*
 * The adapter has no room. What is tried again is not a reason to send fewer.
 */
static void
transport_busy(struct sdunit *su, struct sdcmd *sc)
{
	if (sc == su->su_rqs) {
		/* The sense data is lost with the next command. */
		sdstat_where(sc, SD_NOWHERE);
		sd_retry(sd_rqs_idle(su), SDR_STANDARD, NULL, NULL, EIO,
		    TRAN_BUSY_TICKS);
		return;
	}
	if (su->su_interconnect_fc && !sc->sc_uscsi) {
		scsi_dmafree(sc->sc_pkt);
		sc->sc_unbound = B_TRUE;
	}
	if ((sc->sc_uflags & SDU_PRIORITY) != 0) {
		sdstat_where(sc, SD_NOWHERE);
		su->su_waits_prio = sc;
		su->su_prio_id = timeout(restart_priority, su, TRAN_BUSY_TICKS);
		return;
	}
	if (sc != su->su_retry)
		sd_reduce_throttle(su, B_FALSE);
	sd_set_retry(sc, TRAN_BUSY_TICKS);
}

static void
transport_refused(struct sdunit *su, struct sdcmd *sc, int why)
{
	sdstat_where(sc, SD_NOWHERE);
	if (sc == su->su_rqs)
		sc = sd_rqs_idle(su);
	else
		su->su_tran++;
	if ((sc->sc_pkt->pkt_flags & FLAG_SILENT) == 0) {
		sd_tell(su, CE_WARN, "the adapter refuses a packet: %s (%d)",
		    why == TRAN_BADPKT ? "TRAN_BADPKT" :
		    why == TRAN_FATAL_ERROR ? "TRAN_FATAL_ERROR" :
		    "not an answer", why);
	}
	sd_fail_no_restart(sc, EIO);
}

/*
 * Another unit writes a dump: this is for later.
 */
static void
keep_held(struct sdunit *su, struct sdcmd *now)
{
	if (now == NULL)
		return;
	if (now == su->su_retry)
		su->su_retry = NULL;
	if ((now->sc_uflags & SDU_PRIORITY) != 0) {
		su->su_waits_prio = now;
		su->su_prio_id = timeout(restart_priority, su, TRAN_BUSY_TICKS);
	} else {
		sd_push(now);
	}
}

/*
 * No packet, or no DMA resources for it; B_TRUE when the command is kept.
 */
static boolean_t
keep_for_later(struct sdunit *su, struct sdcmd *sc, struct sdcmd *now)
{
	if (sc != now) {
		sd_push(sc);
		return (B_TRUE);
	}
	if (!sc->sc_unbound || sc != su->su_retry)
		return (B_FALSE);
	if (su->su_startstop_id == NULL && su->su_retry_id == NULL &&
	    su->su_prio_id == NULL)
		su->su_retry_id = timeout(sd_retry_timer, su, SD_RETRY_TICKS);
	return (B_TRUE);
}

/*
 * Sends what waits; or a command that must not wait, and nothing else. May be
 * called from everywhere, and does not sleep.
 */
void
sd_start(struct sdunit *su, struct sdcmd *now)
{
	struct sdcmd *sc;
	sdpkt_t ready;
	int answer;

	do {
		if (su->su_state == SDS_DUMPING ||
		    (ddi_in_panic() && su->su_in_callback > 1))
			return;
		if (sd_held) {
			keep_held(su, now);
			return;
		}
		sc = now != NULL ? now : next_waiting(su);
		if (sc == NULL)
			return;
		if (su->su_state != SDS_SUSPENDED)
			su->su_state = SDS_NORMAL;

		if (sc->sc_pkt == NULL || sc->sc_unbound) {
			ready = sdpkt_init(sc);
			if (ready == SDP_LATER && keep_for_later(su, sc, now))
				return;
			if (ready != SDP_READY) {
				sd_fail_no_restart(sc, EIO);
				now = NULL;
				continue;
			}
		}
		if (sc == now)
			sc->sc_pkt->pkt_flags |= FLAG_HEAD;

		su->su_in_transport++;
		sdstat_where(sc, SD_RUNS);
		sending++;
		mutex_exit(SU_LOCK(su));
		answer = scsi_transport(sc->sc_pkt);
		sending--;
		mutex_enter(SU_LOCK(su));
		if (answer == TRAN_ACCEPT)
			continue;
		/* Otherwise it is ours still. */
		su->su_in_transport--;
		if (answer == TRAN_BUSY) {
			transport_busy(su, sc);
			return;
		}
		transport_refused(su, sc, answer);
		cv_broadcast(&su->su_idle);
		now = NULL;
	} while (now == NULL);
}

int
sd_runout(caddr_t arg)
{
	struct sdunit *su = (struct sdunit *)(void *)arg;

	sd_handler_enter(su);
	sd_start(su, NULL);
	sd_handler_leave(su);
	return (1);
}

static void
restore_throttle(void *arg)
{
	struct sdunit *su = arg;

	sd_handler_enter(su);
	su->su_throttle_id = NULL;
	if (!su->su_adaptive) {
		su->su_throttle = su->su_full_throttle;
	} else if (su->su_busy_throttle > 0) {
		su->su_throttle = su->su_busy_throttle;
		su->su_busy_throttle = 0;
	} else {
		/* The device's queue was full: by tenths. */
		su->su_throttle += MAX(su->su_throttle / 10, 1);
		if (su->su_throttle < su->su_full_throttle) {
			su->su_throttle_id = timeout(restore_throttle, su,
			    QFULL_TICKS);
		}
		su->su_throttle = MIN(su->su_throttle, su->su_full_throttle);
	}
	if (su->su_adaptive && su->su_throttle < MIN_THROTTLE)
		su->su_throttle = su->su_full_throttle;
	sd_start(su, NULL);
	sd_handler_leave(su);
}

void
sd_reduce_throttle(struct sdunit *su, boolean_t qfull)
{
	if (su->su_throttle > 1) {
		if (!su->su_adaptive) {
			su->su_throttle = MAX(su->su_in_transport, 1);
		} else {
			if (qfull)
				su->su_busy_throttle = 0;
			else if (su->su_busy_throttle == 0)
				su->su_busy_throttle = su->su_throttle;
			if (su->su_in_transport > 0)
				su->su_throttle = su->su_in_transport;
		}
	}
	if (su->su_throttle_id == NULL) {
		su->su_throttle_id = timeout(restore_throttle, su,
		    THROTTLE_TICKS);
	}
}

/*
 * The kstat's two queues, as kstat_waitq_enter(9F) and its relatives have them.
 */
void
sdstat_where(struct sdcmd *sc, sdwhere_t where)
{
	struct sdunit *su = sc->sc_unit;
	sdwhere_t was = sc->sc_where;
	kstat_io_t *io;

	sc->sc_where = where;
	if (su->su_stats == NULL || was == where || sc == su->su_rqs)
		return;
	io = su->su_stats->ks_data;
	if (was == SD_WAITS && where == SD_RUNS) {
		kstat_waitq_to_runq(io);
	} else if (was == SD_RUNS && where == SD_WAITS) {
		kstat_runq_back_to_waitq(io);
	} else if (was == SD_WAITS) {
		kstat_waitq_exit(io);
	} else if (was == SD_RUNS) {
		kstat_runq_exit(io);
	} else if (where == SD_WAITS) {
		kstat_waitq_enter(io);
	} else {
		kstat_runq_enter(io);
	}
}

/*
 * strategy(9E). The command comes back by sc_done, or sd_wait() waits for it.
 */
void
sd_strategy(struct sdcmd *sc)
{
	struct sdunit *su = sc->sc_unit;

	mutex_enter(SU_LOCK(su));
	su->su_in_driver++;
	sc->sc_bp->b_resid = 0;
	if (!sc->sc_uscsi && (sc->sc_bp->b_flags & B_READ) == 0)
		su->su_dirty = B_TRUE;
	if ((sc->sc_uflags & SDU_PRIORITY) != 0) {
		sd_start(su, sc);
	} else {
		sd_enqueue(sc);
		sd_start(su, NULL);
	}
	mutex_exit(SU_LOCK(su));
}

int
sd_wait(struct sdcmd *sc)
{
	while (!sc->sc_over)
		kwait_sleep(&sc->sc_waiters, "disk", sc);
	return (geterror(sc->sc_bp));
}

/*
 * Who is sending has done so when this returns; or does not come back.
 */
void
sd_hold_all(void)
{
	hc_time until = hc_now() + HOLD_TIME;

	sd_held = B_TRUE;
	while (sending > 0 && hc_now() < until)
		(void) kblock(hc_now() + HOLD_STEP, "disk", &sending);
}

static struct sdunit *
next_active(struct sdunit *su)
{
	while (su != NULL && su->su_quiet)
		su = su->su_next;
	/* It stays until sd_handler_leave(). */
	if (su != NULL)
		su->su_in_handler++;
	return (su);
}

void
sd_go_on(void)
{
	struct sdunit *su, *next;

	sd_held = B_FALSE;
	for (su = next_active(sdunits); su != NULL; su = next) {
		mutex_enter(SU_LOCK(su));
		/* Its timer may have come while nothing could be sent. */
		if (su->su_retry_id == NULL)
			sd_start_retry(su);
		next = next_active(su->su_next);
		sd_handler_leave(su);
	}
}
