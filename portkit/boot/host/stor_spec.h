/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The storage protocol between a guest and the host's virtual storage provider
 * as it is publicly known, the request block that it carries (the Windows DDK's
 * SCSI_REQUEST_BLOCK documents statuses and flags), and of SCSI what SPC-3,
 * SBC-3 and MMC-5 say about the commands that a virtual disk knows. Written for
 * the host alone; all of the protocol is little endian, all of SCSI big endian.
 */

#ifndef _STOR_SPEC_H
#define	_STOR_SPEC_H

#include "hv_spec.h"

/*
 * Versions: major and minor number, a byte each.
 */
#define	VS_2_0		0x0200U		/* Windows Server 2008 */
#define	VS_4_2		0x0402U		/* 2008 R2 */
#define	VS_5_1		0x0501U		/* 2012: longer requests, channels */
#define	VS_6_0		0x0600U		/* 2012 R2 */
#define	VS_6_2		0x0602U		/* 2016 and later */

enum vs_operation {
	VS_COMPLETE_IO		= 1,	/* to the guest */
	VS_REMOVE_DEVICE	= 2,	/* to the guest */
	VS_EXECUTE_SRB		= 3,
	VS_RESET_LUN		= 4,
	VS_RESET_ADAPTER	= 5,
	VS_RESET_BUS		= 6,
	VS_BEGIN		= 7,
	VS_END			= 8,
	VS_QUERY_VERSION	= 9,
	VS_QUERY_PROPERTIES	= 10,
	VS_ENUMERATE_BUS	= 11,	/* to the guest */
	VS_FC_HBA_DATA		= 12,	/* of a Fibre Channel adapter alone */
	VS_CREATE_CHANNELS	= 13
};

#define	VS_WANTS_COMPLETION	0x1U	/* flags: the only one */

#define	VS_CDB		16
#define	VS_SENSE	20
#define	VS_SENSE_OLD	18		/* before 5.1 */

/* A request. What follows `u' came with 5.1. */
struct vs_srb {
	uint16_t	length;		/* of this structure */
	uint8_t		srb_status;
	uint8_t		scsi_status;
	uint8_t		port;
	uint8_t		path;
	uint8_t		target;
	uint8_t		lun;
	uint8_t		cdb_length;
	uint8_t		sense_length;
	uint8_t		direction;
	uint8_t		reserved;
	uint32_t	transfer;	/* bytes; those moved, in the answer */
	union {
		uint8_t	cdb[VS_CDB];
		uint8_t	sense[VS_SENSE];
	} u;
	uint16_t	reserved2;
	uint8_t		queue_tag;
	uint8_t		queue_action;
	uint32_t	flags;
	uint32_t	timeout;	/* seconds */
	uint32_t	sort_key;
} HV_PACKED;
HV_SIZE(struct vs_srb, 52);
#define	VS_SRB_OLD	36		/* before 5.1 */

#define	VS_OUT		0		/* direction: to the disk */
#define	VS_IN		1
#define	VS_NO_DATA	2

#define	VS_FLAG_IN	0x40U
#define	VS_FLAG_OUT	0x80U

struct vs_properties {
	uint16_t	version;
	uint8_t		path;
	uint8_t		target;
	uint16_t	channels;	/* sub-channels, at most */
	uint16_t	port;
	uint32_t	flags;
	uint32_t	max_transfer;
	uint64_t	unique;
} HV_PACKED;
HV_SIZE(struct vs_properties, 24);

#define	VS_MULTI_CHANNEL	0x1U
#define	VS_EMULATED_IDE		0x2U

struct vs_version {
	uint16_t	version;
	uint16_t	revision;
} HV_PACKED;

struct vs_packet {
	uint32_t	operation;
	uint32_t	flags;
	uint32_t	status;		/* NTSTATUS */
	union {
		struct vs_srb	srb;
		struct vs_properties properties;
		struct vs_version version;
		uint16_t	channels;
	} u;
} HV_PACKED;
HV_SIZE(struct vs_packet, 64);
#define	VS_PACKET_OLD	(12 + VS_SRB_OLD)	/* 48: before 5.1 */

#define	VS_TARGETS	2
#define	VS_LUNS		64

#define	NT_SUCCESS		0U
#define	NT_UNSUCCESSFUL		0xc0000001U
#define	NT_INVALID_PARAMETER	0xc000000dU
#define	NT_INVALID_REQUEST	0xc0000010U
#define	NT_REVISION_MISMATCH	0xc0000059U
#define	NT_INVALID_STATE	0xc0000184U

/*
 * SRB status.
 */
#define	SRB_SUCCESS		0x01
#define	SRB_ABORTED		0x02
#define	SRB_ERROR		0x04
#define	SRB_INVALID_REQUEST	0x06
#define	SRB_RESET		0x0e
#define	SRB_OVERRUN		0x12
#define	SRB_INVALID_LUN		0x20
#define	SRB_SENSE_VALID		0x80

/*
 * SCSI: status, sense keys, additional sense codes with their qualifiers.
 */
#define	SCSI_GOOD		0x00
#define	SCSI_CHECK		0x02
#define	SCSI_BUSY		0x08
#define	SCSI_CONFLICT		0x18
#define	SCSI_TASK_SET_FULL	0x28

#define	SENSE(key, asc, ascq)	((uint32_t)(key) << 16 | (asc) << 8 | (ascq))
#define	SENSE_NO_MEDIUM		SENSE(0x2, 0x3a, 0x01)	/* tray closed */
#define	SENSE_READ_ERROR	SENSE(0x3, 0x11, 0x00)
#define	SENSE_WRITE_ERROR	SENSE(0x3, 0x0c, 0x00)
#define	SENSE_LIST_LENGTH	SENSE(0x5, 0x1a, 0x00)
#define	SENSE_OPCODE		SENSE(0x5, 0x20, 0x00)
#define	SENSE_LBA		SENSE(0x5, 0x21, 0x00)
#define	SENSE_CDB_FIELD		SENSE(0x5, 0x24, 0x00)
#define	SENSE_LIST_FIELD	SENSE(0x5, 0x26, 0x00)
#define	SENSE_NO_SAVING		SENSE(0x5, 0x39, 0x00)
#define	SENSE_PREVENTED		SENSE(0x5, 0x53, 0x02)
#define	SENSE_WAS_RESET		SENSE(0x6, 0x29, 0x00)
#define	SENSE_LUNS_CHANGED	SENSE(0x6, 0x3f, 0x0e)
#define	SENSE_WRITE_PROTECT	SENSE(0x7, 0x27, 0x00)
#define	SENSE_ABORTED		SENSE(0xb, 0x00, 0x00)
#define	SENSE_MISCOMPARE	SENSE(0xe, 0x1d, 0x00)

enum scsi_opcode {
	OP_TEST_UNIT_READY	= 0x00,
	OP_REQUEST_SENSE	= 0x03,
	OP_READ_6		= 0x08,
	OP_WRITE_6		= 0x0a,
	OP_INQUIRY		= 0x12,
	OP_MODE_SELECT_6	= 0x15,
	OP_RESERVE_6		= 0x16,
	OP_RELEASE_6		= 0x17,
	OP_MODE_SENSE_6		= 0x1a,
	OP_START_STOP		= 0x1b,
	OP_SEND_DIAGNOSTIC	= 0x1d,
	OP_PREVENT_ALLOW	= 0x1e,
	OP_READ_CAPACITY_10	= 0x25,
	OP_READ_10		= 0x28,
	OP_WRITE_10		= 0x2a,
	OP_VERIFY_10		= 0x2f,
	OP_SYNCHRONIZE_10	= 0x35,
	OP_WRITE_SAME_10	= 0x41,
	OP_UNMAP		= 0x42,
	OP_READ_TOC		= 0x43,
	OP_GET_CONFIGURATION	= 0x46,
	OP_GET_EVENT_STATUS	= 0x4a,
	OP_MODE_SELECT_10	= 0x55,
	OP_MODE_SENSE_10	= 0x5a,
	OP_READ_16		= 0x88,
	OP_WRITE_16		= 0x8a,
	OP_VERIFY_16		= 0x8f,
	OP_SYNCHRONIZE_16	= 0x91,
	OP_WRITE_SAME_16	= 0x93,
	OP_SERVICE_IN_16	= 0x9e,
	OP_REPORT_LUNS		= 0xa0,
	OP_READ_12		= 0xa8,
	OP_WRITE_12		= 0xaa,
	OP_VERIFY_12		= 0xaf
};

#define	SERVICE_READ_CAPACITY_16	0x10

#define	TYPE_DISK		0x00
#define	TYPE_DVD		0x05
#define	NO_LUN			0x7f	/* qualifier and type: none here */

#endif	/* _STOR_SPEC_H */
