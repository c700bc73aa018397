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
 * Commands that take too long, for drivers that leave that to CAM or to nobody.
 *
 * SCSA wants a packet back after its pkt_time.  The driver, and the device, may
 * still have the command then, and nothing takes it from them for certain; so
 * the packet goes back as timed out, and the driver keeps its CCB with another
 * one that nobody waits for.  Is it done with that after all, both are freed.
 */

#include <sys/types.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kmem.h>
#include <sys/debug.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include "bsd_cam.h"
#include "bsd_cam_impl.h"

/* A packet for the driver to look at instead; NULL: no memory now. */
static struct scsi_pkt *
cam_copy_pkt(struct bsd_sim *sim, const struct scsi_pkt *pkt)
{
	struct scsi_address ap = pkt->pkt_address;
	struct scsi_pkt *other;

	other = scsi_hba_pkt_alloc(sim->dip, &ap, pkt->pkt_cdblen,
	    MAX(pkt->pkt_scblen, 1), 0, sizeof (struct bsd_ccb *), NULL_FUNC,
	    NULL);
	if (other == NULL)
		return (NULL);
	other->pkt_address = ap;
	bcopy(pkt->pkt_cdbp, other->pkt_cdbp, pkt->pkt_cdblen);
	other->pkt_cdblen = pkt->pkt_cdblen;
	other->pkt_scblen = 1;
	other->pkt_time = pkt->pkt_time;
	other->pkt_flags = pkt->pkt_flags;
	other->pkt_dma_len = pkt->pkt_dma_len;
	other->pkt_dma_flags = pkt->pkt_dma_flags;
	return (other);
}

/*
 * Takes the packet away from a command that is CAM_LOSING; false when there is
 * no memory for it now.
 */
boolean_t
cam_lose(struct bsd_ccb *ccb)
{
	struct bsd_sim *sim = ccb->sim;
	struct scsi_pkt *pkt = ccb->pkt, *other;
	void *data = NULL;

	ASSERT(MUTEX_HELD(&sim->cmds_lock));
	if (ccb->data != NULL &&
	    (data = kmem_zalloc(pkt->pkt_dma_len, KM_NOSLEEP)) == NULL)
		return (B_FALSE);
	if ((other = cam_copy_pkt(sim, pkt)) == NULL) {
		if (data != NULL)
			kmem_free(data, pkt->pkt_dma_len);
		return (B_FALSE);
	}
	*cam_pkt_ccb(other) = ccb;
	*cam_pkt_ccb(pkt) = NULL;
	ccb->data = data;
	ccb->pkt = other;
	ccb->ap = &other->pkt_address;
	(void) cam_move(ccb, CAM_LOSING, CAM_LOST);

	pkt->pkt_reason = CMD_TIMEOUT;
	pkt->pkt_state = STATE_GOT_BUS | STATE_GOT_TARGET | STATE_SENT_CMD;
	pkt->pkt_statistics |= STAT_TIMEOUT;
	pkt->pkt_resid = pkt->pkt_dma_len;
	return (B_TRUE);
}

/* The driver is done, after all, with a command that is CAM_LOST. */
void
cam_lost_free(struct bsd_ccb *ccb)
{
	struct scsi_pkt *pkt = ccb->pkt;
	void *data = ccb->data;
	size_t len = pkt->pkt_dma_len;

	cam_release(ccb);
	if (data != NULL)
		kmem_free(data, len);
	scsi_hba_pkt_free(&pkt->pkt_address, pkt);
}

/*
 * One of the commands that the driver still has, and nobody waits for any more:
 * for a driver that knows that they will not be answered, and is done with
 * them.
 */
struct bsd_ccb *
bsd_sim_lost(struct bsd_sim *sim)
{
	struct bsd_ccb *ccb;

	mutex_enter(&sim->cmds_lock);
	for (ccb = list_head(&sim->cmds);
	    ccb != NULL && CAM_STATE(ccb->word) != CAM_LOST;
	    ccb = list_next(&sim->cmds, ccb))
		;
	mutex_exit(&sim->cmds_lock);
	return (ccb);
}

/*
 * A command whose time is over, now CAM_LOSING, and whether there are others
 * with a time; cmds_lock is held.
 */
static struct bsd_ccb *
cam_expired(struct bsd_sim *sim, boolean_t *waiting)
{
	struct bsd_ccb *ccb;
	uint_t word, deadline;

	*waiting = B_FALSE;
	for (ccb = list_head(&sim->cmds); ccb != NULL;
	    ccb = list_next(&sim->cmds, ccb)) {
		word = ccb->word;
		membar_consumer();
		deadline = ccb->deadline;
		if (CAM_STATE(word) != CAM_STARTED || deadline == 0)
			continue;
		if ((int)(sim->tick - deadline) < 0)
			*waiting = B_TRUE;
		else if (atomic_cas_uint(&ccb->word, word,
		    (word & ~CAM_STATES) | CAM_LOSING) == word)
			return (ccb);
	}
	return (NULL);
}

static void
cam_watchdog(void *arg)
{
	struct bsd_sim *sim = arg;
	struct bsd_ccb *ccb;
	struct scsi_pkt *pkt;
	boolean_t waiting;

	mutex_enter(&sim->cmds_lock);
	sim->tick++;
	/* Before the look: see cam_watch_commands(). */
	sim->watching = B_FALSE;
	membar_enter();
	while ((ccb = cam_expired(sim, &waiting)) != NULL) {
		pkt = ccb->pkt;
		if (!cam_lose(ccb)) {
			(void) cam_move(ccb, CAM_LOSING, CAM_STARTED);
			waiting = B_TRUE;
			break;
		}
		mutex_exit(&sim->cmds_lock);
		bsd_address_print(&pkt->pkt_address,
		    "command 0x%x: no answer within %d seconds",
		    pkt->pkt_cdbp[0], pkt->pkt_time);
		scsi_hba_pkt_comp(pkt);
		mutex_enter(&sim->cmds_lock);
	}
	if (sim->rescan_at != 0 && (int)(sim->tick - sim->rescan_at) >= 0) {
		sim->rescan_at = 0;
		sim->rescans++;
	}
	if (sim->rescans != 0 && !cam_dispatch(sim))
		waiting = B_TRUE;
	if (waiting || sim->rescan_at != 0)
		cam_watch(sim);
	mutex_exit(&sim->cmds_lock);
}

/* Looks again in a second; cmds_lock is held. */
void
cam_watch(struct bsd_sim *sim)
{
	ASSERT(MUTEX_HELD(&sim->cmds_lock));
	if (sim->watching || sim->dying)
		return;
	if (sim->rescans == 0 && sim->rescan_at == 0 &&
	    (sim->ops->flags & BSD_SIM_WATCHDOG) == 0)
		return;
	sim->watching = B_TRUE;
	sim->watchdog = timeout(cam_watchdog, sim, hz);
}

/*
 * Likewise, of a command that has just become CAM_STARTED; no lock is held.
 * Either the watchdog finds it, or it is found here that nobody watches.
 */
void
cam_watch_commands(struct bsd_sim *sim)
{
	if (sim->watching || (sim->ops->flags & BSD_SIM_WATCHDOG) == 0)
		return;
	mutex_enter(&sim->cmds_lock);
	cam_watch(sim);
	mutex_exit(&sim->cmds_lock);
}

/* The last look is over; no lock is held. */
void
cam_unwatch(struct bsd_sim *sim)
{
	timeout_id_t id;

	mutex_enter(&sim->cmds_lock);
	sim->dying = B_TRUE;
	id = sim->watchdog;
	sim->watchdog = 0;
	mutex_exit(&sim->cmds_lock);
	if (id != 0)
		(void) untimeout(id);
}
