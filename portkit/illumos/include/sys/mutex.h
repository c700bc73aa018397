/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Mutual exclusion locks: mutex(9F).
 */

#ifndef _SYS_MUTEX_H
#define	_SYS_MUTEX_H

#include <sys/types.h>

/*
 * A driver uses MUTEX_DRIVER; the last argument of mutex_init() is the
 * interrupt priority of a handler that takes the lock, or NULL.
 */
typedef enum {
	MUTEX_ADAPTIVE = 0,
	MUTEX_SPIN,
	MUTEX_DRIVER = 4,
	MUTEX_DEFAULT = 6
} kmutex_type_t;

struct mutex {
	void *_opaque[1];
};

typedef struct mutex kmutex_t;
struct _kthread;
struct pad_mutex {
	kmutex_t pad_mutex;
	char pad_pad[56];
};

typedef struct pad_mutex pad_mutex_t;

void mutex_init(kmutex_t *, char *, kmutex_type_t, void *);
void mutex_destroy(kmutex_t *);
void mutex_enter(kmutex_t *);
int mutex_tryenter(kmutex_t *);
void mutex_exit(kmutex_t *);
int mutex_owned(const kmutex_t *);
struct _kthread *mutex_owner(const kmutex_t *);

#define	MUTEX_HELD(lock)	(mutex_owned(lock))
#define	MUTEX_NOT_HELD(lock)	(!mutex_owned(lock) || panicstr != NULL)

#endif	/* _SYS_MUTEX_H */
