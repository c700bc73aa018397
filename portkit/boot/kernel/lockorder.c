/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The order of locks. mutex(9F): "Always acquire mutexes in a consistent
 * order"; two that are taken in both orders can deadlock, though in most runs
 * they do not.
 *
 * An edge leads from a lock to one that was waited for while it was held. A
 * new edge that closes a circle is a violation, unless
 *   - some lock was held along the whole circle: then no two threads can be in
 *     it at once;
 *   - it is between locks of one class (initialised by the same call): those
 *     of a parent and its children, say, whose order the driver knows by other
 *     means.
 * mutex_tryenter(9F) does not wait, and so adds none.
 */

#include "ksync.h"

#define	LONGEST	12	/* circle that is looked for */
#define	BUDGET	4096	/* locks that are looked at, at most */

static uint64_t mark;
static uint_t budget;

void
korder_forget(struct ksync *ks)
{
	struct kedge *ke;

	while ((ke = ks->ks_edges) != NULL) {
		ks->ks_edges = ke->ke_next;
		hc_free(ke);
	}
}

static boolean_t
same_class(const struct ksync *a, const struct ksync *b)
{
	return (a->ks_kind == b->ks_kind && a->ks_class == b->ks_class &&
	    a->ks_class != NULL);
}

static boolean_t
has_gate(const struct kedge *ke, uint64_t id)
{
	uint_t i;

	for (i = 0; i < ke->ke_ngates; i++) {
		if (ke->ke_gates[i] == id)
			return (B_TRUE);
	}
	return (B_FALSE);
}

/*
 * The first edge of a way from one lock to another on which none of the gates
 * was held all along; NULL if there is none. Gates shrink on the way.
 */
static struct kedge *
way(struct ksync *from, const struct ksync *to, const uint64_t *gates,
    uint_t ngates, uint_t depth)
{
	uint64_t left[KS_GATES];
	struct kedge *ke;
	uint_t i, nleft;

	if (depth == 0 || from->ks_mark == mark || budget == 0)
		return (NULL);
	budget--;
	if (ngates == 0)
		from->ks_mark = mark;
	for (ke = from->ks_edges; ke != NULL; ke = ke->ke_next) {
		if (ke->ke_to->ks_id != ke->ke_to_id)
			continue;
		nleft = 0;
		for (i = 0; i < ngates; i++) {
			if (has_gate(ke, gates[i]))
				left[nleft++] = gates[i];
		}
		if (ke->ke_to == to) {
			if (nleft == 0)
				return (ke);
		} else if (way(ke->ke_to, to, left, nleft, depth - 1) != NULL) {
			return (ke);
		}
	}
	return (NULL);
}

static void
check(struct ksync *from, struct ksync *to, const struct kedge *new,
    const char *called)
{
	struct kedge *ke;

	mark++;
	budget = BUDGET;
	ke = way(to, from, new->ke_gates, new->ke_ngates, LONGEST);
	if (ke == NULL)
		return;
	if (ke->ke_to == from) {
		hc_violation("lock", "%s: %s %s is taken while %s %s is held; "
		    "in thread %s the second was taken while the first was "
		    "held", called, ksync_word(to), to->ks_label,
		    ksync_word(from), from->ks_label, ke->ke_thread);
	} else {
		hc_violation("lock", "%s: %s %s is taken while %s %s is held; "
		    "elsewhere the second is taken while the first is held, by "
		    "way of %s %s (thread %s)", called, ksync_word(to),
		    to->ks_label, ksync_word(from), from->ks_label,
		    ksync_word(ke->ke_to), ke->ke_to->ks_label, ke->ke_thread);
	}
}

static void
edge(struct kthr *kt, struct ksync *from, struct ksync *to,
    const char *called)
{
	uint64_t gates[KS_GATES];
	struct kedge *ke, **kep;
	uint_t i, n = 0;

	for (i = 0; i < kt->kt_nheld; i++) {
		struct khold *kh = &kt->kt_held[i];

		/* Two readers do not keep one another out. */
		if (kh->kh_sync != from && !kh->kh_reader && n < KS_GATES)
			gates[n++] = kh->kh_sync->ks_id;
	}
	for (kep = &from->ks_edges; (ke = *kep) != NULL; ) {
		if (ke->ke_to->ks_id != ke->ke_to_id) {
			*kep = ke->ke_next;
			hc_free(ke);
			continue;
		}
		if (ke->ke_to == to)
			break;
		kep = &ke->ke_next;
	}
	if (ke != NULL) {
		uint_t kept = 0, j;

		for (i = 0; i < ke->ke_ngates; i++) {
			for (j = 0; j < n && gates[j] != ke->ke_gates[i]; j++)
				;
			if (j < n)
				ke->ke_gates[kept++] = ke->ke_gates[i];
		}
		if (kept == ke->ke_ngates)
			return;
		ke->ke_ngates = kept;
	} else {
		ke = hc_alloc(sizeof (*ke));
		ke->ke_next = from->ks_edges;
		ke->ke_to = to;
		ke->ke_to_id = to->ks_id;
		memcpy(ke->ke_gates, gates, n * sizeof (gates[0]));
		ke->ke_ngates = n;
		from->ks_edges = ke;
	}
	(void) kclip(ke->ke_thread, sizeof (ke->ke_thread), kt->kt_name);
	check(from, to, ke, called);
}

void
korder_enter(struct ksync *ks, const char *called)
{
	struct kthr *kt = kthr_self();
	uint_t i;

	for (i = 0; i < kt->kt_nheld; i++) {
		struct ksync *from = kt->kt_held[i].kh_sync;

		if (from != ks && !same_class(from, ks))
			edge(kt, from, ks, called);
	}
}
