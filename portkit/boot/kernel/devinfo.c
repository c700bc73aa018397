/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Device nodes as objects: which there are, and their life. A node that is
 * freed keeps its place in memory for ever, poisoned, so that whoever still
 * uses it is found: by the address sanitizer if it looks inside, and here if
 * it hands it to a function of the DDI.
 */

#include "kdev.h"

dev_info_t *options_dip;
dev_info_t *pseudo_dip;

knode_t *knodes;
static knode_t *knode_last;
static dev_info_t *root_dip;
static int node_ids = 1;

#define	KNODE_HASH	256
static knode_t *knode_hash[KNODE_HASH];

static struct kcall *kcalls;

char *
kdup(const char *s)
{
	char *copy = hc_alloc(strlen(s) + 1);

	(void) strcpy(copy, s);
	return (copy);
}

/*
 * Wait lists.
 */
void
kwait_sleep(kwaitq_t *q, const char *why, const void *what)
{
	struct kwait w = { hc_self(), B_FALSE, NULL };
	struct kwait **wp;

	for (wp = &q->kq_first; *wp != NULL; wp = &(*wp)->kw_next)
		;
	*wp = &w;
	while (!w.kw_woken)
		(void) kblock(HC_FOREVER, why, what);
}

void
kwait_wake(kwaitq_t *q)
{
	struct kwait *w = q->kq_first;

	q->kq_first = NULL;
	while (w != NULL) {
		struct kwait *next = w->kw_next;
		hc_ctx *ctx = w->kw_ctx;

		/* The waiter's stack may go as soon as it knows. */
		w->kw_woken = B_TRUE;
		hc_wake(ctx);
		w = next;
	}
}

/*
 * Entry points.
 */
void
kcall_enter(struct kcall *kl, const char *entry, dev_info_t *driver,
    const char *module)
{
	if (driver != NULL) {
		(void) snprintf(kl->kl_what, sizeof (kl->kl_what), "%s of %s%d",
		    entry, ddi_driver_name(driver), ddi_get_instance(driver));
	} else {
		(void) snprintf(kl->kl_what, sizeof (kl->kl_what), "%s of %s",
		    entry, module);
	}
	kl->kl_ctx = hc_self();
	kl->kl_dip = driver;
	kl->kl_attach = B_FALSE;
	kl->kl_entered = kdev_entered();
	kl->kl_next = kcalls;
	kcalls = kl;
	kentry_enter(&kl->kl_entry, kl->kl_what);
}

static void
report_entered(const char *what)
{
	knode_t *kn;

	for (kn = knodes; kn != NULL; kn = kn->kn_next) {
		if (!kn->kn_live || !kdev_busy_owned(kn->kn_dip) ||
		    !kn->kn_entered_here)
			continue;
		hc_violation_at(&kn->kn_entered, "lock", "ndi_devi_enter: %s "
		    "is entered still when %s returns", kn->kn_name, what);
		kn->kn_entered_here = B_FALSE;
	}
}

void
kcall_leave(struct kcall *kl)
{
	struct kcall **klp;
	uint_t entered = kdev_entered();

	kentry_leave(&kl->kl_entry);
	if (entered > kl->kl_entered)
		report_entered(kl->kl_what);
	for (klp = &kcalls; *klp != NULL; klp = &(*klp)->kl_next) {
		if (*klp == kl) {
			*klp = kl->kl_next;
			break;
		}
	}
}

boolean_t
kcall_is_attaching(dev_info_t *dip)
{
	struct kcall *kl;

	for (kl = kcalls; kl != NULL; kl = kl->kl_next) {
		if (kl->kl_attach && kl->kl_dip == dip)
			return (B_TRUE);
	}
	return (B_FALSE);
}

dev_info_t *
kcall_attaching(void)
{
	struct kcall *kl;
	hc_ctx *self = hc_self();

	for (kl = kcalls; kl != NULL; kl = kl->kl_next) {
		if (kl->kl_ctx == self)
			return (kl->kl_attach ? kl->kl_dip : NULL);
	}
	return (NULL);
}

boolean_t
kcall_within(void)
{
	struct kcall *kl;
	hc_ctx *self = hc_self();

	for (kl = kcalls; kl != NULL; kl = kl->kl_next) {
		if (kl->kl_ctx == self)
			return (B_TRUE);
	}
	return (B_FALSE);
}

/*
 * Nodes.
 */
knode_t *
knode_of(dev_info_t *dip)
{
	knode_t *kn = knode_hash[((uintptr_t)dip >> 6) % KNODE_HASH];

	while (kn != NULL && kn->kn_dip != dip)
		kn = kn->kn_hash;
	return (kn);
}

boolean_t
kdev_valid(dev_info_t *dip, const char *called)
{
	knode_t *kn = knode_of(dip);

	if (kn != NULL && kn->kn_live)
		return (B_TRUE);
	if (kn != NULL) {
		hc_violation("memory", "%s: device node %s (%p) was freed: "
		    "ndi_devi_offline with NDI_DEVI_REMOVE, or ndi_devi_free",
		    called, kn->kn_name, (void *)dip);
	} else if (dip == NULL) {
		hc_violation("memory", "%s: null pointer for a device node",
		    called);
	} else {
		hc_violation("memory", "%s: %p is no device node", called,
		    (void *)dip);
	}
	return (B_FALSE);
}

dev_info_t *
kdev_alloc(dev_info_t *parent, const char *name, pnode_t nodeid)
{
	knode_t *kn = hc_alloc(sizeof (*kn));
	struct dev_info *devi = hc_alloc(sizeof (*devi));
	uint_t slot = ((uintptr_t)devi >> 6) % KNODE_HASH;

	kn->kn_dip = (dev_info_t *)devi;
	kn->kn_name = kdup(name);
	kn->kn_live = B_TRUE;
	kn->kn_persistent = nodeid != (pnode_t)DEVI_PSEUDO_NODEID;
	kn->kn_prom = nodeid > 0;

	devi->devi_node_name = kn->kn_name;
	devi->devi_binding_name = kn->kn_name;
	devi->devi_parent = DEVI(parent);
	devi->devi_major = DDI_MAJOR_T_NONE;
	devi->devi_instance = -1;
	devi->devi_nodeid = nodeid > 0 ? nodeid : ++node_ids;
	devi->devi_node_class = nodeid > 0 ? DDI_NC_PROM : DDI_NC_PSEUDO;
	devi->devi_node_state = DS_PROTO;
	mutex_init(&devi->devi_lock, NULL, MUTEX_DEFAULT, NULL);
	cv_init(&devi->devi_cv, NULL, CV_DEFAULT, NULL);

	kn->kn_hash = knode_hash[slot];
	knode_hash[slot] = kn;
	if (knode_last == NULL)
		knodes = kn;
	else
		knode_last->kn_next = kn;
	knode_last = kn;
	return (kn->kn_dip);
}

void
kdev_free(dev_info_t *dip)
{
	knode_t *kn = knode_of(dip);
	struct dev_info *devi = DEVI(dip);

	(void) kr_remove(KR_NODE, dip);
	kinstance_release(dip);
	kprop_free_list(&devi->devi_drv_prop_ptr);
	kprop_free_list(&devi->devi_sys_prop_ptr);
	kprop_free_list(&devi->devi_hw_prop_ptr);
	cv_destroy(&devi->devi_cv);
	mutex_destroy(&devi->devi_lock);
	if (kn->kn_addr != NULL) {
		hc_free(kn->kn_addr);
		kn->kn_addr = NULL;
	}
	if (kn->kn_compat != NULL) {
		hc_free(kn->kn_compat);
		kn->kn_compat = NULL;
	}
	klock_forget(devi, sizeof (*devi));
	kn->kn_live = B_FALSE;
	hc_poison(devi, sizeof (*devi));
}

static void
kdev_builtin(dev_info_t *dip, const char *driver, struct dev_ops *ops)
{
	kmodule_t *km = kmodule_new("drv", driver, "");

	km->km_builtin = B_TRUE;
	km->km_installed = B_TRUE;
	km->km_ops = ops;
	DEVI(dip)->devi_ops = ops;
	DEVI(dip)->devi_major = km->km_major;
	DEVI(dip)->devi_instance = 0;
	DEVI(dip)->devi_node_state = DS_READY;
	DEVI(dip)->devi_ref = 1;
	ddi_set_name_addr(dip, "");
}

void
kdev_setup(void)
{
	if (root_dip != NULL)
		return;
	root_dip = kdev_alloc(NULL, "i86pc", 1);
	kdev_builtin(root_dip, "rootnex", &kroot_ops);
	pseudo_dip = kdev_alloc(root_dip, "pseudo", DEVI_SID_NODEID);
	kdev_builtin(pseudo_dip, "pseudo", &kpseudo_ops);
	DEVI(root_dip)->devi_child = DEVI(pseudo_dip);
}

const char *
kdev_state_name(ddi_node_state_t state)
{
	static const char *const names[] = {
		"proto", "linked", "bound", "initialized", "probed", "attached",
		"attached"
	};

	return (state < DS_PROTO || state > DS_READY ? "invalid" :
	    names[state]);
}

kmodule_t *
kdev_driver(dev_info_t *dip)
{
	return (kmodule_of_major(DEVI(dip)->devi_major));
}

dev_info_t *
kdev_of_instance(major_t major, int instance)
{
	knode_t *kn;

	for (kn = knodes; kn != NULL; kn = kn->kn_next) {
		if (kn->kn_live && DEVI(kn->kn_dip)->devi_major == major &&
		    DEVI(kn->kn_dip)->devi_instance == instance &&
		    DEVI(kn->kn_dip)->devi_node_state >= DS_INITIALIZED)
			return (kn->kn_dip);
	}
	return (NULL);
}

/*
 * The node of a path. A component without an address stands for the first node
 * of that name; the address of a node that has none is its instance number.
 */
static boolean_t
component_matches(dev_info_t *dip, const char *name, size_t len)
{
	const char *addr = DEVI(dip)->devi_addr;
	size_t namelen = 0;
	char number[16];

	while (namelen < len && name[namelen] != '@')
		namelen++;
	if (strlen(DEVI(dip)->devi_node_name) != namelen ||
	    strncmp(DEVI(dip)->devi_node_name, name, namelen) != 0)
		return (B_FALSE);
	if (namelen == len)
		return (B_TRUE);
	if (addr == NULL || *addr == '\0') {
		(void) snprintf(number, sizeof (number), "%d",
		    DEVI(dip)->devi_instance);
		addr = number;
	}
	return (strlen(addr) == len - namelen - 1 &&
	    strncmp(addr, name + namelen + 1, len - namelen - 1) == 0);
}

dev_info_t *
kdev_find(const char *path)
{
	dev_info_t *dip = root_dip;

	while (dip != NULL && *path == '/') {
		const char *end;

		path++;
		for (end = path; *end != '\0' && *end != '/'; end++)
			;
		if (end == path)
			break;
		dip = (dev_info_t *)DEVI(dip)->devi_child;
		while (dip != NULL && !component_matches(dip, path, end - path))
			dip = (dev_info_t *)DEVI(dip)->devi_sibling;
		path = end;
	}
	return (dip);
}

const char *
kdev_path(dev_info_t *dip, char *buf, size_t len)
{
	size_t used = 0;

	if (DEVI(dip)->devi_parent == NULL) {
		(void) snprintf(buf, len, "/");
		return (buf);
	}
	buf[0] = '\0';
	if (DEVI(dip)->devi_parent->devi_parent != NULL) {
		(void) kdev_path((dev_info_t *)DEVI(dip)->devi_parent, buf,
		    len);
		used = strlen(buf);
	}
	(void) snprintf(buf + used, len - used, "/%s%s%s",
	    DEVI(dip)->devi_node_name,
	    DEVI(dip)->devi_addr != NULL && *DEVI(dip)->devi_addr != '\0' ?
	    "@" : "", DEVI(dip)->devi_addr != NULL ? DEVI(dip)->devi_addr : "");
	return (buf);
}

dev_info_t *
ddi_root_node(void)
{
	return (root_dip);
}
