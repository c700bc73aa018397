/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Events to wait for: poll(2), chpoll(9E).
 */

#ifndef _SYS_POLL_H
#define	_SYS_POLL_H

#include <sys/types.h>
#include <sys/mutex.h>

struct pollfd {
	int fd;
	short events;
	short revents;
};

#define	POLLIN	0x1
#define	POLLPRI	0x2
#define	POLLOUT	0x4
#define	POLLRDNORM	0x40
#define	POLLWRNORM	4
#define	POLLRDBAND	0x80
#define	POLLWRBAND	0x100
#define	POLLNORM	64
#define	POLLERR	0x8
#define	POLLHUP	0x10
#define	POLLNVAL	0x20
#define	POLLET	0x2000

/* chpoll(9E) hands out the head of the list of those who wait. */
struct polldat;
struct pollhead {
	struct polldat *ph_list;
	void *ph_pad1;
	short ph_pad2;
};

typedef struct pollhead pollhead_t;
void pollwakeup(pollhead_t *, short);
int polllock(pollhead_t *, kmutex_t *);
void pollhead_clean(pollhead_t *);

/* What else a driver may expect from this header. */
#include <sys/thread.h>

#endif	/* _SYS_POLL_H */
