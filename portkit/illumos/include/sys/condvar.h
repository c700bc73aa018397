/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Condition variables: condvar(9F). Timeouts of cv_timedwait() are deadlines
 * in clock ticks since boot; cv_reltimedwait() takes a length of time and its
 * resolution.
 */

#ifndef _SYS_CONDVAR_H
#define	_SYS_CONDVAR_H

#include <sys/types.h>
#include <sys/time.h>
#include <sys/mutex.h>

struct _kcondvar {
	ushort_t _opaque;
};

typedef struct _kcondvar kcondvar_t;
typedef enum {
	CV_DEFAULT = 0,
	CV_DRIVER
} kcv_type_t;

typedef enum {
	TR_NANOSEC = 0,
	TR_MICROSEC,
	TR_MILLISEC,
	TR_SEC,
	TR_CLOCK_TICK,
	TR_COUNT
} time_res_t;

#define	TIME_RES_VALID(res)	((res) >= TR_NANOSEC && (res) < TR_COUNT)

void cv_init(kcondvar_t *, char *, kcv_type_t, void *);
void cv_destroy(kcondvar_t *);
void cv_wait(kcondvar_t *, kmutex_t *);
clock_t cv_timedwait(kcondvar_t *, kmutex_t *, clock_t);
clock_t cv_timedwait_hires(kcondvar_t *, kmutex_t *, hrtime_t, hrtime_t, int);
clock_t cv_reltimedwait(kcondvar_t *, kmutex_t *, clock_t, time_res_t);
int cv_wait_sig(kcondvar_t *, kmutex_t *);
clock_t cv_timedwait_sig(kcondvar_t *, kmutex_t *, clock_t);
clock_t cv_reltimedwait_sig(kcondvar_t *, kmutex_t *, clock_t, time_res_t);
int cv_wait_sig_swap(kcondvar_t *, kmutex_t *);
int cv_timedwait_sig_hrtime(kcondvar_t *, kmutex_t *, hrtime_t);
void cv_signal(kcondvar_t *);
void cv_broadcast(kcondvar_t *);

#endif	/* _SYS_CONDVAR_H */
