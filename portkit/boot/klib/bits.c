/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Bits of words and the order of bytes: ddi_ffs(9F), byteorder(9F); and binary
 * coded decimal. Bits are counted from 1, and 0 stands for none.
 */

#include <sys/types.h>
#include <sys/bitmap.h>
#include <sys/byteorder.h>
#include <sys/sysmacros.h>
#include <sys/systm.h>
#include <sys/sunddi.h>

int
ddi_ffs(long mask)
{
	return (__builtin_ffsl(mask));
}

int
ddi_fls(long mask)
{
	return (mask == 0 ? 0 : 64 - __builtin_clzl((ulong_t)mask));
}

int
ffs(uintmax_t mask)
{
	return (__builtin_ffsl((long)mask));
}

int
lowbit(ulong_t mask)
{
	return (__builtin_ffsl((long)mask));
}

int
highbit(ulong_t mask)
{
	return (ddi_fls((long)mask));
}

int
highbit64(uint64_t mask)
{
	return (ddi_fls((long)mask));
}

int
odd_parity(ulong_t mask)
{
	return (__builtin_parityl(mask));
}

uint64_t
htonll(uint64_t n)
{
	return (__builtin_bswap64(n));
}

uint64_t
ntohll(uint64_t n)
{
	return (__builtin_bswap64(n));
}

uint32_t
htonl(uint32_t n)
{
	return (__builtin_bswap32(n));
}

uint32_t
ntohl(uint32_t n)
{
	return (__builtin_bswap32(n));
}

uint16_t
htons(uint16_t n)
{
	return ((uint16_t)(n << 8 | n >> 8));
}

uint16_t
ntohs(uint16_t n)
{
	return ((uint16_t)(n << 8 | n >> 8));
}

uint16_t
ddi_swap16(uint16_t n)
{
	return (ntohs(n));
}

uint32_t
ddi_swap32(uint32_t n)
{
	return (ntohl(n));
}

uint64_t
ddi_swap64(uint64_t n)
{
	return (ntohll(n));
}

/* Tens in the upper four bits; what is no number of two digits is 0. */
#define	TEN(b)		(b), (b) + 1, (b) + 2, (b) + 3, (b) + 4, \
			(b) + 5, (b) + 6, (b) + 7, (b) + 8, (b) + 9
#define	SIXTEEN(n)	TEN(n), 0, 0, 0, 0, 0, 0

unsigned char byte_to_bcd[256] = {
	TEN(0x00), TEN(0x10), TEN(0x20), TEN(0x30), TEN(0x40),
	TEN(0x50), TEN(0x60), TEN(0x70), TEN(0x80), TEN(0x90)
};

unsigned char bcd_to_byte[256] = {
	SIXTEEN(0), SIXTEEN(10), SIXTEEN(20), SIXTEEN(30), SIXTEEN(40),
	SIXTEEN(50), SIXTEEN(60), SIXTEEN(70), SIXTEEN(80), SIXTEEN(90)
};
