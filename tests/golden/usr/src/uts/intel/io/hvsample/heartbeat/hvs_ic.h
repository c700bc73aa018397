/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The portkit authors
 */

/*
 * Integration services: what the host sends in the packets of such a channel,
 * and gets back with the answer filled in.
 */

#ifndef _DEV_HVSAMPLE_HVS_IC_H_
#define	_DEV_HVSAMPLE_HVS_IC_H_

#include <sys/types.h>
#include <sys/ccompile.h>
#include <sys/debug.h>

/* A version: major in the first two bytes, minor in the next two. */
struct hvs_ic_version {
	uint16_t	iv_major;
	uint16_t	iv_minor;
} __packed;
CTASSERT(sizeof (struct hvs_ic_version) == 4);

struct hvs_ic_pipe {
	uint32_t	ip_flags;
	uint32_t	ip_size;	/* bytes that follow */
} __packed;
CTASSERT(sizeof (struct hvs_ic_pipe) == 8);

struct hvs_ic_header {
	struct hvs_ic_pipe ih_pipe;
	struct hvs_ic_version ih_framework;
	uint16_t	ih_type;	/* HVS_IC_ */
	struct hvs_ic_version ih_message;
	uint16_t	ih_size;	/* bytes behind this header */
	uint32_t	ih_status;	/* 0 is success */
	uint8_t		ih_xact;
	uint8_t		ih_flags;	/* HVS_IC_FLAG_ */
	uint8_t		ih_reserved[2];
} __packed;
CTASSERT(sizeof (struct hvs_ic_header) == 28);

#define	HVS_IC_NEGOTIATE	0
#define	HVS_IC_HEARTBEAT	1

#define	HVS_IC_FLAG_XACT	0x01
#define	HVS_IC_FLAG_REQUEST	0x02
#define	HVS_IC_FLAG_RESPONSE	0x04

#define	HVS_IC_STATUS_FAIL	0x80004005

/* The host lists framework versions, then versions of the service. */
struct hvs_ic_negotiate {
	struct hvs_ic_header in_header;
	uint16_t	in_frameworks;
	uint16_t	in_messages;
	uint32_t	in_reserved;
	struct hvs_ic_version in_version[];
} __packed;
CTASSERT(sizeof (struct hvs_ic_negotiate) == 36);

struct hvs_ic_heartbeat {
	struct hvs_ic_header ib_header;
	uint64_t	ib_sequence;	/* goes back one higher */
	uint32_t	ib_reserved[8];	/* not in every host's */
} __packed;
CTASSERT(sizeof (struct hvs_ic_heartbeat) == 68);

#endif	/* !_DEV_HVSAMPLE_HVS_IC_H_ */
