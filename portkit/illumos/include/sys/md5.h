/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Message digests (RFC 1321, md5(3EXT)). The functions are in misc/md5, which
 * the kernel loads when one is called for the first time.
 */

#ifndef _SYS_MD5_H
#define	_SYS_MD5_H

#include <sys/types.h>

#define	MD5_DIGEST_LENGTH	16
typedef struct {
	uint32_t state[4];
	uint32_t count[2];
	union {
		uint8_t buf8[64];
		uint32_t buf32[16];
	} buf_un;
} MD5_CTX;

void MD5Init(MD5_CTX *);
void MD5Update(MD5_CTX *, const void *, unsigned int);
void MD5Final(void *, MD5_CTX *);

#endif	/* _SYS_MD5_H */
