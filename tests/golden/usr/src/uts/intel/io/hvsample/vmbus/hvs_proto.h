/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The portkit authors
 */

/*
 * What guest and host say to each other on the VMBus: control messages, the
 * rings of a channel, and the packets in them.  Everything is little endian
 * and packed.
 */

#ifndef _DEV_HVSAMPLE_HVS_PROTO_H_
#define	_DEV_HVSAMPLE_HVS_PROTO_H_

#include <sys/types.h>
#include <sys/param.h>
#include <sys/ccompile.h>
#include <sys/debug.h>
#include <sys/stddef.h>

/* Connections that every guest has, and the interrupt source of the bus. */
#define	HVS_CONNECTION_MESSAGE	1
#define	HVS_CONNECTION_EVENT	2
#define	HVS_SOURCE		2

/* The interrupt page of early hosts: half of it for each direction. */
#define	HVS_SHARED_CHANNELS	256
#define	HVS_SHARED_TO_HOST	(PAGESIZE / 2)

/* Control messages; "in" comes from the host, "out" from the guest. */
enum hvs_control {
	HVS_CTL_OFFER		= 1,	/* in */
	HVS_CTL_RESCIND		= 2,	/* in */
	HVS_CTL_LIST		= 3,	/* out: ask for the offers */
	HVS_CTL_LISTED		= 4,	/* in: that was all of them */
	HVS_CTL_OPEN		= 5,	/* out */
	HVS_CTL_OPENED		= 6,	/* in */
	HVS_CTL_CLOSE		= 7,	/* out, not answered */
	HVS_CTL_GPADL		= 8,	/* out: first part of a page list */
	HVS_CTL_GPADL_MORE	= 9,	/* out: the other parts */
	HVS_CTL_GPADL_MADE	= 10,	/* in */
	HVS_CTL_GPADL_DROP	= 11,	/* out */
	HVS_CTL_GPADL_DROPPED	= 12,	/* in */
	HVS_CTL_RELEASE		= 13,	/* out: done with a rescinded channel */
	HVS_CTL_CONTACT		= 14,	/* out */
	HVS_CTL_CONTACTED	= 15,	/* in */
	HVS_CTL_UNLOAD		= 16,	/* out */
	HVS_CTL_UNLOADED	= 17	/* in, from protocol 3.0 on */
};

struct hvs_ctl {
	uint32_t	ct_type;	/* enum hvs_control */
	uint32_t	ct_pad;
} __packed;
CTASSERT(sizeof (struct hvs_ctl) == 8);

/* HVS_CTL_CONTACT */
struct hvs_ctl_contact {
	struct hvs_ctl	cc_ctl;
	uint32_t	cc_version;
	uint32_t	cc_vcpu;	/* virtual processor for messages */
	uint64_t	cc_shared;	/* physical: interrupt page */
	uint64_t	cc_monitor[2];	/* physical: pages to and from host */
} __packed;
CTASSERT(sizeof (struct hvs_ctl_contact) == 40);

/* HVS_CTL_CONTACTED */
struct hvs_ctl_contacted {
	struct hvs_ctl	cd_ctl;
	uint8_t		cd_supported;
} __packed;
CTASSERT(sizeof (struct hvs_ctl_contacted) == 9);

/* HVS_CTL_OFFER */
struct hvs_ctl_offer {
	struct hvs_ctl	of_ctl;
	struct hvs_guid	of_class;
	struct hvs_guid	of_instance;
	uint64_t	of_reserved1[2];
	uint16_t	of_flags;
	uint16_t	of_mmio;	/* megabytes */
	uint8_t		of_user[120];
	uint16_t	of_subchannel;	/* 0 for a device's first channel */
	uint16_t	of_reserved2;
	uint32_t	of_relid;
	uint8_t		of_monitor;
	uint8_t		of_monitored;
	uint16_t	of_dedicated;	/* since protocol 1.1 */
	uint32_t	of_connection;	/* since protocol 1.1 */
} __packed;
CTASSERT(sizeof (struct hvs_ctl_offer) == 196);
CTASSERT(offsetof(struct hvs_ctl_offer, of_relid) == 184);

/* HVS_CTL_RESCIND, HVS_CTL_CLOSE, HVS_CTL_RELEASE */
struct hvs_ctl_relid {
	struct hvs_ctl	re_ctl;
	uint32_t	re_relid;
} __packed;
CTASSERT(sizeof (struct hvs_ctl_relid) == 12);

/* HVS_CTL_OPEN */
struct hvs_ctl_open {
	struct hvs_ctl	op_ctl;
	uint32_t	op_relid;
	uint32_t	op_key;		/* comes back in the answer */
	uint32_t	op_gpadl;
	uint32_t	op_vcpu;	/* to be interrupted */
	uint32_t	op_rx_page;	/* where the ring to the guest starts */
	uint8_t		op_user[120];
} __packed;
CTASSERT(sizeof (struct hvs_ctl_open) == 148);

/* HVS_CTL_OPENED */
struct hvs_ctl_opened {
	struct hvs_ctl	od_ctl;
	uint32_t	od_relid;
	uint32_t	od_key;
	uint32_t	od_status;	/* 0 is success */
} __packed;
CTASSERT(sizeof (struct hvs_ctl_opened) == 20);

/*
 * HVS_CTL_GPADL: a guest physical address descriptor list, the name by which
 * the host knows pages of the guest.  One range of pages is all we need.
 */
struct hvs_ctl_gpadl {
	struct hvs_ctl	gp_ctl;
	uint32_t	gp_relid;
	uint32_t	gp_gpadl;
	uint16_t	gp_range_size;	/* bytes from gp_bytes to the end */
	uint16_t	gp_ranges;
	uint32_t	gp_bytes;
	uint32_t	gp_offset;
	uint64_t	gp_page[];
} __packed;
CTASSERT(sizeof (struct hvs_ctl_gpadl) == 28);

#define	HVS_GPADL_FIRST	\
	((HVS_MESSAGE_PAYLOAD - sizeof (struct hvs_ctl_gpadl)) / \
	sizeof (uint64_t))
CTASSERT(HVS_GPADL_FIRST == 26);

/* HVS_CTL_GPADL_MORE */
struct hvs_ctl_gpadl_more {
	struct hvs_ctl	gm_ctl;
	uint32_t	gm_part;
	uint32_t	gm_gpadl;
	uint64_t	gm_page[];
} __packed;
CTASSERT(sizeof (struct hvs_ctl_gpadl_more) == 16);

#define	HVS_GPADL_MORE	\
	((HVS_MESSAGE_PAYLOAD - sizeof (struct hvs_ctl_gpadl_more)) / \
	sizeof (uint64_t))
CTASSERT(HVS_GPADL_MORE == 28);

/* HVS_CTL_GPADL_MADE */
struct hvs_ctl_gpadl_made {
	struct hvs_ctl	ga_ctl;
	uint32_t	ga_relid;
	uint32_t	ga_gpadl;
	uint32_t	ga_status;	/* 0 is success */
} __packed;
CTASSERT(sizeof (struct hvs_ctl_gpadl_made) == 20);

/* HVS_CTL_GPADL_DROP */
struct hvs_ctl_gpadl_drop {
	struct hvs_ctl	gd_ctl;
	uint32_t	gd_relid;
	uint32_t	gd_gpadl;
} __packed;
CTASSERT(sizeof (struct hvs_ctl_gpadl_drop) == 16);

/* HVS_CTL_GPADL_DROPPED */
struct hvs_ctl_gpadl_dropped {
	struct hvs_ctl	ge_ctl;
	uint32_t	ge_gpadl;
} __packed;
CTASSERT(sizeof (struct hvs_ctl_gpadl_dropped) == 12);

/*
 * The first page of a ring; what is sent follows it.  Indices are offsets in
 * bytes from the second page on.  A ring with equal indices is empty, so it is
 * never filled to the last byte.
 */
struct hvs_ring_page {
	volatile uint32_t	rp_write;
	volatile uint32_t	rp_read;
	volatile uint32_t	rp_quiet;	/* reader wants no interrupt */
	volatile uint32_t	rp_wanted;	/* writer waits for so much */
	uint32_t		rp_reserved1[12];
	volatile uint32_t	rp_features;
	uint32_t		rp_reserved2[1007];
};
CTASSERT(sizeof (struct hvs_ring_page) == PAGESIZE);

/* A packet starts with this; it is padded to a multiple of eight bytes. */
struct hvs_packet {
	uint16_t	pk_type;	/* HVS_PACKET_ */
	uint16_t	pk_data;	/* offset of the data, in 8 bytes */
	uint16_t	pk_length;	/* of the packet, in 8 bytes */
	uint16_t	pk_flags;
	uint64_t	pk_xact;	/* comes back with the answer */
};
CTASSERT(sizeof (struct hvs_packet) == 16);

#define	HVS_PACKET_DATA		6
#define	HVS_PACKET_PAGES	9	/* struct hvs_page_packet */
#define	HVS_PACKET_UNIT		8

#define	HVS_PACKET_FLAG_ANSWER	0x1	/* asks for one */

/* HVS_PACKET_PAGES; the pages that are not used are left out. */
struct hvs_page_packet {
	struct hvs_packet pp_packet;
	uint32_t	pp_reserved;
	uint32_t	pp_lists;
	struct hvs_pages pp_list;
};
CTASSERT(sizeof (struct hvs_page_packet) == 32 + HVS_PAGES * 8);

/* Behind a packet: the write index at which it started, shifted. */
#define	HVS_TRAILER(index)	((uint64_t)(index) << 32)
#define	HVS_TRAILER_SIZE	sizeof (uint64_t)

#endif	/* !_DEV_HVSAMPLE_HVS_PROTO_H_ */
