/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Times: seconds and nanoseconds, and clocks that only go forward
 * (gethrtime(9F)).
 */

#ifndef _SYS_TIME_H
#define	_SYS_TIME_H

#include <sys/types.h>
#include <sys/mutex.h>

struct timeval {
	time_t tv_sec;
	suseconds_t tv_usec;
};

struct timespec {
	time_t tv_sec;
	long tv_nsec;
};

typedef struct timespec timespec_t;
typedef struct timespec timestruc_t;
typedef longlong_t hrtime_t;
struct timezone {
	int tz_minuteswest;
	int tz_dsttime;
};

struct itimerval {
	struct timeval it_interval;
	struct timeval it_value;
};

struct itimerspec {
	struct timespec it_interval;
	struct timespec it_value;
};

typedef struct itimerspec itimerspec_t;

/* The clocks of clock_gettime(3C). */
#define	CLOCK_REALTIME	3
#define	CLOCK_MONOTONIC	4
#define	CLOCK_HIGHRES	CLOCK_MONOTONIC

/* Parts of a second. */
#define	SEC	1
#define	MILLISEC	1000
#define	MICROSEC	1000000
#define	NANOSEC	1000000000LL
#define	SEC2NSEC(s)	(NANOSEC * (hrtime_t)(s))
#define	MSEC2NSEC(ms)	((hrtime_t)1000000 * (ms))
#define	USEC2NSEC(us)	((hrtime_t)1000 * (us))
#define	NSEC2SEC(ns)	((ns) / NANOSEC)
#define	NSEC2MSEC(ns)	((ns) / 1000000)
#define	NSEC2USEC(ns)	((ns) / 1000)

/* Clock ticks, of which there are hz in a second; rounded down, or up. */
#define	SEC_TO_TICK(s)		(hz * (s))
#define	TICK_TO_SEC(t)		((t) / (hz))
#define	TICK_TO_MSEC(t)		(msec_per_tick * (t))
#define	TICK_TO_USEC(t)		(usec_per_tick * (t))
#define	TICK_TO_NSEC(t)		(nsec_per_tick * (hrtime_t)(t))
#define	NSEC_TO_TICK(ns)	((ns) / (nsec_per_tick))
#define	USEC_TO_TICK(us)	((us) / (usec_per_tick))
#define	TIMEVAL_TO_TICK(tv)	\
	(USEC_TO_TICK((tv)->tv_usec) + SEC_TO_TICK((tv)->tv_sec))
#define	MSEC_TO_TICK(ms)	\
	(tick_per_msec ? tick_per_msec * (ms) : (ms) / msec_per_tick)
#define	NSEC_TO_TICK_ROUNDUP(ns)	\
	((ns) != 0 ? ((ns) - 1) / nsec_per_tick + 1 : 0)
#define	USEC_TO_TICK_ROUNDUP(us)	\
	((us) != 0 ? ((us) - 1) / usec_per_tick + 1 : 0)
#define	MSEC_TO_TICK_ROUNDUP(ms)	\
	(tick_per_msec ? tick_per_msec * (ms) : \
	(ms) != 0 ? ((ms) - 1) / msec_per_tick + 1 : 0)

/* The time of day and its chip; tod_lock is held around tod_set(). */
void tod_set(timestruc_t);
timestruc_t tod_get(void);
void set_hrestime(timestruc_t *);
void gethrestime(timespec_t *);
time_t gethrestime_sec(void);
void gethrestime_lasttick(timespec_t *);
hrtime_t gethrtime(void);
hrtime_t gethrtime_unscaled(void);
void scalehrtime(hrtime_t *);
void hrt2ts(hrtime_t, timestruc_t *);
hrtime_t ts2hrt(const timestruc_t *);
clock_t ddi_get_lbolt(void);
int64_t ddi_get_lbolt64(void);
void uniqtime(struct timeval *);
void hrt2tv(hrtime_t, struct timeval *);
hrtime_t tv2hrt(struct timeval *);
void timespecadd(timespec_t *, timespec_t *);
void timespecsub(timespec_t *, timespec_t *);
extern int tod_needsync;
extern kmutex_t tod_lock;
extern volatile timestruc_t hrestime;
extern int hz;
extern int nsec_per_tick;
extern int usec_per_tick;
extern int msec_per_tick;
extern int tick_per_msec;

/* What else a driver may expect from this header. */
#include <sys/feature_tests.h>
#include <sys/types32.h>

#endif	/* _SYS_TIME_H */
