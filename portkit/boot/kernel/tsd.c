/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Data of a thread's own, under keys of which 0 is none. A key that exists is
 * not made anew: drivers call tsd_create() in each of several places.
 */

#include <sys/types.h>
#include <sys/proc.h>

#include "ksync.h"

#define	KEYS	256

static struct tsd_key {
	boolean_t	tk_used;
	void		(*tk_destructor)(void *);
} keys[KEYS];

/*
 * As in a real kernel it is held while destructors run: one that runs at the
 * end of a thread is over when tsd_destroy() returns.
 */
static kmutex_t tsd_mutex;

void
ktsd_setup(void)
{
	(void) ksync_init(KS_MUTEX, &tsd_mutex, "tsd_mutex", NULL, "boot");
}

void
tsd_create(uint_t *keyp, void (*destructor)(void *))
{
	uint_t key;

	kpoint();
	(void) kctx_may_sleep("tsd_create");
	mutex_enter(&tsd_mutex);
	if (*keyp != 0) {
		mutex_exit(&tsd_mutex);
		return;
	}
	for (key = 1; key < KEYS && keys[key].tk_used; key++)
		;
	if (key == KEYS)
		hc_panic("tsd_create: there are %d keys already", KEYS - 1);
	keys[key].tk_used = B_TRUE;
	keys[key].tk_destructor = destructor;
	kr_add(KR_TSD, &keys[key], 0, "tsd_create");
	*keyp = key;
	mutex_exit(&tsd_mutex);
}

/*
 * The destructor may still ask for the value, as in a real kernel.
 */
static void
destroy_value(struct kthr *kt, uint_t key)
{
	struct kentry ke;

	if (key >= kt->kt_tsd_count || kt->kt_tsd[key] == NULL)
		return;
	if (keys[key].tk_destructor != NULL) {
		kentry_enter(&ke, "tsd_create's destructor");
		keys[key].tk_destructor(kt->kt_tsd[key]);
		kentry_leave(&ke);
	}
	kt->kt_tsd[key] = NULL;
}

void
tsd_destroy(uint_t *keyp)
{
	struct kthr *kt;
	uint_t key;

	mutex_enter(&tsd_mutex);
	key = *keyp;
	*keyp = 0;
	if (key == 0 || key >= KEYS || !keys[key].tk_used) {
		if (key != 0) {
			hc_violation("memory", "tsd_destroy: %u is not a key "
			    "of tsd_create", key);
		}
		mutex_exit(&tsd_mutex);
		return;
	}
	for (kt = kthr_list(); kt != NULL; kt = kt->kt_next)
		destroy_value(kt, key);
	keys[key].tk_used = B_FALSE;
	keys[key].tk_destructor = NULL;
	(void) kr_remove(KR_TSD, &keys[key]);
	mutex_exit(&tsd_mutex);
}

void *
tsd_get(uint_t key)
{
	struct kthr *kt = kthr_self();

	return (key < kt->kt_tsd_count ? kt->kt_tsd[key] : NULL);
}

int
tsd_set(uint_t key, void *value)
{
	struct kthr *kt = kthr_self();

	if (key == 0)
		return (EINVAL);
	if (key >= KEYS || !keys[key].tk_used) {
		hc_violation("memory", "tsd_set: %u is not a key of "
		    "tsd_create", key);
		return (EINVAL);
	}
	if (kt->kt_tsd == NULL) {
		kt->kt_tsd = hc_alloc(KEYS * sizeof (void *));
		kt->kt_tsd_count = KEYS;
	}
	kt->kt_tsd[key] = value;
	return (0);
}

void
ktsd_exit(struct kthr *kt)
{
	uint_t key;

	if (kt->kt_tsd == NULL)
		return;
	mutex_enter(&tsd_mutex);
	for (key = 1; key < kt->kt_tsd_count; key++)
		destroy_value(kt, key);
	mutex_exit(&tsd_mutex);
	hc_free(kt->kt_tsd);
	kt->kt_tsd = NULL;
	kt->kt_tsd_count = 0;
}
