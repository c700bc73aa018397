/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Universally unique identifiers (RFC 4122), as a structure and as an array
 * of bytes.
 */

#ifndef _SYS_UUID_H
#define	_SYS_UUID_H

#include <sys/types.h>
#include <sys/byteorder.h>

#define	UUID_LEN	16
#define	UUID_PRINTABLE_STRING_LENGTH	37
struct uuid {
	uint32_t time_low;
	uint16_t time_mid;
	uint16_t time_hi_and_version;
	uint8_t clock_seq_hi_and_reserved;
	uint8_t clock_seq_low;
	uint8_t node_addr[6];
};

typedef uchar_t uuid_t[UUID_LEN];
typedef struct {
	uint8_t nodeID[6];
} uuid_node_t;

#endif	/* _SYS_UUID_H */
