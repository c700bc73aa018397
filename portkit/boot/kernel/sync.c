/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The table of locks, condition variables and semaphores, and the queues of
 * those who wait for them.
 *
 * mutex(9F), rwlock(9F), semaphore(9F) and condvar(9F) all ask that their
 * objects be initialised before use and destroyed before their memory is
 * freed. A real kernel takes zeroed memory for a free lock, and so a driver
 * that forgets mutex_init() works until it meets memory that is not zeroed;
 * here it does not.
 */

#include "ksync.h"

#define	BUCKETS	4096
#define	PAGE_OF(addr)	((uintptr_t)(addr) >> 12)
#define	LARGEST	sizeof (ksema_t)	/* of all these objects */

static struct ksync *buckets[BUCKETS];
static struct ksync *spare;
static uint64_t next_id = 1;

static const char *const words[KS_KINDS] = {
	"mutex", "rwlock", "condition variable", "semaphore"
};
static const char *const inits[KS_KINDS] = {
	"mutex_init", "rw_init", "cv_init", "sema_init"
};
static const char *const destroys[KS_KINDS] = {
	"mutex_destroy", "rw_destroy", "cv_destroy", "sema_destroy"
};
static const uint_t alignments[KS_KINDS] = {
	sizeof (void *), sizeof (void *), sizeof (ushort_t), sizeof (void *)
};

const char *
ksync_word(const struct ksync *ks)
{
	return (words[ks->ks_kind]);
}

static struct ksync **
bucket(uintptr_t addr)
{
	uint64_t hash = PAGE_OF(addr) * 0x9e3779b97f4a7c15UL;

	return (&buckets[hash >> 52]);
}

static struct ksync *
find(uintptr_t addr)
{
	struct ksync *ks;

	for (ks = *bucket(addr); ks != NULL; ks = ks->ks_next) {
		if (ks->ks_addr == addr)
			return (ks);
	}
	return (NULL);
}

struct ksync *
ksync_find(enum ksync_kind kind, const void *addr)
{
	struct ksync *ks = find((uintptr_t)addr);

	return (ks != NULL && ks->ks_kind == kind && ks->ks_live ? ks : NULL);
}

/*
 * At the end of its bucket: what is looked through is then always looked
 * through in the same order.
 */
static struct ksync *
create(uintptr_t addr)
{
	struct ksync **ksp, *ks;

	if ((ks = spare) != NULL) {
		spare = ks->ks_next;
		memset(ks, 0, sizeof (*ks));
	} else {
		ks = hc_alloc(sizeof (*ks));
	}
	ks->ks_addr = addr;
	for (ksp = bucket(addr); *ksp != NULL; ksp = &(*ksp)->ks_next)
		;
	*ksp = ks;
	return (ks);
}

/*
 * Takes it out of the table. Its memory stays a struct ksync, for edges of the
 * lock order that still point here are recognised as old by the id. One with
 * waiters is abandoned: they hang, as they would.
 */
static void
discard(struct ksync *ks)
{
	struct ksync **ksp;

	for (ksp = bucket(ks->ks_addr); *ksp != ks; ksp = &(*ksp)->ks_next)
		;
	*ksp = ks->ks_next;
	korder_forget(ks);
	ks->ks_id = 0;
	ks->ks_live = B_FALSE;
	ks->ks_gone = B_TRUE;
	if (ks->ks_queue.kq_count != 0)
		return;
	ks->ks_next = spare;
	spare = ks;
}

/*
 * What a message calls it: its name, if the driver gave it one, and where it
 * is.
 */
static void
label(struct ksync *ks, const char *name)
{
	const char *module = hc_module_of(ks->ks_class);
	char clipped[29];

	if (name != NULL && name[0] != '\0') {
		(void) kformat(ks->ks_label, sizeof (ks->ks_label),
		    "\"%s\" at 0x%lx", kclip(clipped, sizeof (clipped), name),
		    (ulong_t)ks->ks_addr);
	} else {
		(void) kformat(ks->ks_label, sizeof (ks->ks_label),
		    "at 0x%lx%s%s", (ulong_t)ks->ks_addr,
		    module != NULL ? " of " : "",
		    kclip(clipped, sizeof (clipped), module));
	}
}

static void
fresh(struct ksync *ks, enum ksync_kind kind, const char *name,
    const void *site)
{
	uintptr_t addr = ks->ks_addr;
	struct ksync *next = ks->ks_next;

	korder_forget(ks);
	memset(ks, 0, sizeof (*ks));
	ks->ks_addr = addr;
	ks->ks_next = next;
	ks->ks_id = next_id++;
	ks->ks_kind = kind;
	ks->ks_live = B_TRUE;
	ks->ks_class = site;
	label(ks, name);
}

struct ksync *
ksync_init(enum ksync_kind kind, void *addr, const char *name,
    const void *site, const char *called)
{
	struct ksync *ks;

	/* A real kernel writes here, too; that may be what is wrong. */
	(void) *(volatile char *)addr;
	if ((uintptr_t)addr % alignments[kind] != 0) {
		hc_violation("lock", "%s: 0x%lx is not aligned on a boundary "
		    "of %u bytes", called, (ulong_t)addr, alignments[kind]);
	}
	if ((ks = find((uintptr_t)addr)) == NULL) {
		ks = create((uintptr_t)addr);
	} else if (ks->ks_live) {
		hc_violation("lock", "%s: %s %s is initialised already, and "
		    "was not given to %s(9F) since", called, ksync_word(ks),
		    ks->ks_label, destroys[ks->ks_kind]);
		kmutex_break(ks);
		if (ks->ks_queue.kq_count != 0) {
			discard(ks);
			ks = create((uintptr_t)addr);
		}
	}
	fresh(ks, kind, name, site);
	return (ks);
}

struct ksync *
ksync_use(enum ksync_kind kind, const void *addr, const char *called)
{
	struct ksync *ks = find((uintptr_t)addr);

	(void) *(volatile const char *)addr;
	if (ks != NULL && ks->ks_live && ks->ks_kind == kind)
		return (ks);
	if (ks == NULL) {
		hc_violation("lock", "%s: the %s at 0x%lx was not initialised "
		    "with %s(9F)", called, words[kind], (ulong_t)addr,
		    inits[kind]);
		ks = create((uintptr_t)addr);
	} else if (ks->ks_live) {
		hc_violation("lock", "%s: %s %s is no %s", called,
		    ksync_word(ks), ks->ks_label, words[kind]);
	} else {
		hc_violation("lock", "%s: %s %s was destroyed", called,
		    ksync_word(ks), ks->ks_label);
	}
	/* As a free lock it is of more use than as a panic. */
	if (ks->ks_live || ks->ks_queue.kq_count == 0)
		fresh(ks, kind, NULL, NULL);
	return (ks);
}

/*
 * For what mutex_destroy(9F) and the like have in common.
 */
void
ksync_destroy(struct ksync *ks, const char *called)
{
	if (ks->ks_owner != NULL || ks->ks_readers != 0) {
		hc_violation("lock", "%s: %s %s is held%s%s", called,
		    ksync_word(ks), ks->ks_label,
		    ks->ks_owner != NULL ? " by " : "",
		    ks->ks_owner != NULL ? ks->ks_owner->kt_name : "");
		kmutex_break(ks);
	}
	if (ks->ks_queue.kq_count != 0) {
		hc_violation("lock", "%s: %s waits for %s %s", called,
		    ks->ks_queue.kq_first->kt_name, ksync_word(ks),
		    ks->ks_label);
	}
	korder_forget(ks);
	ks->ks_id = next_id++;
	ks->ks_live = B_FALSE;
}

/*
 * One object whose memory goes away.
 */
static void
forget(struct ksync *ks)
{
	if (ks->ks_owner != NULL || ks->ks_readers != 0) {
		hc_violation("lock", "%s %s is held%s%s while its memory is "
		    "freed", ksync_word(ks), ks->ks_label,
		    ks->ks_owner != NULL ? " by " : "",
		    ks->ks_owner != NULL ? ks->ks_owner->kt_name : "");
		kmutex_break(ks);
	}
	if (ks->ks_queue.kq_count != 0) {
		hc_violation("lock", "%s waits for %s %s while its memory is "
		    "freed", ks->ks_queue.kq_first->kt_name, ksync_word(ks),
		    ks->ks_label);
	}
	discard(ks);
}

void
klock_forget(const void *addr, size_t len)
{
	uintptr_t from = (uintptr_t)addr, to = from + len, page;
	struct ksync *ks, *next;

	if (len == 0)
		return;
	for (page = PAGE_OF(from); page <= PAGE_OF(to - 1); page++) {
		for (ks = *bucket(page << 12); ks != NULL; ks = next) {
			next = ks->ks_next;
			if (PAGE_OF(ks->ks_addr) == page &&
			    ks->ks_addr >= from && ks->ks_addr < to)
				forget(ks);
		}
	}
}

/*
 * Waiting.
 */
void
kwait_join(struct kwaitq *kq)
{
	struct kthr *kt = kthr_self(), **ktp;

	for (ktp = &kq->kq_first; *ktp != NULL; ktp = &(*ktp)->kt_qnext)
		;
	*ktp = kt;
	kt->kt_qnext = NULL;
	kt->kt_queue = kq;
	kt->kt_woken = B_FALSE;
	kq->kq_count++;
}

static void
leave(struct kthr *kt)
{
	struct kwaitq *kq = kt->kt_queue;
	struct kthr **ktp;

	for (ktp = &kq->kq_first; *ktp != kt; ktp = &(*ktp)->kt_qnext)
		;
	*ktp = kt->kt_qnext;
	kt->kt_qnext = NULL;
	kt->kt_queue = NULL;
	kq->kq_count--;
}

int
kwait_block(struct kwaitq *kq, hc_time deadline, int flags, const char *why,
    const void *what)
{
	struct kthr *kt = kthr_self();
	int result = 0;

	kt->kt_thread.t_state = TS_SLEEP;
	while (!kt->kt_woken) {
		if ((flags & KWAIT_SIGNAL) && kt->kt_signal) {
			result = 2;
			break;
		}
		if (kblock(deadline, why, what) != 0 && !kt->kt_woken) {
			result = 1;
			break;
		}
	}
	kt->kt_thread.t_state = TS_ONPROC;
	if (!kt->kt_woken && kt->kt_queue == kq)
		leave(kt);
	return (result);
}

int
kwait(struct kwaitq *kq, hc_time deadline, int flags, const char *why,
    const void *what)
{
	kwait_join(kq);
	return (kwait_block(kq, deadline, flags, why, what));
}

struct kthr *
kwait_wake_one(struct kwaitq *kq)
{
	struct kthr *kt, *best = NULL;

	for (kt = kq->kq_first; kt != NULL; kt = kt->kt_qnext) {
		if (best == NULL || kthr_pri(kt) > kthr_pri(best))
			best = kt;
	}
	if (best != NULL) {
		leave(best);
		best->kt_woken = B_TRUE;
		best->kt_thread.t_state = TS_RUN;
		hc_wake(best->kt_ctx);
	}
	return (best);
}

void
kwait_wake_all(struct kwaitq *kq)
{
	while (kwait_wake_one(kq) != NULL)
		;
}
