/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What a thread holds, and the priority that it is lent for it by those who
 * wait.
 */

#include "ksync.h"

void
kthr_hold(struct kthr *kt, struct ksync *ks, boolean_t reader)
{
	if (kt->kt_nheld == kt->kt_maxheld) {
		uint_t max = kt->kt_maxheld == 0 ? 8 : 2 * kt->kt_maxheld;
		struct khold *held = hc_alloc(max * sizeof (*held));

		if (kt->kt_held != NULL) {
			memcpy(held, kt->kt_held,
			    kt->kt_nheld * sizeof (*held));
			hc_free(kt->kt_held);
		}
		kt->kt_held = held;
		kt->kt_maxheld = max;
	}
	kt->kt_held[kt->kt_nheld].kh_sync = ks;
	kt->kt_held[kt->kt_nheld].kh_reader = reader;
	hc_trace_take(&kt->kt_held[kt->kt_nheld].kh_trace);
	kt->kt_nheld++;
}

/* The newest hold, if there are several of one lock. */
struct khold *
kthr_holds(struct kthr *kt, const struct ksync *ks)
{
	uint_t i;

	for (i = kt->kt_nheld; i > 0; i--) {
		if (kt->kt_held[i - 1].kh_sync == ks)
			return (&kt->kt_held[i - 1]);
	}
	return (NULL);
}

boolean_t
kthr_drop(struct kthr *kt, struct ksync *ks, boolean_t reader)
{
	struct khold *kh = kthr_holds(kt, ks);

	if (kh == NULL || kh->kh_reader != reader)
		return (B_FALSE);
	kt->kt_nheld--;
	for (; kh < &kt->kt_held[kt->kt_nheld]; kh++)
		kh[0] = kh[1];
	return (B_TRUE);
}

/*
 * Priority is lent along the chain of those who hold what others wait for, and
 * given back when a lock is released.
 */
pri_t
kthr_pri(const struct kthr *kt)
{
	return (kt->kt_lent > kt->kt_thread.t_pri ?
	    kt->kt_lent : kt->kt_thread.t_pri);
}

void
kthr_lend(struct kthr *to, pri_t pri)
{
	int depth;

	for (depth = 0; depth < 8 && kthr_pri(to) < pri; depth++) {
		to->kt_lent = pri;
		if (to->kt_ctx != NULL)
			hc_set_pri(to->kt_ctx, pri);
		if (to->kt_wants == NULL || to->kt_wants->ks_owner == NULL)
			break;
		to = to->kt_wants->ks_owner;
	}
}

void
kthr_unlend(struct kthr *kt)
{
	pri_t lent = 0;
	uint_t i;

	if (kt->kt_lent == 0)
		return;
	for (i = 0; i < kt->kt_nheld; i++) {
		struct kthr *w = kt->kt_held[i].kh_sync->ks_queue.kq_first;

		for (; w != NULL; w = w->kt_qnext) {
			if (kthr_pri(w) > lent)
				lent = kthr_pri(w);
		}
	}
	kt->kt_lent = lent;
	if (kt->kt_ctx != NULL)
		hc_set_pri(kt->kt_ctx, kthr_pri(kt));
}
