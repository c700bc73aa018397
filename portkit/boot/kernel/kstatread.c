/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Reading and writing kstats, as kstat(1M) does by way of /dev/kstat:
 * ks_update(9E) and ks_snapshot(9E) with ks_lock held.
 */

#include <sys/time.h>
#include "kkstat.h"
#include "kern_ctl.h"

#define	BEHIND		64	/* bytes that ks_snapshot must leave alone */
#define	BEHIND_FILL	0xa5

static struct kkstat *
find(const char *module, const char *name)
{
	struct kkstat *kk;

	for (kk = kkstat_first(); kk != NULL; kk = kk->kk_next) {
		if (strcmp(kk->kk_ks.ks_module, module) == 0 &&
		    strcmp(kk->kk_ks.ks_name, name) == 0 &&
		    (kk->kk_ks.ks_flags & KSTAT_FLAG_INVALID) == 0)
			return (kk);
	}
	return (NULL);
}

static int
call_update(kstat_t *ksp, int rw)
{
	struct kentry entry;
	int error;

	kentry_enter(&entry, "ks_update(9E)");
	error = KSTAT_UPDATE(ksp, rw);
	kentry_leave(&entry);
	return (error);
}

static int
call_snapshot(kstat_t *ksp, void *buf, int rw)
{
	struct kentry entry;
	int error;

	kentry_enter(&entry, "ks_snapshot(9E)");
	error = ksp->ks_snapshot(ksp, buf, rw);
	kentry_leave(&entry);
	return (error);
}

/*
 * What ks_update(9E) and ks_snapshot(9E) say, in a buffer for hc_free().
 */
static int
read_locked(kstat_t *ksp, void **bufp)
{
	size_t size, i;
	uchar_t *buf;
	int error;

	if ((error = call_update(ksp, KSTAT_READ)) != 0)
		return (error);
	size = ksp->ks_data_size;
	buf = hc_alloc(size + BEHIND);
	memset(buf + size, BEHIND_FILL, BEHIND);
	error = call_snapshot(ksp, buf, KSTAT_READ);
	for (i = 0; i < BEHIND; i++) {
		if (buf[size + i] == BEHIND_FILL)
			continue;
		hc_violation("memory", "ks_snapshot(9E) of %s:%d:%s wrote "
		    "behind the %lu bytes of ks_data_size", ksp->ks_module,
		    ksp->ks_instance, ksp->ks_name, (ulong_t)size);
		break;
	}
	if (error != 0) {
		hc_free(buf);
		return (error);
	}
	*bufp = buf;
	return (0);
}

static void
named_text(const kstat_named_t *kn, char *text, size_t len)
{
	switch (kn->data_type) {
	case KSTAT_DATA_CHAR:
		(void) snprintf(text, len, "%.*s", (int)strnlen(kn->value.c,
		    sizeof (kn->value.c)), kn->value.c);
		break;
	case KSTAT_DATA_INT32:
		(void) snprintf(text, len, "%d", kn->value.i32);
		break;
	case KSTAT_DATA_UINT32:
		(void) snprintf(text, len, "%u", kn->value.ui32);
		break;
	case KSTAT_DATA_INT64:
	case KSTAT_DATA_LONG:
		(void) snprintf(text, len, "%ld", (long)kn->value.i64);
		break;
	case KSTAT_DATA_UINT64:
	case KSTAT_DATA_ULONG:
		(void) snprintf(text, len, "%lu", (ulong_t)kn->value.ui64);
		break;
	case KSTAT_DATA_STRING:
		(void) snprintf(text, len, "%s", KSTAT_NAMED_STR_PTR(kn) ==
		    NULL ? "" : KSTAT_NAMED_STR_PTR(kn));
		break;
	default:
		text[0] = '\0';
		break;
	}
}

/*
 * The values of kstat_io(9S) and kstat_intr(9S) have the names of the members.
 */
static int
io_text(const kstat_io_t *kio, const char *value, char *text, size_t len)
{
	const struct {
		const char	*io_name;
		uint64_t	io_value;
	} io[] = {
		{ "nread", kio->nread },	{ "nwritten", kio->nwritten },
		{ "reads", kio->reads },	{ "writes", kio->writes },
		{ "wtime", kio->wtime },	{ "wlentime", kio->wlentime },
		{ "rtime", kio->rtime },	{ "rlentime", kio->rlentime },
		{ "wcnt", kio->wcnt },		{ "rcnt", kio->rcnt },
	};
	uint_t i;

	for (i = 0; i < sizeof (io) / sizeof (io[0]); i++) {
		if (strcmp(io[i].io_name, value) == 0) {
			(void) snprintf(text, len, "%lu",
			    (ulong_t)io[i].io_value);
			return (0);
		}
	}
	return (ENOENT);
}

static int
intr_text(const kstat_intr_t *kin, const char *value, char *text, size_t len)
{
	static const char *const names[KSTAT_NUM_INTRS] = {
		"hard", "soft", "watchdog", "spurious", "multiple_service"
	};
	uint_t i;

	for (i = 0; i < KSTAT_NUM_INTRS; i++) {
		if (strcmp(names[i], value) == 0) {
			(void) snprintf(text, len, "%u", kin->intrs[i]);
			return (0);
		}
	}
	return (ENOENT);
}

static kstat_named_t *
find_value(const kstat_t *ksp, void *buf, const char *value)
{
	kstat_named_t *kn = buf;
	uint_t i;

	for (i = 0; i < ksp->ks_ndata; i++, kn++) {
		if (strncmp(kn->name, value, KSTAT_STRLEN) == 0)
			return (kn);
	}
	return (NULL);
}

static int
value_text(const kstat_t *ksp, void *buf, const char *value, char *text,
    size_t len)
{
	const kstat_named_t *kn;

	switch (ksp->ks_type) {
	case KSTAT_TYPE_NAMED:
		if ((kn = find_value(ksp, buf, value)) == NULL)
			return (ENOENT);
		named_text(kn, text, len);
		return (0);
	case KSTAT_TYPE_IO:
		return (io_text(buf, value, text, len));
	case KSTAT_TYPE_INTR:
		return (intr_text(buf, value, text, len));
	default:
		return (ENOTSUP);
	}
}

int
kc_kstat(const char *module, const char *name, const char *value, char *text,
    int len)
{
	struct kkstat *kk;
	void *buf = NULL;
	kstat_t *ksp;
	int error;

	hc_point();
	if ((kk = find(module, name)) == NULL || !kkstat_hold(kk))
		return (ENOENT);
	ksp = &kk->kk_ks;
	KSTAT_ENTER(ksp);
	error = read_locked(ksp, &buf);
	KSTAT_EXIT(ksp);
	if (error == 0)
		error = value_text(ksp, buf, value, text, (size_t)len);
	kkstat_rele(kk);
	hc_free(buf);
	return (error);
}

static int64_t
number(const char *text)
{
	boolean_t negative = *text == '-';
	int64_t n = 0;

	for (text += negative ? 1 : 0; *text >= '0' && *text <= '9'; text++)
		n = 10 * n + (*text - '0');
	return (negative ? -n : n);
}

static int
set_value(kstat_named_t *kn, const char *text)
{
	switch (kn->data_type) {
	case KSTAT_DATA_INT32:
	case KSTAT_DATA_UINT32:
		kn->value.i32 = (int32_t)number(text);
		return (0);
	case KSTAT_DATA_INT64:
	case KSTAT_DATA_UINT64:
	case KSTAT_DATA_LONG:
	case KSTAT_DATA_ULONG:
		kn->value.i64 = number(text);
		return (0);
	case KSTAT_DATA_CHAR:
		(void) strncpy(kn->value.c, text, sizeof (kn->value.c));
		return (0);
	default:
		return (EINVAL);
	}
}

/*
 * As /dev/kstat's write: the kstat as it was read, with one value changed, then
 * read once more under the lock to see that it still has that shape.
 */
int
kc_kstat_set(const char *module, const char *name, const char *value,
    const char *text)
{
	kstat_named_t *kn = NULL;
	void *buf = NULL, *now = NULL;
	struct kkstat *kk;
	kstat_t *ksp;
	int error;

	hc_point();
	if ((kk = find(module, name)) == NULL || !kkstat_hold(kk))
		return (ENOENT);
	ksp = &kk->kk_ks;
	if ((ksp->ks_flags & KSTAT_FLAG_WRITABLE) == 0 ||
	    ksp->ks_type != KSTAT_TYPE_NAMED) {
		kkstat_rele(kk);
		return (EACCES);
	}
	KSTAT_ENTER(ksp);
	error = read_locked(ksp, &buf);
	KSTAT_EXIT(ksp);
	if (error == 0 && (kn = find_value(ksp, buf, value)) == NULL)
		error = ENOENT;
	if (error == 0)
		error = set_value(kn, text);
	if (error == 0) {
		KSTAT_ENTER(ksp);
		error = read_locked(ksp, &now);
		if (error == 0)
			error = call_snapshot(ksp, buf, KSTAT_WRITE);
		if (error == 0)
			error = call_update(ksp, KSTAT_WRITE);
		KSTAT_EXIT(ksp);
	}
	kkstat_rele(kk);
	hc_free(buf);
	hc_free(now);
	return (error);
}

int
kc_kstats(int index, char *name, int len)
{
	const struct kkstat *kk;

	for (kk = kkstat_first(); kk != NULL; kk = kk->kk_next) {
		if ((kk->kk_ks.ks_flags & KSTAT_FLAG_INVALID) == 0 &&
		    index-- == 0)
			break;
	}
	if (kk == NULL)
		return (0);
	(void) snprintf(name, (size_t)len, "%s:%d:%s", kk->kk_ks.ks_module,
	    kk->kk_ks.ks_instance, kk->kk_ks.ks_name);
	return (1);
}
