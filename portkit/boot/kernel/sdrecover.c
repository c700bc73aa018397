/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Recovery that takes commands of its own, and so threads: units that have to
 * be started, media that were changed, capacity that is another.
 */

#include "ksd.h"

#define	MEDIA_TRIES	40
#define	MEDIA_MS	500

struct sdtask {
	struct sdunit	*t_unit;
	void		(*t_run)(void *);
	void		*t_arg;
};

static void
task_run(void *arg)
{
	struct sdtask t = *(struct sdtask *)arg;

	hc_free(arg);
	t.t_run(t.t_arg);
	mutex_enter(SU_LOCK(t.t_unit));
	t.t_unit->su_tasks--;
	cv_broadcast(&t.t_unit->su_idle);
	mutex_exit(SU_LOCK(t.t_unit));
}

/*
 * With the unit's mutex. The unit is not detached while the task is there.
 */
boolean_t
sd_task(struct sdunit *su, const char *name, void (*run)(void *), void *arg)
{
	struct sdtask *t = hc_alloc(sizeof (*t));

	t->t_unit = su;
	t->t_run = run;
	t->t_arg = arg;
	su->su_tasks++;
	if (kthread_spawn(name, task_run, t, MINCLSYSPRI) != NULL)
		return (B_TRUE);
	su->su_tasks--;
	hc_free(t);
	return (B_FALSE);
}

static void
start_unit(void *arg)
{
	struct sdunit *su = arg;

	(void) sd_start_stop(su, B_TRUE, SDU_SILENT | SDU_PRIORITY);
	mutex_enter(SU_LOCK(su));
	su->su_startstop_id = NULL;
	sd_start_retry(su);
	mutex_exit(SU_LOCK(su));
}

static void
start_unit_timer(void *arg)
{
	struct sdunit *su = arg;

	sd_handler_enter(su);
	if (su->su_startstop_id != NULL &&
	    !sd_task(su, "sd_start_unit", start_unit, su)) {
		su->su_startstop_id = NULL;
		sd_start_retry(su);
	}
	sd_handler_leave(su);
}

/*
 * START UNIT after a while, in which more commands may come back.
 */
void
sd_start_unit_later(struct sdunit *su)
{
	if (su->su_startstop_id == NULL)
		su->su_startstop_id = timeout(start_unit_timer, su,
		    SD_BUSY_TICKS / 2);
}

void
sd_not_ready(struct sdcmd *sc, sdtell_t tell, const void *fatal)
{
	struct sdunit *su = sc->sc_unit;
	uchar_t asc = scsi_sense_asc(sc->sc_sense);
	uchar_t ascq = scsi_sense_ascq(sc->sc_sense);
	boolean_t start = B_FALSE, hopeless;

	if ((su->su_cd && asc == 0x3a) || sc->sc_notready > 0)
		su->su_hard++;
	hopeless = sc->sc_notready >= su->su_max_notready;

	/* 0x3a: no medium. 0x04: not ready, and ascq says why. */
	if (asc == 0x3a) {
		sd_ejected(su);
		su->su_media = SDM_EJECTED;
		hopeless = B_TRUE;
	} else if (asc == 0x04 && !hopeless) {
		if (ascq == 0x03 || (ascq > 0x03 && su->su_removable)) {
			hopeless = B_TRUE;
		} else if (ascq == 0x00) {
			if (sc->sc_notready > (su->su_interconnect_fc ? 0 :
			    su->su_reset_after) && su->su_startstop_id == NULL)
				sd_reset_target(sc);
			start = B_TRUE;
		} else {
			start = ascq != 0x01;
		}
	}
	if (hopeless) {
		tell(sc, SD_NO_RETRY, fatal);
		sd_fail(sc, EIO);
		return;
	}
	sc->sc_notready++;
	if (start && sc->sc_pkt->pkt_cdbp[0] != SCMD_START_STOP &&
	    su->su_startstop_id == NULL) {
		sd_start_unit_later(su);
		sd_set_retry(sc, 0);
		return;
	}
	sd_retry(sc, SDR_NOCHECK, tell, fatal, EIO, SD_BUSY_TICKS);
}

/*
 * Another medium, perhaps: how large is it?
 */
static void
media_changed(void *arg)
{
	struct sdcmd *sc = arg;
	struct sdunit *su = sc->sc_unit;
	int error = EIO, i;

	/* ENXIO: there is none. */
	for (i = 0; i < MEDIA_TRIES && error != 0; i++) {
		error = sd_capacity(su, SDU_SILENT | SDU_PRIORITY);
		if (error == ENXIO || su->su_media == SDM_GONE)
			break;
		if (error != 0)
			delay(drv_usectohz(MEDIA_MS * 1000));
	}
	if (error == 0)
		(void) sd_doorlock(su, B_TRUE, SDU_PRIORITY);
	mutex_enter(SU_LOCK(su));
	if (error == 0)
		sd_retry(sc, SDR_NOCHECK, NULL, NULL, EIO, 0);
	else
		sd_fail(sc, EIO);
	mutex_exit(SU_LOCK(su));
}

void
sd_media_changed(struct sdcmd *sc)
{
	if (!sd_task(sc->sc_unit, "sd_media", media_changed, sc))
		sd_fail(sc, EIO);
}

static void
target_changed(void *arg)
{
	struct sdunit *su = arg;
	uint64_t before = su->su_blocks;

	if (sd_capacity(su, SDU_SILENT) == 0 && su->su_blocks != before) {
		sd_tell(su, CE_NOTE, "the disk has %llu blocks now",
		    (u_longlong_t)su->su_blocks);
	}
}

void
sd_target_changed(struct sdunit *su)
{
	(void) sd_task(su, "sd_target", target_changed, su);
}
