/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The interface between the hypervisor, the host's VMBus and a guest, as the
 * Hypervisor Top Level Functional Specification (TLFS) and the public
 * descriptions of the VMBus have it. Written for the host alone: nothing here
 * is shared with a driver, so that a layout that a driver got wrong shows.
 *
 * All is little endian; structures are as they lie in guest memory.
 */

#ifndef _HV_SPEC_H
#define	_HV_SPEC_H

#include <stdint.h>

#define	HV_PACKED	__attribute__((packed))
#define	HV_SIZE(type, n)	\
	_Static_assert(sizeof (type) == (n), #type " has a wrong size")

/* Page frames that a byte count, from an offset on, touches. */
#define	HV_PAGES(offset, count)	\
	(((uint64_t)(offset) + (count) + HC_PAGE - 1) / HC_PAGE)

/*
 * CPUID (TLFS 2.4). The bits of leaf 3 are those that decide which of the MSRs
 * exist.
 */
#define	HV_LEAF_FIRST		0x40000000U
#define	HV_LEAF_INTERFACE	0x40000001U
#define	HV_LEAF_VERSION		0x40000002U
#define	HV_LEAF_FEATURES	0x40000003U
#define	HV_LEAF_ADVICE		0x40000004U
#define	HV_LEAF_LIMITS		0x40000005U
#define	HV_LEAF_HARDWARE	0x40000006U

#define	HV_HAS_VP_RUNTIME	(1U << 0)
#define	HV_HAS_REF_COUNT	(1U << 1)
#define	HV_HAS_SYNIC		(1U << 2)
#define	HV_HAS_STIMERS		(1U << 3)
#define	HV_HAS_APIC		(1U << 4)
#define	HV_HAS_HYPERCALL	(1U << 5)
#define	HV_HAS_VP_INDEX		(1U << 6)
#define	HV_HAS_RESET		(1U << 7)
#define	HV_HAS_REF_TSC		(1U << 9)
#define	HV_HAS_GUEST_IDLE	(1U << 10)
#define	HV_HAS_FREQUENCY	(1U << 11)

/* The privileges of a partition, in ebx. */
#define	HV_MAY_PARTITION_ID	(1U << 1)
#define	HV_MAY_POST		(1U << 4)
#define	HV_MAY_SIGNAL		(1U << 5)

/* In edx. */
#define	HV_MISC_CRASH		(1U << 10)

/*
 * Synthetic MSRs.
 */
#define	HV_MSR_GUEST_OS_ID	0x40000000U
#define	HV_MSR_HYPERCALL	0x40000001U
#define	HV_MSR_VP_INDEX		0x40000002U
#define	HV_MSR_RESET		0x40000003U
#define	HV_MSR_VP_RUNTIME	0x40000010U
#define	HV_MSR_REF_COUNT	0x40000020U
#define	HV_MSR_REF_TSC		0x40000021U
#define	HV_MSR_TSC_FREQUENCY	0x40000022U
#define	HV_MSR_APIC_FREQUENCY	0x40000023U
#define	HV_MSR_EOI		0x40000070U
#define	HV_MSR_ICR		0x40000071U
#define	HV_MSR_TPR		0x40000072U
#define	HV_MSR_ASSIST_PAGE	0x40000073U
#define	HV_MSR_SCONTROL		0x40000080U
#define	HV_MSR_SVERSION		0x40000081U
#define	HV_MSR_SIEFP		0x40000082U
#define	HV_MSR_SIMP		0x40000083U
#define	HV_MSR_EOM		0x40000084U
#define	HV_MSR_SINT0		0x40000090U
#define	HV_MSR_STIMER0		0x400000b0U	/* config, count, config... */
#define	HV_MSR_GUEST_IDLE	0x400000f0U
#define	HV_MSR_CRASH_P0		0x40000100U
#define	HV_MSR_CRASH_CTL	0x40000105U

#define	HV_ENABLE		0x1UL	/* of all that have an enable bit */
#define	HV_HYPERCALL_LOCKED	0x2UL
#define	HV_PAGE_MASK		0xfffffffffffff000UL

#define	HV_SINTS		16
#define	HV_SINT_VECTOR		0xffUL
#define	HV_SINT_MASKED		(1UL << 16)
#define	HV_SINT_AUTO_EOI	(1UL << 17)
#define	HV_SINT_RESERVED	0xfffffffffff8ff00UL	/* bit 18: polling */

#define	HV_STIMERS		4
#define	HV_STIMER_PERIODIC	(1UL << 1)
#define	HV_STIMER_LAZY		(1UL << 2)
#define	HV_STIMER_AUTO_ENABLE	(1UL << 3)
#define	HV_STIMER_SINT(config)	((unsigned)((config) >> 16) & 0xf)
#define	HV_STIMER_DEFINED	0xf000fUL

/*
 * Hypercalls: the input value in rcx, and the status in the low half of rax.
 */
#define	HV_CALL_CODE(rcx)	((uint16_t)(rcx))
#define	HV_CALL_FAST		(1UL << 16)
#define	HV_CALL_HEADER		0x07fe0000UL	/* size of a variable header */
#define	HV_CALL_REPS		0x0fff0fff00000000UL
#define	HV_CALL_RESERVED	0xf000f000f8000000UL

#define	HV_CALL_LONG_SPIN	0x0008
#define	HV_CALL_PARTITION_ID	0x0046
#define	HV_CALL_POST_MESSAGE	0x005c
#define	HV_CALL_SIGNAL_EVENT	0x005d

enum hv_status {
	HV_SUCCESS		= 0x00,
	HV_INVALID_CODE		= 0x02,
	HV_INVALID_INPUT	= 0x03,
	HV_INVALID_ALIGNMENT	= 0x04,
	HV_INVALID_PARAMETER	= 0x05,
	HV_ACCESS_DENIED	= 0x06,
	HV_INVALID_PORT		= 0x11,
	HV_INVALID_CONNECTION	= 0x12,
	HV_NO_BUFFERS		= 0x13
};

#define	HV_MESSAGE_MAX		240

struct hv_post_input {
	uint32_t	connection;
	uint32_t	reserved;
	uint32_t	type;
	uint32_t	size;
	uint8_t		payload[HV_MESSAGE_MAX];
} HV_PACKED;
HV_SIZE(struct hv_post_input, 256);

struct hv_signal_input {
	uint32_t	connection;
	uint16_t	flag;
	uint16_t	reserved;
} HV_PACKED;
HV_SIZE(struct hv_signal_input, 8);

/*
 * The synthetic interrupt controller: a page of message slots and a page of
 * event flags for each processor, with one entry for each synthetic interrupt
 * source.
 */
struct hv_slot {
	uint32_t	type;		/* 0: free */
	uint8_t		size;
	uint8_t		flags;
	uint16_t	reserved;
	uint64_t	origin;
	uint8_t		payload[HV_MESSAGE_MAX];
} HV_PACKED;
HV_SIZE(struct hv_slot, 256);

#define	HV_TYPE_NONE		0U
#define	HV_TYPE_VMBUS		1U
#define	HV_TYPE_TIMER		0x80000010U
#define	HV_TYPE_HYPERVISOR	0x80000000U	/* set: not for partitions */
#define	HV_SLOT_PENDING		0x01

struct hv_timer_message {
	uint32_t	timer;
	uint32_t	reserved;
	uint64_t	expired;	/* units of 100 ns */
	uint64_t	delivered;
} HV_PACKED;
HV_SIZE(struct hv_timer_message, 24);

#define	HV_EVENT_FLAGS		2048
#define	HV_EVENT_BYTES		(HV_EVENT_FLAGS / 8)

/* The page that says how the time stamp counter relates to time. */
struct hv_tsc_page {
	uint32_t	sequence;	/* 0: cannot be used, read the MSR */
	uint32_t	reserved;
	uint64_t	scale;
	int64_t		offset;
} HV_PACKED;

/*
 * VMBus: connections and interrupt source.
 */
#define	VB_CONNECTION_MESSAGE	1U
#define	VB_CONNECTION_EVENT	2U	/* one for all channels: before 1.1 */
#define	VB_CONNECTION_CONTACT	4U	/* contact since 5.0 */
#define	VB_SINT			2
#define	VB_LEGACY_CHANNELS	256	/* the interrupt page holds so many */
#define	VB_TO_HOST		2048	/* its half for signals to the host */

#define	VB_VERSION(major, minor)	((uint32_t)(major) << 16 | (minor))
#define	VB_0_13			VB_VERSION(0, 13)
#define	VB_1_1			VB_VERSION(1, 1)
#define	VB_2_4			VB_VERSION(2, 4)
#define	VB_3_0			VB_VERSION(3, 0)
#define	VB_4_0			VB_VERSION(4, 0)
#define	VB_4_1			VB_VERSION(4, 1)
#define	VB_5_0			VB_VERSION(5, 0)
#define	VB_5_1			VB_VERSION(5, 1)
#define	VB_5_2			VB_VERSION(5, 2)

enum vb_type {
	VB_OFFER		= 1,
	VB_RESCIND		= 2,
	VB_REQUEST_OFFERS	= 3,
	VB_ALL_OFFERS		= 4,
	VB_OPEN			= 5,
	VB_OPEN_RESULT		= 6,
	VB_CLOSE		= 7,
	VB_GPADL_HEADER		= 8,
	VB_GPADL_BODY		= 9,
	VB_GPADL_CREATED	= 10,
	VB_GPADL_TEARDOWN	= 11,
	VB_GPADL_TORNDOWN	= 12,
	VB_RELID_RELEASED	= 13,
	VB_CONTACT		= 14,
	VB_VERSION_RESPONSE	= 15,
	VB_UNLOAD		= 16,
	VB_UNLOAD_RESPONSE	= 17,
	VB_MODIFY		= 22
};

struct vb_header {
	uint32_t	type;
	uint32_t	reserved;
} HV_PACKED;

struct vb_contact {
	struct vb_header h;
	uint32_t	version;
	uint32_t	vcpu;		/* since 3.0: who gets the messages */
	uint64_t	interrupt_page;	/* since 5.0: byte 0 is the SINT */
	uint64_t	monitor_page[2];	/* from the host, to the host */
} HV_PACKED;
HV_SIZE(struct vb_contact, 40);

struct vb_version_response {
	struct vb_header h;
	uint8_t		supported;
	uint8_t		state;
	uint16_t	reserved;
	uint32_t	connection;	/* since 5.0: for what follows */
} HV_PACKED;
HV_SIZE(struct vb_version_response, 16);
#define	VB_VERSION_RESPONSE_SHORT	10	/* before 5.0: up to `state' */

struct vb_offer {
	struct vb_header h;
	uint8_t		type[16];
	uint8_t		instance[16];
	uint64_t	reserved1[2];
	uint16_t	flags;
	uint16_t	mmio_megabytes;
	uint8_t		user[120];
	uint16_t	subchannel;
	uint16_t	reserved2;
	uint32_t	relid;
	uint8_t		monitor;
	uint8_t		monitored;
	uint16_t	dedicated;	/* since 1.1: has its own interrupt */
	uint32_t	connection;	/* since 1.1 */
} HV_PACKED;
HV_SIZE(struct vb_offer, 196);

#define	VB_OFFER_ENUMERATE	0x0001
#define	VB_OFFER_PIPE		0x0010
#define	VB_OFFER_MONITORED	0x0400
#define	VB_PIPE_MESSAGES	4	/* in the first four user bytes */

struct vb_relid {			/* RESCIND, CLOSE, RELID_RELEASED */
	struct vb_header h;
	uint32_t	relid;
} HV_PACKED;
HV_SIZE(struct vb_relid, 12);

struct vb_open {
	struct vb_header h;
	uint32_t	relid;
	uint32_t	id;
	uint32_t	gpadl;
	uint32_t	vcpu;		/* since 2.4 */
	uint32_t	inbound_page;
	uint8_t		user[120];
} HV_PACKED;
HV_SIZE(struct vb_open, 148);

struct vb_open_result {
	struct vb_header h;
	uint32_t	relid;
	uint32_t	id;
	uint32_t	status;
} HV_PACKED;
HV_SIZE(struct vb_open_result, 20);

struct vb_gpadl_header {
	struct vb_header h;
	uint32_t	relid;
	uint32_t	gpadl;
	uint16_t	bytes;		/* of all ranges, in all messages */
	uint16_t	ranges;
	/* ranges: struct vb_range and its page frames */
} HV_PACKED;
HV_SIZE(struct vb_gpadl_header, 20);

struct vb_range {
	uint32_t	length;
	uint32_t	offset;
} HV_PACKED;
HV_SIZE(struct vb_range, 8);

struct vb_gpadl_body {
	struct vb_header h;
	uint32_t	number;
	uint32_t	gpadl;
	/* what follows of the ranges */
} HV_PACKED;
HV_SIZE(struct vb_gpadl_body, 16);

struct vb_gpadl_created {
	struct vb_header h;
	uint32_t	relid;
	uint32_t	gpadl;
	uint32_t	status;
} HV_PACKED;
HV_SIZE(struct vb_gpadl_created, 20);

struct vb_gpadl_teardown {
	struct vb_header h;
	uint32_t	relid;
	uint32_t	gpadl;
} HV_PACKED;
HV_SIZE(struct vb_gpadl_teardown, 16);

struct vb_gpadl_torndown {
	struct vb_header h;
	uint32_t	gpadl;
} HV_PACKED;
HV_SIZE(struct vb_gpadl_torndown, 12);

struct vb_modify {
	struct vb_header h;
	uint32_t	relid;
	uint32_t	vcpu;
} HV_PACKED;
HV_SIZE(struct vb_modify, 16);

/*
 * A monitor page: a guest that sets a trigger bit need not leave for the host,
 * which looks at the page once in a while.
 */
#define	VB_MONITOR_GROUPS	4
#define	VB_MONITORS		(VB_MONITOR_GROUPS * 32)

struct vb_monitor_page {
	uint32_t	enabled;	/* one bit a group */
	uint32_t	reserved1;
	struct {
		uint32_t	pending;
		uint32_t	armed;
	} trigger[VB_MONITOR_GROUPS];
	uint8_t		reserved2[24];
	int32_t		next_check[VB_MONITORS];
	uint16_t	latency[VB_MONITORS];	/* units of 100 ns */
	uint8_t		reserved3[256];
	struct {
		uint32_t	connection;
		uint16_t	flag;
		uint16_t	reserved;
	} parameter[VB_MONITORS];
	uint8_t		reserved4[1984];
} HV_PACKED;
HV_SIZE(struct vb_monitor_page, 4096);

/*
 * Rings: a page of control, and then the data.
 */
struct vb_ring {
	uint32_t	write;
	uint32_t	read;
	uint32_t	masked;		/* the reader wants no interrupt */
	uint32_t	pending_send;	/* the writer waits for so much room */
	uint32_t	reserved[12];
	uint32_t	features;
} HV_PACKED;

#define	VB_RING_PENDING_SEND	0x1	/* features: pending_send is observed */

struct vb_packet {
	uint16_t	type;
	uint16_t	data;		/* where data begin, in 8 bytes */
	uint16_t	length;		/* in 8 bytes */
	uint16_t	flags;
	uint64_t	transaction;
} HV_PACKED;
HV_SIZE(struct vb_packet, 16);

#define	VB_INBAND		6
#define	VB_TRANSFER_PAGES	7
#define	VB_GPA_DIRECT		9
#define	VB_COMPLETION		11
#define	VB_WANTS_COMPLETION	0x1
#define	VB_TRAILER		8	/* the index where the packet began */

struct vb_gpa_header {			/* after the packet header */
	uint32_t	reserved;
	uint32_t	ranges;
} HV_PACKED;

struct vb_transfer_header {
	uint16_t	set;
	uint8_t		sender_owns;
	uint8_t		reserved;
	uint32_t	ranges;
} HV_PACKED;

#endif	/* _HV_SPEC_H */
