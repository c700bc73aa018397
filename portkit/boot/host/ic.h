/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Integration services: what their host sides share. All of them speak the
 * same way. A packet in pipe mode carries a message that begins with the same
 * header; the host sends a request, and the guest sends the very message back,
 * with the answer filled in and the response flag set. The first exchange on a
 * channel settles the versions. One request is outstanding at a time on a
 * channel.
 */

#ifndef _IC_H
#define	_IC_H

#include "host.h"

/* What a packet of a channel is: data in the packet itself. */
#define	IC_PACKET_INBAND	6

/* A version as the wire has it: the major number in the low half. */
#define	IC_VERSION(major, minor)	\
	((uint32_t)(major) | (uint32_t)(minor) << 16)
#define	IC_MAJOR(v)	((v) & 0xffff)
#define	IC_MINOR(v)	((v) >> 16)

enum ic_type {
	IC_NEGOTIATE, IC_HEARTBEAT, IC_KVP, IC_SHUTDOWN, IC_TIMESYNC, IC_VSS
};

enum ic_release { IC_2008R2, IC_2012, IC_2012R2, IC_2016, IC_2019 };

#define	IC_TRANSACTION	0x1	/* flags of a message */
#define	IC_REQUEST	0x2
#define	IC_RESPONSE	0x4

/* HRESULTs */
#define	IC_OK		0x00000000U
#define	IC_FAIL		0x80004005U
#define	IC_NO_MORE	0x80070103U	/* past the last item */

#define	IC_PIPE_DATA	1	/* the one type of pipe message there is */

struct ic_pipe {
	uint32_t	type;
	uint32_t	size;		/* of what follows */
} __attribute__((packed));

struct ic_header {
	struct ic_pipe	pipe;
	uint32_t	framework;
	uint16_t	type;
	uint32_t	version;
	uint16_t	size;		/* of what follows the header */
	uint32_t	status;
	uint8_t		id;		/* of the transaction */
	uint8_t		flags;
	uint8_t		reserved[2];
} __attribute__((packed));

_Static_assert(sizeof (struct ic_header) == 28, "the header of a message");

struct ic_versions {
	uint16_t	frameworks;
	uint16_t	messages;
	uint32_t	reserved;
	uint32_t	version[];	/* the frameworks' come first */
} __attribute__((packed));

#define	IC_MAXBODY	8192
#define	IC_MAXVERSIONS	8
#define	IC_LET_BE	32

struct ic;

/* A kind of service. */
struct ic_service {
	enum ic_type	type;
	/* Versions of its messages, and the first release that speaks them. */
	struct {
		enum ic_release	since;
		uint32_t	version;	/* 0 ends */
	} versions[IC_MAXVERSIONS + 1];
	/*
	 * Checks the answer's body against the request's (both of `len' bytes)
	 * and keeps what the scenario may ask for. What the service says
	 * nothing about must be unchanged.
	 */
	void		(*answered)(struct ic *, const uint8_t *request,
			    uint8_t *answer, uint32_t len, uint32_t status);
	/* A body that the specification does not allow; its length, or -1. */
	int		(*malformed)(struct ic *, int kind, uint8_t *body);
};

/* The state of a device of these classes. */
struct ic {
	struct hv_device *dev;
	const struct ic_service *service;
	uint32_t	limit;		/* highest message version it speaks */
	bool		ready;
	uint32_t	framework, version;	/* negotiated */

	hc_timer	*impatience;
	bool		pending;	/* a request is outstanding, */
	bool		lax;		/* ... which nobody needs to answer */
	uint64_t	transaction;
	uint64_t	transactions;	/* how many there were */
	uint64_t	let_be[IC_LET_BE];	/* lax ones */
	uint8_t		id;
	uint32_t	len;		/* of the body in `message' */
	uint8_t		message[sizeof (struct ic_header) + IC_MAXBODY];

	int		answers;	/* as specified, of all its life */
	bool		replied;	/* to the newest request */
	uint32_t	status;		/* its answer's */
	uint64_t	sequence;	/* heartbeat */
	struct {			/* KVP: the answer's */
		char	key[1024], value[4096];
	} kvp;
	uint32_t	vss_flags;
};

/* Sends a request; 0, or -1 when it cannot be sent now. */
int	ic_request(struct ic *, const void *body, uint32_t len);
struct ic *ic_find(int id, enum ic_type);
int	ic_version_at_least(const struct ic *, int major, int minor);
void	ic_copy_text(char *to, int len, const char *from);

/* hv_class entries have these in common. */
void	ic_created(struct hv_device *);
void	ic_opened(struct hv_channel *);
void	ic_closed(struct hv_channel *);
void	ic_readable(struct hv_channel *);

extern const struct ic_service ic_heartbeat, ic_shutdown, ic_timesync, ic_kvp,
    ic_vss;

#endif	/* _IC_H */
