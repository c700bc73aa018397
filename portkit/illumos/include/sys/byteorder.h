/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Conversion between host, network, little and big endian order:
 * byteorder(9F).
 */

#ifndef _SYS_BYTEORDER_H
#define	_SYS_BYTEORDER_H

#include <sys/isa_defs.h>
#include <sys/int_types.h>
#include <sys/types.h>

uint32_t htonl(uint32_t);
uint16_t htons(uint16_t);
uint32_t ntohl(uint32_t);
uint16_t ntohs(uint16_t);
uint64_t htonll(uint64_t);
uint64_t ntohll(uint64_t);

#define	BSWAP_8(n)	((uint8_t)(n))
#define	BSWAP_16(n)	((uint16_t)(((n) & 0xff) << 8 | ((n) >> 8 & 0xff)))
#define	BSWAP_32(n)	((uint32_t)BSWAP_16(n) << 16 | \
	BSWAP_16((uint32_t)(n) >> 16))
#define	BSWAP_64(n)	((uint64_t)BSWAP_32((uint32_t)(n)) << 32 | \
	BSWAP_32((uint32_t)((uint64_t)(n) >> 32)))

/* Host to and from a given order: of integers, ... */
#define	LE_8(x)		((uint8_t)(x))
#define	LE_16(x)	((uint16_t)(x))
#define	LE_32(x)	((uint32_t)(x))
#define	LE_64(x)	((uint64_t)(x))
#define	BE_8(x)		((uint8_t)BSWAP_8(x))
#define	BE_16(x)	((uint16_t)BSWAP_16((uint16_t)(x)))
#define	BE_32(x)	((uint32_t)BSWAP_32((uint32_t)(x)))
#define	BE_64(x)	((uint64_t)BSWAP_64((uint64_t)(x)))

/* ... and of what an unaligned pointer points at. */
#define	LE_IN8(p)	(((uint8_t *)(p))[0])
#define	LE_IN16(p)	\
	((uint16_t)(LE_IN8(p) | ((uint16_t)((uint8_t *)(p))[1] << 8)))
#define	LE_IN32(p)	\
	((uint32_t)LE_IN16(p) | ((uint32_t)LE_IN16((uint8_t *)(p) + 2) << 16))
#define	LE_IN64(p)	\
	((uint64_t)LE_IN32(p) | ((uint64_t)LE_IN32((uint8_t *)(p) + 4) << 32))
#define	BE_IN8(p)	LE_IN8(p)
#define	BE_IN16(p)	BE_16(LE_IN16(p))
#define	BE_IN32(p)	BE_32(LE_IN32(p))
#define	BE_IN64(p)	BE_64(LE_IN64(p))

/* Statements, not expressions; the value is evaluated more than once. */
#define	LE_OUT8(p, v)	(*(uint8_t *)(p) = (uint8_t)(v))
#define	LE_OUT16(p, v)	{						\
	LE_OUT8((uint8_t *)(p) + 1, (uint16_t)(v) >> 8);		\
	LE_OUT8(p, v);							\
}
#define	LE_OUT32(p, v)	{						\
	LE_OUT16((uint8_t *)(p) + 2, (uint32_t)(v) >> 16)		\
	LE_OUT16(p, v)							\
}
#define	LE_OUT64(p, v)	{						\
	LE_OUT32((uint8_t *)(p) + 4, (uint64_t)(v) >> 32)		\
	LE_OUT32(p, v)							\
}
#define	BE_OUT8(p, v)	LE_OUT8(p, v)
#define	BE_OUT16(p, v)	LE_OUT16(p, BE_16(v))
#define	BE_OUT32(p, v)	LE_OUT32(p, BE_32(v))
#define	BE_OUT64(p, v)	LE_OUT64(p, BE_64(v))

#endif	/* _SYS_BYTEORDER_H */
