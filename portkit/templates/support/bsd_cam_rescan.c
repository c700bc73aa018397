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
 * Targets and units that come and go.
 *
 * What has come is found by configuring the bus again.  The framework does not
 * look again at a unit that it has a node for, so those are asked here, and
 * their nodes are taken away when they are gone; one that is in use is tried
 * again until it is not.  The framework remembers for a minute where nothing
 * was, so a target that is new may take as long.
 */

#include <sys/types.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kmem.h>
#include <sys/debug.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include <sys/sunndi.h>
#include "bsd_cam.h"
#include "bsd_cam_impl.h"

#define	CAM_BUSY_SECONDS	5	/* until one in use is tried again */
#define	CAM_EMPTY_SECONDS	61	/* until the framework looks again */
#define	CAM_ASK_SECONDS		10	/* for an answer */

/* Whether a unit says that it is gone; one that says nothing is not. */
static boolean_t
cam_is_gone(struct scsi_address *ap)
{
	struct scsi_inquiry *inq;
	struct scsi_pkt *pkt;
	struct buf *bp;
	boolean_t gone = B_FALSE;

	bp = scsi_alloc_consistent_buf(ap, NULL, SUN_INQSIZE, B_READ,
	    SLEEP_FUNC, NULL);
	if (bp == NULL)
		return (B_FALSE);
	pkt = scsi_init_pkt(ap, NULL, bp, CDB_GROUP0,
	    sizeof (struct scsi_arq_status), 0, PKT_CONSISTENT, SLEEP_FUNC,
	    NULL);
	if (pkt == NULL) {
		scsi_free_consistent_buf(bp);
		return (B_FALSE);
	}
	pkt->pkt_cdbp[0] = SCMD_INQUIRY;
	pkt->pkt_cdbp[4] = SUN_INQSIZE;
	pkt->pkt_time = CAM_ASK_SECONDS;
	if (scsi_poll(pkt) == 0) {
		/* LINTED: the buffer is aligned */
		inq = (struct scsi_inquiry *)bp->b_un.b_addr;
		gone = (inq->inq_dtype & DTYPE_MASK) == DTYPE_UNKNOWN;
	} else {
		gone = pkt->pkt_reason == CMD_DEV_GONE ||
		    (pkt->pkt_reason == CMD_INCOMPLETE &&
		    (pkt->pkt_state & STATE_GOT_TARGET) == 0);
	}
	scsi_destroy_pkt(pkt);
	scsi_free_consistent_buf(bp);
	return (gone);
}

/* The nodes of the bus, held. */
static dev_info_t **
cam_children(dev_info_t *dip, int *countp)
{
	dev_info_t *child, **children;
	int circ, count = 0;

	ndi_devi_enter(dip, &circ);
	for (child = ddi_get_child(dip); child != NULL;
	    child = ddi_get_next_sibling(child))
		count++;
	*countp = count;
	children = count == 0 ? NULL :
	    kmem_alloc(count * sizeof (*children), KM_SLEEP);
	for (child = ddi_get_child(dip), count = 0; child != NULL;
	    child = ddi_get_next_sibling(child)) {
		ndi_hold_devi(child);
		children[count++] = child;
	}
	ndi_devi_exit(dip, circ);
	return (children);
}

/* Takes away the nodes of what is gone; false when one of them is in use. */
static boolean_t
cam_prune(struct bsd_sim *sim)
{
	dev_info_t **children;
	struct scsi_device *sd;
	int count, number;
	boolean_t all = B_TRUE, gone;

	children = cam_children(sim->dip, &count);
	for (number = 0; number < count; number++) {
		sd = ddi_get_driver_private(children[number]);
		gone = sd != NULL && !sim->dying &&
		    ndi_dev_is_persistent_node(children[number]) &&
		    cam_is_gone(&sd->sd_address);
		ndi_rele_devi(children[number]);
		if (gone && ndi_devi_offline(children[number],
		    NDI_DEVFS_CLEAN | NDI_DEVI_REMOVE) != NDI_SUCCESS)
			all = B_FALSE;
	}
	if (count != 0)
		kmem_free(children, count * sizeof (*children));
	return (all);
}

static void
cam_rescan(void *arg)
{
	struct bsd_sim *sim = arg;
	boolean_t all;

	mutex_enter(&sim->cmds_lock);
	while (sim->rescans != 0 && !sim->dying) {
		sim->rescans = 0;
		mutex_exit(&sim->cmds_lock);
		all = cam_prune(sim);
		if (!sim->dying)
			(void) ndi_devi_config(sim->dip, NDI_NO_EVENT);
		mutex_enter(&sim->cmds_lock);
		if (!all)
			sim->rescan_at = sim->tick + CAM_BUSY_SECONDS;
		else if (!sim->again)
			sim->rescan_at = sim->tick + CAM_EMPTY_SECONDS;
		sim->again = all;
		cam_watch(sim);
	}
	mutex_exit(&sim->cmds_lock);
}

/* Starts what bsd_bus_rescan() has asked for; cmds_lock is held. */
boolean_t
cam_dispatch(struct bsd_sim *sim)
{
	ASSERT(MUTEX_HELD(&sim->cmds_lock));
	return (sim->dying || ddi_taskq_dispatch(sim->rescan_tq, cam_rescan,
	    sim, DDI_NOSLEEP) == DDI_SUCCESS);
}

/* Looks what targets there are now: later, in a thread that may wait. */
void
bsd_bus_rescan(struct bsd_sim *sim)
{
	mutex_enter(&sim->cmds_lock);
	sim->again = B_FALSE;
	if (sim->rescans++ == 0 && !cam_dispatch(sim))
		cam_watch(sim);
	mutex_exit(&sim->cmds_lock);
}
