/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The portkit authors
 */

/*
 * What the files of hvs_vmbus share.
 *
 * Locks, in the order in which they are taken:
 *   Giant		newbus: adding, attaching and deleting children
 *   hs_post_lock	sx: one message to the host at a time; may sleep
 *   hs_lock		channels, requests, state
 *   rg_lock		one side of a channel's rings
 *   hs_map_lock	spin: channels that interrupts may reach
 */

#ifndef _DEV_HVSAMPLE_HVS_VAR_H_
#define	_DEV_HVSAMPLE_HVS_VAR_H_

#include <sys/param.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <sys/systm.h>
#include <sys/cmn_err.h>
#include <sys/debug.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include <sys/kmem.h>
#include <sys/ksynch.h>
#include <sys/queue.h>
#include <sys/dditypes.h>
#include <sys/archsystm.h>
#include <sys/ccompile.h>
#include <sys/taskq.h>
#include <hvsample/bsd/bsd_taskqueue.h>

#include <hvsample/include/hvs.h>
#include <hvsample/vmbus/hvs_hyper.h>
#include <hvsample/vmbus/hvs_proto.h>

/* Memory that the host sees: one segment, mapped for as long as it exists. */
struct hvs_dma {
	ddi_dma_attr_t	dm_tag;
	ddi_dma_handle_t	dm_map;
	ddi_acc_handle_t	dm_map_acc;
	void		*dm_addr;
	uint64_t	dm_busaddr;
};

/* One direction of a channel. */
struct hvs_ring {
	kmutex_t		rg_lock;
	struct hvs_ring_page	*rg_page;
	uint8_t			*rg_data;
	uint32_t		rg_size;	/* bytes of rg_data */
};

struct hvs_softc;

struct hvs_channel {
	TAILQ_ENTRY(hvs_channel) ch_link;
	struct hvs_softc	*ch_bus;
	dev_info_t		*ch_dev;		/* child, or NULL */
	struct hvs_guid		ch_class;
	struct hvs_guid		ch_instance;
	uint32_t		ch_relid;
	uint_t			ch_state;	/* HVS_CHANNEL_, atomic */
	struct bsd_task		ch_attach_task;
	struct bsd_task		ch_detach_task;

	/* While it is open */
	hvs_channel_input_t	*ch_input;
	void			*ch_input_arg;
	struct bsd_task		ch_input_task;
	struct hvs_ring		ch_tx;
	struct hvs_ring		ch_rx;
	struct hvs_dma		ch_rings;	/* ch_tx, then ch_rx */
	struct hvs_dma		ch_signal;
	uint32_t		ch_gpadl;
	uint_t			ch_tx_full;	/* packets that found no room */
};

#define	HVS_CHANNEL_OPEN	0x0001
#define	HVS_CHANNEL_RESCINDED	0x0002	/* the host has taken it back */
#define	HVS_CHANNEL_BROKEN	0x0004	/* nonsense in the receive ring */
#define	HVS_CHANNEL_LINGERS	0x0008	/* its device is in use */

/* A message to the host that another message answers. */
struct hvs_request {
	TAILQ_ENTRY(hvs_request) rq_link;
	uint32_t	rq_answer;	/* enum hvs_control */
	uint32_t	rq_key;		/* GPADL or channel the answer names */
	uint32_t	rq_relid;	/* whose rescind ends it, or 0 */
	int		rq_done;
	kcondvar_t	rq_done_cv;
	int		rq_error;
	uint8_t		rq_reply[HVS_MESSAGE_PAYLOAD];
};

/* What every CPU has. */
struct hvs_cpu {
	struct hvs_softc	*pc_bus;
	int			pc_cpu;
	uint32_t		pc_vcpu;	/* the host's number for it */
	ulong_t			pc_intrs;
	struct hvs_message	*pc_messages;
	struct hvs_events	*pc_events;
	struct hvs_dma		pc_message_dma;
	struct hvs_dma		pc_event_dma;
	taskq_t	*pc_tq;
	struct bsd_task		pc_message_task;
} __aligned(64);

struct hvs_softc {
	dev_info_t		*hs_dev;
	uint_t			hs_state;	/* HVS_BUS_ */
	int			hs_vector;	/* of the IDT, or -1 */
	uint32_t		hs_protocol;
	uint_t			hs_gpadl;	/* next one to give out */
	uint_t			hs_next_cpu;
	int			hs_listed;	/* first offers are attached */
	kcondvar_t		hs_listed_cv;
	struct hvs_cpu		*hs_cpu;	/* by CPU id */

	krwlock_t		hs_post_lock;
	struct hvs_dma		hs_post;	/* struct hvs_post_input */

	kmutex_t		hs_lock;
	TAILQ_HEAD(, hvs_channel) hs_channels;
	uint_t			hs_nchannels;
	TAILQ_HEAD(, hvs_request) hs_requests;

	kmutex_t		hs_map_lock;
	struct hvs_channel	**hs_map;	/* by relid */

	taskq_t	*hs_mgmt_tq;
	taskq_t	*hs_event_tq;
	struct bsd_task		hs_listed_task;

	struct hvs_dma		hs_shared;	/* interrupt page */
	struct hvs_dma		hs_monitor[2];
};

#define	HVS_BUS_STARTED		0x0001
#define	HVS_BUS_SYNIC		0x0002
#define	HVS_BUS_CONNECTED	0x0004
#define	HVS_BUS_LEAVING		0x0008	/* no more offers, please */

extern uint32_t		hvs_features;

/* hvs_hyper.c */
uint64_t	hvs_hypercall(uint64_t, uint64_t);
int		hvs_dma_alloc(dev_info_t *, size_t, size_t,
		    struct hvs_dma *);
void		hvs_dma_free(struct hvs_dma *);

/* hvs_synic.c */
int		hvs_synic_start(struct hvs_softc *);
void		hvs_synic_stop(struct hvs_softc *);
void		hvs_interrupt(struct regs *);
ulong_t		hvs_synic_intrs(struct hvs_softc *);

/* hvs_request.c */
int		hvs_post(struct hvs_softc *, const void *, size_t);
struct hvs_request *hvs_request_begin(struct hvs_softc *, uint32_t, uint32_t,
		    uint32_t);
int		hvs_request_wait(struct hvs_softc *, struct hvs_request *,
		    int);
void		hvs_request_end(struct hvs_softc *, struct hvs_request *);
void		hvs_request_answer(struct hvs_softc *, uint32_t, uint32_t,
		    const void *, size_t);
void		hvs_request_abort(struct hvs_softc *, uint32_t);

/* hvs_bus.c */
extern struct hvs_softc	*hvs_bus;
void		hvs_bus_message(struct hvs_softc *, const void *, size_t);
int		hvs_bus_add(struct hvs_channel *);
int		hvs_bus_remove(struct hvs_channel *);

/* hvs_channel.c */
void		hvs_channel_offer(struct hvs_softc *,
		    const struct hvs_ctl_offer *);
void		hvs_channel_rescind(struct hvs_softc *, uint32_t);
int		hvs_channel_remove_all(struct hvs_softc *);
void		hvs_channel_events(struct hvs_softc *, ulong_t *, int);

/* hvs_ring.c */
void		hvs_ring_init(struct hvs_ring *, void *, uint32_t);
void		hvs_ring_fini(struct hvs_ring *);
int		hvs_ring_write(struct hvs_ring *, const struct hvs_packet *,
		    const void *, uint_t, int *);
int		hvs_ring_read(struct hvs_ring *, struct hvs_packet *, void *,
		    uint_t *);
void		hvs_ring_mask(struct hvs_ring *);
int		hvs_ring_unmask(struct hvs_ring *);

#endif	/* !_DEV_HVSAMPLE_HVS_VAR_H_ */
