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

/* Parts of a second. */
#define	SEC	1
#define	MILLISEC	1000
#define	MICROSEC	1000000
#define	NANOSEC	1000000000LL
#define	USEC2NSEC(m)	((hrtime_t)(m) * (NANOSEC / MICROSEC))
#define	MSEC2NSEC(m)	((hrtime_t)(m) * (NANOSEC / MILLISEC))
#define	SEC2NSEC(m)	((hrtime_t)(m) * (NANOSEC / SEC))
#define	NSEC2MSEC(n)	((n) / (NANOSEC / MILLISEC))

#define	TICK_TO_SEC(tick)	((tick) / hz)
#define	SEC_TO_TICK(sec)	((sec) * hz)
#define	TICK_TO_MSEC(tick)	((tick) * msec_per_tick)
#define	MSEC_TO_TICK(msec)	(tick_per_msec != 0 ? \
	(msec) * tick_per_msec : (msec) / msec_per_tick)
#define	MSEC_TO_TICK_ROUNDUP(msec)	(tick_per_msec != 0 ? \
	(msec) * tick_per_msec : \
	(msec) == 0 ? 0 : ((msec) - 1) / msec_per_tick + 1)
#define	TICK_TO_USEC(tick)	((tick) * usec_per_tick)
#define	USEC_TO_TICK(usec)	((usec) / usec_per_tick)
#define	USEC_TO_TICK_ROUNDUP(usec)	\
	((usec) == 0 ? 0 : USEC_TO_TICK((usec) - 1) + 1)
#define	TICK_TO_NSEC(tick)	((hrtime_t)(tick) * nsec_per_tick)
#define	NSEC_TO_TICK(nsec)	((nsec) / nsec_per_tick)
#define	NSEC_TO_TICK_ROUNDUP(nsec)	\
	((nsec) == 0 ? 0 : NSEC_TO_TICK((nsec) - 1) + 1)

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
