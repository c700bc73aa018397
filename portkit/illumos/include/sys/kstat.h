/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Statistics that the kernel exports: kstat_create(9F), kstat(9S).
 */

#ifndef _SYS_KSTAT_H
#define	_SYS_KSTAT_H

#include <sys/types.h>
#include <sys/time.h>
#include <sys/t_lock.h>

typedef int kid_t;
#define	KSTAT_STRLEN	31
struct kstat {
	hrtime_t ks_crtime;
	struct kstat *ks_next;
	kid_t ks_kid;
	char ks_module[31];
	uchar_t ks_resv;
	int ks_instance;
	char ks_name[31];
	uchar_t ks_type;
	char ks_class[31];
	uchar_t ks_flags;
	void *ks_data;
	uint_t ks_ndata;
	size_t ks_data_size;
	hrtime_t ks_snaptime;
	int (*ks_update)(struct kstat *, int);
	void *ks_private;
	int (*ks_snapshot)(struct kstat *, void *, int);
	void *ks_lock;
};

typedef struct kstat kstat_t;
#define	KSTAT_TYPE_RAW	0
#define	KSTAT_TYPE_NAMED	1
#define	KSTAT_TYPE_INTR	2
#define	KSTAT_TYPE_IO	3
#define	KSTAT_TYPE_TIMER	4
#define	KSTAT_NUM_TYPES	5
#define	KSTAT_FLAG_VIRTUAL	0x1
#define	KSTAT_FLAG_VAR_SIZE	0x2
#define	KSTAT_FLAG_WRITABLE	0x4
#define	KSTAT_FLAG_PERSISTENT	0x8
#define	KSTAT_FLAG_DORMANT	0x10
#define	KSTAT_FLAG_INVALID	0x20
#define	KSTAT_FLAG_LONGSTRINGS	0x40
#define	KSTAT_READ	0
#define	KSTAT_WRITE	1

/* kstat_named(9S): what a name stands for. */
struct kstat_named {
	char name[31];
	uchar_t data_type;
	union {
		char c[16];
		int32_t i32;
		uint32_t ui32;
		struct {
			union {
				char *ptr;
				caddr32_t ptr32;
				char __pad[8];
			} addr;
			uint32_t len;
		} str;
		int64_t i64;
		uint64_t ui64;
		long l;
		ulong_t ul;
		longlong_t ll;
		u_longlong_t ull;
		float f;
		double d;
	} value;
};

typedef struct kstat_named kstat_named_t;
#define	KSTAT_DATA_CHAR	0
#define	KSTAT_DATA_INT32	1
#define	KSTAT_DATA_UINT32	2
#define	KSTAT_DATA_INT64	3
#define	KSTAT_DATA_UINT64	4
#define	KSTAT_DATA_LONG	7
#define	KSTAT_DATA_ULONG	8
#define	KSTAT_DATA_STRING	9
#define	KSTAT_DATA_LONGLONG	3
#define	KSTAT_DATA_ULONGLONG	4
#define	KSTAT_DATA_FLOAT	5
#define	KSTAT_DATA_DOUBLE	6

/* kstat_intr(9S). */
#define	KSTAT_INTR_HARD	0
#define	KSTAT_INTR_SOFT	1
#define	KSTAT_INTR_WATCHDOG	2
#define	KSTAT_INTR_SPURIOUS	3
#define	KSTAT_INTR_MULTSVC	4
#define	KSTAT_NUM_INTRS	5
struct kstat_intr {
	uint_t intrs[5];
};

typedef struct kstat_intr kstat_intr_t;

/* kstat_io(9S). */
struct kstat_io {
	u_longlong_t nread;
	u_longlong_t nwritten;
	uint_t reads;
	uint_t writes;
	hrtime_t wtime;
	hrtime_t wlentime;
	hrtime_t wlastupdate;
	hrtime_t rtime;
	hrtime_t rlentime;
	hrtime_t rlastupdate;
	uint_t wcnt;
	uint_t rcnt;
};

typedef struct kstat_io kstat_io_t;
struct kstat_timer {
	char name[31];
	uchar_t resv;
	u_longlong_t num_events;
	hrtime_t elapsed_time;
	hrtime_t min_time;
	hrtime_t max_time;
	hrtime_t start_time;
	hrtime_t stop_time;
};

typedef struct kstat_timer kstat_timer_t;

#define	KSTAT_NAMED_PTR(k)		((kstat_named_t *)(k)->ks_data)
#define	KSTAT_INTR_PTR(k)		((kstat_intr_t *)(k)->ks_data)
#define	KSTAT_IO_PTR(k)			((kstat_io_t *)(k)->ks_data)
#define	KSTAT_TIMER_PTR(k)		((kstat_timer_t *)(k)->ks_data)
#define	KSTAT_NAMED_STR_PTR(n)		((n)->value.str.addr.ptr)
#define	KSTAT_NAMED_STR_BUFLEN(n)	((n)->value.str.len)
#define	KSTAT_UPDATE(k, how)		((k)->ks_update((k), (how)))
#define	KSTAT_ENTER(k)	do {						\
	if ((k)->ks_lock != NULL)					\
		mutex_enter((k)->ks_lock);				\
_NOTE(CONSTCOND) } while (0)
#define	KSTAT_EXIT(k)	do {						\
	if ((k)->ks_lock != NULL)					\
		mutex_exit((k)->ks_lock);				\
_NOTE(CONSTCOND) } while (0)

kstat_t *kstat_create(const char *, int, const char *, const char *, uchar_t,
    uint_t, uchar_t);
kstat_t *kstat_create_zone(const char *, int, const char *, const char *,
    uchar_t, uint_t, uchar_t, zoneid_t);
void kstat_install(kstat_t *);
void kstat_delete(kstat_t *);
void kstat_named_setstr(kstat_named_t *, const char *);
void kstat_set_string(char *, const char *);
void kstat_delete_byname(const char *, int, const char *);
void kstat_named_init(kstat_named_t *, const char *, uchar_t);
void kstat_timer_init(kstat_timer_t *, const char *);
void kstat_waitq_enter(kstat_io_t *);
void kstat_waitq_exit(kstat_io_t *);
void kstat_runq_enter(kstat_io_t *);
void kstat_runq_exit(kstat_io_t *);
void kstat_waitq_to_runq(kstat_io_t *);
void kstat_runq_back_to_waitq(kstat_io_t *);
void kstat_timer_start(kstat_timer_t *);
void kstat_timer_stop(kstat_timer_t *);

#endif	/* _SYS_KSTAT_H */
