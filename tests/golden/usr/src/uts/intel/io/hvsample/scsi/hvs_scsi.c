/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The portkit authors
 */

/*
 * The synthetic SCSI controller: a SCSI interface module whose commands go to
 * the host's storage provider, with the pages of their data.
 */

#include <sys/ccompile.h>
#include <sys/param.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <sys/systm.h>
#include <sys/cmn_err.h>
#include <sys/debug.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include <sys/kmem.h>
#include <sys/modctl.h>
#include <sys/ksynch.h>
#include <sys/queue.h>

#include <sys/scsi/scsi.h>
#include <sys/dditypes.h>
#include <sys/conf.h>
#include <sys/devops.h>
#include <sys/errno.h>
#include <sys/kstat.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/stdbool.h>
#include <sys/stddef.h>
#include <hvsample/bsd/bsd_callout.h>
#include <hvsample/bsd/bsd_cam.h>
#include <hvsample/bsd/bsd_kstat.h>

#include <hvsample/include/hvs.h>
#include <hvsample/scsi/hvs_vsp.h>

#include <hvsample/vmbus/hvs_if.h>

#define	HVSCSI_RING_PAGES	32
#define	HVSCSI_COMMANDS		256
#define	HVSCSI_MAXIO		((HVS_PAGES - 1) * PAGESIZE)

/* What the host serves on a controller */
#define	HVSCSI_TARGETS		2
#define	HVSCSI_LUNS		64

#define	HVSCSI_ANSWER_SECONDS	10	/* for one to a request of our own */
#define	HVSCSI_RESET_SECONDS	3
#define	HVSCSI_COMMAND_SECONDS	60	/* for commands that say nothing */

/* Packets of commands bear their index, others one of these. */
#define	HVSCSI_XACT_CONTROL	HVSCSI_COMMANDS
#define	HVSCSI_XACT_RESET	(HVSCSI_COMMANDS + 1)

enum hvscsi_state {
	HVSCSI_FREE,
	HVSCSI_SENT,		/* the host has it */
	HVSCSI_LATE,		/* ... for too long: the bus is being reset */
	HVSCSI_LOST		/* ... still: only its answer frees it */
};

struct hvscsi_command {
	TAILQ_ENTRY(hvscsi_command) cm_link;
	struct bsd_ccb	*cm_ccb;	/* of HVSCSI_SENT and HVSCSI_LATE */
	int		cm_loaded;	/* there are data in the map */
	int		cm_error;	/* of loading it */
	enum hvscsi_state cm_state;
	uint_t		cm_seconds;	/* left; 0: no limit */
	struct hvs_pages cm_pages;
};

struct hvscsi_softc {
	dev_info_t	*vs_dev;
	struct hvs_channel *vs_channel;
	ddi_dma_attr_t	vs_tag;
	struct bsd_sim	*vs_sim;
	struct scsi_address	*vs_path;
	int		vs_registered;	/* with CAM */
	uint32_t	vs_maxio;

	kmutex_t	vs_lock;
	struct hvscsi_command *vs_command;	/* all, by index */
	uint_t		vs_nmaps;	/* commands that have a map */
	TAILQ_HEAD(, hvscsi_command) vs_free;
	TAILQ_HEAD(, hvscsi_command) vs_sent;
	int		vs_frozen;
	struct bsd_callout	vs_watch;
	uint_t		vs_timeouts;

	/* The request of our own, one at a time, and its answer */
	int		vs_answered;
	kcondvar_t	vs_answered_cv;
	struct hvs_vsp_packet vs_answer;

	uint_t		vs_reset;	/* seconds that one may still take */

	/* What host and guest agreed on */
	uint16_t	vs_protocol;
	uint_t		vs_packet_length;
	uint_t		vs_sense_length;
};

/* ba6163d9-04a1-4d29-b605-72e2ffb1dc7f */
static void *hvs_scsi_ddi_state;

static const struct hvs_guid hvscsi_class = {
	.g_byte = {
		0xd9, 0x63, 0x61, 0xba,
		0xa1, 0x04,
		0x29, 0x4d,
		0xb6, 0x05,
		0x72, 0xe2, 0xff, 0xb1, 0xdc, 0x7f
	}
};

/* Newest first */
static const uint16_t hvscsi_protocols[] = {
	HVS_VSP_PROTOCOL_2016,
	HVS_VSP_PROTOCOL_2012R2,
	HVS_VSP_PROTOCOL_2012,
	HVS_VSP_PROTOCOL_2008R2,
	HVS_VSP_PROTOCOL_2008
};

/*
 * Commands
 */

/* Give a command's data back to whoever it came from. */
static void
hvscsi_unload(struct hvscsi_softc *sc, struct hvscsi_command *cm)
{

	if (cm->cm_loaded == 0)
		return;
	cm->cm_loaded = 0;
}

/*
 * End a CCB.  After an error its device's queue stands still until CAM has
 * looked at that.
 */
static void
hvscsi_ccb_done(struct hvscsi_softc *sc, struct bsd_ccb *ccb, uint32_t status)
{

	ASSERT(MUTEX_HELD(&sc->vs_lock));
	if ((status & CAM_STATUS_MASK) != CAM_REQ_CMP) {
		status |= CAM_DEV_QFRZN;

	}
	ccb->status = status;
	bsd_ccb_done(ccb);
}

/*
 * The host has nothing to do with the command's data any more, or will not be
 * asked again: end it.  keep: its answer may still come.
 */
static void
hvscsi_command_done(struct hvscsi_softc *sc, struct hvscsi_command *cm,
    uint32_t status, bool keep)
{
	struct bsd_ccb *ccb = cm->cm_ccb;

	hvscsi_unload(sc, cm);
	cm->cm_ccb = NULL;
	TAILQ_REMOVE(&sc->vs_sent, cm, cm_link);
	if (keep) {
		cm->cm_state = HVSCSI_LOST;
	} else {
		cm->cm_state = HVSCSI_FREE;
		TAILQ_INSERT_HEAD(&sc->vs_free, cm, cm_link);
		if (sc->vs_frozen != 0) {
			sc->vs_frozen = 0;
			status |= CAM_RELEASE_SIMQ;
		}
	}
	hvscsi_ccb_done(sc, ccb, status);
}

/* No answer comes to any of the commands. */
static void
hvscsi_fail_all(struct hvscsi_softc *sc)
{
	struct hvscsi_command *cm;

	while ((cm = TAILQ_FIRST(&sc->vs_sent)) != NULL)
		hvscsi_command_done(sc, cm, CAM_DEV_NOT_THERE, false);
}

/*
 * The pages of a command's data.  A list of pages has no holes, so only its
 * ends may lie within a page.
 */
static void
hvscsi_load(void *arg, ddi_dma_cookie_t *segs, int nsegs, int error)
{
	struct hvscsi_command *cm = arg;
	struct hvs_pages *pages = &cm->cm_pages;
	int i;

	cm->cm_error = error;
	if (error != 0)
		return;
	cm->cm_loaded = 1;
	pages->pg_offset = segs[0].dmac_laddress & PAGEOFFSET;
	pages->pg_length = 0;
	for (i = 0; i < nsegs; i++) {
		if ((i > 0 && (segs[i].dmac_laddress & PAGEOFFSET) != 0) ||
		    (i < nsegs - 1 &&
		    ((segs[i].dmac_laddress + segs[i].dmac_size) &
		    PAGEOFFSET) != 0)) {
			cm->cm_error = EINVAL;
			return;
		}
		pages->pg_page[i] = segs[i].dmac_laddress >> PAGESHIFT;
		pages->pg_length += segs[i].dmac_size;
	}
}

/* No more commands for now, please: the one in `ccb' has to come again. */
static void
hvscsi_requeue(struct hvscsi_softc *sc, struct bsd_ccb *ccb)
{

	if (sc->vs_frozen == 0) {
		sc->vs_frozen = 1;
		bsd_simq_freeze(sc->vs_sim, 1);
	}
	ccb->status = CAM_REQUEUE_REQ;
	bsd_ccb_done(ccb);
}

/* Fill in what the host has to know; false if it could not understand it. */
static bool
hvscsi_fill(struct hvscsi_softc *sc, struct hvscsi_command *cm,
    struct hvs_vsp_packet *vp)
{
	struct bsd_ccb *ccb = cm->cm_ccb;
	struct bsd_ccb *csio = ccb;
	struct hvs_vsp_srb *sr = &vp->vp_srb;

	if (csio->pkt->pkt_cdblen > HVS_VSP_CDB)
		return (false);

	memset(vp, 0, sizeof (*vp));
	vp->vp_operation = HVS_VSP_EXECUTE;
	vp->vp_flags = HVS_VSP_FLAG_ANSWER;
	sr->sr_length = sc->vs_packet_length -
	    offsetof(struct hvs_vsp_packet, vp_srb);
	sr->sr_target = ccb->ap->a_target;
	sr->sr_lun = ccb->ap->a_lun;
	sr->sr_sense_length = sc->vs_sense_length;
	sr->sr_cdb_length = csio->pkt->pkt_cdblen;
	if ((ccb->flags & CAM_CDB_POINTER) != 0)
		memcpy(sr->sr_cdb, csio->pkt->pkt_cdbp, csio->pkt->pkt_cdblen);
	else
		memcpy(sr->sr_cdb, csio->pkt->pkt_cdbp, csio->pkt->pkt_cdblen);

	switch (ccb->flags & DDI_DMA_RDWR) {
	case DDI_DMA_READ:
		sr->sr_direction = HVS_SRB_TO_GUEST;
		sr->sr_flags = HVS_SRB_FLAG_TO_GUEST;
		break;
	case DDI_DMA_WRITE:
		sr->sr_direction = HVS_SRB_TO_DEVICE;
		sr->sr_flags = HVS_SRB_FLAG_TO_DEVICE;
		break;
	case 0:
		sr->sr_direction = HVS_SRB_TO_NOBODY;
		break;
	default:
		return (false);
	}

	cm->cm_seconds = 0;
	sr->sr_timeout = HVSCSI_COMMAND_SECONDS;
	if (ccb->pkt->pkt_time == 0)
		return (true);
	/* Milliseconds; 0 leaves it to us. */
	if ((ccb->pkt->pkt_time * 1000) != 0)
		sr->sr_timeout = howmany((ccb->pkt->pkt_time * 1000), 1000);
	/* The first of them may be over soon. */
	cm->cm_seconds = sr->sr_timeout + 1;
	return (true);
}

/* Have the command's data ready for the host.  Returns a CAM status. */
static uint32_t
hvscsi_map(struct hvscsi_softc *sc, struct hvscsi_command *cm)
{
	struct bsd_ccb *ccb = cm->cm_ccb;
	int error;

	if ((ccb->flags & DDI_DMA_RDWR) == 0 ||
	    ccb->pkt->pkt_dma_len == 0)
		return (CAM_REQ_CMP);

	cm->cm_error = 0;
	hvscsi_load(cm, ccb->pkt->pkt_cookies,
	    ccb->pkt->pkt_numcookies, 0);
	error = 0;
	if (error == 0)
		error = cm->cm_error;
	if (error == 0) {
		return (CAM_REQ_CMP);
	}
	switch (error) {
	case ENOMEM:
		return (CAM_RESRC_UNAVAIL);
	case EFBIG:
		return (CAM_REQ_TOO_BIG);
	default:
		bsd_address_print(ccb->ap, "the data cannot be mapped: %d",
		    error);
		return (CAM_REQ_INVALID);
	}
}

/* Send a command to the host. */
static void
hvscsi_start(struct hvscsi_softc *sc, struct bsd_ccb *ccb)
{
	struct hvscsi_command *cm;
	struct hvs_vsp_packet packet;
	uint32_t status;
	int error;

	if (hvs_channel_gone(sc->vs_channel) ||
	    ccb->ap->a_target >= HVSCSI_TARGETS ||
	    ccb->ap->a_lun >= HVSCSI_LUNS) {
		hvscsi_ccb_done(sc, ccb, CAM_DEV_NOT_THERE);
		return;
	}
	cm = TAILQ_FIRST(&sc->vs_free);
	if (cm == NULL) {
		hvscsi_requeue(sc, ccb);
		return;
	}

	cm->cm_ccb = ccb;
	status = CAM_REQ_INVALID;
	if (hvscsi_fill(sc, cm, &packet))
		status = hvscsi_map(sc, cm);
	if (status != CAM_REQ_CMP) {
		hvscsi_unload(sc, cm);
		cm->cm_ccb = NULL;
		hvscsi_ccb_done(sc, ccb, status);
		return;
	}

	if (cm->cm_loaded != 0)
		packet.vp_srb.sr_transfer = cm->cm_pages.pg_length;
	error = hvs_channel_request(sc->vs_channel,
	    cm->cm_loaded != 0 ? &cm->cm_pages : NULL, &packet,
	    sc->vs_packet_length, cm - sc->vs_command);
	if (error != 0) {
		hvscsi_unload(sc, cm);
		cm->cm_ccb = NULL;
		if (error == EAGAIN)
			hvscsi_requeue(sc, ccb);
		else
			hvscsi_ccb_done(sc, ccb, CAM_DEV_NOT_THERE);
		return;
	}

	ccb->status |= CAM_SIM_QUEUED;
	cm->cm_state = HVSCSI_SENT;
	TAILQ_REMOVE(&sc->vs_free, cm, cm_link);
	TAILQ_INSERT_TAIL(&sc->vs_sent, cm, cm_link);
}

/* What a request block says of a command that the device found no fault in. */
static uint32_t
hvscsi_status(const struct hvs_vsp_srb *sr)
{

	switch (HVS_SRB_STATUS(sr->sr_status)) {
	case HVS_SRB_SUCCESS:
		return (CAM_REQ_CMP);
	case HVS_SRB_OVERRUN:
		return (sr->sr_transfer != 0 ? CAM_REQ_CMP : CAM_DATA_RUN_ERR);
	case HVS_SRB_ABORTED:
		return (CAM_REQ_ABORTED);
	case HVS_SRB_BUSY:
		return (CAM_BUSY);
	case HVS_SRB_INVALID:
		return (CAM_REQ_INVALID);
	case HVS_SRB_NO_DEVICE:
	case HVS_SRB_NO_LUN:
	case HVS_SRB_NO_TARGET:
		return (CAM_DEV_NOT_THERE);
	case HVS_SRB_TIMEOUT:
		return (CAM_CMD_TIMEOUT);
	case HVS_SRB_BUS_RESET:
		return (CAM_SCSI_BUS_RESET);
	default:
		return (CAM_REQ_CMP_ERR);
	}
}

static uint32_t
hvscsi_sense(struct hvscsi_softc *sc, struct bsd_ccb *csio,
    const struct hvs_vsp_srb *sr)
{
	uint_t len;

	len = MIN(sr->sr_sense_length, sc->vs_sense_length);
	len = MIN(len, csio->sense_len);
	if ((sr->sr_status & HVS_SRB_SENSE_VALID) == 0 || len == 0)
		return (0);
	memset(&csio->sense_data, 0, sizeof (csio->sense_data));
	memcpy(&csio->sense_data, sr->sr_sense, len);
	csio->sense_resid = csio->sense_len - len;
	return (CAM_AUTOSNS_VALID);
}

/* The host has answered a command. */
static void
hvscsi_answer(struct hvscsi_softc *sc, struct hvscsi_command *cm,
    const struct hvs_vsp_srb *sr)
{
	struct bsd_ccb *csio;
	uint32_t status;

	switch (cm->cm_state) {
	case HVSCSI_FREE:
		dev_err(sc->vs_dev, CE_NOTE, "answer to no command");
		return;
	case HVSCSI_LOST:
		cm->cm_state = HVSCSI_FREE;
		TAILQ_INSERT_HEAD(&sc->vs_free, cm, cm_link);
		if (sc->vs_frozen != 0) {
			sc->vs_frozen = 0;
			bsd_simq_release(sc->vs_sim, 1);
		}
		return;
	default:
		break;
	}

	csio = cm->cm_ccb;
	*csio->pkt->pkt_scbp = sr->sr_scsi_status;
	csio->pkt->pkt_resid = 0;
	if (sr->sr_transfer < csio->pkt->pkt_dma_len)
		csio->pkt->pkt_resid = csio->pkt->pkt_dma_len - sr->sr_transfer;
	status = hvscsi_status(sr);
	if (sr->sr_scsi_status != STATUS_GOOD)
		status = CAM_SCSI_STATUS_ERROR | hvscsi_sense(sc, csio, sr);
	else if (status != CAM_REQ_CMP && cm->cm_state == HVSCSI_LATE)
		status = CAM_CMD_TIMEOUT;
	hvscsi_command_done(sc, cm, status, false);
}

/*
 * The bus
 */

/*
 * Have the host reset the bus, which ends all commands that it has: each with
 * an answer of its own, before the one to this.
 */
static int
hvscsi_reset(struct hvscsi_softc *sc)
{
	struct hvs_vsp_packet packet;
	int error;

	if (sc->vs_reset != 0)
		return (0);
	memset(&packet, 0, sizeof (packet));
	packet.vp_operation = HVS_VSP_RESET_BUS;
	packet.vp_flags = HVS_VSP_FLAG_ANSWER;
	error = hvs_channel_request(sc->vs_channel, NULL, &packet,
	    sc->vs_packet_length, HVSCSI_XACT_RESET);
	if (error == 0)
		sc->vs_reset = HVSCSI_RESET_SECONDS;
	return (error);
}

static void
hvscsi_reset_done(struct hvscsi_softc *sc, uint32_t status)
{

	sc->vs_reset = 0;
	if (status != 0) {
		dev_err(sc->vs_dev, CE_NOTE, "reset refused: 0x%x", status);
		return;
	}
	if (sc->vs_path != NULL)
		(void) 0;
}

/* Every second: commands that the host has for too long. */
static void
hvscsi_watch(void *arg)
{
	struct hvscsi_softc *sc = arg;
	struct hvscsi_command *cm, *next;
	uint_t late = 0;

	ASSERT(MUTEX_HELD(&sc->vs_lock));
	if (hvs_channel_gone(sc->vs_channel))
		hvscsi_fail_all(sc);
	for (cm = TAILQ_FIRST(&sc->vs_sent);
	    cm != NULL && (next = TAILQ_NEXT(cm, cm_link), 1); cm = next) {
		if (cm->cm_seconds == 0 || --cm->cm_seconds != 0)
			continue;
		if (cm->cm_state == HVSCSI_LATE) {
			hvscsi_command_done(sc, cm, CAM_CMD_TIMEOUT, true);
			continue;
		}
		cm->cm_state = HVSCSI_LATE;
		cm->cm_seconds = HVSCSI_RESET_SECONDS;
		late++;
	}
	if (late != 0) {
		sc->vs_timeouts += late;
		dev_err(sc->vs_dev, CE_NOTE,
		    "no answer to %u commands, resetting the bus", late);
		(void) hvscsi_reset(sc);
	}
	if (sc->vs_reset != 0)
		sc->vs_reset--;
	(void) bsd_callout_reset(&sc->vs_watch, hz, hvscsi_watch, sc);
}

/* Devices have come or gone. */
static void
hvscsi_rescan(struct hvscsi_softc *sc)
{
	uint32_t bus;
	struct bsd_ccb *ccb;

	if (sc->vs_path == NULL)
		return;
	bus = bsd_sim_path(sc->vs_sim);
	ccb = bsd_ccb_alloc(KM_NOSLEEP);
	if (ccb == NULL) {
		dev_err(sc->vs_dev, CE_NOTE, "no memory to scan the bus");
		return;
	}
	if (bsd_address_create(&ccb->ap, bus, CAM_TARGET_WILDCARD,
	    CAM_LUN_WILDCARD) != CAM_REQ_CMP) {
		dev_err(sc->vs_dev, CE_NOTE, "no path to scan the bus");
		bsd_ccb_free(ccb);
		return;
	}
	bsd_ccb_rescan(ccb);
}

/* Serve the next packet from the host; false if there is none. */
static bool
hvscsi_next(struct hvscsi_softc *sc)
{
	struct hvs_vsp_packet packet;
	uint64_t xact;
	uint_t len = sizeof (packet);

	ASSERT(MUTEX_HELD(&sc->vs_lock));
	memset(&packet, 0, sizeof (packet));
	if (hvs_channel_receive(sc->vs_channel, &packet, &len, &xact) != 0)
		return (false);
	if (len < HVS_VSP_LENGTH_OLD) {
		dev_err(sc->vs_dev, CE_NOTE, "%u bytes are no packet", len);
		return (true);
	}

	switch (packet.vp_operation) {
	case HVS_VSP_DONE:
		if (xact < HVSCSI_COMMANDS) {
			hvscsi_answer(sc, &sc->vs_command[xact],
			    &packet.vp_srb);
		} else if (xact == HVSCSI_XACT_CONTROL) {
			sc->vs_answer = packet;
			sc->vs_answered = 1;
			cv_broadcast(&sc->vs_answered_cv);
		} else if (xact == HVSCSI_XACT_RESET) {
			hvscsi_reset_done(sc, packet.vp_status);
		} else {
			dev_err(sc->vs_dev, CE_NOTE, "answer to no request");
		}
		break;
	case HVS_VSP_REMOVE:
	case HVS_VSP_ENUMERATE:
		hvscsi_rescan(sc);
		break;
	default:
		dev_err(sc->vs_dev, CE_NOTE, "packet %u ignored",
		    packet.vp_operation);
		break;
	}
	return (true);
}

static void
hvscsi_input(struct hvs_channel *ch __unused, void *arg)
{
	struct hvscsi_softc *sc = arg;

	mutex_enter(&sc->vs_lock);
	while (hvscsi_next(sc))
		continue;
	mutex_exit(&sc->vs_lock);
}

/* CAM waits for a command with interrupts off. */
static void
hvscsi_poll(struct bsd_sim *sim)
{
	struct hvscsi_softc *sc = bsd_sim_softc(sim);

	while (hvscsi_next(sc))
		continue;
}

static void
hvscsi_path_inq(struct hvscsi_softc *sc, struct ccb_pathinq *cpi)
{

	cpi->version_num = 1;
	cpi->hba_inquiry = PI_TAG_ABLE;
	cpi->target_sprt = 0;
	cpi->hba_misc = PIM_NOBUSRESET | PIM_UNMAPPED;
	cpi->hba_eng_cnt = 0;
	cpi->max_target = HVSCSI_TARGETS - 1;
	cpi->max_lun = HVSCSI_LUNS - 1;
	cpi->initiator_id = HVSCSI_TARGETS;
	cpi->bus_id = bsd_sim_bus(sc->vs_sim);
	cpi->unit_number = bsd_sim_unit(sc->vs_sim);
	cpi->base_transfer_speed = 300000;
	cpi->protocol = PROTO_SCSI;
	cpi->protocol_version = RDF_SCSI_SPC3;
	cpi->transport = XPORT_SAS;
	cpi->transport_version = 0;
	cpi->maxio = sc->vs_maxio;
	strlcpy(cpi->sim_vid, "FreeBSD", sizeof (cpi->sim_vid));
	strlcpy(cpi->hba_vid, "Hyper-V", sizeof (cpi->hba_vid));
	strlcpy(cpi->dev_name, bsd_sim_name(sc->vs_sim),
	    sizeof (cpi->dev_name));
}

static void
hvscsi_get_tran(struct ccb_trans_settings *cts)
{
	struct ccb_trans_settings_scsi *scsi = &cts->proto_specific.scsi;

	cts->protocol = PROTO_SCSI;
	cts->protocol_version = RDF_SCSI_SPC3;
	cts->transport = XPORT_SAS;
	cts->transport_version = 0;
	scsi->valid = CTS_SCSI_VALID_TQ;
	scsi->flags = CTS_SCSI_FLAGS_TAG_ENB;
	cts->xport_specific.valid = 0;
}

static void
hvscsi_cam_start(struct bsd_sim *sim, struct bsd_ccb *ccb)
{
	struct hvscsi_softc *sc = bsd_sim_softc(sim);

	ASSERT(MUTEX_HELD(&sc->vs_lock));
	hvscsi_start(sc, ccb);
}

static void
hvscsi_cam_reset(struct bsd_sim *sim, struct bsd_ccb *ccb)
{
	struct hvscsi_softc *sc = bsd_sim_softc(sim);

	ASSERT(MUTEX_HELD(&sc->vs_lock));
	/* The host knows no reset of less than the bus. */
	ccb->status = hvscsi_reset(sc) == 0 ? CAM_REQ_CMP :
	    CAM_REQ_CMP_ERR;
	bsd_ccb_done(ccb);
}

static void
hvscsi_abort(struct bsd_sim *sim, struct bsd_ccb *ccb)
{
	/* The host has it, and cannot be told. */
	ccb->status = CAM_UA_ABORT;
	bsd_ccb_done(ccb);
}

static void
hvscsi_cam_path_inq(struct bsd_sim *sim, struct bsd_ccb *ccb)
{
	struct hvscsi_softc *sc = bsd_sim_softc(sim);

	ASSERT(MUTEX_HELD(&sc->vs_lock));
	hvscsi_path_inq(sc, &ccb->cpi);
	ccb->status = CAM_REQ_CMP;
	bsd_ccb_done(ccb);
}

static void
hvscsi_cam_get_tran(struct bsd_sim *sim, struct bsd_ccb *ccb)
{
	hvscsi_get_tran(&ccb->cts);
	ccb->status = CAM_REQ_CMP;
	bsd_ccb_done(ccb);
}

static void
hvscsi_set_tran(struct bsd_sim *sim, struct bsd_ccb *ccb)
{
	/* There is nothing to set. */
	ccb->status = CAM_REQ_CMP;
	bsd_ccb_done(ccb);
}

static void
hvscsi_calc_geometry(struct bsd_sim *sim, struct bsd_ccb *ccb)
{
	bsd_calc_geometry(&ccb->ccg, 1);
	bsd_ccb_done(ccb);
}

static int
hvscsi_tran_start(struct scsi_address *ap, struct scsi_pkt *pkt)
{
	struct bsd_ccb *ccb = bsd_ccb_start(ap, pkt);

	if (ccb == NULL)
		return (TRAN_BUSY);
	hvscsi_cam_start(ccb->sim, ccb);
	return (bsd_ccb_started(ccb));
}

static int
hvscsi_tran_abort(struct scsi_address *ap, struct scsi_pkt *pkt)
{
	return (bsd_ccb_ask(ap, XPT_ABORT, pkt, hvscsi_abort));
}

static int
hvscsi_tran_reset(struct scsi_address *ap, int level)
{
	if (level == RESET_ALL)
		return (bsd_ccb_ask(ap, XPT_RESET_BUS, NULL, hvscsi_cam_reset));
	return (bsd_ccb_ask(ap, XPT_RESET_DEV, NULL, hvscsi_cam_reset));
}

static const bsd_sim_ops_t hvscsi_sim_ops = {
	.start =		hvscsi_tran_start,
	.abort =		hvscsi_tran_abort,
	.reset =		hvscsi_tran_reset,
	.path_inq =		hvscsi_cam_path_inq,
	.get_tran =		hvscsi_cam_get_tran,
	.set_tran =		hvscsi_set_tran,
	.calc_geometry =	hvscsi_calc_geometry,
	.poll =			hvscsi_poll,
	.flags =		0
};

/*
 * Coming and going
 */

/*
 * Ask the host for something and wait for the answer, which replaces the
 * request.  EOPNOTSUPP if it refuses, ETIMEDOUT or ENXIO if it does not answer.
 */
static int
hvscsi_control(struct hvscsi_softc *sc, uint32_t operation,
    struct hvs_vsp_packet *packet)
{
	int error, seconds;

	packet->vp_operation = operation;
	packet->vp_flags = HVS_VSP_FLAG_ANSWER;
	mutex_enter(&sc->vs_lock);
	sc->vs_answered = 0;
	error = hvs_channel_request(sc->vs_channel, NULL, packet,
	    sc->vs_packet_length, HVSCSI_XACT_CONTROL);
	seconds = HVSCSI_ANSWER_SECONDS;
	while (error == 0 && sc->vs_answered == 0) {
		if (hvs_channel_gone(sc->vs_channel)) {
			error = ENXIO;
		} else if (seconds-- == 0) {
			error = ETIMEDOUT;
		} else {
			(void) cv_reltimedwait(&sc->vs_answered_cv,
			    &sc->vs_lock, hz, TR_CLOCK_TICK);
		}
	}
	if (error == 0)
		*packet = sc->vs_answer;
	mutex_exit(&sc->vs_lock);
	if (error == 0 && packet->vp_status != 0)
		error = EOPNOTSUPP;
	return (error);
}

static int
hvscsi_negotiate(struct hvscsi_softc *sc)
{
	struct hvs_vsp_packet packet;
	uint_t i;
	int error;

	error = EOPNOTSUPP;
	for (i = 0; i < ARRAY_SIZE(hvscsi_protocols) &&
	    error == EOPNOTSUPP; i++) {
		memset(&packet, 0, sizeof (packet));
		packet.vp_version.ve_version = hvscsi_protocols[i];
		error = hvscsi_control(sc, HVS_VSP_VERSION, &packet);
		if (error == 0)
			sc->vs_protocol = hvscsi_protocols[i];
	}
	if (error != 0)
		return (error);
	if (sc->vs_protocol >= HVS_VSP_PROTOCOL_2012) {
		sc->vs_packet_length = sizeof (struct hvs_vsp_packet);
		sc->vs_sense_length = HVS_VSP_SENSE;
	}
	return (0);
}

/* Open the channel and come to terms with the host. */
static int
hvscsi_connect(struct hvscsi_softc *sc)
{
	struct hvs_vsp_packet packet;
	int error;

	sc->vs_packet_length = HVS_VSP_LENGTH_OLD;
	sc->vs_sense_length = HVS_VSP_SENSE_OLD;
	error = hvs_channel_open(sc->vs_channel, HVSCSI_RING_PAGES,
	    HVSCSI_RING_PAGES, hvscsi_input, sc);
	if (error != 0)
		return (error);

	memset(&packet, 0, sizeof (packet));
	error = hvscsi_control(sc, HVS_VSP_BEGIN, &packet);
	if (error == 0)
		error = hvscsi_negotiate(sc);
	if (error != 0)
		return (error);

	memset(&packet, 0, sizeof (packet));
	error = hvscsi_control(sc, HVS_VSP_PROPERTIES, &packet);
	if (error != 0)
		return (error);
	sc->vs_maxio = HVSCSI_MAXIO;
	if (packet.vp_properties.pr_transfer >= PAGESIZE)
		sc->vs_maxio = MIN(HVSCSI_MAXIO,
		    packet.vp_properties.pr_transfer);

	memset(&packet, 0, sizeof (packet));
	error = hvscsi_control(sc, HVS_VSP_END, &packet);
	if (error == 0 && (boothowto & RB_VERBOSE)) {
		dev_err(sc->vs_dev, CE_CONT, "?protocol %u.%u\n",
		    HVS_VSP_PROTOCOL_MAJOR(sc->vs_protocol),
		    HVS_VSP_PROTOCOL_MINOR(sc->vs_protocol));
	}
	return (error);
}

static int
hvscsi_alloc(struct hvscsi_softc *sc)
{
	struct hvscsi_command *cm;
	int error;

	sc->vs_command = kmem_zalloc(sizeof (struct hvscsi_command) *
	    HVSCSI_COMMANDS, KM_SLEEP);
	sc->vs_tag.dma_attr_version = DMA_ATTR_V0;
	sc->vs_tag.dma_attr_addr_lo = 0;
	sc->vs_tag.dma_attr_addr_hi = UINT64_MAX;
	sc->vs_tag.dma_attr_count_max = PAGESIZE - 1;
	sc->vs_tag.dma_attr_align = 1;
	sc->vs_tag.dma_attr_burstsizes = 0xfff;
	sc->vs_tag.dma_attr_minxfer = 1;
	sc->vs_tag.dma_attr_maxxfer = MAX(HVSCSI_MAXIO, PAGESIZE);
	sc->vs_tag.dma_attr_seg = PAGESIZE - 1;
	sc->vs_tag.dma_attr_sgllen = HVS_PAGES;
	sc->vs_tag.dma_attr_granular = 1;
	sc->vs_tag.dma_attr_flags = 0;
	error = 0;
	if (error != 0)
		return (error);

	while (sc->vs_nmaps < HVSCSI_COMMANDS) {
		cm = &sc->vs_command[sc->vs_nmaps];
		error = 0;
		if (error != 0)
			return (error);
		TAILQ_INSERT_TAIL(&sc->vs_free, cm, cm_link);
		sc->vs_nmaps++;
	}
	return (0);
}

/* Have CAM find what is on the bus. */
static int
hvscsi_register(struct hvscsi_softc *sc)
{
	struct bsd_simq *devq;
	int error = 0;

	devq = bsd_simq_alloc(HVSCSI_COMMANDS);
	if (devq == NULL)
		return (ENOMEM);
	sc->vs_sim = bsd_sim_alloc(&hvscsi_sim_ops, "hvs_scsi", sc,
	    ddi_get_instance(sc->vs_dev), &sc->vs_lock, HVSCSI_COMMANDS, devq,
	    &sc->vs_tag);
	if (sc->vs_sim == NULL) {
		bsd_simq_free(devq);
		return (ENOMEM);
	}

	mutex_enter(&sc->vs_lock);
	if (bsd_bus_register(sc->vs_sim, sc->vs_dev, 0) != CAM_SUCCESS) {
		error = ENXIO;
	} else {
		sc->vs_registered = 1;
		if (bsd_address_create(&sc->vs_path, bsd_sim_path(sc->vs_sim),
		    CAM_TARGET_WILDCARD, CAM_LUN_WILDCARD) != CAM_REQ_CMP) {
			sc->vs_path = NULL;
			error = ENOMEM;
		}
	}
	mutex_exit(&sc->vs_lock);
	return (error);
}

/*
 * Undo hvscsi_attach(), however far it came.  The bus goes first: that waits
 * for those who use its devices, whose last commands the host still answers.
 */
static void
hvscsi_undo(struct hvscsi_softc *sc)
{

	mutex_enter(&sc->vs_lock);
	if (sc->vs_path != NULL) {
		bsd_address_free(sc->vs_path);
		sc->vs_path = NULL;
	}
	if (sc->vs_registered != 0) {
		bsd_bus_deregister(bsd_sim_path(sc->vs_sim));
		sc->vs_registered = 0;
	}
	if (sc->vs_sim != NULL) {
		bsd_sim_free(sc->vs_sim, B_TRUE);
		sc->vs_sim = NULL;
		sc->vs_frozen = 0;
	}
	ASSERT(TAILQ_EMPTY(&sc->vs_sent));
	mutex_exit(&sc->vs_lock);

	(void) bsd_callout_drain(&sc->vs_watch);
	hvs_channel_close(sc->vs_channel);
	while (sc->vs_nmaps > 0) {
		sc->vs_nmaps--;
	}
	if (sc->vs_command != NULL)
		kmem_free(sc->vs_command,
		    sizeof (struct hvscsi_command) * HVSCSI_COMMANDS);
	cv_destroy(&sc->vs_answered_cv);
	mutex_destroy(&sc->vs_lock);
}

static int
hvscsi_sysctl_protocol(kstat_named_t *knp, int rw, void *arg1, intptr_t arg2)
{
	struct hvscsi_softc *sc = arg1;
	char text[16];

	(void) snprintf(text, sizeof (text), "%u.%u",
	    HVS_VSP_PROTOCOL_MAJOR(sc->vs_protocol),
	    HVS_VSP_PROTOCOL_MINOR(sc->vs_protocol));
	(void) strlcpy(KSTAT_NAMED_STR_PTR(knp), text,
	    KSTAT_NAMED_STR_BUFLEN(knp));
	return (0);
}

static void
hvscsi_sysctl(struct hvscsi_softc *sc)
{
	struct bsd_kstat_node *node;

	node = bsd_kstat_device_tree(sc->vs_dev);
	bsd_kstat_add_proc(node, "protocol", KSTAT_DATA_STRING,
	    hvscsi_sysctl_protocol, sc, 0, 0);
	bsd_kstat_add_var(node, "timeouts", KSTAT_DATA_UINT32, &sc->vs_timeouts,
	    0);
}

static int
hvscsi_probe(dev_info_t *dev)
{

	if (hvs_bus_match_class(ddi_get_parent(dev), dev, &hvscsi_class) != 0)
		return (ENXIO);
	dev_err(dev, CE_CONT, "?%s\n", "Sample SCSI controller");
	return (DDI_PROBE_DONTCARE);
}

static int
hvscsi_attach(dev_info_t *dev)
{
	struct hvscsi_softc *sc = ddi_get_soft_state(hvs_scsi_ddi_state,
	    ddi_get_instance(dev));
	int error;

	sc->vs_dev = dev;
	sc->vs_channel = hvs_get_channel(dev);
	mutex_init(&sc->vs_lock, NULL, MUTEX_DRIVER, NULL);
	cv_init(&sc->vs_answered_cv, NULL, CV_DRIVER, NULL);
	bsd_callout_init_mtx(&sc->vs_watch, &sc->vs_lock, 0);
	TAILQ_INIT(&sc->vs_free);
	TAILQ_INIT(&sc->vs_sent);

	error = hvscsi_alloc(sc);
	if (error == 0)
		error = hvscsi_connect(sc);
	if (error == 0) {
		mutex_enter(&sc->vs_lock);
		(void) bsd_callout_reset(&sc->vs_watch, hz, hvscsi_watch, sc);
		mutex_exit(&sc->vs_lock);
		error = hvscsi_register(sc);
	}
	if (error != 0) {
		dev_err(dev, CE_NOTE, "the controller does not work: %d",
		    error);
		hvscsi_undo(sc);
		return (error);
	}
	hvscsi_sysctl(sc);
	return (0);
}

static int
hvscsi_detach(dev_info_t *dev)
{
	struct hvscsi_softc *sc = ddi_get_soft_state(hvs_scsi_ddi_state,
	    ddi_get_instance(dev));

	hvscsi_undo(sc);
	return (0);
}

/*
 * Module linkage.
 */

static void *hvs_scsi_ddi_state;

static int
hvs_scsi_ddi_attach(dev_info_t *dip, ddi_attach_cmd_t cmd)
{
	int instance = ddi_get_instance(dip);

	switch (cmd) {
	case DDI_ATTACH:
		break;
	default:
		return (DDI_FAILURE);
	}

	if (ddi_soft_state_zalloc(hvs_scsi_ddi_state, instance) !=
	    DDI_SUCCESS) {
		dev_err(dip, CE_WARN, "cannot allocate soft state");
		return (DDI_FAILURE);
	}

	/* What is not greater than 0 is a priority among FreeBSD's drivers. */
	if (hvscsi_probe(dip) > 0)
		goto fail;
	if (hvscsi_attach(dip) != 0)
		goto fail;

	ddi_report_dev(dip);
	return (DDI_SUCCESS);

fail:
	bsd_kstat_device_fini(dip);
	ddi_soft_state_free(hvs_scsi_ddi_state, instance);
	return (DDI_FAILURE);
}

static int
hvs_scsi_ddi_detach(dev_info_t *dip, ddi_detach_cmd_t cmd)
{
	switch (cmd) {
	case DDI_DETACH:
		break;
	default:
		return (DDI_FAILURE);
	}

	if (hvscsi_detach(dip) != 0)
		return (DDI_FAILURE);

	bsd_kstat_device_fini(dip);
	ddi_soft_state_free(hvs_scsi_ddi_state, ddi_get_instance(dip));
	return (DDI_SUCCESS);
}

static struct cb_ops hvs_scsi_cb_ops = {
	.cb_open =		scsi_hba_open,
	.cb_close =		scsi_hba_close,
	.cb_strategy =		nodev,
	.cb_print =		nodev,
	.cb_dump =		nodev,
	.cb_read =		nodev,
	.cb_write =		nodev,
	.cb_ioctl =		scsi_hba_ioctl,
	.cb_devmap =		nodev,
	.cb_mmap =		nodev,
	.cb_segmap =		nodev,
	.cb_chpoll =		nochpoll,
	.cb_prop_op =		ddi_prop_op,
	.cb_str =		NULL,
	.cb_flag =		D_NEW | D_MP | D_HOTPLUG,
	.cb_rev =		CB_REV,
	.cb_aread =		nodev,
	.cb_awrite =		nodev
};

static struct dev_ops hvs_scsi_dev_ops = {
	.devo_rev =		DEVO_REV,
	.devo_refcnt =		0,
	.devo_getinfo =		ddi_no_info,
	.devo_identify =	nulldev,
	.devo_probe =		nulldev,
	.devo_attach =		hvs_scsi_ddi_attach,
	.devo_detach =		hvs_scsi_ddi_detach,
	.devo_reset =		nodev,
	.devo_cb_ops =		&hvs_scsi_cb_ops,
	.devo_bus_ops =		NULL,
	.devo_power =		NULL,
	.devo_quiesce =		ddi_quiesce_not_supported
};

static struct modldrv hvs_scsi_modldrv = {
	&mod_driverops,
	"Sample SCSI controller",
	&hvs_scsi_dev_ops
};

static struct modlinkage hvs_scsi_modlinkage = {
	MODREV_1,
	{ &hvs_scsi_modldrv, NULL }
};

int
_init(void)
{
	int error;

	error = ddi_soft_state_init(&hvs_scsi_ddi_state,
	    sizeof (struct hvscsi_softc), 0);
	if (error != 0) {
		return (error);
	}
	if ((error = scsi_hba_init(&hvs_scsi_modlinkage)) == 0 &&
	    (error = mod_install(&hvs_scsi_modlinkage)) != 0)
		scsi_hba_fini(&hvs_scsi_modlinkage);
	if (error != 0) {
		ddi_soft_state_fini(&hvs_scsi_ddi_state);
	}
	return (error);
}

int
_fini(void)
{
	int error;

	if ((error = mod_remove(&hvs_scsi_modlinkage)) != 0)
		return (error);
	scsi_hba_fini(&hvs_scsi_modlinkage);
	ddi_soft_state_fini(&hvs_scsi_ddi_state);
	return (0);
}

int
_info(struct modinfo *modinfop)
{
	return (mod_info(&hvs_scsi_modlinkage, modinfop));
}
