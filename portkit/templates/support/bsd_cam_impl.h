/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

#ifndef _BSD_CAM_IMPL_H
#define	_BSD_CAM_IMPL_H

/*
 * What the files of bsd_cam*.c share.
 */

#include "bsd_cam.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Where a CCB is.  The rest of its word says how often it was used: who has
 * seen it in a state, and moves it, moves it in the same use.
 */
enum {
	CAM_IDLE,
	CAM_STARTING,		/* in its tran_start(9E) */
	CAM_STARTED,		/* with the driver */
	CAM_DONE,		/* done, and whoever waits finds out */
	CAM_LOSING,		/* its packet is taken away, under cmds_lock */
	CAM_LOST,		/* with the driver, its packet no more */
	CAM_ASKED,		/* no command: a reset, an abort, a question */
	CAM_GIVEN_UP		/* likewise, and nobody waits for it any more */
};

#define	CAM_STATUS(ccb)	((ccb)->status & CAM_STATUS_MASK)

#define	CAM_STATES	0xfU
#define	CAM_STATE(word)	((word) & CAM_STATES)
#define	CAM_USES	(CAM_STATES + 1)

/* So long a reset or an abort may take: five seconds. */
#define	CAM_RESET_US	(5 * MICROSEC)

struct bsd_sim {
	const bsd_sim_ops_t *ops;
	const char	*name;
	void		*softc;
	int		unit;
	kmutex_t	*lock;		/* the driver's */
	const ddi_dma_attr_t *attr;	/* NULL: it reaches all memory */
	struct bsd_simq	*simq;
	uint32_t	path_id;
	dev_info_t	*dip;		/* while it is registered */
	scsi_hba_tran_t	*tran;
	ddi_softint_handle_t softint;
	ddi_taskq_t	*rescan_tq;
	struct ccb_pathinq cpi;
	struct scsi_address self;	/* for questions about the bus */
	list_node_t	node;

	kmutex_t	cmds_lock;
	kcondvar_t	cmds_cv;
	list_t		cmds;		/* the CCBs of commands, all of them */
	struct bsd_ccb	*unused;	/* of them, under the driver's lock */
	struct bsd_ccb	*volatile released;	/* likewise, under none */
	volatile uint_t	active;		/* so many are used */
	list_t		given_up;	/* what is no command, likewise */
	uint_t		limit;
	volatile int	frozen;
	volatile uint_t	tick;		/* seconds, while somebody watches */
	timeout_id_t	watchdog;
	volatile boolean_t watching;
	volatile boolean_t dying;
	int		rescans;	/* asked for and not done */
	uint_t		rescan_at;	/* tick of one more; 0: none */
	boolean_t	again;		/* the newest one was that */

	kmutex_t	done_lock;
	struct scsi_pkt	*done_first, **done_last;	/* by pkt_stmp */
};

/* bsd_cam_ccb.c */
extern struct bsd_ccb *volatile *cam_pkt_ccb(struct scsi_pkt *);
extern boolean_t cam_move(struct bsd_ccb *, uint_t, uint_t);
extern struct bsd_ccb *cam_obtain(struct bsd_sim *);
extern void cam_release(struct bsd_ccb *);

/* bsd_cam_pkt.c */
extern int cam_setup_pkt(struct scsi_pkt *, int (*)(caddr_t), caddr_t);
extern void cam_teardown_pkt(struct scsi_pkt *);
extern boolean_t cam_map_data(struct bsd_sim *, struct scsi_pkt *, void **);
extern void cam_prepare(struct bsd_ccb *, struct scsi_pkt *);
extern void cam_fill(struct bsd_ccb *);
extern void cam_deliver(struct bsd_sim *, struct scsi_pkt *, boolean_t);
extern uint_t cam_softint(caddr_t, caddr_t);

/* bsd_cam_target.c */
extern void cam_inquire(struct bsd_sim *);
extern int cam_tgt_init(dev_info_t *, dev_info_t *, scsi_hba_tran_t *,
    struct scsi_device *);
extern void cam_tgt_free(dev_info_t *, dev_info_t *, scsi_hba_tran_t *,
    struct scsi_device *);
extern int cam_getcap(struct scsi_address *, char *, int);
extern int cam_setcap(struct scsi_address *, char *, int, int);

/* bsd_cam_rescan.c; cmds_lock is held. */
extern boolean_t cam_dispatch(struct bsd_sim *);

/* bsd_cam_timeout.c; cmds_lock is held for the first two. */
extern boolean_t cam_lose(struct bsd_ccb *);
extern void cam_watch(struct bsd_sim *);
extern void cam_watch_commands(struct bsd_sim *);
extern void cam_unwatch(struct bsd_sim *);
extern void cam_lost_free(struct bsd_ccb *);

#ifdef __cplusplus
}
#endif

#endif	/* _BSD_CAM_IMPL_H */
