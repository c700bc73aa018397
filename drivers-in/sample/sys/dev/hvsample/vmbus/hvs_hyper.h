/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The portkit authors
 */

/*
 * The hypervisor's side of the interface: CPUID leaves, synthetic MSRs,
 * hypercalls and the synthetic interrupt controller (SynIC), as the Hypervisor
 * Top Level Functional Specification defines them.
 */

#ifndef _DEV_HVSAMPLE_HVS_HYPER_H_
#define	_DEV_HVSAMPLE_HVS_HYPER_H_

/* CPUID leaves */
#define	HVS_CPUID_VENDOR	0x40000000	/* eax: last leaf; signature */
#define	HVS_CPUID_INTERFACE	0x40000001	/* eax: "Hv#1" */
#define	HVS_CPUID_VERSION	0x40000002
#define	HVS_CPUID_FEATURES	0x40000003	/* eax: for the guest */

#define	HVS_SIGNATURE_EBX	0x7263694d	/* "Micr" */
#define	HVS_SIGNATURE_ECX	0x666f736f	/* "osof" */
#define	HVS_SIGNATURE_EDX	0x76482074	/* "t Hv" */
#define	HVS_INTERFACE_HV1	0x31237648	/* "Hv#1" */

#define	HVS_FEATURE_SYNIC	0x00000004
#define	HVS_FEATURE_HYPERCALL	0x00000020
#define	HVS_FEATURE_VPINDEX	0x00000040
#define	HVS_FEATURE_BITS	\
	"\020\001RUNTIME\002REFCOUNT\003SYNIC\004STIMER\005APIC"	\
	"\006HYPERCALL\007VPINDEX\010RESET\011STATS\012REFTSC"

/* Synthetic MSRs; a page is given by its address with flags below it */
#define	HVS_MSR_GUEST_OS_ID	0x40000000
#define	HVS_MSR_HYPERCALL	0x40000001
#define	HVS_MSR_VP_INDEX	0x40000002
#define	HVS_MSR_SCONTROL	0x40000080
#define	HVS_MSR_SIEFP		0x40000082
#define	HVS_MSR_SIMP		0x40000083
#define	HVS_MSR_EOM		0x40000084
#define	HVS_MSR_SINT(n)		(0x40000090 + (n))

#define	HVS_MSR_ENABLE		0x0000000000000001ULL
#define	HVS_MSR_PAGE_KEEP	0x0000000000000ffeULL	/* reserved */
#define	HVS_SINT_MASKED		0x0000000000010000ULL
#define	HVS_SINT_AUTO_EOI	0x0000000000020000ULL
#define	HVS_SINT_KEEP		0xfffffffffffcff00ULL	/* reserved */

/* Open source guest, FreeBSD; then the kernel's version */
#define	HVS_GUEST_OS_ID		\
	(0x8200000000000000ULL | ((uint64_t)__FreeBSD_version << 16))

/* Hypercalls; the low 16 bits of the result are the status */
#define	HVS_CALL_POST_MESSAGE	0x005c
#define	HVS_CALL_SIGNAL_EVENT	0x005d

#define	HVS_STATUS(result)	((result) & 0xffff)
#define	HVS_STATUS_SUCCESS	0x0000
#define	HVS_STATUS_NO_MEMORY	0x000b
#define	HVS_STATUS_NO_BUFFERS	0x0013

#define	HVS_MESSAGE_PAYLOAD	240

/* Input of HVS_CALL_POST_MESSAGE: 8-byte aligned, within one page */
struct hvs_post_input {
	uint32_t	pi_connection;
	uint32_t	pi_reserved;
	uint32_t	pi_type;		/* HVS_MESSAGE_ */
	uint32_t	pi_size;		/* bytes of payload */
	uint8_t		pi_payload[HVS_MESSAGE_PAYLOAD];
};
CTASSERT(sizeof(struct hvs_post_input) == 256);

/* Input of HVS_CALL_SIGNAL_EVENT */
struct hvs_signal_input {
	uint32_t	si_connection;
	uint16_t	si_flag;		/* added to the connection's */
	uint16_t	si_reserved;
};
CTASSERT(sizeof(struct hvs_signal_input) == 8);

/* A slot of the SynIC message page: there is one for each source */
struct hvs_message {
	uint32_t	hm_type;		/* HVS_MESSAGE_ */
	uint8_t		hm_size;		/* bytes of payload */
	uint8_t		hm_flags;
	uint16_t	hm_reserved;
	uint64_t	hm_origin;
	uint8_t		hm_payload[HVS_MESSAGE_PAYLOAD];
};
CTASSERT(sizeof(struct hvs_message) == 256);

#define	HVS_MESSAGE_NONE	0
#define	HVS_MESSAGE_CHANNEL	1

#define	HVS_MESSAGE_PENDING	0x01		/* hm_flags: more is waiting */

/* The SynIC event page: 2048 flags for each source */
#define	HVS_EVENT_FLAGS		2048
#define	HVS_EVENT_WORDS		(HVS_EVENT_FLAGS / (NBBY * sizeof(u_long)))

struct hvs_events {
	u_long		ev_word[HVS_EVENT_WORDS];
};
CTASSERT(sizeof(struct hvs_events) == 256);

#define	HVS_SOURCES		16
CTASSERT(HVS_SOURCES * sizeof(struct hvs_message) == PAGE_SIZE);
CTASSERT(HVS_SOURCES * sizeof(struct hvs_events) == PAGE_SIZE);

#endif	/* !_DEV_HVSAMPLE_HVS_HYPER_H_ */
