/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Counting semaphores: semaphore(9F). There is no wait with a timeout.
 */

#ifndef _SYS_SEMAPHORE_H
#define	_SYS_SEMAPHORE_H

#include <sys/types.h>

struct _kthread;
struct _ksema {
	void *_opaque[2];
};

typedef enum {
	SEMA_DEFAULT = 0,
	SEMA_DRIVER
} ksema_type_t;

typedef struct _ksema ksema_t;

void sema_init(ksema_t *, uint32_t, char *, ksema_type_t, void *);
void sema_destroy(ksema_t *);
void sema_p(ksema_t *);
int sema_p_sig(ksema_t *);
void sema_v(ksema_t *);
int sema_tryp(ksema_t *);
int sema_held(ksema_t *);
#define	SEMA_HELD(sema)	(sema_held(sema))

/* What else a driver may expect from this header. */
#include <sys/thread.h>

#endif	/* _SYS_SEMAPHORE_H */
