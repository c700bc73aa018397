/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

#ifndef _BSD_SBUF_H
#define	_BSD_SBUF_H

/*
 * Text that is put together in a buffer of a fixed size, as sbuf(9) of FreeBSD
 * does; what does not fit is lost.
 */

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bsd_sbuf {
	char	*buf;
	size_t	size;
	size_t	len;		/* without the final NUL */
};

extern void bsd_sbuf_init(struct bsd_sbuf *, char *, size_t);
extern int bsd_sbuf_printf(struct bsd_sbuf *, const char *, ...);

#ifdef __cplusplus
}
#endif

#endif	/* _BSD_SBUF_H */
