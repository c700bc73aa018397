/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Shared among the files that make threads, locks and interrupts. A driver's
 * kmutex_t, kcondvar_t and so on are opaque words: what the kernel knows about
 * one is in a table beside them, by address.
 */

#ifndef _KSYNC_H
#define	_KSYNC_H

#include "kern.h"

/*
 * Those who wait for something. Woken threads leave the queue at once: a
 * thread that was woken before it got to block does not block.
 */
struct kthr;
struct kwaitq {
	struct kthr	*kq_first;
	uint_t		kq_count;
};

/* Returns 0 when woken, 1 at the deadline, 2 when a signal came (if asked). */
#define	KWAIT_SIGNAL	1
int	kwait(struct kwaitq *, hc_time deadline, int flags, const char *why,
	    const void *what);
/* The same in two steps, for what has to be done in between. */
void	kwait_join(struct kwaitq *);
int	kwait_block(struct kwaitq *, hc_time deadline, int flags,
	    const char *why, const void *what);
struct kthr *kwait_wake_one(struct kwaitq *);	/* highest priority first */
void	kwait_wake_all(struct kwaitq *);

/*
 * A lock, condition variable or semaphore.
 */
enum ksync_kind { KS_MUTEX, KS_RWLOCK, KS_CONDVAR, KS_SEMAPHORE, KS_KINDS };

#define	KS_GATES	6

struct kedge {
	struct kedge	*ke_next;
	struct ksync	*ke_to;
	uint64_t	ke_to_id;
	uint64_t	ke_gates[KS_GATES];	/* ids of other locks held */
	uint_t		ke_ngates;
	char		ke_thread[32];
};

struct ksync {
	struct ksync	*ks_next;	/* in its bucket, or free */
	uintptr_t	ks_addr;
	uint64_t	ks_id;		/* never used twice */
	enum ksync_kind	ks_kind;
	boolean_t	ks_live;	/* initialised, and not destroyed */
	boolean_t	ks_gone;	/* its memory was freed */
	char		ks_label[56];	/* name, address, module */
	const void	*ks_class;	/* who initialised it */
	struct kwaitq	ks_queue;
	struct kthr	*ks_owner;	/* mutex; rwlock held for writing */
	int		ks_depth;	/* further, forbidden, entries */
	int		ks_level;	/* of the interrupt that takes it */
	int		ks_oldlevel;	/* before a spin mutex raised it */
	uint_t		ks_readers;
	uint_t		ks_writers;	/* rwlock: how many wait to write */
	int64_t		ks_count;	/* semaphore */
	struct ksync	*ks_mutex;	/* condvar: of those who wait */
	struct kedge	*ks_edges;	/* locks that were taken under it */
	uint64_t	ks_mark;	/* search of the graph */
};

#define	KSYNC_SPIN(ks)	((ks)->ks_kind == KS_MUTEX && \
			    (ks)->ks_level > LOCK_LEVEL)

/*
 * ksync_init() records one; ksync_use() finds it for a use of it, with a
 * report when the driver has not initialised or has destroyed it; NULL never.
 */
struct ksync *ksync_init(enum ksync_kind, void *, const char *name,
	    const void *site, const char *called);
struct ksync *ksync_find(enum ksync_kind, const void *);
struct ksync *ksync_use(enum ksync_kind, const void *, const char *called);
void	ksync_destroy(struct ksync *, const char *called);
const char *ksync_word(const struct ksync *);	/* "mutex" */

/* lockorder.c: the lock is about to be waited for. */
void	korder_enter(struct ksync *, const char *called);
void	korder_forget(struct ksync *);

/* mutex.c: without point or order; for cv_wait(9F). */
void	kmutex_acquire(struct ksync *, const char *why);
void	kmutex_release(struct ksync *);
/* Gives up a lock that whoever holds it will not give up any more. */
void	kmutex_break(struct ksync *);
void	krw_break(struct ksync *, struct kthr *);
void	klock_break(struct kthr *, uint_t held);

/*
 * A thread. Interrupt threads, and those that the machine or a scenario makes,
 * have one, too.
 */
struct khold {
	struct ksync	*kh_sync;
	boolean_t	kh_reader;
	struct hc_trace	kh_trace;	/* who took it */
};

struct kthr {
	kthread_t	kt_thread;	/* must be the first member */
	hc_ctx		*kt_ctx;
	char		kt_name[48];
	struct kthr	*kt_next;	/* all that live */
	void		(*kt_func)(void *);
	void		*kt_arg;
	boolean_t	kt_ours;	/* may call thread_exit(9F) */
	boolean_t	kt_interrupt;	/* an interrupt thread */
	boolean_t	kt_cli;		/* interrupts are disabled */
	boolean_t	kt_signal;	/* a signal is pending */
	const char	*kt_nosleep;	/* why it may not, in a timeout: NULL */
	struct khold	*kt_held;
	uint_t		kt_nheld;
	uint_t		kt_maxheld;
	struct kwaitq	*kt_queue;	/* where it waits */
	struct kthr	*kt_qnext;
	boolean_t	kt_woken;
	struct ksync	*kt_wants;	/* the lock that it waits for */
	pri_t		kt_lent;	/* priority lent by those who wait */
	hc_time		kt_spun;
	boolean_t	kt_spun_told;
	void		**kt_tsd;
	uint_t		kt_tsd_count;
	lock_t		kt_lock;	/* thread_lock() */
};

struct kthr *kthr_self(void);
struct kthr *kthr_of(kthread_t *);
void	kthr_hold(struct kthr *, struct ksync *, boolean_t reader);
boolean_t kthr_drop(struct kthr *, struct ksync *, boolean_t reader);
struct khold *kthr_holds(struct kthr *, const struct ksync *);
pri_t	kthr_pri(const struct kthr *);
void	kthr_lend(struct kthr *to, pri_t);
void	kthr_unlend(struct kthr *);
struct kthr *kthr_list(void);
void	*kthr_interrupt_data(hc_ctx *);
void	ktsd_setup(void);
void	ktsd_exit(struct kthr *);

/*
 * context.c. Why the caller may not sleep, or NULL; `except' is the mutex that
 * cv_wait(9F) is about to release.
 */
const char *kctx_reason(const struct ksync *except);
int	kctx_interrupt_level(void);	/* 0 outside of interrupts */
/* A place where others may come in; nothing before the machine runs. */
void	kpoint(void);
char	*kclip(char *, size_t, const char *);
char	*kformat(char *, size_t, const char *, ...) HC_PRINTF(3, 4);

/* cpu.c, intr.c, softint.c */
void	kcpu_init(void);
void	kcpu_running(hc_ctx *, int);
void	kintr_setup(void);
boolean_t ksoft_vector(int vector, int *level);
void	ksoft_interrupt(int vector);

#endif	/* _KSYNC_H */
