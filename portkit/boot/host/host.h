/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The Hyper-V host: what its parts share, and what a device on it is.
 *
 * It sees guest memory, MSRs, hypercalls and interrupts, and no header of a
 * driver's: structures are in hv_spec.h, from the public specifications.
 * It has no threads. It acts when the guest leaves for it (an MSR, a hypercall)
 * and in timers.
 */

#ifndef _HOST_H
#define	_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../machine/machine.h"

typedef struct { uint8_t b[16]; } hv_guid;	/* in the order of the wire */

/* A release of the host: what it offers and which versions it speaks. */
struct hv_release {
	const char	*name;		/* "2012R2" */
	const char	*title;		/* "Windows Server 2012 R2" */
	uint32_t	build, major, minor, service_pack, service_branch,
			service_number;	/* CPUID 0x40000002 */
	uint32_t	vmbus_versions[8];	/* accepted; 0 ends */
	uint64_t	features;	/* eax, ebx of CPUID 0x40000003 */
	uint32_t	features_edx;
	uint32_t	recommendations;	/* CPUID 0x40000004 eax */
};
const struct hv_release *hv_release(void);

/* How the host behaves; a scenario sets it. */
struct hv_manners {
	hc_time		delay;		/* before each answer */
	bool		steady;		/* as quick each time */
	bool		silent;		/* no answer at all to vmbus messages */
	bool		wrong;		/* answers against the rules */
	uint32_t	refuse_open;	/* status of the next open results */
	bool		refuse_gpadl;
	uint32_t	busy_posts;	/* so many next posts fail with */
					/* HV_STATUS_INSUFFICIENT_BUFFERS */
};
extern struct hv_manners hv_manners;

struct hv_channel;
struct hv_device;

/* A kind of device. One file each: ic.c, later storage.c, network.c. */
struct hv_class {
	const char	*name;		/* "heartbeat" */
	hv_guid		type;
	uint16_t	offer_flags;
	uint16_t	mmio_megabytes;
	bool		pipe;		/* pipe-mode user data */
	size_t		state_size;	/* dev->state, zeroed */
	void	(*created)(struct hv_device *);
	void	(*opened)(struct hv_channel *);
	void	(*closed)(struct hv_channel *);
	/* The guest has put something into the ring; all called with a host */
	/* that may answer at once. */
	void	(*readable)(struct hv_channel *);
	void	(*leaves)(struct hv_device *);	/* is about to be rescinded */
	void	(*gone)(struct hv_device *);	/* rescinded and released */
};

struct hv_device {
	const struct hv_class *class;
	hv_guid		instance;
	int		id;		/* what scenarios call it by */
	struct hv_channel *channel;	/* the primary one; NULL: not offered */
	bool		rescinded;
	bool		released;	/* RELID_RELEASED came */
	void		*state;
	struct hv_device *next;
};

/* A packet as it came out of the guest's ring. */
struct hv_packet {
	uint16_t	type, flags;
	uint64_t	transaction;
	uint32_t	len;		/* of the payload */
	uint8_t		*payload;	/* the host's copy */
	uint32_t	nranges;	/* of a packet with page lists */
	struct hv_range	*ranges;
};

struct hv_range {
	uint32_t	length, offset;
	uint32_t	npages;
	uint64_t	*pfns;
};

/* channel.c, for devices. */
bool	hv_receive(struct hv_channel *, struct hv_packet *);	/* takes one */
void	hv_packet_free(struct hv_packet *);
int	hv_send(struct hv_channel *, uint16_t type, uint16_t flags,
	    uint64_t transaction, const void *payload, uint32_t len);
		/* 0; -1 when there is no room or the channel is not open. It */
		/* signals as the specification says. */
int	hv_send_with(struct hv_channel *, uint16_t type, uint16_t flags,
	    uint64_t transaction, const void *head, uint32_t headlen,
	    const void *payload, uint32_t len);
		/* the same, with more header (in multiples of 8 bytes) */
bool	hv_is_open(const struct hv_channel *);
struct hv_device *hv_device_of(const struct hv_channel *);
int	hv_vcpu_of(const struct hv_channel *);
int	hv_offer_subchannels(struct hv_channel *, int n);
struct hv_channel *hv_subchannel(struct hv_channel *, int index); /* 1.. */
/* Copies from and to the pages that a range names; false when out of bounds. */
bool	hv_range_read(const struct hv_range *, uint32_t at, void *,
	    uint32_t len);
bool	hv_range_write(const struct hv_range *, uint32_t at, const void *,
	    uint32_t len);

/* For all: what the specification refuses. The stack is the guest's. */
void	hv_protocol(const char *fmt, ...) HC_PRINTF(1, 2);

/* Devices. */
struct hv_device *hv_device_new(const struct hv_class *, const hv_guid *);
		/* instance NULL: made up from class and number; offered when */
		/* the guest asks for offers, or at once if it has */
struct hv_device *hv_device_find(int id);
void	hv_rescind(struct hv_device *);
extern const struct hv_class *const hv_classes[];	/* ends in NULL */
extern const struct hv_class stor_class_scsi, stor_class_ide;

#endif	/* _HOST_H */
