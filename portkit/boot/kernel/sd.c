/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The disk driver as the kernel sees it: probe(9E), attach(9E), detach(9E) and
 * its minor nodes.
 */

#include <sys/file.h>
#include <sys/open.h>
#include <sys/stat.h>
#include "ksd.h"

#define	UNIT_SHIFT	6		/* of the minor number */
#define	SUSPEND_TICKS	drv_usectohz(60 * 1000000L)

struct sdunit *sdunits;

static struct sdunit *
unit_of(dev_info_t *dip)
{
	struct sdunit *su;

	for (su = sdunits; su != NULL; su = su->su_next) {
		if (su->su_dip == dip)
			return (su);
	}
	return (NULL);
}

static struct sdunit *
unit_of_dev(dev_t dev)
{
	struct sdunit *su;

	for (su = sdunits; su != NULL; su = su->su_next) {
		if (su->su_attached &&
		    su->su_instance == (int)(getminor(dev) >> UNIT_SHIFT))
			return (su);
	}
	return (NULL);
}

/*
 * The unit of that name, which is not detached until sd_rele().
 */
struct sdunit *
sd_hold(const char *name)
{
	struct sdunit *su;

	for (su = sdunits; su != NULL; su = su->su_next) {
		if (SU_USABLE(su) && strcmp(sdname_text(su), name) == 0) {
			su->su_holds++;
			break;
		}
	}
	return (su);
}

void
sd_rele(struct sdunit *su)
{
	su->su_holds--;
}

static boolean_t
is_disk(const struct scsi_device *devp)
{
	switch (devp->sd_inq->inq_dtype) {
	case DTYPE_DIRECT:
	case DTYPE_RODIRECT:
	case DTYPE_OPTICAL:
		return (B_TRUE);
	default:
		return (B_FALSE);
	}
}

static int
sd_probe(dev_info_t *dip)
{
	struct scsi_device *devp = ddi_get_driver_private(dip);
	int answer = DDI_PROBE_PARTIAL;

	if (ddi_dev_is_sid(dip) == DDI_SUCCESS)
		return (DDI_PROBE_DONTCARE);
	if (devp == NULL)
		return (DDI_PROBE_FAILURE);
	if (unit_of(dip) != NULL)
		return (DDI_PROBE_PARTIAL);
	if (scsi_probe(devp, NULL_FUNC) == SCSIPROBE_EXISTS)
		answer = is_disk(devp) ? DDI_PROBE_SUCCESS : DDI_PROBE_FAILURE;
	scsi_unprobe(devp);
	return (answer);
}

static void
create_kstats(struct sdunit *su)
{
	char name[KSTAT_STRLEN];

	(void) snprintf(name, sizeof (name), "sd%d", su->su_instance);
	su->su_stats = kstat_create("sd", su->su_instance, name, "disk",
	    KSTAT_TYPE_IO, 1, 0);
	if (su->su_stats != NULL) {
		su->su_stats->ks_lock = SU_LOCK(su);
		kstat_install(su->su_stats);
	}
}

/* A disk is whole as "wd", and without its label as "q"; a CD is "a". */
static void
create_minors(struct sdunit *su)
{
	static const struct {
		const char	*m_name;
		uint_t		m_part;
		boolean_t	m_cd;
	} names[] = {
		{ "a", 0, B_TRUE }, { "wd", 7, B_FALSE }, { "q", 16, B_FALSE }
	};
	minor_t minor;
	char text[16];
	uint_t i;

	for (i = 0; i < sizeof (names) / sizeof (names[0]); i++) {
		if (names[i].m_cd != su->su_cd)
			continue;
		minor = (minor_t)(su->su_instance << UNIT_SHIFT) +
		    names[i].m_part;
		(void) snprintf(text, sizeof (text), "%s", names[i].m_name);
		(void) ddi_create_minor_node(su->su_dip, text, S_IFBLK, minor,
		    su->su_cd ? DDI_NT_CD_CHAN : DDI_NT_BLOCK_CHAN, 0);
		(void) snprintf(text, sizeof (text), "%s,raw",
		    names[i].m_name);
		(void) ddi_create_minor_node(su->su_dip, text, S_IFCHR, minor,
		    su->su_cd ? DDI_NT_CD_CHAN : DDI_NT_BLOCK_CHAN, 0);
	}
}

static void
unit_free(struct sdunit *su)
{
	struct sdunit **sup = &sdunits;

	while (*sup != su && *sup != NULL)
		sup = &(*sup)->su_next;
	if (*sup != NULL)
		*sup = su->su_next;
	if (su->su_devid_ours)
		ddi_devid_unregister(su->su_dip);
	if (su->su_devid != NULL)
		ddi_devid_free(su->su_devid);
	if (su->su_stats != NULL)
		kstat_delete(su->su_stats);
	ddi_prop_remove_all(su->su_dip);
	sd_rqs_free(su);
	cv_destroy(&su->su_idle);
	su->su_devp->sd_private = NULL;
	hc_free(su);
}

static void
cancel(struct sdunit *su, timeout_id_t *idp)
{
	timeout_id_t id = *idp;

	if (id == NULL)
		return;
	*idp = NULL;
	mutex_exit(SU_LOCK(su));
	(void) untimeout(id);
	mutex_enter(SU_LOCK(su));
}

/*
 * Nothing of ours runs any more, or will: what last_close() has set off goes to
 * its end.
 */
static void
quiet(struct sdunit *su)
{
	mutex_enter(SU_LOCK(su));
	while (su->su_tasks > 0 || su->su_in_driver > 0)
		cv_wait(&su->su_idle, SU_LOCK(su));
	cancel(su, &su->su_throttle_id);
	cancel(su, &su->su_startstop_id);
	cancel(su, &su->su_prio_id);
	cancel(su, &su->su_retry_id);
	while (su->su_in_callback > 0 || su->su_in_handler > 0)
		cv_wait(&su->su_idle, SU_LOCK(su));
	su->su_quiet = B_TRUE;
	mutex_exit(SU_LOCK(su));
}

static int
unit_resume(struct sdunit *su)
{
	if (su == NULL)
		return (DDI_FAILURE);
	mutex_enter(SU_LOCK(su));
	su->su_state = SDS_NORMAL;
	su->su_throttle = su->su_full_throttle;
	mutex_exit(SU_LOCK(su));
	(void) sd_start_stop(su, B_TRUE, 0);
	mutex_enter(SU_LOCK(su));
	sd_start(su, NULL);
	mutex_exit(SU_LOCK(su));
	return (DDI_SUCCESS);
}

static int
sd_attach(dev_info_t *dip, ddi_attach_cmd_t cmd)
{
	struct scsi_device *devp = ddi_get_driver_private(dip);
	struct sdunit *su;

	if (cmd == DDI_RESUME)
		return (unit_resume(unit_of(dip)));
	if (cmd != DDI_ATTACH || devp == NULL)
		return (DDI_FAILURE);

	su = hc_alloc(sizeof (*su));
	su->su_devp = devp;
	su->su_dip = dip;
	su->su_instance = ddi_get_instance(dip);
	su->su_target = ddi_prop_get_int(DDI_DEV_T_ANY, dip, DDI_PROP_DONTPASS,
	    SCSI_ADDR_PROP_TARGET, -1);
	su->su_lun = ddi_prop_get_int(DDI_DEV_T_ANY, dip, DDI_PROP_DONTPASS,
	    SCSI_ADDR_PROP_LUN, 0);
	sd_unit_caps_off(su);
	if (scsi_probe(devp, SLEEP_FUNC) != SCSIPROBE_EXISTS ||
	    !is_disk(devp)) {
		scsi_unprobe(devp);
		hc_free(su);
		return (DDI_FAILURE);
	}
	cv_init(&su->su_idle, NULL, CV_DRIVER, NULL);
	devp->sd_private = su;
	su->su_next = sdunits;
	sdunits = su;
	create_kstats(su);
	if (sd_unit_attach(su) != DDI_SUCCESS) {
		quiet(su);
		sd_unit_caps_off(su);
		unit_free(su);
		scsi_unprobe(devp);
		return (DDI_FAILURE);
	}
	create_minors(su);
	ddi_report_dev(dip);
	su->su_attached = B_TRUE;
	return (DDI_SUCCESS);
}

static int
suspend(struct sdunit *su)
{
	struct sdcmd *sc;

	mutex_enter(SU_LOCK(su));
	su->su_state = SDS_SUSPENDED;
	su->su_throttle = 0;
	cancel(su, &su->su_throttle_id);
	cancel(su, &su->su_retry_id);
	while (su->su_in_transport > 0) {
		if (cv_reltimedwait(&su->su_idle, SU_LOCK(su), SUSPEND_TICKS,
		    TR_CLOCK_TICK) == -1) {
			su->su_state = SDS_NORMAL;
			su->su_throttle = su->su_full_throttle;
			sd_start(su, su->su_retry);
			mutex_exit(SU_LOCK(su));
			return (DDI_FAILURE);
		}
	}
	if ((sc = su->su_retry) != NULL) {
		su->su_retry = NULL;
		sd_push(sc);
	}
	mutex_exit(SU_LOCK(su));
	return (DDI_SUCCESS);
}

/* What close(9E) does for the last one who has had it open. */
static void
last_close(struct sdunit *su)
{
	su->su_opened = B_FALSE;
	if (su->su_state == SDS_OFFLINE || su->su_media == SDM_GONE)
		return;
	if (su->su_dirty)
		(void) sd_sync_cache(su);
	(void) sd_doorlock(su, B_FALSE, 0);
}

static boolean_t
is_busy(const struct sdunit *su)
{
	return (su->su_in_driver != 0 || su->su_in_transport != 0 ||
	    su->su_tasks != 0 || su->su_retry_id != NULL ||
	    su->su_prio_id != NULL || su->su_state == SDS_RWAIT);
}

static int
sd_detach(dev_info_t *dip, ddi_detach_cmd_t cmd)
{
	struct sdunit *su = unit_of(dip);

	if (su == NULL)
		return (DDI_FAILURE);
	if (cmd == DDI_SUSPEND)
		return (suspend(su));
	if (cmd != DDI_DETACH || su->su_detaching || su->su_holds != 0 ||
	    is_busy(su))
		return (DDI_FAILURE);
	su->su_detaching = B_TRUE;
	if (su->su_opened)
		last_close(su);
	quiet(su);
	sd_unit_caps_off(su);
	ddi_remove_minor_node(dip, NULL);
	scsi_unprobe(su->su_devp);
	unit_free(su);
	return (DDI_SUCCESS);
}

static int
sd_getinfo(dev_info_t *dip, ddi_info_cmd_t cmd, void *arg, void **result)
{
	struct sdunit *su = unit_of_dev((dev_t)arg);

	switch (cmd) {
	case DDI_INFO_DEVT2DEVINFO:
		*result = su != NULL ? su->su_dip : NULL;
		return (su != NULL ? DDI_SUCCESS : DDI_FAILURE);
	case DDI_INFO_DEVT2INSTANCE:
		*result = (void *)(uintptr_t)
		    (getminor((dev_t)arg) >> UNIT_SHIFT);
		return (DDI_SUCCESS);
	default:
		return (DDI_FAILURE);
	}
}

static int
sd_open(dev_t *devp, int flag, int otyp, cred_t *cred)
{
	struct sdunit *su = unit_of_dev(*devp);
	int error;

	if (su == NULL || su->su_detaching)
		return (ENXIO);
	su->su_holds++;
	if ((flag & (FNDELAY | FNONBLOCK)) != 0)
		return (0);
	error = (flag & FWRITE) != 0 && su->su_cd ? EROFS : sd_ready(su);
	if (error != 0)
		su->su_holds--;
	return (error);
}

static int
sd_close(dev_t dev, int flag, int otyp, cred_t *cred)
{
	struct sdunit *su = unit_of_dev(dev);

	if (su == NULL)
		return (ENXIO);
	su->su_holds--;
	return (0);
}

static struct cb_ops sd_cb_ops = {
	.cb_open = sd_open,
	.cb_close = sd_close,
	.cb_strategy = nodev,
	.cb_print = nodev,
	.cb_dump = nodev,
	.cb_read = nodev,
	.cb_write = nodev,
	.cb_ioctl = nodev,
	.cb_devmap = nodev,
	.cb_mmap = nodev,
	.cb_segmap = nodev,
	.cb_chpoll = nochpoll,
	.cb_prop_op = ddi_prop_op,
	.cb_flag = D_64BIT | D_MP,
	.cb_rev = CB_REV,
	.cb_aread = nodev,
	.cb_awrite = nodev
};

static struct dev_ops sd_ops = {
	.devo_rev = DEVO_REV,
	.devo_getinfo = sd_getinfo,
	.devo_identify = nulldev,
	.devo_probe = sd_probe,
	.devo_attach = sd_attach,
	.devo_detach = sd_detach,
	.devo_reset = nodev,
	.devo_cb_ops = &sd_cb_ops,
	.devo_quiesce = ddi_quiesce_not_needed
};

void
ksd_setup(void)
{
	static const char *const aliases[] = {
		"scsiclass,00", "scsiclass,05", NULL
	};

	kscsi_target_driver("sd", aliases, &sd_ops);
}
