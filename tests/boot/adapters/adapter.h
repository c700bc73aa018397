/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What the trial adapters share: a host bus adapter without hardware. Its one
 * target has one unit, which knows INQUIRY and TEST UNIT READY. A trial sends
 * commands to it and completes them, and breaks one contract of the SCSI
 * framework when it is built with -DBROKEN, in the line that says HERE.
 */

#ifndef _ADAPTER_H
#define	_ADAPTER_H

#include <sys/types.h>
#include <sys/param.h>
#include <sys/errno.h>
#include <sys/systm.h>
#include <sys/kmem.h>
#include <sys/ksynch.h>
#include <sys/conf.h>
#include <sys/modctl.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include <sys/scsi/scsi.h>

struct adapter {
	dev_info_t	*a_dip;
	scsi_hba_tran_t	*a_tran;
	kmutex_t	a_lock;
	kcondvar_t	a_cv;
	int		a_running;	/* commands with the adapter */
	boolean_t	a_back;		/* adapter_back() was called */
};

/* Of tran_hba_len: the adapter's own part of a packet. */
struct command {
	struct scsi_pkt	*c_pkt;
	timeout_id_t	c_timer;
};
#define	COMMAND(pkt)	((struct command *)(pkt)->pkt_ha_private)
#define	ADAPTER(pkt)	((struct adapter *)				\
	(pkt)->pkt_address.a_hba_tran->tran_hba_private)

/*
 * A trial's part. In attach(9E), after scsi_hba_attach_setup(9F), and in
 * detach(9E) before scsi_hba_detach(9F): an errno.
 */
int	trial_attach(struct adapter *);
int	trial_detach(struct adapter *);

/*
 * What a trial may have of its own. The default of trial_start() completes in a
 * timeout(9F), by trial_complete(); that of polled packets at once.
 */
int	trial_start(struct scsi_address *, struct scsi_pkt *);
void	trial_complete(struct scsi_pkt *);
void	trial_tran(struct adapter *);	/* before scsi_hba_attach_setup(9F) */
int	trial_setup(dev_info_t *, ddi_dma_attr_t *, scsi_hba_tran_t *);
extern int trial_skips_init, trial_skips_detach;

/*
 * Helpers: what the device answers, in the packet and its buffer; a packet for
 * a command of cdb[0], to be destroyed by the trial; its completion, and
 * waiting for it; calling a function in an interrupt handler, until it is back:
 * an errno.
 */
void	adapter_answer(struct scsi_pkt *);
struct scsi_pkt *adapter_packet(struct adapter *, uchar_t opcode,
    struct buf *, int statuslen);
struct buf *adapter_buffer(struct adapter *, size_t len);
void	adapter_back(struct scsi_pkt *);
void	adapter_wait(struct adapter *);
int	adapter_interrupt(struct adapter *, void (*)(void *), void *);

#endif	/* _ADAPTER_H */
