/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * kstat_create(9F) and what goes with it.
 */

#include <sys/time.h>
#include "kkstat.h"

static const struct {
	size_t	kt_size;
	uint_t	kt_min;
	uint_t	kt_max;
} kstat_types[KSTAT_NUM_TYPES] = {
	[KSTAT_TYPE_RAW] =	{ 1, 0, INT32_MAX },
	[KSTAT_TYPE_NAMED] =	{ sizeof (kstat_named_t), 0, INT32_MAX },
	[KSTAT_TYPE_INTR] =	{ sizeof (kstat_intr_t), 1, 1 },
	[KSTAT_TYPE_IO] =	{ sizeof (kstat_io_t), 1, 1 },
	[KSTAT_TYPE_TIMER] =	{ sizeof (kstat_timer_t), 0, INT32_MAX },
};

static struct kkstat *kstats;
static kid_t last_kid;

struct kkstat *
kkstat_first(void)
{
	return (kstats);
}

void
kstat_setup(void)
{
}

static boolean_t
is_kstat(const struct kkstat *kk)
{
	const struct kkstat *other;

	for (other = kstats; other != NULL; other = other->kk_next) {
		if (other == kk)
			return (B_TRUE);
	}
	return (B_FALSE);
}

boolean_t
kkstat_hold(struct kkstat *kk)
{
	while (is_kstat(kk) && kk->kk_holder != NULL) {
		if (kk->kk_holder == hc_self()) {
			hc_violation("hang", "kstat %s:%d:%s: the thread that "
			    "reads it would wait for itself",
			    kk->kk_ks.ks_module, kk->kk_ks.ks_instance,
			    kk->kk_ks.ks_name);
			return (B_FALSE);
		}
		(void) hc_block(hc_now() + 100000L, "kstat", kk);
	}
	if (!is_kstat(kk))
		return (B_FALSE);
	kk->kk_holder = hc_self();
	hc_hb_acquire(kk);
	return (B_TRUE);
}

void
kkstat_rele(struct kkstat *kk)
{
	hc_hb_release(kk);
	kk->kk_holder = NULL;
}

/*
 * Of a name, KSTAT_STRLEN - 1 characters are significant; the rest is lost.
 */
static void
check_length(const char *called, const char *what, const char *name)
{
	if (strlen(name) > KSTAT_STRLEN - 1)
		hc_violation("leak", "%s: the %s \"%s\" is longer than %d "
		    "characters and is cut", called, what, name,
		    KSTAT_STRLEN - 1);
}

void
kstat_set_string(char *dst, const char *src)
{
	memset(dst, 0, KSTAT_STRLEN);
	(void) strncpy(dst, src, KSTAT_STRLEN - 1);
}

/*
 * The size that a snapshot takes, with the strings behind the values.
 */
static int
default_update(kstat_t *ksp, int rw)
{
	const kstat_named_t *kn = ksp->ks_data;
	size_t size = ksp->ks_ndata * sizeof (*kn);
	uint_t i;

	if (kn == NULL || ksp->ks_type != KSTAT_TYPE_NAMED ||
	    (ksp->ks_flags & (KSTAT_FLAG_VAR_SIZE |
	    KSTAT_FLAG_LONGSTRINGS)) == 0)
		return (0);
	for (i = 0; i < ksp->ks_ndata; i++) {
		if (kn[i].data_type == KSTAT_DATA_STRING)
			size += KSTAT_NAMED_STR_BUFLEN(&kn[i]);
	}
	ksp->ks_data_size = size;
	return (0);
}

static int
default_snapshot(kstat_t *ksp, void *buf, int rw)
{
	kstat_named_t *kn = buf;
	size_t named, len;
	char *str;
	uint_t i;

	ksp->ks_snaptime = gethrtime();
	if (rw == KSTAT_WRITE) {
		if ((ksp->ks_flags & KSTAT_FLAG_WRITABLE) == 0)
			return (EACCES);
		memcpy(ksp->ks_data, buf, ksp->ks_data_size);
		return (0);
	}
	named = ksp->ks_ndata * sizeof (*kn);
	if (ksp->ks_type != KSTAT_TYPE_NAMED || ksp->ks_data_size <= named) {
		memcpy(buf, ksp->ks_data, ksp->ks_data_size);
		return (0);
	}
	memcpy(buf, ksp->ks_data, named);
	str = (char *)(kn + ksp->ks_ndata);
	for (i = 0; i < ksp->ks_ndata; i++, kn++) {
		if (kn->data_type != KSTAT_DATA_STRING ||
		    KSTAT_NAMED_STR_PTR(kn) == NULL)
			continue;
		len = KSTAT_NAMED_STR_BUFLEN(kn);
		memcpy(str, KSTAT_NAMED_STR_PTR(kn), len);
		KSTAT_NAMED_STR_PTR(kn) = str;
		str += len;
	}
	return (0);
}

/*
 * Fields that the driver may have changed, as at the beginning.
 */
static void
defaults(kstat_t *ksp)
{
	ksp->ks_update = default_update;
	ksp->ks_snapshot = default_snapshot;
	ksp->ks_private = NULL;
	ksp->ks_lock = NULL;
}

/*
 * Why there can be no such kstat, or NULL.
 */
static const char *
refuse(uchar_t type, uint_t ndata, uchar_t flags)
{
	if (type >= KSTAT_NUM_TYPES)
		return ("invalid kstat type");
	if ((flags & KSTAT_FLAG_PERSISTENT) != 0 &&
	    (flags & KSTAT_FLAG_VIRTUAL) != 0)
		return ("cannot create persistent virtual kstat");
	if ((flags & KSTAT_FLAG_VAR_SIZE) != 0 &&
	    (flags & KSTAT_FLAG_VIRTUAL) == 0)
		return ("cannot create variable-size physical kstat");
	if (ndata < kstat_types[type].kt_min ||
	    ndata > kstat_types[type].kt_max)
		return ("ks_ndata out of range");
	return (NULL);
}

static struct kkstat *
find(const char *module, int instance, const char *name)
{
	struct kkstat *kk;

	for (kk = kstats; kk != NULL; kk = kk->kk_next) {
		if (kk->kk_ks.ks_instance == instance &&
		    strncmp(kk->kk_ks.ks_module, module,
		    KSTAT_STRLEN - 1) == 0 &&
		    strncmp(kk->kk_ks.ks_name, name, KSTAT_STRLEN - 1) == 0)
			return (kk);
	}
	return (NULL);
}

kstat_t *
kstat_create(const char *module, int instance, const char *name,
    const char *class, uchar_t type, uint_t ndata, uchar_t flags)
{
	char generated[KSTAT_STRLEN + 16];
	struct kkstat **kkp, *kk;
	const char *why;
	kstat_t *ksp;

	hc_point();
	(void) kctx_may_sleep("kstat_create");
	if (name == NULL) {
		(void) snprintf(generated, sizeof (generated), "%.*s%d",
		    KSTAT_STRLEN - 1, module, instance);
		name = generated;
	}
	check_length("kstat_create", "module", module);
	check_length("kstat_create", "name", name);
	check_length("kstat_create", "class", class);
	why = refuse(type, ndata, flags);
	kk = why == NULL ? find(module, instance, name) : NULL;
	if (kk != NULL) {
		ksp = &kk->kk_ks;
		if ((ksp->ks_flags & KSTAT_FLAG_DORMANT) == 0)
			why = "namespace collision";
		else if (strcmp(ksp->ks_class, class) != 0 ||
		    ksp->ks_type != type || ksp->ks_ndata != ndata ||
		    (flags & KSTAT_FLAG_VIRTUAL) != 0)
			why = "invalid reactivation of dormant kstat";
		if (why == NULL) {
			ksp->ks_flags |= KSTAT_FLAG_INVALID;
			return (ksp);
		}
	}
	if (why != NULL) {
		cmn_err(CE_WARN, "kstat_create('%s', %d, '%s'): %s", module,
		    instance, name, why);
		return (NULL);
	}
	if (hc_fail("kstat")) {
		cmn_err(CE_NOTE, "kstat_create('%s', %d, '%s'): insufficient "
		    "kernel memory", module, instance, name);
		return (NULL);
	}

	kk = hc_alloc(sizeof (*kk));
	ksp = &kk->kk_ks;
	ksp->ks_crtime = ksp->ks_snaptime = gethrtime();
	ksp->ks_kid = ++last_kid;
	kstat_set_string(ksp->ks_module, module);
	kstat_set_string(ksp->ks_name, name);
	kstat_set_string(ksp->ks_class, class);
	ksp->ks_instance = instance;
	ksp->ks_type = type;
	ksp->ks_flags = flags | KSTAT_FLAG_INVALID;
	ksp->ks_ndata = ndata;
	ksp->ks_data_size = kstat_types[type].kt_size * ndata;
	if ((flags & KSTAT_FLAG_VIRTUAL) == 0 && ksp->ks_data_size > 0)
		ksp->ks_data = kk->kk_data = hc_alloc(ksp->ks_data_size);
	defaults(ksp);
	for (kkp = &kstats; *kkp != NULL; kkp = &(*kkp)->kk_next)
		continue;
	*kkp = kk;
	/* A persistent one is meant to stay behind. */
	if ((flags & KSTAT_FLAG_PERSISTENT) == 0)
		kr_add(KR_KSTAT, kk, 0, ksp->ks_name);
	return (ksp);
}

kstat_t *
kstat_create_zone(const char *module, int instance, const char *name,
    const char *class, uchar_t type, uint_t ndata, uchar_t flags,
    zoneid_t zoneid)
{
	return (kstat_create(module, instance, name, class, type, ndata,
	    flags));
}

/*
 * The kstat behind what a driver passed, or NULL.
 */
static struct kkstat *
lookup(kstat_t *ksp, const char *called)
{
	struct kkstat *kk = (struct kkstat *)ksp;

	if (ksp != NULL && is_kstat(kk))
		return (kk);
	hc_violation("memory", "%s: %p is no kstat, or has been deleted",
	    called, (void *)ksp);
	return (NULL);
}

void
kstat_install(kstat_t *ksp)
{
	const kstat_named_t *kn;
	struct kkstat *kk;
	uint_t i;

	hc_point();
	if ((kk = lookup(ksp, "kstat_install")) == NULL)
		return;
	if ((ksp->ks_flags & KSTAT_FLAG_VAR_SIZE) != 0 && ksp->ks_lock == NULL)
		hc_panic("kstat_install('%s', %d, '%s'): cannot create "
		    "variable-size kstat without data lock", ksp->ks_module,
		    ksp->ks_instance, ksp->ks_name);
	if ((ksp->ks_flags & (KSTAT_FLAG_INVALID | KSTAT_FLAG_DORMANT)) == 0)
		hc_violation("memory", "kstat_install(%s:%d:%s): it is "
		    "installed already", ksp->ks_module, ksp->ks_instance,
		    ksp->ks_name);
	if ((ksp->ks_flags & KSTAT_FLAG_VIRTUAL) != 0 &&
	    ksp->ks_data == NULL && ksp->ks_snapshot == default_snapshot)
		hc_violation("memory", "kstat_install(%s:%d:%s): a virtual "
		    "kstat, and ks_data is not set", ksp->ks_module,
		    ksp->ks_instance, ksp->ks_name);
	kn = ksp->ks_type == KSTAT_TYPE_NAMED ? ksp->ks_data : NULL;
	for (i = 0; kn != NULL && i < ksp->ks_ndata; i++) {
		if (kn[i].data_type == KSTAT_DATA_STRING)
			ksp->ks_flags |= KSTAT_FLAG_LONGSTRINGS;
	}
	if ((ksp->ks_flags & KSTAT_FLAG_LONGSTRINGS) != 0 &&
	    (ksp->ks_flags & KSTAT_FLAG_WRITABLE) != 0 &&
	    ksp->ks_snapshot == default_snapshot)
		hc_panic("kstat_install('%s', %d, '%s'): named kstat "
		    "containing KSTAT_DATA_STRING is writable but uses "
		    "default snapshot routine", ksp->ks_module,
		    ksp->ks_instance, ksp->ks_name);
	if ((ksp->ks_flags & KSTAT_FLAG_DORMANT) != 0) {
		(void) KSTAT_UPDATE(ksp, KSTAT_WRITE);
		ksp->ks_flags &= ~KSTAT_FLAG_DORMANT;
	}
	ksp->ks_flags &= ~KSTAT_FLAG_INVALID;
	hc_hb_release(kk);
}

void
kstat_delete(kstat_t *ksp)
{
	struct kkstat **kkp, *kk;

	hc_point();
	if (ksp == NULL)
		hc_panic("kstat_delete: the kstat is NULL");
	if ((kk = lookup(ksp, "kstat_delete")) == NULL)
		return;
	if (ksp->ks_lock != NULL && mutex_owned(ksp->ks_lock))
		hc_panic("kstat_delete(%s:%d:%s): the caller holds its "
		    "ks_lock, %p", ksp->ks_module, ksp->ks_instance,
		    ksp->ks_name, ksp->ks_lock);
	if (!kkstat_hold(kk))
		return;
	if ((ksp->ks_flags & KSTAT_FLAG_PERSISTENT) != 0) {
		KSTAT_ENTER(ksp);
		(void) KSTAT_UPDATE(ksp, KSTAT_READ);
		KSTAT_EXIT(ksp);
		ksp->ks_flags |= KSTAT_FLAG_DORMANT;
		defaults(ksp);
		kkstat_rele(kk);
		return;
	}
	for (kkp = &kstats; *kkp != kk; kkp = &(*kkp)->kk_next)
		continue;
	*kkp = kk->kk_next;
	(void) kr_remove(KR_KSTAT, kk);
	hc_free(kk->kk_data);
	hc_free(kk);
}

void
kstat_delete_byname(const char *module, int instance, const char *name)
{
	struct kkstat *kk = find(module, instance, name);

	if (kk != NULL)
		kstat_delete(&kk->kk_ks);
}

void
kstat_named_init(kstat_named_t *kn, const char *name, uchar_t data_type)
{
	check_length("kstat_named_init", "name", name);
	kstat_set_string(kn->name, name);
	kn->data_type = data_type;
	if (data_type == KSTAT_DATA_STRING)
		kstat_named_setstr(kn, NULL);
}

void
kstat_named_setstr(kstat_named_t *kn, const char *src)
{
	if (kn->data_type != KSTAT_DATA_STRING)
		hc_panic("kstat_named_setstr('%p', '%p'): named kstat is not "
		    "of type KSTAT_DATA_STRING", (void *)kn, (void *)src);
	KSTAT_NAMED_STR_PTR(kn) = (char *)(uintptr_t)src;
	KSTAT_NAMED_STR_BUFLEN(kn) = src != NULL ? strlen(src) + 1 : 0;
}
