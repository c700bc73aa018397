/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The portkit authors
 */

/*
 * The synthetic SCSI controller: a SCSI interface module whose commands go to
 * the host's storage provider, with the pages of their data.
 */

#include <sys/cdefs.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/callout.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/module.h>
#include <sys/mutex.h>
#include <sys/queue.h>
#include <sys/sysctl.h>

#include <machine/bus.h>

#include <cam/cam.h>
#include <cam/cam_ccb.h>
#include <cam/cam_sim.h>
#include <cam/cam_xpt_sim.h>
#include <cam/scsi/scsi_all.h>

#include <dev/hvsample/include/hvs.h>
#include <dev/hvsample/scsi/hvs_vsp.h>

#include "hvs_if.h"

#define	HVSCSI_RING_PAGES	32
#define	HVSCSI_COMMANDS		256
#define	HVSCSI_MAXIO		((HVS_PAGES - 1) * PAGE_SIZE)

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
	union ccb	*cm_ccb;	/* of HVSCSI_SENT and HVSCSI_LATE */
	bus_dmamap_t	cm_map;
	int		cm_loaded;	/* there are data in the map */
	int		cm_error;	/* of loading it */
	enum hvscsi_state cm_state;
	u_int		cm_seconds;	/* left; 0: no limit */
	struct hvs_pages cm_pages;
};

struct hvscsi_softc {
	device_t	vs_dev;
	struct hvs_channel *vs_channel;
	bus_dma_tag_t	vs_tag;
	struct cam_sim	*vs_sim;
	struct cam_path	*vs_path;
	int		vs_registered;	/* with CAM */
	uint32_t	vs_maxio;

	struct mtx	vs_lock;
	struct hvscsi_command *vs_command;	/* all, by index */
	u_int		vs_nmaps;	/* commands that have a map */
	TAILQ_HEAD(, hvscsi_command) vs_free;
	TAILQ_HEAD(, hvscsi_command) vs_sent;
	int		vs_frozen;
	struct callout	vs_watch;
	u_int		vs_timeouts;

	/* The request of our own, one at a time, and its answer */
	int		vs_answered;
	struct hvs_vsp_packet vs_answer;

	u_int		vs_reset;	/* seconds that one may still take */

	/* What host and guest agreed on */
	uint16_t	vs_protocol;
	u_int		vs_packet_length;
	u_int		vs_sense_length;
};

/* ba6163d9-04a1-4d29-b605-72e2ffb1dc7f */
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
	bus_dmamap_sync(sc->vs_tag, cm->cm_map,
	    (cm->cm_ccb->ccb_h.flags & CAM_DIR_MASK) == CAM_DIR_IN ?
	    BUS_DMASYNC_POSTREAD : BUS_DMASYNC_POSTWRITE);
	bus_dmamap_unload(sc->vs_tag, cm->cm_map);
	cm->cm_loaded = 0;
}

/*
 * End a CCB.  After an error its device's queue stands still until CAM has
 * looked at that.
 */
static void
hvscsi_ccb_done(struct hvscsi_softc *sc, union ccb *ccb, uint32_t status)
{

	mtx_assert(&sc->vs_lock, MA_OWNED);
	if ((status & CAM_STATUS_MASK) != CAM_REQ_CMP) {
		status |= CAM_DEV_QFRZN;
		xpt_freeze_devq(ccb->ccb_h.path, 1);
	}
	ccb->ccb_h.status = status;
	xpt_done(ccb);
}

/*
 * The host has nothing to do with the command's data any more, or will not be
 * asked again: end it.  keep: its answer may still come.
 */
static void
hvscsi_command_done(struct hvscsi_softc *sc, struct hvscsi_command *cm,
    uint32_t status, bool keep)
{
	union ccb *ccb = cm->cm_ccb;

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
hvscsi_load(void *arg, bus_dma_segment_t *segs, int nsegs, int error)
{
	struct hvscsi_command *cm = arg;
	struct hvs_pages *pages = &cm->cm_pages;
	int i;

	cm->cm_error = error;
	if (error != 0)
		return;
	cm->cm_loaded = 1;
	pages->pg_offset = segs[0].ds_addr & PAGE_MASK;
	pages->pg_length = 0;
	for (i = 0; i < nsegs; i++) {
		if ((i > 0 && (segs[i].ds_addr & PAGE_MASK) != 0) ||
		    (i < nsegs - 1 &&
		    ((segs[i].ds_addr + segs[i].ds_len) & PAGE_MASK) != 0)) {
			cm->cm_error = EINVAL;
			return;
		}
		pages->pg_page[i] = segs[i].ds_addr >> PAGE_SHIFT;
		pages->pg_length += segs[i].ds_len;
	}
}

/* No more commands for now, please: the one in `ccb' has to come again. */
static void
hvscsi_requeue(struct hvscsi_softc *sc, union ccb *ccb)
{

	if (sc->vs_frozen == 0) {
		sc->vs_frozen = 1;
		xpt_freeze_simq(sc->vs_sim, 1);
	}
	ccb->ccb_h.status = CAM_REQUEUE_REQ;
	xpt_done(ccb);
}

/* Fill in what the host has to know; false if it could not understand it. */
static bool
hvscsi_fill(struct hvscsi_softc *sc, struct hvscsi_command *cm,
    struct hvs_vsp_packet *vp)
{
	union ccb *ccb = cm->cm_ccb;
	struct ccb_scsiio *csio = &ccb->csio;
	struct hvs_vsp_srb *sr = &vp->vp_srb;

	if (csio->cdb_len > HVS_VSP_CDB)
		return (false);

	memset(vp, 0, sizeof(*vp));
	vp->vp_operation = HVS_VSP_EXECUTE;
	vp->vp_flags = HVS_VSP_FLAG_ANSWER;
	sr->sr_length = sc->vs_packet_length -
	    __offsetof(struct hvs_vsp_packet, vp_srb);
	sr->sr_target = ccb->ccb_h.target_id;
	sr->sr_lun = ccb->ccb_h.target_lun;
	sr->sr_sense_length = sc->vs_sense_length;
	sr->sr_cdb_length = csio->cdb_len;
	if ((ccb->ccb_h.flags & CAM_CDB_POINTER) != 0)
		memcpy(sr->sr_cdb, csio->cdb_io.cdb_ptr, csio->cdb_len);
	else
		memcpy(sr->sr_cdb, csio->cdb_io.cdb_bytes, csio->cdb_len);

	switch (ccb->ccb_h.flags & CAM_DIR_MASK) {
	case CAM_DIR_IN:
		sr->sr_direction = HVS_SRB_TO_GUEST;
		sr->sr_flags = HVS_SRB_FLAG_TO_GUEST;
		break;
	case CAM_DIR_OUT:
		sr->sr_direction = HVS_SRB_TO_DEVICE;
		sr->sr_flags = HVS_SRB_FLAG_TO_DEVICE;
		break;
	case CAM_DIR_NONE:
		sr->sr_direction = HVS_SRB_TO_NOBODY;
		break;
	default:
		return (false);
	}

	cm->cm_seconds = 0;
	sr->sr_timeout = HVSCSI_COMMAND_SECONDS;
	if (ccb->ccb_h.timeout == CAM_TIME_INFINITY)
		return (true);
	/* Milliseconds; 0 leaves it to us. */
	if (ccb->ccb_h.timeout != 0)
		sr->sr_timeout = howmany(ccb->ccb_h.timeout, 1000);
	/* The first of them may be over soon. */
	cm->cm_seconds = sr->sr_timeout + 1;
	return (true);
}

/* Have the command's data ready for the host.  Returns a CAM status. */
static uint32_t
hvscsi_map(struct hvscsi_softc *sc, struct hvscsi_command *cm)
{
	union ccb *ccb = cm->cm_ccb;
	int error;

	if ((ccb->ccb_h.flags & CAM_DIR_MASK) == CAM_DIR_NONE ||
	    ccb->csio.dxfer_len == 0)
		return (CAM_REQ_CMP);

	cm->cm_error = 0;
	error = bus_dmamap_load_ccb(sc->vs_tag, cm->cm_map, ccb, hvscsi_load,
	    cm, BUS_DMA_NOWAIT);
	if (error == 0)
		error = cm->cm_error;
	if (error == 0) {
		bus_dmamap_sync(sc->vs_tag, cm->cm_map,
		    (ccb->ccb_h.flags & CAM_DIR_MASK) == CAM_DIR_IN ?
		    BUS_DMASYNC_PREREAD : BUS_DMASYNC_PREWRITE);
		return (CAM_REQ_CMP);
	}
	switch (error) {
	case ENOMEM:
		return (CAM_RESRC_UNAVAIL);
	case EFBIG:
		return (CAM_REQ_TOO_BIG);
	default:
		xpt_print(ccb->ccb_h.path, "the data cannot be mapped: %d\n",
		    error);
		return (CAM_REQ_INVALID);
	}
}

/* Send a command to the host. */
static void
hvscsi_start(struct hvscsi_softc *sc, union ccb *ccb)
{
	struct hvscsi_command *cm;
	struct hvs_vsp_packet packet;
	uint32_t status;
	int error;

	if (hvs_channel_gone(sc->vs_channel) ||
	    ccb->ccb_h.target_id >= HVSCSI_TARGETS ||
	    ccb->ccb_h.target_lun >= HVSCSI_LUNS) {
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

	ccb->ccb_h.status |= CAM_SIM_QUEUED;
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
hvscsi_sense(struct hvscsi_softc *sc, struct ccb_scsiio *csio,
    const struct hvs_vsp_srb *sr)
{
	u_int len;

	len = MIN(sr->sr_sense_length, sc->vs_sense_length);
	len = MIN(len, csio->sense_len);
	if ((sr->sr_status & HVS_SRB_SENSE_VALID) == 0 || len == 0)
		return (0);
	memset(&csio->sense_data, 0, sizeof(csio->sense_data));
	memcpy(&csio->sense_data, sr->sr_sense, len);
	csio->sense_resid = csio->sense_len - len;
	return (CAM_AUTOSNS_VALID);
}

/* The host has answered a command. */
static void
hvscsi_answer(struct hvscsi_softc *sc, struct hvscsi_command *cm,
    const struct hvs_vsp_srb *sr)
{
	struct ccb_scsiio *csio;
	uint32_t status;

	switch (cm->cm_state) {
	case HVSCSI_FREE:
		device_printf(sc->vs_dev, "answer to no command\n");
		return;
	case HVSCSI_LOST:
		cm->cm_state = HVSCSI_FREE;
		TAILQ_INSERT_HEAD(&sc->vs_free, cm, cm_link);
		if (sc->vs_frozen != 0) {
			sc->vs_frozen = 0;
			xpt_release_simq(sc->vs_sim, 1);
		}
		return;
	default:
		break;
	}

	csio = &cm->cm_ccb->csio;
	csio->scsi_status = sr->sr_scsi_status;
	csio->resid = 0;
	if (sr->sr_transfer < csio->dxfer_len)
		csio->resid = csio->dxfer_len - sr->sr_transfer;
	status = hvscsi_status(sr);
	if (sr->sr_scsi_status != SCSI_STATUS_OK)
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
	memset(&packet, 0, sizeof(packet));
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
		device_printf(sc->vs_dev, "reset refused: 0x%x\n", status);
		return;
	}
	if (sc->vs_path != NULL)
		xpt_async(AC_BUS_RESET, sc->vs_path, NULL);
}

/* Every second: commands that the host has for too long. */
static void
hvscsi_watch(void *arg)
{
	struct hvscsi_softc *sc = arg;
	struct hvscsi_command *cm, *next;
	u_int late = 0;

	mtx_assert(&sc->vs_lock, MA_OWNED);
	if (hvs_channel_gone(sc->vs_channel))
		hvscsi_fail_all(sc);
	TAILQ_FOREACH_SAFE(cm, &sc->vs_sent, cm_link, next) {
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
		device_printf(sc->vs_dev,
		    "no answer to %u commands, resetting the bus\n", late);
		(void) hvscsi_reset(sc);
	}
	if (sc->vs_reset != 0)
		sc->vs_reset--;
	callout_reset(&sc->vs_watch, hz, hvscsi_watch, sc);
}

/* Devices have come or gone. */
static void
hvscsi_rescan(struct hvscsi_softc *sc)
{
	path_id_t bus;
	union ccb *ccb;

	if (sc->vs_path == NULL)
		return;
	bus = cam_sim_path(sc->vs_sim);
	ccb = xpt_alloc_ccb_nowait();
	if (ccb == NULL) {
		device_printf(sc->vs_dev, "no memory to scan the bus\n");
		return;
	}
	if (xpt_create_path(&ccb->ccb_h.path, NULL, bus, CAM_TARGET_WILDCARD,
	    CAM_LUN_WILDCARD) != CAM_REQ_CMP) {
		device_printf(sc->vs_dev, "no path to scan the bus\n");
		xpt_free_ccb(ccb);
		return;
	}
	xpt_rescan(ccb);
}

/* Serve the next packet from the host; false if there is none. */
static bool
hvscsi_next(struct hvscsi_softc *sc)
{
	struct hvs_vsp_packet packet;
	uint64_t xact;
	u_int len = sizeof(packet);

	mtx_assert(&sc->vs_lock, MA_OWNED);
	memset(&packet, 0, sizeof(packet));
	if (hvs_channel_receive(sc->vs_channel, &packet, &len, &xact) != 0)
		return (false);
	if (len < HVS_VSP_LENGTH_OLD) {
		device_printf(sc->vs_dev, "%u bytes are no packet\n", len);
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
			wakeup(&sc->vs_answered);
		} else if (xact == HVSCSI_XACT_RESET) {
			hvscsi_reset_done(sc, packet.vp_status);
		} else {
			device_printf(sc->vs_dev, "answer to no request\n");
		}
		break;
	case HVS_VSP_REMOVE:
	case HVS_VSP_ENUMERATE:
		hvscsi_rescan(sc);
		break;
	default:
		device_printf(sc->vs_dev, "packet %u ignored\n",
		    packet.vp_operation);
		break;
	}
	return (true);
}

static void
hvscsi_input(struct hvs_channel *ch __unused, void *arg)
{
	struct hvscsi_softc *sc = arg;

	mtx_lock(&sc->vs_lock);
	while (hvscsi_next(sc))
		continue;
	mtx_unlock(&sc->vs_lock);
}

/* CAM waits for a command with interrupts off. */
static void
hvscsi_poll(struct cam_sim *sim)
{
	struct hvscsi_softc *sc = cam_sim_softc(sim);

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
	cpi->bus_id = cam_sim_bus(sc->vs_sim);
	cpi->unit_number = cam_sim_unit(sc->vs_sim);
	cpi->base_transfer_speed = 300000;
	cpi->protocol = PROTO_SCSI;
	cpi->protocol_version = SCSI_REV_SPC3;
	cpi->transport = XPORT_SAS;
	cpi->transport_version = 0;
	cpi->maxio = sc->vs_maxio;
	strlcpy(cpi->sim_vid, "FreeBSD", sizeof(cpi->sim_vid));
	strlcpy(cpi->hba_vid, "Hyper-V", sizeof(cpi->hba_vid));
	strlcpy(cpi->dev_name, cam_sim_name(sc->vs_sim),
	    sizeof(cpi->dev_name));
}

static void
hvscsi_get_tran(struct ccb_trans_settings *cts)
{
	struct ccb_trans_settings_scsi *scsi = &cts->proto_specific.scsi;

	cts->protocol = PROTO_SCSI;
	cts->protocol_version = SCSI_REV_SPC3;
	cts->transport = XPORT_SAS;
	cts->transport_version = 0;
	scsi->valid = CTS_SCSI_VALID_TQ;
	scsi->flags = CTS_SCSI_FLAGS_TAG_ENB;
	cts->xport_specific.valid = 0;
}

static void
hvscsi_action(struct cam_sim *sim, union ccb *ccb)
{
	struct hvscsi_softc *sc = cam_sim_softc(sim);

	mtx_assert(&sc->vs_lock, MA_OWNED);
	switch (ccb->ccb_h.func_code) {
	case XPT_SCSI_IO:
		hvscsi_start(sc, ccb);
		break;
	case XPT_RESET_BUS:
	case XPT_RESET_DEV:
		/* The host knows no reset of less than the bus. */
		ccb->ccb_h.status = hvscsi_reset(sc) == 0 ? CAM_REQ_CMP :
		    CAM_REQ_CMP_ERR;
		xpt_done(ccb);
		break;
	case XPT_ABORT:
		/* The host has it, and cannot be told. */
		ccb->ccb_h.status = CAM_UA_ABORT;
		xpt_done(ccb);
		break;
	case XPT_PATH_INQ:
		hvscsi_path_inq(sc, &ccb->cpi);
		ccb->ccb_h.status = CAM_REQ_CMP;
		xpt_done(ccb);
		break;
	case XPT_GET_TRAN_SETTINGS:
		hvscsi_get_tran(&ccb->cts);
		ccb->ccb_h.status = CAM_REQ_CMP;
		xpt_done(ccb);
		break;
	case XPT_SET_TRAN_SETTINGS:
		/* There is nothing to set. */
		ccb->ccb_h.status = CAM_REQ_CMP;
		xpt_done(ccb);
		break;
	case XPT_CALC_GEOMETRY:
		cam_calc_geometry(&ccb->ccg, 1);
		xpt_done(ccb);
		break;
	default:
		ccb->ccb_h.status = CAM_REQ_INVALID;
		xpt_done(ccb);
		break;
	}
}

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
	mtx_lock(&sc->vs_lock);
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
			(void) mtx_sleep(&sc->vs_answered, &sc->vs_lock, 0,
			    "hvscsi", hz);
		}
	}
	if (error == 0)
		*packet = sc->vs_answer;
	mtx_unlock(&sc->vs_lock);
	if (error == 0 && packet->vp_status != 0)
		error = EOPNOTSUPP;
	return (error);
}

static int
hvscsi_negotiate(struct hvscsi_softc *sc)
{
	struct hvs_vsp_packet packet;
	u_int i;
	int error;

	error = EOPNOTSUPP;
	for (i = 0; i < nitems(hvscsi_protocols) && error == EOPNOTSUPP; i++) {
		memset(&packet, 0, sizeof(packet));
		packet.vp_version.ve_version = hvscsi_protocols[i];
		error = hvscsi_control(sc, HVS_VSP_VERSION, &packet);
		if (error == 0)
			sc->vs_protocol = hvscsi_protocols[i];
	}
	if (error != 0)
		return (error);
	if (sc->vs_protocol >= HVS_VSP_PROTOCOL_2012) {
		sc->vs_packet_length = sizeof(struct hvs_vsp_packet);
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

	memset(&packet, 0, sizeof(packet));
	error = hvscsi_control(sc, HVS_VSP_BEGIN, &packet);
	if (error == 0)
		error = hvscsi_negotiate(sc);
	if (error != 0)
		return (error);

	memset(&packet, 0, sizeof(packet));
	error = hvscsi_control(sc, HVS_VSP_PROPERTIES, &packet);
	if (error != 0)
		return (error);
	sc->vs_maxio = HVSCSI_MAXIO;
	if (packet.vp_properties.pr_transfer >= PAGE_SIZE)
		sc->vs_maxio = MIN(HVSCSI_MAXIO,
		    packet.vp_properties.pr_transfer);

	memset(&packet, 0, sizeof(packet));
	error = hvscsi_control(sc, HVS_VSP_END, &packet);
	if (error == 0 && bootverbose) {
		device_printf(sc->vs_dev, "protocol %u.%u\n",
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

	sc->vs_command = malloc(sizeof(struct hvscsi_command) *
	    HVSCSI_COMMANDS, M_DEVBUF, M_WAITOK | M_ZERO);
	error = bus_dma_tag_create(bus_get_dma_tag(sc->vs_dev),
	    1,				/* alignment */
	    PAGE_SIZE,			/* boundary */
	    BUS_SPACE_MAXADDR,		/* lowaddr */
	    BUS_SPACE_MAXADDR,		/* highaddr */
	    NULL, NULL,			/* filter, filterarg */
	    HVSCSI_MAXIO,		/* maxsize */
	    HVS_PAGES,			/* nsegments */
	    PAGE_SIZE,			/* maxsegsize */
	    0,				/* flags */
	    NULL, NULL,			/* lockfunc, lockfuncarg */
	    &sc->vs_tag);
	if (error != 0)
		return (error);

	while (sc->vs_nmaps < HVSCSI_COMMANDS) {
		cm = &sc->vs_command[sc->vs_nmaps];
		error = bus_dmamap_create(sc->vs_tag, 0, &cm->cm_map);
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
	struct cam_devq *devq;
	int error = 0;

	devq = cam_simq_alloc(HVSCSI_COMMANDS);
	if (devq == NULL)
		return (ENOMEM);
	sc->vs_sim = cam_sim_alloc(hvscsi_action, hvscsi_poll, "hvs_scsi", sc,
	    device_get_unit(sc->vs_dev), &sc->vs_lock, 1, HVSCSI_COMMANDS,
	    devq);
	if (sc->vs_sim == NULL) {
		cam_simq_free(devq);
		return (ENOMEM);
	}

	mtx_lock(&sc->vs_lock);
	if (xpt_bus_register(sc->vs_sim, sc->vs_dev, 0) != CAM_SUCCESS) {
		error = ENXIO;
	} else {
		sc->vs_registered = 1;
		if (xpt_create_path(&sc->vs_path, NULL,
		    cam_sim_path(sc->vs_sim), CAM_TARGET_WILDCARD,
		    CAM_LUN_WILDCARD) != CAM_REQ_CMP) {
			sc->vs_path = NULL;
			error = ENOMEM;
		}
	}
	mtx_unlock(&sc->vs_lock);
	return (error);
}

/*
 * Undo hvscsi_attach(), however far it came.  The bus goes first: that waits
 * for those who use its devices, whose last commands the host still answers.
 */
static void
hvscsi_undo(struct hvscsi_softc *sc)
{

	mtx_lock(&sc->vs_lock);
	if (sc->vs_path != NULL) {
		xpt_free_path(sc->vs_path);
		sc->vs_path = NULL;
	}
	if (sc->vs_registered != 0) {
		xpt_bus_deregister(cam_sim_path(sc->vs_sim));
		sc->vs_registered = 0;
	}
	if (sc->vs_sim != NULL) {
		cam_sim_free(sc->vs_sim, TRUE);
		sc->vs_sim = NULL;
		sc->vs_frozen = 0;
	}
	KASSERT(TAILQ_EMPTY(&sc->vs_sent), ("commands are left"));
	mtx_unlock(&sc->vs_lock);

	callout_drain(&sc->vs_watch);
	hvs_channel_close(sc->vs_channel);
	while (sc->vs_nmaps > 0) {
		sc->vs_nmaps--;
		bus_dmamap_destroy(sc->vs_tag,
		    sc->vs_command[sc->vs_nmaps].cm_map);
	}
	if (sc->vs_tag != NULL)
		bus_dma_tag_destroy(sc->vs_tag);
	free(sc->vs_command, M_DEVBUF);
	mtx_destroy(&sc->vs_lock);
}

static int
hvscsi_sysctl_protocol(SYSCTL_HANDLER_ARGS)
{
	struct hvscsi_softc *sc = arg1;
	char text[16];

	snprintf(text, sizeof(text), "%u.%u",
	    HVS_VSP_PROTOCOL_MAJOR(sc->vs_protocol),
	    HVS_VSP_PROTOCOL_MINOR(sc->vs_protocol));
	return (sysctl_handle_string(oidp, text, sizeof(text), req));
}

static void
hvscsi_sysctl(struct hvscsi_softc *sc)
{
	struct sysctl_ctx_list *ctx;
	struct sysctl_oid_list *node;

	ctx = device_get_sysctl_ctx(sc->vs_dev);
	node = SYSCTL_CHILDREN(device_get_sysctl_tree(sc->vs_dev));
	SYSCTL_ADD_PROC(ctx, node, OID_AUTO, "protocol",
	    CTLFLAG_RD | CTLFLAG_MPSAFE | CTLTYPE_STRING, sc, 0,
	    hvscsi_sysctl_protocol, "A", "Version agreed on with the host");
	SYSCTL_ADD_UINT(ctx, node, OID_AUTO, "timeouts", CTLFLAG_RD,
	    &sc->vs_timeouts, 0, "Commands not answered in time");
}

static int
hvscsi_probe(device_t dev)
{

	if (HVS_MATCH_CLASS(device_get_parent(dev), dev, &hvscsi_class) != 0)
		return (ENXIO);
	device_set_desc(dev, "Sample SCSI controller");
	return (BUS_PROBE_DEFAULT);
}

static int
hvscsi_attach(device_t dev)
{
	struct hvscsi_softc *sc = device_get_softc(dev);
	int error;

	sc->vs_dev = dev;
	sc->vs_channel = hvs_get_channel(dev);
	mtx_init(&sc->vs_lock, device_get_nameunit(dev), "hvs scsi", MTX_DEF);
	callout_init_mtx(&sc->vs_watch, &sc->vs_lock, 0);
	TAILQ_INIT(&sc->vs_free);
	TAILQ_INIT(&sc->vs_sent);

	error = hvscsi_alloc(sc);
	if (error == 0)
		error = hvscsi_connect(sc);
	if (error == 0) {
		mtx_lock(&sc->vs_lock);
		callout_reset(&sc->vs_watch, hz, hvscsi_watch, sc);
		mtx_unlock(&sc->vs_lock);
		error = hvscsi_register(sc);
	}
	if (error != 0) {
		device_printf(dev, "the controller does not work: %d\n",
		    error);
		hvscsi_undo(sc);
		return (error);
	}
	hvscsi_sysctl(sc);
	return (0);
}

static int
hvscsi_detach(device_t dev)
{
	struct hvscsi_softc *sc = device_get_softc(dev);

	hvscsi_undo(sc);
	return (0);
}

static device_method_t hvscsi_methods[] = {
	DEVMETHOD(device_probe,		hvscsi_probe),
	DEVMETHOD(device_attach,	hvscsi_attach),
	DEVMETHOD(device_detach,	hvscsi_detach),
	DEVMETHOD_END
};

static driver_t hvscsi_driver = {
	"hvs_scsi",
	hvscsi_methods,
	sizeof(struct hvscsi_softc)
};

#if __FreeBSD_version >= 1400000
DRIVER_MODULE(hvs_scsi, hvs_vmbus, hvscsi_driver, NULL, NULL);
#else
static devclass_t hvscsi_devclass;

DRIVER_MODULE(hvs_scsi, hvs_vmbus, hvscsi_driver, hvscsi_devclass, NULL,
    NULL);
#endif
MODULE_VERSION(hvs_scsi, 1);
MODULE_DEPEND(hvs_scsi, hvs_vmbus, 1, 1, 1);
MODULE_DEPEND(hvs_scsi, cam, 1, 1, 1);
