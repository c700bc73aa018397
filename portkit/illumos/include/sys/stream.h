/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * STREAMS messages and queues. Only what declarations elsewhere need: no
 * STREAMS driver is served yet.
 */

#ifndef _SYS_STREAM_H
#define	_SYS_STREAM_H

#include <sys/types.h>

struct queue;
typedef struct queue queue_t;
struct msgb;
typedef struct msgb mblk_t;
struct streamtab;

/* What else a driver may expect from this header. */
#include <sys/isa_defs.h>
#include <sys/kmem.h>
#include <sys/uio.h>
#include <sys/poll.h>
#include <sys/cred.h>
#include <sys/t_lock.h>
#include <sys/model.h>

#endif	/* _SYS_STREAM_H */
