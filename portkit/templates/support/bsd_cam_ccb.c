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
 * CCBs.
 *
 * They are an adapter's own, as CAM's are: a packet gets one when it is
 * started.  They are made as needed and freed with the adapter, so that one may
 * look at a CCB whose command may be over by now.  What happens to a command
 * once happens by whoever moves its CCB from one state to the next, with one
 * atomic instruction on its word; only what is rare takes cmds_lock.
 */

#include <sys/types.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kmem.h>
#include <sys/atomic.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include "bsd_cam.h"
#include "bsd_cam_impl.h"

struct bsd_ccb *
bsd_ccb_alloc(int kmflag)
{
	return (kmem_zalloc(sizeof (struct bsd_ccb), kmflag));
}

void
bsd_ccb_free(struct bsd_ccb *ccb)
{
	kmem_free(ccb, sizeof (*ccb));
}

/* A packet's CCB, while the driver has its command. */
struct bsd_ccb *volatile *
cam_pkt_ccb(struct scsi_pkt *pkt)
{
	return ((struct bsd_ccb *volatile *)pkt->pkt_ha_private);
}

/*
 * Moves a CCB from one state to another; false when it is not in that state.
 * Either way what was done before the last move is seen, so the instruction is
 * executed even if a look at the word says that it will fail.
 */
boolean_t
cam_move(struct bsd_ccb *ccb, uint_t from, uint_t to)
{
	uint_t uses = ccb->word & ~CAM_STATES;

	return (atomic_cas_uint(&ccb->word, uses | from, uses | to) ==
	    (uses | from));
}

/* A CCB for a command, or NULL; the driver's lock is held. */
struct bsd_ccb *
cam_obtain(struct bsd_sim *sim)
{
	struct bsd_ccb *ccb;

	if (sim->unused == NULL)
		sim->unused = atomic_swap_ptr(&sim->released, NULL);
	if ((ccb = sim->unused) != NULL) {
		sim->unused = ccb->next;
	} else {
		if ((ccb = bsd_ccb_alloc(KM_NOSLEEP)) == NULL)
			return (NULL);
		ccb->sim = sim;
		ccb->func_code = XPT_SCSI_IO;
		mutex_enter(&sim->cmds_lock);
		list_insert_tail(&sim->cmds, ccb);
		mutex_exit(&sim->cmds_lock);
	}
	atomic_inc_uint(&sim->active);
	return (ccb);
}

/* The contrary: the command of a CCB is over. */
void
cam_release(struct bsd_ccb *ccb)
{
	struct bsd_sim *sim = ccb->sim;
	struct bsd_ccb *first;

	*cam_pkt_ccb(ccb->pkt) = NULL;
	ccb->word = (ccb->word & ~CAM_STATES) | CAM_IDLE;
	do {
		first = sim->released;
		ccb->next = first;
	} while (atomic_cas_ptr(&sim->released, first, ccb) != first);
	atomic_dec_uint(&sim->active);
}
