/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The units of a target: those that REPORT LUNS names, or as many as the
 * options allow where the target does not know that command.
 */

#include "kscsi.h"

typedef int (*callback_t)(caddr_t);

#define	FIRST_TRY	256		/* units that there is room for */
#define	SECONDS		3

struct unit {
	dev_info_t	*un_self;
	uint64_t	un_lun;
	int		un_sfunc;
	const char	*un_target;
	struct units	*un_all;
};
struct units {
	int		us_running;
	kwaitq_t	us_done;
};

/*
 * The two forms of a unit number: as a property, and as commands have it. What
 * has one level of peripheral device addressing is a small number as a
 * property, all else the eight bytes.
 */
#define	SMALL	0x3fff

scsi_lun64_t
scsi_lun_to_lun64(scsi_lun_t lun)
{
	scsi_lun64_t value = SCSI_READ64(&lun);

	hc_point();
	if (value >> 48 <= SMALL && value << 16 == 0)
		return (value >> 48);
	return (value);
}

scsi_lun_t
scsi_lun64_to_lun(scsi_lun64_t lun64)
{
	scsi_lun_t lun;

	hc_point();
	if (lun64 <= SMALL)
		lun64 <<= 48;
	SCSI_WRITE64(&lun, lun64);
	return (lun);
}

/*
 * The answer to REPORT LUNS: 0, and the list to be freed with hc_free().
 */
static int
ask_luns(struct scsi_device *sd, uint_t room, uchar_t **listp, uint_t *np)
{
	size_t len = 8 + (size_t)room * 8, got;
	struct scsi_pkt *pkt = NULL;
	uchar_t *answer;
	struct buf *bp;
	uint_t n;

	bp = scsi_alloc_consistent_buf(&sd->sd_address, NULL, len, B_READ,
	    (callback_t)SLEEP_FUNC, NULL);
	memset(bp->b_un.b_addr, 0, len);
	pkt = scsi_init_pkt(&sd->sd_address, NULL, bp, CDB_GROUP5,
	    sizeof (struct scsi_arq_status), 0, PKT_CONSISTENT,
	    (callback_t)SLEEP_FUNC, NULL);
	if (pkt == NULL) {
		scsi_free_consistent_buf(bp);
		return (-1);
	}
	(void) scsi_setup_cdb((union scsi_cdb *)pkt->pkt_cdbp,
	    SCMD_REPORT_LUNS, 0, (uint_t)len, 0);
	pkt->pkt_time = SECONDS;
	if (scsi_poll(pkt) < 0) {
		scsi_destroy_pkt(pkt);
		scsi_free_consistent_buf(bp);
		return (-1);
	}
	got = pkt->pkt_resid >= 0 && (size_t)pkt->pkt_resid <= len ?
	    len - (size_t)pkt->pkt_resid : 0;
	scsi_destroy_pkt(pkt);
	answer = (uchar_t *)bp->b_un.b_addr;
	n = SCSI_READ32(answer) / 8;
	if (got < 16 || n == 0) {
		scsi_free_consistent_buf(bp);
		return (-1);
	}
	*np = n;
	if (n <= room) {
		n = MIN(n, (uint_t)(got - 8) / 8);
		*np = n;
		*listp = hc_alloc(n * 8);
		memcpy(*listp, answer + 8, n * 8);
	} else {
		*listp = NULL;
	}
	scsi_free_consistent_buf(bp);
	return (0);
}

static void
unit_thread(void *arg)
{
	struct unit *un = arg;
	struct units *us = un->un_all;
	char addr[64];
	int circ;

	hc_hb_acquire(us);
	if (un->un_sfunc == -1)
		(void) snprintf(addr, sizeof (addr), "%s,%lx", un->un_target,
		    un->un_lun);
	else
		(void) snprintf(addr, sizeof (addr), "%s,%lx,%x",
		    un->un_target, un->un_lun, un->un_sfunc);
	ndi_devi_enter(un->un_self, &circ);
	(void) kscsi_device_config(un->un_self, NULL, addr, &circ);
	ndi_devi_exit(un->un_self, circ);
	hc_free(un);
	hc_hb_release(us);
	if (--us->us_running == 0)
		kwait_wake(&us->us_done);
}

static void
begin_unit(struct units *us, dev_info_t *self, const char *taddr, uint64_t lun,
    int sfunc, int how)
{
	struct unit *un;

	if (lun == 0 && sfunc == -1)
		return;
	un = hc_alloc(sizeof (*un));
	un->un_self = self;
	un->un_lun = lun;
	un->un_sfunc = sfunc;
	un->un_target = taddr;
	un->un_all = us;
	us->us_running++;
	if ((how & SCSI_ENUMERATION_MT_LUN_DISABLE) != 0)
		unit_thread(un);
	else
		(void) kthread_spawn("scsi_hba_enum_lsf_of_tgt_thr",
		    unit_thread, un, minclsyspri);
}

/*
 * "scsi-options" of the adapter, and of the one target.
 */
int
scsi_get_scsi_options(struct scsi_device *sd, int options)
{
	dev_info_t *self = (dev_info_t *)DEVI(sd->sd_dev)->devi_parent;
	char name[64];

	hc_point();
	options = ddi_prop_get_int(DDI_DEV_T_ANY, self, DDI_PROP_DONTPASS |
	    DDI_PROP_NOTPROM, "scsi-options", options);
	(void) snprintf(name, sizeof (name), "target%x-scsi-options",
	    ddi_prop_get_int(DDI_DEV_T_ANY, sd->sd_dev, DDI_PROP_DONTPASS |
	    DDI_PROP_NOTPROM, SCSI_ADDR_PROP_TARGET, 0));
	return (ddi_prop_get_int(DDI_DEV_T_ANY, self, DDI_PROP_DONTPASS |
	    DDI_PROP_NOTPROM, name, options));
}

int
scsi_get_scsi_maxluns(struct scsi_device *sd)
{
	int options = scsi_get_scsi_options(sd, SCSI_OPTIONS_NLUNS_DEFAULT);
	int version = sd->sd_inq->inq_ansi, max;

	switch (SCSI_OPTIONS_NLUNS(options)) {
	case SCSI_OPTIONS_NLUNS_1:
		max = SCSI_1LUN_PER_TARGET;
		break;
	case SCSI_OPTIONS_NLUNS_8:
		max = SCSI_8LUN_PER_TARGET;
		break;
	case SCSI_OPTIONS_NLUNS_16:
		max = SCSI_16LUNS_PER_TARGET;
		break;
	case SCSI_OPTIONS_NLUNS_32:
		max = SCSI_32LUNS_PER_TARGET;
		break;
	default:
		max = version < SCSI_VERSION_3 ? SCSI_8LUN_PER_TARGET :
		    SCSI_16LUNS_PER_TARGET;
		break;
	}
	return (version <= SCSI_VERSION_1 ? MIN(max, SCSI_8LUN_PER_TARGET) :
	    max);
}

int
kscsi_enum_luns(struct scsi_device *sd, dev_info_t *self, const char *taddr,
    int how)
{
	struct scsi_inquiry *inq = sd->sd_inq;
	struct units us = { 0, { NULL } };
	uchar_t *list = NULL;
	uint_t n = 0, i;
	scsi_lun_t lun;
	int max;

	hc_hb_release(&us);
	if (inq->inq_ansi >= SCSI_VERSION_2 &&
	    ask_luns(sd, FIRST_TRY, &list, &n) == 0 && list == NULL) {
		if (ask_luns(sd, n, &list, &n) != 0)
			list = NULL;
	}
	if (list != NULL) {
		for (i = 0; i < n; i++) {
			memcpy(&lun, list + i * 8, sizeof (lun));
			begin_unit(&us, self, taddr, scsi_lun_to_lun64(lun),
			    -1, how);
		}
		hc_free(list);
	} else {
		max = scsi_get_scsi_maxluns(sd);
		for (i = 1; i < (uint_t)max; i++)
			begin_unit(&us, self, taddr, i, -1, how);
	}
	if (inq->inq_encserv && inq->inq_ansi >= SCSI_VERSION_3 &&
	    (inq->inq_dtype & DTYPE_MASK) != DTYPE_UNKNOWN &&
	    (inq->inq_dtype & DTYPE_MASK) != DTYPE_ESI)
		begin_unit(&us, self, taddr, 0, DTYPE_ESI, how);
	while (us.us_running > 0)
		kwait_sleep(&us.us_done, "SCSI enumeration", self);
	hc_hb_acquire(&us);
	return (0);
}
