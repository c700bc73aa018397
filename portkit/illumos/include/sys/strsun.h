/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Message blocks: MBLKL(9F) and its like. They come with the STREAMS headers.
 */

#ifndef _SYS_STRSUN_H
#define	_SYS_STRSUN_H

#include <sys/types.h>
#include <sys/stream.h>

#endif	/* _SYS_STRSUN_H */
