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
 * Targets of SCSI interface modules, and what target drivers may ask of them.
 */

#include <sys/types.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kmem.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include "bsd_cam.h"
#include "bsd_cam_impl.h"

#define	CAM_DEFAULT_MAXIO	(64 * 1024)

/* What a target driver has told us of its target. */
struct cam_target {
	uint32_t	block_size;
	uint64_t	blocks;
};

/* Asks the driver something about the bus or a target of it. */
static uint32_t
cam_ask(struct bsd_sim *sim, struct bsd_ccb *ccb, struct scsi_address *ap,
    enum bsd_ccb_func func,
    void (*answer)(struct bsd_sim *, struct bsd_ccb *))
{
	boolean_t held = mutex_owned(sim->lock);

	ccb->sim = sim;
	ccb->ap = ap;
	ccb->func_code = func;
	ccb->word = CAM_ASKED;
	ccb->status = CAM_REQ_INPROG;
	if (!held)
		mutex_enter(sim->lock);
	answer(sim, ccb);
	if (!held)
		mutex_exit(sim->lock);
	return (CAM_STATUS(ccb));
}

void
cam_inquire(struct bsd_sim *sim)
{
	struct bsd_ccb *ccb;

	sim->cpi.max_target = NTARGETS_WIDE - 1;
	sim->cpi.initiator_id = UINT_MAX;
	if (sim->ops->path_inq == NULL)
		return;
	ccb = bsd_ccb_alloc(KM_SLEEP);
	(void) cam_ask(sim, ccb, &sim->self, XPT_PATH_INQ, sim->ops->path_inq);
	sim->cpi = ccb->cpi;
	bsd_ccb_free(ccb);
}

/* Whether a unit address is one that the bus can have. */
/*ARGSUSED*/
int
cam_tgt_init(dev_info_t *hba_dip, dev_info_t *tgt_dip, scsi_hba_tran_t *tran,
    struct scsi_device *sd)
{
	struct bsd_sim *sim = tran->tran_hba_private;

	if (sd->sd_address.a_target > sim->cpi.max_target ||
	    sd->sd_address.a_target == sim->cpi.initiator_id ||
	    sd->sd_address.a_lun > sim->cpi.max_lun)
		return (DDI_FAILURE);
	tran->tran_tgt_private = kmem_zalloc(sizeof (struct cam_target),
	    KM_SLEEP);
	return (DDI_SUCCESS);
}

/*ARGSUSED*/
void
cam_tgt_free(dev_info_t *hba_dip, dev_info_t *tgt_dip, scsi_hba_tran_t *tran,
    struct scsi_device *sd)
{
	if (tran->tran_tgt_private != NULL) {
		kmem_free(tran->tran_tgt_private, sizeof (struct cam_target));
		tran->tran_tgt_private = NULL;
	}
}

/* Heads and sectors as SCSA wants them: in one number, 0 when there is none. */
static int
cam_geometry(struct bsd_sim *sim, struct scsi_address *ap)
{
	struct cam_target *target = ap->a_hba_tran->tran_tgt_private;
	struct bsd_ccb *ccb;
	int geometry = -1;

	if (sim->ops->calc_geometry == NULL || target == NULL ||
	    target->blocks == 0)
		return (-1);
	ccb = bsd_ccb_alloc(KM_NOSLEEP);
	if (ccb == NULL)
		return (-1);
	ccb->ccg.block_size = target->block_size;
	ccb->ccg.volume_size = target->blocks;
	if (cam_ask(sim, ccb, ap, XPT_CALC_GEOMETRY,
	    sim->ops->calc_geometry) == CAM_REQ_CMP)
		geometry = ccb->ccg.heads << 16 | ccb->ccg.secs_per_track;
	bsd_ccb_free(ccb);
	return (geometry);
}

/* Whether commands to a target are tagged, as far as the driver says. */
static int
cam_tagged(struct bsd_sim *sim, struct scsi_address *ap)
{
	struct bsd_ccb *ccb;
	int tagged = (sim->cpi.hba_inquiry & PI_TAG_ABLE) != 0;

	if (!tagged || sim->ops->get_tran == NULL)
		return (tagged);
	ccb = bsd_ccb_alloc(KM_NOSLEEP);
	if (ccb == NULL)
		return (tagged);
	if (cam_ask(sim, ccb, ap, XPT_GET_TRAN_SETTINGS,
	    sim->ops->get_tran) == CAM_REQ_CMP &&
	    (ccb->cts.proto_specific.scsi.valid & CTS_SCSI_VALID_TQ) != 0)
		tagged = (ccb->cts.proto_specific.scsi.flags &
		    CTS_SCSI_FLAGS_TAG_ENB) != 0;
	bsd_ccb_free(ccb);
	return (tagged);
}

/* Switches tagged commands to a target on or off. */
static int
cam_set_tagged(struct bsd_sim *sim, struct scsi_address *ap, int on)
{
	struct bsd_ccb *ccb;
	int done;

	if ((sim->cpi.hba_inquiry & PI_TAG_ABLE) == 0)
		return (!on);
	if (sim->ops->set_tran == NULL)
		return (1);
	ccb = bsd_ccb_alloc(KM_NOSLEEP);
	if (ccb == NULL)
		return (0);
	ccb->cts.type = CTS_TYPE_CURRENT_SETTINGS;
	ccb->cts.protocol = PROTO_SCSI;
	ccb->cts.transport = sim->cpi.transport;
	ccb->cts.proto_specific.valid = CTS_SCSI_VALID_TQ;
	ccb->cts.proto_specific.scsi.valid = CTS_SCSI_VALID_TQ;
	ccb->cts.proto_specific.scsi.flags = on ? CTS_SCSI_FLAGS_TAG_ENB : 0;
	done = cam_ask(sim, ccb, ap, XPT_SET_TRAN_SETTINGS,
	    sim->ops->set_tran) == CAM_REQ_CMP;
	bsd_ccb_free(ccb);
	return (done);
}

/*ARGSUSED*/
int
cam_getcap(struct scsi_address *ap, char *cap, int whom)
{
	struct bsd_sim *sim = bsd_address_sim(ap);

	if (cap == NULL)
		return (-1);
	switch (scsi_hba_lookup_capstr(cap)) {
	case SCSI_CAP_DMA_MAX:
		return (sim->cpi.maxio == 0 ? CAM_DEFAULT_MAXIO :
		    (int)MIN(sim->cpi.maxio, INT_MAX));
	case SCSI_CAP_INITIATOR_ID:
		return ((int)sim->cpi.initiator_id);
	case SCSI_CAP_ARQ:
	case SCSI_CAP_DISCONNECT:
		return (1);
	case SCSI_CAP_TAGGED_QING:
		return (cam_tagged(sim, ap));
	case SCSI_CAP_SYNCHRONOUS:
		return ((sim->cpi.hba_inquiry & PI_SDTR_ABLE) != 0);
	case SCSI_CAP_WIDE_XFER:
		return ((sim->cpi.hba_inquiry &
		    (PI_WIDE_16 | PI_WIDE_32)) != 0);
	case SCSI_CAP_GEOMETRY:
		return (cam_geometry(sim, ap));
	case SCSI_CAP_INTERCONNECT_TYPE:
		return (sim->tran->tran_interconnect_type);
	default:
		return (-1);
	}
}

int
cam_setcap(struct scsi_address *ap, char *cap, int value, int whom)
{
	struct bsd_sim *sim = bsd_address_sim(ap);
	struct cam_target *target = ap->a_hba_tran->tran_tgt_private;

	if (cap == NULL || whom == 0)
		return (-1);
	switch (scsi_hba_lookup_capstr(cap)) {
	case SCSI_CAP_ARQ:
		return (value != 0);
	case SCSI_CAP_TAGGED_QING:
		return (cam_set_tagged(sim, ap, value));
	case SCSI_CAP_SECTOR_SIZE:
		if (target == NULL)
			return (0);
		target->block_size = value;
		return (1);
	case SCSI_CAP_TOTAL_SECTORS:
		if (target == NULL)
			return (0);
		target->blocks = (uint_t)value;
		return (1);
	case SCSI_CAP_DMA_MAX:
	case SCSI_CAP_DISCONNECT:
	case SCSI_CAP_SYNCHRONOUS:
	case SCSI_CAP_WIDE_XFER:
	case SCSI_CAP_INITIATOR_ID:
	case SCSI_CAP_GEOMETRY:
		return (0);
	default:
		return (-1);
	}
}

/* What a BIOS would make of a disk of this size. */
void
bsd_calc_geometry(struct ccb_calc_geometry *ccg, int extended)
{
	uint64_t megabytes = ccg->block_size == 0 ? 0 :
	    ccg->volume_size / (1024 * 1024 / ccg->block_size);

	if (extended != 0 && megabytes >= 1024) {
		ccg->heads = 255;
		ccg->secs_per_track = 63;
	} else {
		ccg->heads = 64;
		ccg->secs_per_track = 32;
	}
	ccg->cylinders = (uint32_t)(ccg->volume_size /
	    (ccg->heads * ccg->secs_per_track));
}
