/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

/*
 * Busses of SCSI interface modules and their transport.
 */

#include <sys/types.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kmem.h>
#include <sys/debug.h>
#include <sys/panic.h>
#include <sys/cmn_err.h>
#include <sys/varargs.h>
#include <sys/sysmacros.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include "bsd_cam.h"
#include "bsd_cam_impl.h"

static kmutex_t cam_lock;
static list_t cam_sims;
static uint32_t cam_paths;

static const ddi_dma_attr_t cam_dma_attr = {
	.dma_attr_version =	DMA_ATTR_V0,
	.dma_attr_addr_lo =	0,
	.dma_attr_addr_hi =	UINT64_MAX,
	.dma_attr_count_max =	UINT32_MAX,
	.dma_attr_align =	1,
	.dma_attr_burstsizes =	1,
	.dma_attr_minxfer =	1,
	.dma_attr_maxxfer =	UINT32_MAX,
	.dma_attr_seg =		UINT64_MAX,
	.dma_attr_sgllen =	1024,
	.dma_attr_granular =	1,
	.dma_attr_flags =	0
};

int
bsd_cam_init(void)
{
	mutex_init(&cam_lock, NULL, MUTEX_DRIVER, NULL);
	list_create(&cam_sims, sizeof (struct bsd_sim),
	    offsetof(struct bsd_sim, node));
	return (0);
}

void
bsd_cam_fini(void)
{
	list_destroy(&cam_sims);
	mutex_destroy(&cam_lock);
}

struct bsd_simq *
bsd_simq_alloc(int limit)
{
	struct bsd_simq *simq = kmem_alloc(sizeof (*simq), KM_SLEEP);

	simq->limit = limit;
	return (simq);
}

void
bsd_simq_free(struct bsd_simq *simq)
{
	kmem_free(simq, sizeof (*simq));
}

/*
 * A module that takes up to `limit' commands at a time, and whose routines are
 * called with `lock' held.  The attributes are looked at when it is registered.
 */
struct bsd_sim *
bsd_sim_alloc(const bsd_sim_ops_t *ops, const char *name, void *softc, int unit,
    kmutex_t *lock, int limit, struct bsd_simq *simq,
    const ddi_dma_attr_t *attr)
{
	struct bsd_sim *sim = kmem_zalloc(sizeof (*sim), KM_SLEEP);

	sim->ops = ops;
	sim->name = name;
	sim->softc = softc;
	sim->unit = unit;
	sim->lock = lock;
	sim->simq = simq;
	sim->attr = attr;
	sim->limit = MAX(MIN(limit, simq->limit), 1);
	sim->done_last = &sim->done_first;
	mutex_init(&sim->cmds_lock, NULL, MUTEX_DRIVER, NULL);
	mutex_init(&sim->done_lock, NULL, MUTEX_DRIVER, NULL);
	cv_init(&sim->cmds_cv, NULL, CV_DRIVER, NULL);
	list_create(&sim->cmds, sizeof (struct bsd_ccb),
	    offsetof(struct bsd_ccb, node));
	list_create(&sim->given_up, sizeof (struct bsd_ccb),
	    offsetof(struct bsd_ccb, node));
	return (sim);
}

void
bsd_sim_free(struct bsd_sim *sim, int free_simq)
{
	struct bsd_ccb *ccb;

	ASSERT(sim->dip == NULL);
	while ((ccb = list_remove_head(&sim->cmds)) != NULL) {
		ASSERT(CAM_STATE(ccb->word) == CAM_IDLE ||
		    CAM_STATE(ccb->word) == CAM_LOST);
		if (CAM_STATE(ccb->word) == CAM_LOST)
			cam_lost_free(ccb);
		bsd_ccb_free(ccb);
	}
	while ((ccb = list_remove_head(&sim->given_up)) != NULL)
		bsd_ccb_free(ccb);
	list_destroy(&sim->given_up);
	list_destroy(&sim->cmds);
	cv_destroy(&sim->cmds_cv);
	mutex_destroy(&sim->done_lock);
	mutex_destroy(&sim->cmds_lock);
	if (free_simq)
		bsd_simq_free(sim->simq);
	kmem_free(sim, sizeof (*sim));
}

void *
bsd_sim_softc(struct bsd_sim *sim)
{
	return (sim->softc);
}

const char *
bsd_sim_name(struct bsd_sim *sim)
{
	return (sim->name);
}

int
bsd_sim_unit(struct bsd_sim *sim)
{
	return (sim->unit);
}

/* The number of the bus among those of the driver: there is one a module. */
/*ARGSUSED*/
int
bsd_sim_bus(struct bsd_sim *sim)
{
	return (0);
}

uint32_t
bsd_sim_path(struct bsd_sim *sim)
{
	return (sim->path_id);
}

static struct bsd_sim *
cam_find(uint32_t path_id)
{
	struct bsd_sim *sim;

	mutex_enter(&cam_lock);
	for (sim = list_head(&cam_sims); sim != NULL;
	    sim = list_next(&cam_sims, sim)) {
		if (sim->path_id == path_id)
			break;
	}
	mutex_exit(&cam_lock);
	return (sim);
}

/*ARGSUSED*/
static int
cam_no_abort(struct scsi_address *ap, struct scsi_pkt *pkt)
{
	return (0);
}

/* A dump begins with a reset. */
/*ARGSUSED*/
static int
cam_no_reset(struct scsi_address *ap, int level)
{
	return (do_polled_io != 0);
}

static int
cam_interconnect(uint_t transport)
{
	switch (transport) {
	case XPORT_FC:
		return (INTERCONNECT_FIBRE);
	case XPORT_SAS:
		return (INTERCONNECT_SAS);
	case XPORT_SATA:
		return (INTERCONNECT_SATA);
	case XPORT_USB:
		return (INTERCONNECT_USB);
	case XPORT_ISCSI:
		return (INTERCONNECT_ISCSI);
	default:
		return (INTERCONNECT_PARALLEL);
	}
}

static int
cam_attach(struct bsd_sim *sim)
{
	ddi_dma_attr_t attr = sim->attr != NULL ? *sim->attr : cam_dma_attr;
	scsi_hba_tran_t *tran;

	/* Most targets' block; packets for others get other handles first. */
	if (attr.dma_attr_granular < DEV_BSIZE)
		attr.dma_attr_granular = DEV_BSIZE;
	if (ddi_intr_add_softint(sim->dip, &sim->softint, DDI_INTR_SOFTPRI_MIN,
	    cam_softint, (caddr_t)sim) != DDI_SUCCESS)
		return (CAM_FAILURE);
	if ((sim->rescan_tq = ddi_taskq_create(sim->dip, "rescan", 1,
	    TASKQ_DEFAULTPRI, 0)) == NULL) {
		(void) ddi_intr_remove_softint(sim->softint);
		return (CAM_FAILURE);
	}

	sim->tran = tran = scsi_hba_tran_alloc(sim->dip, SCSI_HBA_CANSLEEP);
	sim->self.a_hba_tran = tran;
	tran->tran_hba_private = sim;
	cam_inquire(sim);
	tran->tran_tgt_init = cam_tgt_init;
	tran->tran_tgt_free = cam_tgt_free;
	tran->tran_tgt_probe = scsi_hba_probe;
	tran->tran_start = sim->ops->start;
	tran->tran_abort = sim->ops->abort != NULL ? sim->ops->abort :
	    cam_no_abort;
	tran->tran_reset = sim->ops->reset != NULL ? sim->ops->reset :
	    cam_no_reset;
	tran->tran_getcap = cam_getcap;
	tran->tran_setcap = cam_setcap;
	tran->tran_setup_pkt = cam_setup_pkt;
	tran->tran_teardown_pkt = cam_teardown_pkt;
	tran->tran_hba_len = sizeof (struct bsd_ccb *);
	tran->tran_interconnect_type = cam_interconnect(sim->cpi.transport);

	if (scsi_hba_attach_setup(sim->dip, &attr, tran, SCSI_HBA_TRAN_CLONE |
	    SCSI_HBA_TRAN_CDB | SCSI_HBA_TRAN_SCB) != DDI_SUCCESS) {
		scsi_hba_tran_free(tran);
		sim->tran = NULL;
		ddi_taskq_destroy(sim->rescan_tq);
		(void) ddi_intr_remove_softint(sim->softint);
		return (CAM_FAILURE);
	}
	return (CAM_SUCCESS);
}

/*
 * Makes a bus known: CAM_SUCCESS, or CAM_FAILURE.  The driver's lock may be
 * held; it is released meanwhile.
 */
/*ARGSUSED*/
int
bsd_bus_register(struct bsd_sim *sim, dev_info_t *dip, uint32_t bus)
{
	boolean_t held = mutex_owned(sim->lock);
	int error;

	if (held)
		mutex_exit(sim->lock);
	sim->dip = dip;
	error = cam_attach(sim);
	if (error == CAM_SUCCESS) {
		mutex_enter(&cam_lock);
		sim->path_id = cam_paths++;
		list_insert_tail(&cam_sims, sim);
		mutex_exit(&cam_lock);
	} else {
		sim->dip = NULL;
	}
	if (held)
		mutex_enter(sim->lock);
	return (error);
}

/* The contrary; the framework has taken the targets away before. */
int
bsd_bus_deregister(uint32_t path_id)
{
	struct bsd_sim *sim = cam_find(path_id);
	boolean_t held;

	if (sim == NULL || sim->dip == NULL)
		return (CAM_PATH_INVALID);
	held = mutex_owned(sim->lock);
	if (held)
		mutex_exit(sim->lock);
	mutex_enter(&cam_lock);
	list_remove(&cam_sims, sim);
	mutex_exit(&cam_lock);

	cam_unwatch(sim);
	ddi_taskq_destroy(sim->rescan_tq);
	(void) scsi_hba_detach(sim->dip);
	(void) ddi_intr_remove_softint(sim->softint);
	scsi_hba_tran_free(sim->tran);
	sim->tran = NULL;
	sim->dip = NULL;
	if (held)
		mutex_enter(sim->lock);
	return (CAM_REQ_CMP);
}

/* An address on a bus, to be freed with bsd_address_free(): a cam_status. */
int
bsd_address_create(struct scsi_address **app, uint32_t path_id, uint_t target,
    uint_t lun)
{
	struct bsd_sim *sim = cam_find(path_id);
	struct scsi_address *ap;

	if (sim == NULL || sim->tran == NULL)
		return (CAM_PATH_INVALID);
	ap = kmem_zalloc(sizeof (*ap), KM_NOSLEEP);
	if (ap == NULL)
		return (CAM_RESRC_UNAVAIL);
	ap->a_hba_tran = sim->tran;
	ap->a_target = (ushort_t)target;
	ap->a_lun = (uchar_t)lun;
	*app = ap;
	return (CAM_REQ_CMP);
}

void
bsd_address_free(struct scsi_address *ap)
{
	kmem_free(ap, sizeof (*ap));
}

struct bsd_sim *
bsd_address_sim(struct scsi_address *ap)
{
	return (ap->a_hba_tran->tran_hba_private);
}

/* A message of a driver's about a target; `?' and `!' as in cmn_err(9F). */
void
bsd_address_print(struct scsi_address *ap, const char *fmt, ...)
{
	struct bsd_sim *sim = bsd_address_sim(ap);
	const char *where = "";
	char text[256];
	va_list args;

	if (fmt[0] == '?' || fmt[0] == '!')
		where = *fmt++ == '?' ? "?" : "!";
	va_start(args, fmt);
	(void) vsnprintf(text, sizeof (text), fmt, args);
	va_end(args);
	if (ap->a_target == CAM_TARGET_WILDCARD) {
		dev_err(sim->dip, CE_NOTE, *where == '?' ? "?%s" :
		    *where == '!' ? "!%s" : "%s", text);
		return;
	}
	dev_err(sim->dip, CE_NOTE, *where == '?' ? "?target %x lun %x: %s" :
	    *where == '!' ? "!target %x lun %x: %s" : "target %x lun %x: %s",
	    ap->a_target, ap->a_lun, text);
}

/* A CCB that asks for a rescan, with its address: both are given up. */
void
bsd_ccb_rescan(struct bsd_ccb *ccb)
{
	bsd_bus_rescan(bsd_address_sim(ccb->ap));
	bsd_address_free(ccb->ap);
	bsd_ccb_free(ccb);
}
