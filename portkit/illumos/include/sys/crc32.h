/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The cyclic redundancy check of Ethernet and gzip, by a table of what each
 * byte does to it.
 */

#ifndef _SYS_CRC32_H
#define	_SYS_CRC32_H

#include <sys/types.h>

/* Bit 31 - n of the polynomial is the coefficient of the power n. */
#define	CRC32_POLY	0xedb88320U
extern const uint32_t crc32_table[256];

/* Makes such a table of another polynomial. */
#define	CRC32_INIT(table, poly)	{					\
	uint32_t _byte, _rest;						\
	int _bit;							\
	for (_byte = 0; _byte <= 0xff; _byte++) {			\
		_rest = _byte;						\
		for (_bit = 0; _bit < 8; _bit++) {			\
			_rest = (_rest & 1) != 0 ?			\
			    (poly) ^ _rest / 2 : _rest / 2;		\
		}							\
		(table)[_byte] = _rest;					\
	}								\
}

/*
 * Sets crc to that of a buffer. seed is 0 or all ones, or the crc of what is
 * ahead of the buffer.
 */
#define	CRC32(crc, buffer, length, seed, table)	{			\
	const uint8_t *_at = (const uint8_t *)(buffer);			\
	size_t _left = (length);					\
	uint32_t _rest = (seed);					\
	for (; _left > 0; _left--, _at++)				\
		_rest = (table)[(uint8_t)_rest ^ *_at] ^ (_rest >> 8); \
	(crc) = _rest;							\
}

#endif	/* _SYS_CRC32_H */
