/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

/*
 * A driver's sysctl(9) tree as named kstats.
 *
 * Handlers take locks of the driver's, and the driver may add leaves with
 * those locks held.  So the tree is protected by sysctl_lock, which is never
 * held while a handler runs (oid_running keeps the oid from going away), and
 * the data of a kstat by the kstat's own lock, which is held while handlers
 * run and which nobody who adds a leaf takes: kstats are virtual and of
 * variable size, and each update lays them out anew from the leaves that the
 * node has by then.  Removing an oid waits for its handler, as in FreeBSD, and
 * so must not be done with a lock that the handler takes.
 *
 * The names of kstats and statistics have at most KSTAT_STRLEN - 1 characters.
 * A longer one is cut, and ends in a hash of the whole, which does not depend
 * on the order in which things were added.
 */

#include <sys/types.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/sysmacros.h>
#include <sys/errno.h>
#include <sys/kmem.h>
#include <sys/list.h>
#include <sys/ksynch.h>
#include <sys/kstat.h>
#include <sys/time.h>
#include <sys/cmn_err.h>
#include <sys/debug.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include "bsd_sysctl.h"

#define	SYSCTL_STRLEN	512		/* of a string's value */
#define	SYSCTL_PATHLEN	256		/* of a node's path */
#define	SYSCTL_RAWLEN	8192		/* of an opaque value */

struct sysctl_ctx_entry {
	struct sysctl_ctx_entry	*ce_next;
	struct sysctl_oid	*ce_oid;
};

/* The tree of one device. */
struct sysctl_root {
	list_node_t		sr_link;	/* on sysctl_roots */
	dev_info_t		*sr_dip;
	struct sysctl_oid	sr_oid;
	struct sysctl_ctx_list	sr_ctx;
	boolean_t		sr_dead;	/* goes with its last child */
};

/* What belongs to a kstat: that of a node, or that of an opaque leaf. */
struct sysctl_kstat {
	kmutex_t		sk_lock;	/* is ks_lock */
	kstat_t			*sk_ksp;
	struct sysctl_oid	*sk_oid;
	void			*sk_data;	/* statistics, or raw bytes */
	size_t			sk_size;
	uint_t			sk_nstats;
	struct sysctl_oid	**sk_oids;	/* what each statistic is of */
	boolean_t		*sk_changed;	/* which are to be set */
	char			(*sk_strings)[SYSCTL_STRLEN];
};

union sysctl_value {
	int8_t		v_s8;
	uint8_t		v_u8;
	int16_t		v_s16;
	uint16_t	v_u16;
	int32_t		v_s32;
	uint32_t	v_u32;
	long		v_long;
	ulong_t		v_ulong;
	int64_t		v_s64;
	uint64_t	v_u64;
};

static kmutex_t sysctl_lock;
static kcondvar_t sysctl_cv;		/* a handler has returned */
static list_t sysctl_roots;

/*
 * To be called once before any other function here, and once after the last.
 */
int
bsd_sysctl_init(void)
{
	mutex_init(&sysctl_lock, NULL, MUTEX_DRIVER, NULL);
	cv_init(&sysctl_cv, NULL, CV_DRIVER, NULL);
	list_create(&sysctl_roots, sizeof (struct sysctl_root),
	    offsetof(struct sysctl_root, sr_link));
	return (0);
}

void
bsd_sysctl_fini(void)
{
	list_destroy(&sysctl_roots);
	cv_destroy(&sysctl_cv);
	mutex_destroy(&sysctl_lock);
}

/*
 * Copy a name into a field of KSTAT_STRLEN bytes.
 */
static void
sysctl_kstat_name(char *dst, const char *src)
{
	uint32_t hash = 2166136261U;		/* FNV-1a */
	const char *p;

	if (strlcpy(dst, src, KSTAT_STRLEN) < KSTAT_STRLEN)
		return;
	for (p = src; *p != '\0'; p++)
		hash = (hash ^ (uchar_t)*p) * 16777619U;
	(void) snprintf(dst + KSTAT_STRLEN - 10, 10, "_%08x", hash);
}

/*
 * The path of an oid below the root of its device.
 */
static void
sysctl_path(const struct sysctl_oid *oidp, char *path, size_t len)
{
	const struct sysctl_oid *parent;

	if (oidp->oid_parent == NULL) {
		(void) strlcpy(path, "sysctl", len);
		return;
	}
	parent = oidp->oid_parent->ol_parent;
	path[0] = '\0';
	if (parent->oid_parent != NULL) {
		sysctl_path(parent, path, len);
		(void) strlcat(path, ".", len);
	}
	(void) strlcat(path, oidp->oid_name, len);
}

/*
 * Give `len' bytes to whoever reads the oid.
 */
int
bsd_sysctl_out(struct sysctl_req *req, const void *p, size_t len)
{
	size_t room;

	if (req->oldptr == NULL) {
		req->oldidx += len;
		return (0);
	}
	room = req->oldlen - MIN(req->oldidx, req->oldlen);
	if (room != 0)
		bcopy(p, (char *)req->oldptr + req->oldidx, MIN(len, room));
	req->oldidx += len;
	return (len > room ? ENOMEM : 0);
}

/*
 * Take `len' bytes of the value that is being set.
 */
int
bsd_sysctl_in(struct sysctl_req *req, void *p, size_t len)
{
	if (req->newptr == NULL)
		return (0);
	if (req->newlen - req->newidx < len)
		return (EINVAL);
	bcopy((const char *)req->newptr + req->newidx, p, len);
	req->newidx += len;
	return (0);
}

/*
 * Hand out the variable at p, or the constant if that is NULL, and set the
 * variable if there is a new value.
 */
static int
sysctl_handle_var(void *p, const void *constant, size_t len,
    struct sysctl_req *req)
{
	int error;

	error = bsd_sysctl_out(req, p != NULL ? p : constant, len);
	if (error != 0 || req->newptr == NULL)
		return (error);
	return (p == NULL ? EPERM : bsd_sysctl_in(req, p, len));
}

/*ARGSUSED*/
int
sysctl_handle_8(SYSCTL_HANDLER_ARGS)
{
	int8_t val = (int8_t)arg2;

	return (sysctl_handle_var(arg1, &val, sizeof (val), req));
}

/*ARGSUSED*/
int
sysctl_handle_16(SYSCTL_HANDLER_ARGS)
{
	int16_t val = (int16_t)arg2;

	return (sysctl_handle_var(arg1, &val, sizeof (val), req));
}

/*ARGSUSED*/
int
sysctl_handle_int(SYSCTL_HANDLER_ARGS)
{
	int val = (int)arg2;

	return (sysctl_handle_var(arg1, &val, sizeof (val), req));
}

int
sysctl_handle_32(SYSCTL_HANDLER_ARGS)
{
	return (sysctl_handle_int(oidp, arg1, arg2, req));
}

/*ARGSUSED*/
int
sysctl_handle_long(SYSCTL_HANDLER_ARGS)
{
	long val = (long)arg2;

	return (sysctl_handle_var(arg1, &val, sizeof (val), req));
}

/*ARGSUSED*/
int
sysctl_handle_64(SYSCTL_HANDLER_ARGS)
{
	int64_t val = (int64_t)arg2;

	return (sysctl_handle_var(arg1, &val, sizeof (val), req));
}

/*
 * arg2 is the size of the buffer, or 0 for a string that is only read.
 */
/*ARGSUSED*/
int
sysctl_handle_string(SYSCTL_HANDLER_ARGS)
{
	size_t len;
	int error;

	error = bsd_sysctl_out(req, arg1, strlen(arg1) + 1);
	if (error != 0 || req->newptr == NULL)
		return (error);
	len = req->newlen - req->newidx;
	if (arg2 == 0 || len >= (size_t)arg2)
		return (EINVAL);
	if ((error = bsd_sysctl_in(req, arg1, len)) == 0)
		((char *)arg1)[len] = '\0';
	return (error);
}

/*ARGSUSED*/
int
sysctl_handle_opaque(SYSCTL_HANDLER_ARGS)
{
	return (sysctl_handle_var(arg1, NULL, (size_t)arg2, req));
}

/*
 * Call the handler of a leaf that cannot go away meanwhile.
 */
static int
sysctl_call(struct sysctl_oid *oidp, void *old, size_t *oldlenp,
    const void *new, size_t newlen)
{
	struct sysctl_req req;
	int error;

	bzero(&req, sizeof (req));
	req.oldptr = old;
	req.oldlen = old != NULL ? *oldlenp : 0;
	req.newptr = new;
	req.newlen = newlen;
	error = oidp->oid_handler(oidp, oidp->oid_arg1, oidp->oid_arg2, &req);
	if (old != NULL)
		*oldlenp = req.oldidx;
	return (error);
}

static size_t
sysctl_type_size(uint_t kind)
{
	switch (kind & CTLTYPE) {
	case CTLTYPE_S8:
	case CTLTYPE_U8:
		return (sizeof (int8_t));
	case CTLTYPE_S16:
	case CTLTYPE_U16:
		return (sizeof (int16_t));
	case CTLTYPE_INT:
	case CTLTYPE_UINT:
	case CTLTYPE_S32:
	case CTLTYPE_U32:
		return (sizeof (int32_t));
	case CTLTYPE_LONG:
	case CTLTYPE_ULONG:
		return (sizeof (long));
	case CTLTYPE_S64:
	case CTLTYPE_U64:
		return (sizeof (int64_t));
	default:
		return (0);
	}
}

static uchar_t
sysctl_kstat_type(uint_t kind)
{
	switch (kind & CTLTYPE) {
	case CTLTYPE_STRING:
		return (KSTAT_DATA_STRING);
	case CTLTYPE_LONG:
		return (KSTAT_DATA_LONG);
	case CTLTYPE_ULONG:
		return (KSTAT_DATA_ULONG);
	case CTLTYPE_S64:
		return (KSTAT_DATA_INT64);
	case CTLTYPE_U64:
		return (KSTAT_DATA_UINT64);
	case CTLTYPE_UINT:
	case CTLTYPE_U8:
	case CTLTYPE_U16:
	case CTLTYPE_U32:
		return (KSTAT_DATA_UINT32);
	default:
		return (KSTAT_DATA_INT32);
	}
}

static void
sysctl_value_to_kstat(const union sysctl_value *v, uint_t kind,
    kstat_named_t *knp)
{
	switch (kind & CTLTYPE) {
	case CTLTYPE_S8:
		knp->value.i32 = v->v_s8;
		break;
	case CTLTYPE_U8:
		knp->value.ui32 = v->v_u8;
		break;
	case CTLTYPE_S16:
		knp->value.i32 = v->v_s16;
		break;
	case CTLTYPE_U16:
		knp->value.ui32 = v->v_u16;
		break;
	case CTLTYPE_LONG:
		knp->value.l = v->v_long;
		break;
	case CTLTYPE_ULONG:
		knp->value.ul = v->v_ulong;
		break;
	case CTLTYPE_S64:
		knp->value.i64 = v->v_s64;
		break;
	case CTLTYPE_U64:
		knp->value.ui64 = v->v_u64;
		break;
	case CTLTYPE_UINT:
	case CTLTYPE_U32:
		knp->value.ui32 = v->v_u32;
		break;
	default:
		knp->value.i32 = v->v_s32;
		break;
	}
}

static boolean_t
sysctl_is_statistic(const struct sysctl_oid *oidp)
{
	uint_t type = oidp->oid_kind & CTLTYPE;

	return (type != CTLTYPE_NODE && type != CTLTYPE_OPAQUE &&
	    (oidp->oid_kind & CTLFLAG_RD) != 0);
}

static void
sysctl_free_data(struct sysctl_kstat *sk)
{
	if (sk->sk_data != NULL)
		kmem_free(sk->sk_data, sk->sk_size);
	if (sk->sk_nstats != 0) {
		kmem_free(sk->sk_oids, sk->sk_nstats * sizeof (*sk->sk_oids));
		kmem_free(sk->sk_changed,
		    sk->sk_nstats * sizeof (*sk->sk_changed));
		kmem_free(sk->sk_strings,
		    sk->sk_nstats * sizeof (*sk->sk_strings));
	}
	sk->sk_data = NULL;
	sk->sk_size = 0;
	sk->sk_oids = NULL;
	sk->sk_changed = NULL;
	sk->sk_strings = NULL;
	sk->sk_nstats = 0;
}

/*
 * Have room for n statistics, and hold the leaves they are of.  Returns B_FALSE
 * if there are more leaves by now.
 */
static boolean_t
sysctl_hold_leaves(struct sysctl_kstat *sk, uint_t n, uint_t *heldp)
{
	struct sysctl_oid *node = sk->sk_oid;
	struct sysctl_oid *oidp;
	uint_t i = 0;

	if (n != sk->sk_nstats) {
		sysctl_free_data(sk);
		if (n != 0) {
			sk->sk_nstats = n;
			sk->sk_size = n * sizeof (kstat_named_t);
			sk->sk_data = kmem_zalloc(sk->sk_size, KM_SLEEP);
			sk->sk_oids = kmem_zalloc(n * sizeof (*sk->sk_oids),
			    KM_SLEEP);
			sk->sk_changed = kmem_zalloc(
			    n * sizeof (*sk->sk_changed), KM_SLEEP);
			sk->sk_strings = kmem_zalloc(
			    n * sizeof (*sk->sk_strings), KM_SLEEP);
		}
	}

	mutex_enter(&sysctl_lock);
	for (oidp = list_head(&node->oid_children.ol_list); oidp != NULL;
	    oidp = list_next(&node->oid_children.ol_list, oidp)) {
		if (sysctl_is_statistic(oidp) && oidp->oid_refcnt != 0)
			i++;
	}
	if (i > n) {
		mutex_exit(&sysctl_lock);
		return (B_FALSE);
	}
	i = 0;
	for (oidp = list_head(&node->oid_children.ol_list); oidp != NULL;
	    oidp = list_next(&node->oid_children.ol_list, oidp)) {
		if (sysctl_is_statistic(oidp) && oidp->oid_refcnt != 0) {
			oidp->oid_running++;
			sk->sk_oids[i++] = oidp;
		}
	}
	mutex_exit(&sysctl_lock);
	*heldp = i;
	return (B_TRUE);
}

static void
sysctl_rele_leaves(struct sysctl_kstat *sk, uint_t n)
{
	uint_t i;

	mutex_enter(&sysctl_lock);
	for (i = 0; i < n; i++)
		sk->sk_oids[i]->oid_running--;
	cv_broadcast(&sysctl_cv);
	mutex_exit(&sysctl_lock);
}

/*
 * Read one leaf into its statistic.
 */
static void
sysctl_read_leaf(struct sysctl_kstat *sk, uint_t i)
{
	struct sysctl_oid *oidp = sk->sk_oids[i];
	kstat_named_t *knp = (kstat_named_t *)sk->sk_data + i;
	char name[KSTAT_STRLEN];
	union sysctl_value v;
	size_t len;

	bzero(knp, sizeof (*knp));
	sysctl_kstat_name(name, oidp->oid_name);
	kstat_named_init(knp, name, sysctl_kstat_type(oidp->oid_kind));
	if (knp->data_type == KSTAT_DATA_STRING) {
		char *str = sk->sk_strings[i];

		bzero(str, SYSCTL_STRLEN);
		len = SYSCTL_STRLEN - 1;
		/* A value that is too long is shown as far as it fits. */
		if (sysctl_call(oidp, str, &len, NULL, 0) != 0 &&
		    len <= SYSCTL_STRLEN - 1)
			str[0] = '\0';
		kstat_named_setstr(knp, str);
	} else {
		bzero(&v, sizeof (v));
		len = sizeof (v);
		if (sysctl_call(oidp, &v, &len, NULL, 0) != 0)
			bzero(&v, sizeof (v));
		sysctl_value_to_kstat(&v, oidp->oid_kind, knp);
	}
}

/*
 * Set one leaf to its statistic.  All integers are in the low bytes of the
 * statistic's 64 bits, so one copy does for every size.
 */
static int
sysctl_write_leaf(struct sysctl_kstat *sk, uint_t i)
{
	struct sysctl_oid *oidp = sk->sk_oids[i];
	kstat_named_t *knp = (kstat_named_t *)sk->sk_data + i;
	size_t size = sysctl_type_size(oidp->oid_kind);
	char name[KSTAT_STRLEN];
	union sysctl_value old, new;
	size_t len = sizeof (old);

	/* The leaf that was read may have made way for another. */
	sysctl_kstat_name(name, oidp->oid_name);
	if (strcmp(name, knp->name) != 0)
		return (EAGAIN);
	if (size == 0 || (oidp->oid_kind & CTLFLAG_WR) == 0)
		return (EACCES);
	new.v_u64 = knp->value.ui64;
	return (sysctl_call(oidp, &old, &len, &new, size));
}

/*
 * ks_update of a node.  ks_lock is held.
 */
static int
sysctl_node_update(kstat_t *ksp, int rw)
{
	struct sysctl_kstat *sk = ksp->ks_private;
	struct sysctl_oid *node = sk->sk_oid;
	struct sysctl_oid *oidp;
	uint_t held, i, n;
	int error = 0;

	if (rw == KSTAT_WRITE) {
		/*
		 * The kstat was read just before, under this same lock; if
		 * leaves have come or gone since, start again.
		 */
		n = sk->sk_nstats;
		if (!sysctl_hold_leaves(sk, n, &held))
			return (EAGAIN);
		if (held != ksp->ks_ndata)
			error = EAGAIN;
		for (i = 0; i < held && error == 0; i++) {
			if (sk->sk_changed[i])
				error = sysctl_write_leaf(sk, i);
		}
		sysctl_rele_leaves(sk, held);
		return (error);
	}

	do {
		n = 0;
		mutex_enter(&sysctl_lock);
		for (oidp = list_head(&node->oid_children.ol_list);
		    oidp != NULL;
		    oidp = list_next(&node->oid_children.ol_list, oidp)) {
			if (sysctl_is_statistic(oidp) && oidp->oid_refcnt != 0)
				n++;
		}
		mutex_exit(&sysctl_lock);
	} while (!sysctl_hold_leaves(sk, n, &held));

	for (i = 0; i < held; i++)
		sysctl_read_leaf(sk, i);
	sysctl_rele_leaves(sk, held);

	ksp->ks_data = sk->sk_data;
	ksp->ks_ndata = held;
	ksp->ks_data_size = held * sizeof (kstat_named_t);
	for (i = 0; i < held; i++) {
		kstat_named_t *knp = (kstat_named_t *)sk->sk_data + i;

		if (knp->data_type == KSTAT_DATA_STRING)
			ksp->ks_data_size += KSTAT_NAMED_STR_BUFLEN(knp);
	}
	return (0);
}

/*
 * ks_snapshot of a node: the kernel's own does not let a kstat with strings be
 * written.  What differs from the values that were read just before is what
 * somebody wants to set.
 */
static int
sysctl_node_snapshot(kstat_t *ksp, void *buf, int rw)
{
	kstat_named_t *data = ksp->ks_data;
	kstat_named_t *knp = buf;
	struct sysctl_kstat *sk = ksp->ks_private;
	char *str = (char *)(knp + ksp->ks_ndata);
	uint_t i;

	ksp->ks_snaptime = gethrtime();
	for (i = 0; i < ksp->ks_ndata; i++, data++, knp++) {
		if (rw == KSTAT_WRITE) {
			sk->sk_changed[i] =
			    data->data_type != KSTAT_DATA_STRING &&
			    data->value.ui64 != knp->value.ui64;
			if (sk->sk_changed[i])
				data->value = knp->value;
			continue;
		}
		*knp = *data;
		if (data->data_type == KSTAT_DATA_STRING &&
		    KSTAT_NAMED_STR_PTR(data) != NULL) {
			bcopy(KSTAT_NAMED_STR_PTR(data), str,
			    KSTAT_NAMED_STR_BUFLEN(data));
			KSTAT_NAMED_STR_PTR(knp) = str;
			str += KSTAT_NAMED_STR_BUFLEN(data);
		}
	}
	return (0);
}

/*
 * ks_update of an opaque leaf.
 */
static int
sysctl_raw_update(kstat_t *ksp, int rw)
{
	struct sysctl_kstat *sk = ksp->ks_private;
	struct sysctl_oid *oidp = sk->sk_oid;
	size_t len = SYSCTL_RAWLEN;
	int error;

	if (rw == KSTAT_WRITE)
		return (EACCES);
	if (sk->sk_data == NULL) {
		sk->sk_data = kmem_zalloc(SYSCTL_RAWLEN, KM_SLEEP);
		sk->sk_size = SYSCTL_RAWLEN;
	}
	/* The oid is there for as long as its kstat. */
	if ((error = sysctl_call(oidp, sk->sk_data, &len, NULL, 0)) != 0)
		return (error);
	ksp->ks_data = sk->sk_data;
	ksp->ks_ndata = 1;
	ksp->ks_data_size = len;
	return (0);
}

/*
 * Make the kstat of a node or an opaque leaf, if it has none.
 */
static void
sysctl_kstat_create(struct sysctl_oid *oidp)
{
	boolean_t raw = (oidp->oid_kind & CTLTYPE) == CTLTYPE_OPAQUE;
	dev_info_t *dip = oidp->oid_root->sr_dip;
	char path[SYSCTL_PATHLEN];
	char name[KSTAT_STRLEN];
	struct sysctl_kstat *sk;
	kstat_t *ksp;

	sk = kmem_zalloc(sizeof (*sk), KM_SLEEP);
	sk->sk_oid = oidp;
	mutex_init(&sk->sk_lock, NULL, MUTEX_DRIVER, NULL);
	mutex_enter(&sysctl_lock);
	if (oidp->oid_kstat != NULL) {
		mutex_exit(&sysctl_lock);
		mutex_destroy(&sk->sk_lock);
		kmem_free(sk, sizeof (*sk));
		return;
	}
	oidp->oid_kstat = sk;
	sysctl_path(oidp, path, sizeof (path));
	mutex_exit(&sysctl_lock);
	sysctl_kstat_name(name, path);

	ksp = kstat_create(ddi_driver_name(dip), ddi_get_instance(dip), name,
	    "misc", raw ? KSTAT_TYPE_RAW : KSTAT_TYPE_NAMED, 0,
	    KSTAT_FLAG_VIRTUAL | KSTAT_FLAG_VAR_SIZE |
	    (raw ? 0 : KSTAT_FLAG_WRITABLE));
	if (ksp == NULL)
		return;
	sk->sk_ksp = ksp;
	ksp->ks_lock = &sk->sk_lock;
	ksp->ks_private = sk;
	if (raw) {
		ksp->ks_update = sysctl_raw_update;
	} else {
		ksp->ks_update = sysctl_node_update;
		ksp->ks_snapshot = sysctl_node_snapshot;
	}
	kstat_install(ksp);
}

static void
sysctl_kstat_delete(struct sysctl_oid *oidp)
{
	struct sysctl_kstat *sk = oidp->oid_kstat;

	if (sk == NULL)
		return;
	if (sk->sk_ksp != NULL)
		kstat_delete(sk->sk_ksp);
	sysctl_free_data(sk);
	mutex_destroy(&sk->sk_lock);
	kmem_free(sk, sizeof (*sk));
	oidp->oid_kstat = NULL;
}

static void
sysctl_oid_init(struct sysctl_oid *oidp)
{
	list_create(&oidp->oid_children.ol_list, sizeof (struct sysctl_oid),
	    offsetof(struct sysctl_oid, oid_link));
	oidp->oid_children.ol_parent = oidp;
}

/*
 * Add an oid to a list of children.  Adding a node that is there already adds
 * it to the context only, and gives the one that is there.  Sleeps; returns
 * NULL if there is a leaf of that name.
 */
struct sysctl_oid *
bsd_sysctl_add_oid(struct sysctl_ctx_list *ctx, struct sysctl_oid_list *parent,
    const char *name, uint_t kind, void *arg1, intmax_t arg2,
    int (*handler)(SYSCTL_HANDLER_ARGS), const char *descr)
{
	boolean_t node = (kind & CTLTYPE) == CTLTYPE_NODE;
	size_t len = strlen(name) + 1;
	struct sysctl_ctx_entry *ce = NULL;
	struct sysctl_oid *oidp, *old;

	if (parent == NULL)
		return (NULL);

	if (ctx != NULL)
		ce = kmem_zalloc(sizeof (*ce), KM_SLEEP);
	oidp = kmem_zalloc(sizeof (*oidp), KM_SLEEP);
	sysctl_oid_init(oidp);
	oidp->oid_parent = parent;
	oidp->oid_root = parent->ol_parent->oid_root;
	oidp->oid_name = kmem_alloc(len, KM_SLEEP);
	bcopy(name, oidp->oid_name, len);
	oidp->oid_descr = descr;
	oidp->oid_kind = kind;
	oidp->oid_handler = handler;
	oidp->oid_arg1 = arg1;
	oidp->oid_arg2 = arg2;

	mutex_enter(&sysctl_lock);
	for (old = list_head(&parent->ol_list); old != NULL;
	    old = list_next(&parent->ol_list, old)) {
		if (strcmp(old->oid_name, name) == 0)
			break;
	}
	if (old == NULL) {
		list_insert_tail(&parent->ol_list, oidp);
		old = oidp;
		oidp = NULL;
	} else if (!node || (old->oid_kind & CTLTYPE) != CTLTYPE_NODE) {
		dev_err(old->oid_root->sr_dip, CE_WARN,
		    "sysctl %s exists already", name);
		old = NULL;
	}
	if (old != NULL) {
		old->oid_refcnt++;
		if (ce != NULL) {
			ce->ce_oid = old;
			ce->ce_next = ctx->ctx_head;
			ctx->ctx_head = ce;
			ce = NULL;
		}
	}
	mutex_exit(&sysctl_lock);

	if (oidp != NULL) {
		list_destroy(&oidp->oid_children.ol_list);
		kmem_free(oidp->oid_name, len);
		kmem_free(oidp, sizeof (*oidp));
	}
	if (ce != NULL)
		kmem_free(ce, sizeof (*ce));
	if (old != NULL && (kind & CTLFLAG_RD) != 0) {
		if (sysctl_is_statistic(old))
			sysctl_kstat_create(parent->ol_parent);
		else if (!node)
			sysctl_kstat_create(old);
	}
	return (old);
}

/*
 * Drop one reference to an oid.  A node stays until its last child goes, which
 * may belong to another context.
 */
static void
sysctl_rele_oid(struct sysctl_oid *oidp)
{
	struct sysctl_root *sr = oidp->oid_root;
	struct sysctl_oid *parent;

	mutex_enter(&sysctl_lock);
	ASSERT(oidp->oid_refcnt > 0);
	oidp->oid_refcnt--;
	while (oidp->oid_refcnt == 0 && oidp->oid_parent != NULL &&
	    list_is_empty(&oidp->oid_children.ol_list)) {
		while (oidp->oid_running != 0)
			cv_wait(&sysctl_cv, &sysctl_lock);
		parent = oidp->oid_parent->ol_parent;
		list_remove(&oidp->oid_parent->ol_list, oidp);
		mutex_exit(&sysctl_lock);

		sysctl_kstat_delete(oidp);
		list_destroy(&oidp->oid_children.ol_list);
		kmem_free(oidp->oid_name, strlen(oidp->oid_name) + 1);
		kmem_free(oidp, sizeof (*oidp));

		oidp = parent;
		mutex_enter(&sysctl_lock);
	}
	if (oidp == &sr->sr_oid && sr->sr_dead &&
	    list_is_empty(&oidp->oid_children.ol_list)) {
		mutex_exit(&sysctl_lock);
		list_destroy(&oidp->oid_children.ol_list);
		kmem_free(sr, sizeof (*sr));
		return;
	}
	mutex_exit(&sysctl_lock);
}

int
sysctl_ctx_init(struct sysctl_ctx_list *ctx)
{
	ctx->ctx_head = NULL;
	return (0);
}

/*
 * Remove what was added with this context, the latest first.
 */
int
sysctl_ctx_free(struct sysctl_ctx_list *ctx)
{
	struct sysctl_ctx_entry *ce;

	while ((ce = ctx->ctx_head) != NULL) {
		ctx->ctx_head = ce->ce_next;
		sysctl_rele_oid(ce->ce_oid);
		kmem_free(ce, sizeof (*ce));
	}
	return (0);
}

static struct sysctl_root *
sysctl_find_root(dev_info_t *dip)
{
	struct sysctl_root *sr;

	ASSERT(MUTEX_HELD(&sysctl_lock));
	for (sr = list_head(&sysctl_roots); sr != NULL;
	    sr = list_next(&sysctl_roots, sr)) {
		if (sr->sr_dip == dip)
			break;
	}
	return (sr);
}

static struct sysctl_root *
sysctl_get_root(dev_info_t *dip)
{
	struct sysctl_root *sr, *new;

	new = kmem_zalloc(sizeof (*new), KM_SLEEP);
	mutex_enter(&sysctl_lock);
	if ((sr = sysctl_find_root(dip)) == NULL) {
		sr = new;
		new = NULL;
		sr->sr_dip = dip;
		sysctl_oid_init(&sr->sr_oid);
		sr->sr_oid.oid_kind = CTLTYPE_NODE;
		sr->sr_oid.oid_root = sr;
		list_insert_tail(&sysctl_roots, sr);
	}
	mutex_exit(&sysctl_lock);
	if (new != NULL)
		kmem_free(new, sizeof (*new));
	return (sr);
}

/*
 * The context and the root of a device's own tree, made on first use.
 */
struct sysctl_ctx_list *
bsd_device_sysctl_ctx(dev_info_t *dip)
{
	return (&sysctl_get_root(dip)->sr_ctx);
}

struct sysctl_oid *
bsd_device_sysctl_tree(dev_info_t *dip)
{
	return (&sysctl_get_root(dip)->sr_oid);
}

/*
 * Free a device's tree, at detach.  What was added to it with another context,
 * by the driver of the bus for example, stays until that context is freed.
 */
void
bsd_device_sysctl_fini(dev_info_t *dip)
{
	struct sysctl_root *sr;

	mutex_enter(&sysctl_lock);
	sr = sysctl_find_root(dip);
	mutex_exit(&sysctl_lock);
	if (sr == NULL)
		return;

	(void) sysctl_ctx_free(&sr->sr_ctx);
	sysctl_kstat_delete(&sr->sr_oid);
	mutex_enter(&sysctl_lock);
	list_remove(&sysctl_roots, sr);
	if (!list_is_empty(&sr->sr_oid.oid_children.ol_list)) {
		sr->sr_dead = B_TRUE;
		mutex_exit(&sysctl_lock);
		return;
	}
	mutex_exit(&sysctl_lock);
	list_destroy(&sr->sr_oid.oid_children.ol_list);
	kmem_free(sr, sizeof (*sr));
}

/*
 * Set *var from an integer property of the device, that is, from the driver's
 * .conf file.  A value out of bounds is reported, and *var keeps its default.
 */
void
bsd_tunable_int(dev_info_t *dip, const char *name, int *var, int min, int max)
{
	int *vals;
	uint_t nvals;
	int val;

	if (ddi_prop_lookup_int_array(DDI_DEV_T_ANY, dip, DDI_PROP_DONTPASS,
	    (char *)name, &vals, &nvals) != DDI_PROP_SUCCESS)
		return;
	val = *vals;
	ddi_prop_free(vals);
	if (nvals != 1 || val < min || val > max) {
		dev_err(dip, CE_WARN, "property %s is not a number from %d to "
		    "%d, using %d", name, min, max, *var);
		return;
	}
	*var = val;
}
