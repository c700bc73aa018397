/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Asynchronous I/O requests: aread(9E), aphysio(9F).
 */

#ifndef _SYS_AIO_REQ_H
#define	_SYS_AIO_REQ_H

#include <sys/types.h>

struct aio_req {
	struct uio *aio_uio;
	void *aio_private;
};

/* What else a driver may expect from this header. */
#include <sys/buf.h>

#endif	/* _SYS_AIO_REQ_H */
