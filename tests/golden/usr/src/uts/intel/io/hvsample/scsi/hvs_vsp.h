/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The portkit authors
 */

/*
 * What a guest and the host's virtual storage provider say to each other in
 * the packets of a SCSI controller's channel.  Everything is little endian and
 * packed; what is inside a command is SCSI's.
 */

#ifndef _DEV_HVSAMPLE_HVS_VSP_H_
#define	_DEV_HVSAMPLE_HVS_VSP_H_

#include <sys/types.h>
#include <sys/ccompile.h>
#include <sys/debug.h>
#include <sys/stddef.h>

/* Protocol versions: major in the upper byte, minor in the lower. */
#define	HVS_VSP_PROTOCOL(major, minor)	(((major) << 8) | (minor))
#define	HVS_VSP_PROTOCOL_MAJOR(version)	((version) >> 8)
#define	HVS_VSP_PROTOCOL_MINOR(version)	((version) & 0xff)

#define	HVS_VSP_PROTOCOL_2008	HVS_VSP_PROTOCOL(2, 0)
#define	HVS_VSP_PROTOCOL_2008R2	HVS_VSP_PROTOCOL(4, 2)
#define	HVS_VSP_PROTOCOL_2012	HVS_VSP_PROTOCOL(5, 1)
#define	HVS_VSP_PROTOCOL_2012R2	HVS_VSP_PROTOCOL(6, 0)
#define	HVS_VSP_PROTOCOL_2016	HVS_VSP_PROTOCOL(6, 2)

/* "in" comes from the host, "out" from the guest. */
enum hvs_vsp_operation {
	HVS_VSP_DONE		= 1,	/* in: answers any that goes out */
	HVS_VSP_REMOVE		= 2,	/* in: a device is gone */
	HVS_VSP_EXECUTE		= 3,	/* out: a SCSI command */
	HVS_VSP_RESET_BUS	= 6,	/* out */
	HVS_VSP_BEGIN		= 7,	/* out: setting up begins */
	HVS_VSP_END		= 8,	/* out: it ends */
	HVS_VSP_VERSION		= 9,	/* out: propose a protocol version */
	HVS_VSP_PROPERTIES	= 10,	/* out: ask for them */
	HVS_VSP_ENUMERATE	= 11	/* in: look at the bus again */
};

#define	HVS_VSP_CDB		16
#define	HVS_VSP_SENSE		20
#define	HVS_VSP_SENSE_OLD	18	/* before protocol 5.1 */

/* HVS_VSP_EXECUTE, and the answer to it: a SCSI request block */
struct hvs_vsp_srb {
	uint16_t	sr_length;	/* of this structure */
	uint8_t		sr_status;	/* HVS_SRB_ */
	uint8_t		sr_scsi_status;
	uint8_t		sr_port;
	uint8_t		sr_path;
	uint8_t		sr_target;
	uint8_t		sr_lun;
	uint8_t		sr_cdb_length;
	uint8_t		sr_sense_length;
	uint8_t		sr_direction;	/* HVS_SRB_TO_ */
	uint8_t		sr_reserved1;
	uint32_t	sr_transfer;	/* bytes; in the answer, how many */
	union {
		uint8_t	sr_cdb[HVS_VSP_CDB];
		uint8_t	sr_sense[HVS_VSP_SENSE];
	};
	/* Since protocol 5.1 */
	uint16_t	sr_reserved2;
	uint8_t		sr_tag;
	uint8_t		sr_tag_action;
	uint32_t	sr_flags;	/* HVS_SRB_FLAG_ */
	uint32_t	sr_timeout;	/* seconds */
	uint32_t	sr_sort_key;
} __packed;
CTASSERT(sizeof (struct hvs_vsp_srb) == 52);

#define	HVS_SRB_LENGTH_OLD	offsetof(struct hvs_vsp_srb, sr_reserved2)

#define	HVS_SRB_TO_DEVICE	0
#define	HVS_SRB_TO_GUEST	1
#define	HVS_SRB_TO_NOBODY	2

#define	HVS_SRB_FLAG_TO_GUEST	0x40
#define	HVS_SRB_FLAG_TO_DEVICE	0x80

#define	HVS_SRB_SUCCESS		0x01
#define	HVS_SRB_ABORTED		0x02
#define	HVS_SRB_BUSY		0x05
#define	HVS_SRB_INVALID		0x06	/* not a request that it knows */
#define	HVS_SRB_NO_DEVICE	0x08
#define	HVS_SRB_TIMEOUT		0x09
#define	HVS_SRB_BUS_RESET	0x0e
#define	HVS_SRB_OVERRUN		0x12	/* more or less data than asked for */
#define	HVS_SRB_NO_LUN		0x20
#define	HVS_SRB_NO_TARGET	0x21
#define	HVS_SRB_STATUS(status)	((status) & 0x3f)
#define	HVS_SRB_SENSE_VALID	0x80

/* HVS_VSP_VERSION */
struct hvs_vsp_version {
	uint16_t	ve_version;
	uint16_t	ve_revision;
} __packed;
CTASSERT(sizeof (struct hvs_vsp_version) == 4);

/* The answer to HVS_VSP_PROPERTIES */
struct hvs_vsp_properties {
	uint32_t	pr_reserved1;
	uint16_t	pr_channels;	/* more than this one */
	uint16_t	pr_reserved2;
	uint32_t	pr_flags;
	uint32_t	pr_transfer;	/* bytes in a command, at most */
	uint64_t	pr_reserved3;
} __packed;
CTASSERT(sizeof (struct hvs_vsp_properties) == 24);

struct hvs_vsp_packet {
	uint32_t	vp_operation;	/* HVS_VSP_ */
	uint32_t	vp_flags;	/* HVS_VSP_FLAG_ */
	uint32_t	vp_status;	/* in an answer; 0 is success */
	union {
		struct hvs_vsp_srb vp_srb;
		struct hvs_vsp_version vp_version;
		struct hvs_vsp_properties vp_properties;
	};
} __packed;
CTASSERT(sizeof (struct hvs_vsp_packet) == 64);

/* Packets end where the request block of old protocols does. */
#define	HVS_VSP_LENGTH_OLD	\
	(offsetof(struct hvs_vsp_packet, vp_srb) + HVS_SRB_LENGTH_OLD)
CTASSERT(HVS_VSP_LENGTH_OLD == 48);

#define	HVS_VSP_FLAG_ANSWER	0x1	/* asks for one */

#endif	/* !_DEV_HVSAMPLE_HVS_VSP_H_ */
