/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Locks for many readers or one writer: rwlock(9F).
 */

#ifndef _SYS_RWLOCK_H
#define	_SYS_RWLOCK_H

#include <sys/types.h>

typedef enum {
	RW_DRIVER = 2,
	RW_DEFAULT = 4
} krw_type_t;

typedef enum {
	RW_WRITER = 0,
	RW_READER,
	RW_READER_STARVEWRITER
} krw_t;

struct _krwlock {
	void *_opaque[1];
};

typedef struct _krwlock krwlock_t;
struct _kthread;

void rw_init(krwlock_t *, char *, krw_type_t, void *);
void rw_destroy(krwlock_t *);
void rw_enter(krwlock_t *, krw_t);
int rw_tryenter(krwlock_t *, krw_t);
void rw_exit(krwlock_t *);
void rw_downgrade(krwlock_t *);
int rw_tryupgrade(krwlock_t *);
int rw_read_held(krwlock_t *);
int rw_write_held(krwlock_t *);
int rw_lock_held(krwlock_t *);
int rw_read_locked(krwlock_t *);
int rw_iswriter(krwlock_t *);
struct _kthread *rw_owner(krwlock_t *);

#define	RW_READ_HELD(lock)	(rw_read_held(lock))
#define	RW_WRITE_HELD(lock)	(rw_write_held(lock))
#define	RW_LOCK_HELD(lock)	(rw_lock_held(lock))
#define	RW_ISWRITER(lock)	(rw_iswriter(lock))

#endif	/* _SYS_RWLOCK_H */
