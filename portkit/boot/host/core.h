/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What the files of the host's core share; devices know host.h alone.
 *
 * Names: hv_ is the hypervisor and what all need, vb_ is the VMBus. A `vp' is a
 * virtual processor by its index, a `cpu' one by the machine's number.
 */

#ifndef _CORE_H
#define	_CORE_H

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "hv_spec.h"

#define	HV_US	((hc_time)1000)	/* a microsecond, a millisecond */
#define	HV_MS	((hc_time)1000000)

/* later.c: work that is done after a while, in order of time. */
void	hv_later(hc_time delay, void (*)(void *), void *arg);
void	hv_never(void (*)(void *), void *arg);	/* takes it back */
hc_time	hv_latency(void);	/* how long the host takes for something */
void	hv_watch(void);		/* have the watches below called until idle */
int	hv_look(void);		/* now, since all wait: 1: found something */
void	*hv_new(size_t);	/* zeroed; never NULL */

/* lent.c: pages of the guest that the host goes on using. */
struct hv_lent {
	uint64_t	pfn;
	const char	*what;
	unsigned	id;
	void		*page;		/* NULL: none, or the guest freed it */
	struct hv_lent	*next;
};
bool	hv_lend(struct hv_lent *, uint64_t pfn, const char *what, unsigned id);
void	hv_give_back(struct hv_lent *);
void	hv_freed(hc_u64 n, const hc_u64 *pfns);
int	hv_shared(hc_u64 pfn);

/* cpu.c */
int	hv_vp_of(int cpu);
int	hv_cpu_of(int vp);	/* -1: no such processor */
uint64_t hv_time(void);		/* units of 100 ns since power on */

/* release.c */
void	hv_release_choose(void);
bool	hv_speaks(uint32_t version);
bool	hv_speaks_since(uint32_t version);	/* that or a newer one */

/* msr.c */
int	hv_rdmsr(int cpu, hc_u32 msr, hc_u64 *);
int	hv_wrmsr(int cpu, hc_u32 msr, hc_u64);
bool	hv_hypercall_on(void);
uint64_t hv_guest_id(void);

/* hypercall.c */
hc_u64	hv_hypercall(int cpu, hc_u64 rcx, hc_u64 rdx, hc_u64 r8);
extern unsigned long hv_hypercalls;

/* synic.c */
int	hv_synic_rdmsr(int vp, uint32_t msr, uint64_t *);
int	hv_synic_wrmsr(int vp, uint32_t msr, uint64_t);
bool	hv_synic_ready(int vp, int sint);	/* messages and events arrive */
bool	hv_synic_post(int vp, int sint, uint32_t type, uint64_t origin,
	    const void *payload, size_t size);
bool	hv_synic_queued(int vp, int sint, uint32_t type, uint64_t origin);
void	hv_synic_signal(int vp, int sint, unsigned flag);
void	hv_synic_interrupt(int vp, int sint);
void	hv_synic_forget(int sint);	/* messages that wait */
int	hv_synic_cpus(void);
bool	hv_synic_watch(bool now, int *found);
extern unsigned long hv_interrupts;

/* stimer.c */
int	hv_stimer_rdmsr(int vp, unsigned n, uint64_t *);
int	hv_stimer_wrmsr(int vp, unsigned n, uint64_t);

/* vmbus.c: the connection */
struct vb_bus {
	uint32_t	version;	/* 0: no contact */
	int		vp, sint;	/* where messages go to */
	uint32_t	connection;	/* by which the guest posts */
	bool		accepted;	/* and the guest told so */
	bool		requested;	/* offers */
	bool		delivered;	/* all of them */
	bool		unloaded;
	/*
	 * Messages were swallowed while the host was silent: what the guest
	 * then says about them cannot be held against it.
	 */
	bool		forgiving;
	struct hv_lent	interrupts, monitor[2];
};
extern struct vb_bus vb;
enum hv_status vb_posted(uint32_t connection, uint32_t type,
	    const uint8_t *payload, uint32_t size);
const char *vb_version_name(uint32_t version);	/* "4.0" */
void	vb_answer(const void *message, size_t, void (*then)(void *), void *arg);
/* Violations from now on are those of that stack; NULL: of the caller's. */
void	hv_on_behalf(const struct hc_trace *);

/* answer.c: messages to the guest, one after the other */
void	vb_send(const void *message, size_t, void (*then)(void *), void *arg);
void	vb_send_raw(uint32_t type, const void *payload, size_t);
void	vb_cancel(const void *arg);	/* those with that argument */
void	vb_cancel_all(void);

/* wrong.c: hv_manners.wrong */
void	vb_wrong(enum vb_type answered);
void	vb_wrong_ring(struct hv_channel *);

/* gpadl.c */
struct hv_gpadl {
	uint32_t	id, relid;
	uint32_t	bytes, got;	/* of the ranges, as on the wire */
	uint8_t		*wire;
	uint32_t	nranges;
	struct hv_range	*ranges;	/* when all has come */
	uint32_t	npages;		/* in all ranges */
	struct hv_lent	*pages;
	bool		complete, refused;
	struct hv_gpadl	*next;
};
void	vb_gpadl_header(const uint8_t *, uint32_t size);
void	vb_gpadl_body(const uint8_t *, uint32_t size);
void	vb_gpadl_teardown(const uint8_t *, uint32_t size);
struct hv_gpadl *vb_gpadl_find(uint32_t id);
struct hv_gpadl *vb_gpadl_of(uint32_t relid);	/* any that it has */
void	vb_gpadl_forget(uint32_t relid);	/* ~0: all */

/* ring.c */
struct hv_ring {
	struct hv_gpadl	*gpadl;
	uint32_t	first;		/* page of the GPADL */
	uint32_t	size;		/* of the data */
	uint32_t	read, write;	/* the host's own idea of them */
	uint64_t	total;		/* written by the host */
};
struct vb_ring *hv_ring_control(const struct hv_ring *);	/* NULL: gone */
const char *hv_ring_init(struct hv_ring *, struct hv_gpadl *, uint32_t first,
	    uint32_t npages);		/* NULL, or what is wrong with it */
void	hv_ring_copy(const struct hv_ring *, uint32_t at, void *, uint32_t len,
	    bool in);

/* channel.c, packet.c */
enum hv_channel_state { HV_CLOSED, HV_OPENING, HV_OPEN };
struct hv_channel {
	struct hv_device *dev;
	uint32_t	relid, connection;
	uint16_t	index;		/* 0: the primary one */
	int		monitor;	/* -1: none */
	bool		dedicated;
	enum hv_channel_state state;
	bool		rescinded, released;
	bool		in_use;		/* by the host: "open" for devices */
	bool		broken;		/* the rings make no sense */
	bool		working;	/* the host will look at the ring */
	bool		left;		/* ... has looked, and lets it wait */
	int		vp;
	uint32_t	open_id;
	struct hv_gpadl	*gpadl;
	struct hv_ring	out, in;	/* seen from the guest */
	struct hc_trace	trace;		/* of who signalled last */
	uint32_t	seen;		/* write index, and since when */
	hc_time		since;
	bool		watched;
	uint64_t	*expected;	/* completions that the guest owes */
	unsigned	nexpected, maxexpected;
	uint16_t	nsub;		/* sub-channels offered so far */
	struct hv_channel *next;
};
extern struct hv_channel *vb_channels;	/* all that are not released */
struct hv_channel *vb_channel(uint32_t relid);
void	vb_open(const uint8_t *, uint32_t size);
void	vb_close(const uint8_t *, uint32_t size);
void	vb_modify(const uint8_t *, uint32_t size);
void	vb_channel_stop(struct hv_channel *);	/* the host uses it no more */
bool	vb_channel_unread(const struct hv_channel *);
void	vb_channel_signalled(struct hv_channel *);
void	vb_channel_kick(struct hv_channel *);	/* the same, by no guest */
void	vb_signal_guest(int vp, unsigned relid);
enum hv_status vb_event(uint32_t connection, unsigned flag);
bool	vb_channel_watch(bool now, int *found);

/* device.c: offers */
void	vb_request_offers(const uint8_t *, uint32_t size);
void	vb_relid_released(const uint8_t *, uint32_t size);
void	vb_offers_forget(void);
extern struct hv_device *hv_devices;
bool	vb_released(int id);
void	vb_offer_message(const struct hv_channel *, struct vb_offer *);
struct hv_channel *vb_offer_channel(struct hv_device *, uint16_t index);
void	hv_rescind_subchannels(const struct hv_channel *);
extern bool vb_monitor_all;

/* monitor.c */
int	vb_monitor_allocate(void);	/* -1: none left */
void	vb_monitor_free(int);
void	vb_monitor_offer(const struct hv_channel *);
void	vb_monitor_start(void);
void	vb_monitor_stop(void);
int	vb_monitor_look(void);

#endif	/* _CORE_H */
