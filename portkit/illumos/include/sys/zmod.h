/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Compression (RFC 1950) of a whole buffer at once.
 */

#ifndef _SYS_ZMOD_H
#define	_SYS_ZMOD_H

#include <sys/types.h>

#define	Z_OK	0
#define	Z_STREAM_END	1
#define	Z_NEED_DICT	2
#define	Z_ERRNO	(-1)
#define	Z_STREAM_ERROR	(-2)
#define	Z_DATA_ERROR	(-3)
#define	Z_MEM_ERROR	(-4)
#define	Z_BUF_ERROR	(-5)
#define	Z_VERSION_ERROR	(-6)
#define	Z_NO_COMPRESSION	0
#define	Z_BEST_SPEED	1
#define	Z_BEST_COMPRESSION	9
#define	Z_DEFAULT_COMPRESSION	(-1)
/* The lengths are those of the room on the call, of the result after it. */
int z_compress(void *, size_t *, const void *, size_t);
int z_compress_level(void *, size_t *, const void *, size_t, int);
int z_uncompress(void *, size_t *, const void *, size_t);
const char *z_strerror(int);

#endif	/* _SYS_ZMOD_H */
