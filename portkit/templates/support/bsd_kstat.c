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
 * Named kstats for a driver that adds its statistics one at a time.
 *
 * Handlers take locks of the driver's, and the driver may add statistics with
 * those locks held.  So what a kstat shows is protected by the kstat's own
 * lock, which is held while handlers run and which nobody who adds takes, and
 * the lists by kstat_tree_lock, which is never held while a handler runs.
 * Statistics are only ever added behind the others and go with their node
 * alone, so one that was found stays while its kstat is read: kstat_delete()
 * waits for readers.  For that reason a context must not be freed with a lock
 * held that a handler takes.
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
#include "bsd_kstat.h"

#define	KSTAT_TREE_STRLEN	512	/* of a string, its NUL included */
#define	KSTAT_TREE_PATHLEN	256	/* of a node's path */

/* A statistic. */
struct bsd_kstat_leaf {
	list_node_t		kl_link;
	kstat_named_t		kl_named;	/* as last read */
	bsd_kstat_handler_t	*kl_handler;
	void			*kl_arg1;
	intptr_t		kl_arg2;
	uint_t			kl_flags;
	boolean_t		kl_bytes;	/* in hexadecimal */
	char			*kl_str;	/* of KSTAT_TREE_STRLEN */
};

struct bsd_kstat_node {
	struct bsd_kstat_node	*kn_next;	/* of its context */
	dev_info_t		*kn_dip;
	char			kn_path[KSTAT_TREE_PATHLEN];
	list_t			kn_leaves;
	kstat_t			*kn_ksp;	/* from the first leaf on */
	int			kn_number;	/* of those with its path */
	list_node_t		kn_link;	/* while there is a kstat */
	kmutex_t		kn_lock;	/* is ks_lock */
};

/* The tree of one device. */
struct kstat_device {
	list_node_t		kd_link;
	dev_info_t		*kd_dip;
	struct bsd_kstat_ctx	kd_ctx;
	struct bsd_kstat_node	*kd_root;
};

static kmutex_t kstat_tree_lock;
static list_t kstat_devices;
static list_t kstat_nodes;

/*
 * To be called once before any other function here, and once after the last.
 */
int
bsd_kstat_init(void)
{
	mutex_init(&kstat_tree_lock, NULL, MUTEX_DRIVER, NULL);
	list_create(&kstat_devices, sizeof (struct kstat_device),
	    offsetof(struct kstat_device, kd_link));
	list_create(&kstat_nodes, sizeof (struct bsd_kstat_node),
	    offsetof(struct bsd_kstat_node, kn_link));
	return (0);
}

void
bsd_kstat_fini(void)
{
	list_destroy(&kstat_nodes);
	list_destroy(&kstat_devices);
	mutex_destroy(&kstat_tree_lock);
}

/*
 * Copy a name into a field of KSTAT_STRLEN bytes.
 */
static void
kstat_tree_name(char *dst, const char *src)
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
 * The leaf behind another one, or the first.
 */
static struct bsd_kstat_leaf *
kstat_next_leaf(struct bsd_kstat_node *node, struct bsd_kstat_leaf *leaf)
{
	mutex_enter(&kstat_tree_lock);
	leaf = leaf != NULL ? list_next(&node->kn_leaves, leaf) :
	    list_head(&node->kn_leaves);
	mutex_exit(&kstat_tree_lock);
	return (leaf);
}

/*
 * Turn the n bytes at str into hexadecimal digits, from behind.
 */
static void
kstat_to_hex(char *str, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	uchar_t byte;

	str[2 * n] = '\0';
	while (n-- > 0) {
		byte = (uchar_t)str[n];
		str[2 * n + 1] = digits[byte & 0xf];
		str[2 * n] = digits[byte >> 4];
	}
}

/*
 * Read one leaf.  A statistic that cannot be had is 0 or empty.
 */
static void
kstat_read_leaf(struct bsd_kstat_leaf *leaf)
{
	kstat_named_t *knp = &leaf->kl_named;
	size_t room = leaf->kl_bytes ? (KSTAT_TREE_STRLEN - 1) / 2 :
	    KSTAT_TREE_STRLEN;
	int error;

	if (leaf->kl_str == NULL) {
		knp->value.ui64 = 0;
		if (leaf->kl_handler(knp, KSTAT_READ, leaf->kl_arg1,
		    leaf->kl_arg2) != 0)
			knp->value.ui64 = 0;
		return;
	}

	bzero(leaf->kl_str, KSTAT_TREE_STRLEN);
	KSTAT_NAMED_STR_PTR(knp) = leaf->kl_str;
	KSTAT_NAMED_STR_BUFLEN(knp) = room;
	error = leaf->kl_handler(knp, KSTAT_READ, leaf->kl_arg1,
	    leaf->kl_arg2);
	if (error != 0)
		leaf->kl_str[0] = '\0';
	else if (leaf->kl_bytes)
		kstat_to_hex(leaf->kl_str,
		    MIN(KSTAT_NAMED_STR_BUFLEN(knp), room));
	kstat_named_setstr(knp, leaf->kl_str);
}

/*
 * ks_update.  What is written is seen to by the snapshot, which knows what it
 * was before.
 */
static int
kstat_node_update(kstat_t *ksp, int rw)
{
	struct bsd_kstat_node *node = ksp->ks_private;
	struct bsd_kstat_leaf *leaf = NULL;
	size_t size = 0;
	uint_t n = 0;

	if (rw == KSTAT_WRITE)
		return (0);

	while ((leaf = kstat_next_leaf(node, leaf)) != NULL) {
		kstat_read_leaf(leaf);
		size += sizeof (kstat_named_t);
		if (leaf->kl_str != NULL)
			size += KSTAT_NAMED_STR_BUFLEN(&leaf->kl_named);
		n++;
	}
	ksp->ks_ndata = n;
	ksp->ks_data_size = size;
	return (0);
}

/*
 * Hand the values in buf that differ from those that were read just before,
 * under this same lock, to the handlers.  A kstat is written as a whole, and
 * statistics that nobody can set go on counting meanwhile: they are an error
 * only where nothing else has changed.
 */
static int
kstat_node_write(kstat_t *ksp, kstat_named_t *knp)
{
	struct bsd_kstat_leaf *leaf = NULL;
	boolean_t denied = B_FALSE, done = B_FALSE;
	int error = 0;
	uint_t i;

	for (i = 0; i < ksp->ks_ndata && error == 0; i++, knp++) {
		leaf = kstat_next_leaf(ksp->ks_private, leaf);
		if (leaf->kl_str != NULL ||
		    leaf->kl_named.value.ui64 == knp->value.ui64)
			continue;
		if ((leaf->kl_flags & KSTAT_FLAG_WRITABLE) == 0) {
			denied = B_TRUE;
			continue;
		}
		leaf->kl_named.value = knp->value;
		error = leaf->kl_handler(&leaf->kl_named, KSTAT_WRITE,
		    leaf->kl_arg1, leaf->kl_arg2);
		done = B_TRUE;
	}
	return (error == 0 && denied && !done ? EACCES : error);
}

/*
 * ks_snapshot.  Leaves may have been added since the update.
 */
static int
kstat_node_snapshot(kstat_t *ksp, void *buf, int rw)
{
	kstat_named_t *knp = buf;
	char *str = (char *)(knp + ksp->ks_ndata);
	struct bsd_kstat_leaf *leaf = NULL;
	uint_t i;

	ksp->ks_snaptime = gethrtime();
	if (rw == KSTAT_WRITE)
		return (kstat_node_write(ksp, knp));

	for (i = 0; i < ksp->ks_ndata; i++, knp++) {
		leaf = kstat_next_leaf(ksp->ks_private, leaf);
		*knp = leaf->kl_named;
		if (leaf->kl_str == NULL)
			continue;
		bcopy(leaf->kl_str, str, KSTAT_NAMED_STR_BUFLEN(knp));
		KSTAT_NAMED_STR_PTR(knp) = str;
		str += KSTAT_NAMED_STR_BUFLEN(knp);
	}
	return (0);
}

/*
 * Two contexts may add statistics under one path of a device, a bus and the
 * device's driver for instance: each has a kstat, and the later ones a number.
 */
static void
kstat_node_number(struct bsd_kstat_node *node)
{
	struct bsd_kstat_node *other;

	mutex_enter(&kstat_tree_lock);
	node->kn_number = 1;
	for (other = list_head(&kstat_nodes); other != NULL;
	    other = list_next(&kstat_nodes, other)) {
		if (other->kn_dip == node->kn_dip &&
		    other->kn_number >= node->kn_number &&
		    strcmp(other->kn_path, node->kn_path) == 0)
			node->kn_number = other->kn_number + 1;
	}
	list_insert_tail(&kstat_nodes, node);
	mutex_exit(&kstat_tree_lock);
}

static void
kstat_node_install(struct bsd_kstat_node *node)
{
	const char *path = node->kn_path[0] != '\0' ? node->kn_path : "sysctl";
	char name[KSTAT_STRLEN], numbered[KSTAT_TREE_PATHLEN];
	kstat_t *ksp;

	kstat_node_number(node);
	if (node->kn_number > 1) {
		(void) snprintf(numbered, sizeof (numbered), "%s.%d", path,
		    node->kn_number);
		path = numbered;
	}
	kstat_tree_name(name, path);
	ksp = kstat_create(ddi_driver_name(node->kn_dip),
	    ddi_get_instance(node->kn_dip), name, "misc", KSTAT_TYPE_NAMED, 0,
	    KSTAT_FLAG_VIRTUAL | KSTAT_FLAG_VAR_SIZE | KSTAT_FLAG_WRITABLE);
	if (ksp == NULL)
		return;
	ksp->ks_lock = &node->kn_lock;
	ksp->ks_private = node;
	ksp->ks_update = kstat_node_update;
	ksp->ks_snapshot = kstat_node_snapshot;
	node->kn_ksp = ksp;
	kstat_install(ksp);
}

/*
 * Add a statistic.  Sleeps.
 */
void
bsd_kstat_add_proc(struct bsd_kstat_node *node, const char *name,
    uchar_t type, bsd_kstat_handler_t *handler, void *arg1, intptr_t arg2,
    uint_t flags)
{
	struct bsd_kstat_leaf *leaf, *old;
	char stat[KSTAT_STRLEN];
	boolean_t first;

	if (node == NULL)
		return;
	leaf = kmem_zalloc(sizeof (*leaf), KM_SLEEP);
	leaf->kl_handler = handler;
	leaf->kl_arg1 = arg1;
	leaf->kl_arg2 = arg2;
	leaf->kl_flags = flags;
	leaf->kl_bytes = type == KSTAT_DATA_CHAR;
	if (leaf->kl_bytes)
		type = KSTAT_DATA_STRING;
	if (type == KSTAT_DATA_STRING)
		leaf->kl_str = kmem_zalloc(KSTAT_TREE_STRLEN, KM_SLEEP);
	kstat_tree_name(stat, name);
	kstat_named_init(&leaf->kl_named, stat, type);

	mutex_enter(&kstat_tree_lock);
	for (old = list_head(&node->kn_leaves); old != NULL;
	    old = list_next(&node->kn_leaves, old)) {
		if (strcmp(old->kl_named.name, stat) == 0)
			break;
	}
	first = list_is_empty(&node->kn_leaves);
	if (old == NULL)
		list_insert_tail(&node->kn_leaves, leaf);
	mutex_exit(&kstat_tree_lock);

	if (old != NULL) {
		dev_err(node->kn_dip, CE_WARN, "statistic %s exists already",
		    name);
		if (leaf->kl_str != NULL)
			kmem_free(leaf->kl_str, KSTAT_TREE_STRLEN);
		kmem_free(leaf, sizeof (*leaf));
	} else if (first) {
		kstat_node_install(node);
	}
}

/*
 * The handler of a variable at arg1, of the size of the statistic's type.
 */
/*ARGSUSED*/
static int
kstat_var(kstat_named_t *knp, int rw, void *arg1, intptr_t arg2)
{
	switch (knp->data_type) {
	case KSTAT_DATA_STRING:
		(void) strlcpy(KSTAT_NAMED_STR_PTR(knp), arg1,
		    KSTAT_NAMED_STR_BUFLEN(knp));
		break;
	case KSTAT_DATA_INT32:
	case KSTAT_DATA_UINT32:
		if (rw == KSTAT_READ)
			knp->value.ui32 = *(uint32_t *)arg1;
		else
			*(uint32_t *)arg1 = knp->value.ui32;
		break;
	default:
		if (rw == KSTAT_READ)
			knp->value.ui64 = *(uint64_t *)arg1;
		else
			*(uint64_t *)arg1 = knp->value.ui64;
		break;
	}
	return (0);
}

/*
 * Add a statistic that is a variable of the type's size.  Sleeps.
 */
void
bsd_kstat_add_var(struct bsd_kstat_node *node, const char *name, uchar_t type,
    const volatile void *var, uint_t flags)
{
	bsd_kstat_add_proc(node, name, type, kstat_var,
	    (void *)(uintptr_t)var, 0, flags);
}

static struct bsd_kstat_node *
kstat_new_node(dev_info_t *dip)
{
	struct bsd_kstat_node *node;

	node = kmem_zalloc(sizeof (*node), KM_SLEEP);
	node->kn_dip = dip;
	list_create(&node->kn_leaves, sizeof (struct bsd_kstat_leaf),
	    offsetof(struct bsd_kstat_leaf, kl_link));
	mutex_init(&node->kn_lock, NULL, MUTEX_DRIVER, NULL);
	return (node);
}

static void
kstat_free_node(struct bsd_kstat_node *node)
{
	struct bsd_kstat_leaf *leaf;

	if (node->kn_ksp != NULL)
		kstat_delete(node->kn_ksp);
	if (node->kn_number != 0) {
		mutex_enter(&kstat_tree_lock);
		list_remove(&kstat_nodes, node);
		mutex_exit(&kstat_tree_lock);
	}
	while ((leaf = list_remove_head(&node->kn_leaves)) != NULL) {
		if (leaf->kl_str != NULL)
			kmem_free(leaf->kl_str, KSTAT_TREE_STRLEN);
		kmem_free(leaf, sizeof (*leaf));
	}
	list_destroy(&node->kn_leaves);
	mutex_destroy(&node->kn_lock);
	kmem_free(node, sizeof (*node));
}

/*
 * The node of that name below another one, added to the context unless it is
 * there already.  Each context has nodes of its own, so no two should add
 * statistics by the same path.  Sleeps.
 */
struct bsd_kstat_node *
bsd_kstat_add_node(struct bsd_kstat_ctx *ctx, struct bsd_kstat_node *parent,
    const char *name)
{
	struct bsd_kstat_node *node, *old;

	if (parent == NULL)
		return (NULL);
	node = kstat_new_node(parent->kn_dip);
	(void) snprintf(node->kn_path, sizeof (node->kn_path), "%s%s%s",
	    parent->kn_path, parent->kn_path[0] != '\0' ? "." : "", name);

	mutex_enter(&kstat_tree_lock);
	for (old = ctx->kc_nodes; old != NULL; old = old->kn_next) {
		if (old->kn_dip == node->kn_dip &&
		    strcmp(old->kn_path, node->kn_path) == 0)
			break;
	}
	if (old == NULL) {
		node->kn_next = ctx->kc_nodes;
		ctx->kc_nodes = node;
	}
	mutex_exit(&kstat_tree_lock);

	if (old == NULL)
		return (node);
	kstat_free_node(node);
	return (old);
}

void
bsd_kstat_ctx_init(struct bsd_kstat_ctx *ctx)
{
	ctx->kc_nodes = NULL;
}

/*
 * Free the nodes of a context, with their statistics.
 */
void
bsd_kstat_ctx_free(struct bsd_kstat_ctx *ctx)
{
	struct bsd_kstat_node *node;

	for (;;) {
		mutex_enter(&kstat_tree_lock);
		if ((node = ctx->kc_nodes) != NULL)
			ctx->kc_nodes = node->kn_next;
		mutex_exit(&kstat_tree_lock);
		if (node == NULL)
			return;
		kstat_free_node(node);
	}
}

static struct kstat_device *
kstat_find_device(dev_info_t *dip)
{
	struct kstat_device *kd;

	ASSERT(MUTEX_HELD(&kstat_tree_lock));
	for (kd = list_head(&kstat_devices); kd != NULL;
	    kd = list_next(&kstat_devices, kd)) {
		if (kd->kd_dip == dip)
			break;
	}
	return (kd);
}

static struct kstat_device *
kstat_get_device(dev_info_t *dip)
{
	struct kstat_device *kd, *new;

	new = kmem_zalloc(sizeof (*new), KM_SLEEP);
	new->kd_dip = dip;
	new->kd_root = new->kd_ctx.kc_nodes = kstat_new_node(dip);
	mutex_enter(&kstat_tree_lock);
	if ((kd = kstat_find_device(dip)) == NULL) {
		kd = new;
		list_insert_tail(&kstat_devices, kd);
	}
	mutex_exit(&kstat_tree_lock);
	if (kd != new) {
		bsd_kstat_ctx_free(&new->kd_ctx);
		kmem_free(new, sizeof (*new));
	}
	return (kd);
}

/*
 * A device's own node and context, made on first use and freed at detach.
 */
struct bsd_kstat_node *
bsd_kstat_device_tree(dev_info_t *dip)
{
	return (kstat_get_device(dip)->kd_root);
}

struct bsd_kstat_ctx *
bsd_kstat_device_ctx(dev_info_t *dip)
{
	return (&kstat_get_device(dip)->kd_ctx);
}

/*
 * Nodes of other contexts, the bus driver's for example, stay.
 */
void
bsd_kstat_device_fini(dev_info_t *dip)
{
	struct kstat_device *kd;

	mutex_enter(&kstat_tree_lock);
	if ((kd = kstat_find_device(dip)) != NULL)
		list_remove(&kstat_devices, kd);
	mutex_exit(&kstat_tree_lock);
	if (kd != NULL) {
		bsd_kstat_ctx_free(&kd->kd_ctx);
		kmem_free(kd, sizeof (*kd));
	}
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
