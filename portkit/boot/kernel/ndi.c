/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The nexus driver interface: entering a node to change what is below it,
 * making children, bringing them on line and off line.
 */

#include "kdev.h"

/*
 * ndi_devi_enter(): one thread at a time, as often as it likes.
 */
boolean_t
kdev_busy_owned(dev_info_t *dip)
{
	return ((DEVI(dip)->devi_flags & DEVI_BUSY) != 0 &&
	    DEVI(dip)->devi_busy_thread == curthread);
}

uint_t
kdev_entered(void)
{
	knode_t *kn;
	uint_t n = 0;

	for (kn = knodes; kn != NULL; kn = kn->kn_next) {
		if (kn->kn_live && kdev_busy_owned(kn->kn_dip))
			n += 1 + DEVI(kn->kn_dip)->devi_circular;
	}
	return (n);
}

static void
enter(dev_info_t *dip)
{
	knode_t *kn = knode_of(dip);

	DEVI(dip)->devi_flags |= DEVI_BUSY;
	DEVI(dip)->devi_busy_thread = curthread;
	hc_hb_acquire(dip);
	hc_trace_take(&kn->kn_entered);
	kn->kn_entered_here = kcall_within();
}

int
ndi_devi_tryenter(dev_info_t *dip, int *circular)
{
	struct dev_info *devi = DEVI(dip);

	*circular = 0;
	if (!KDEV_ENTER(dip))
		return (0);
	if (kdev_busy_owned(dip)) {
		devi->devi_circular++;
	} else if (devi->devi_flags & DEVI_BUSY) {
		return (0);
	} else {
		enter(dip);
	}
	*circular = devi->devi_circular;
	return (1);
}

void
ndi_devi_enter(dev_info_t *dip, int *circular)
{
	struct dev_info *devi = DEVI(dip);

	*circular = 0;
	if (!KDEV_ENTER(dip))
		return;
	(void) kctx_may_sleep("ndi_devi_enter");
	if (kdev_busy_owned(dip)) {
		devi->devi_circular++;
	} else {
		while (devi->devi_flags & DEVI_BUSY) {
			kwait_sleep(&knode_of(dip)->kn_waiters,
			    "ndi_devi_enter", dip);
			if (!kdev_valid(dip, "ndi_devi_enter"))
				return;
		}
		enter(dip);
	}
	*circular = devi->devi_circular;
}

void
ndi_devi_exit(dev_info_t *dip, int circular)
{
	struct dev_info *devi = DEVI(dip);

	if (!KDEV_ENTER(dip))
		return;
	if (!kdev_busy_owned(dip)) {
		hc_violation("lock", "ndi_devi_exit: the calling thread has "
		    "not entered %s", devi->devi_node_name);
		return;
	}
	if (circular != devi->devi_circular) {
		hc_violation("lock", "ndi_devi_exit: %s was entered %d times "
		    "more, but the last ndi_devi_enter said %d",
		    devi->devi_node_name, circular, devi->devi_circular);
		circular = devi->devi_circular;
	}
	if (circular != 0) {
		devi->devi_circular--;
	} else {
		hc_hb_release(dip);
		devi->devi_flags &= ~DEVI_BUSY;
		devi->devi_busy_thread = NULL;
		kwait_wake(&knode_of(dip)->kn_waiters);
		hc_point();
	}
}

void
ndi_hold_devi(dev_info_t *dip)
{
	if (KDEV_ENTER(dip))
		DEVI(dip)->devi_ref++;
}

void
ndi_rele_devi(dev_info_t *dip)
{
	if (!KDEV_ENTER(dip))
		return;
	if (DEVI(dip)->devi_ref <= 0) {
		hc_violation("memory", "ndi_rele_devi: %s is not held",
		    DEVI(dip)->devi_node_name);
		return;
	}
	DEVI(dip)->devi_ref--;
}

void
ddi_release_devi(dev_info_t *dip)
{
	ndi_rele_devi(dip);
}

struct dev_ops *
ndi_hold_driver(dev_info_t *dip)
{
	if (!KDEV_ENTER(dip) || DEVI(dip)->devi_node_state < DS_BOUND)
		return (NULL);
	return (kmodule_hold(kdev_driver(dip)));
}

void
ndi_rele_driver(dev_info_t *dip)
{
	if (KDEV_ENTER(dip) && DEVI(dip)->devi_node_state >= DS_BOUND)
		kmodule_rele(kdev_driver(dip));
}

/*
 * Children.
 */
static void
make_child(dev_info_t *parent, const char *name, pnode_t nodeid,
    dev_info_t **dipp)
{
	*dipp = kdev_alloc(parent, name, nodeid);
	kr_add(KR_NODE, *dipp, sizeof (struct dev_info), name);
}

/*
 * Gates differ in whether the name is const: the symbols are what counts.
 */
extern int kndi_devi_alloc(dev_info_t *, const char *, pnode_t, dev_info_t **)
	    __asm__("ndi_devi_alloc");
extern void kndi_devi_alloc_sleep(dev_info_t *, const char *, pnode_t,
	    dev_info_t **) __asm__("ndi_devi_alloc_sleep");

int
kndi_devi_alloc(dev_info_t *parent, const char *name, pnode_t nodeid,
    dev_info_t **dipp)
{
	hc_point();
	*dipp = NULL;
	if (!kdev_valid(parent, "ndi_devi_alloc"))
		return (NDI_FAILURE);
	if (hc_fail("node"))
		return (NDI_NOMEM);
	make_child(parent, name, nodeid, dipp);
	return (NDI_SUCCESS);
}

void
kndi_devi_alloc_sleep(dev_info_t *parent, const char *name, pnode_t nodeid,
    dev_info_t **dipp)
{
	hc_point();
	*dipp = NULL;
	if (!kdev_valid(parent, "ndi_devi_alloc_sleep"))
		return;
	(void) kctx_may_sleep("ndi_devi_alloc_sleep");
	make_child(parent, name, nodeid, dipp);
}

int
ndi_devi_free(dev_info_t *dip)
{
	if (!KDEV_ENTER(dip))
		return (NDI_FAILURE);
	(void) kctx_may_sleep("ndi_devi_free");
	if (DEVI(dip)->devi_node_state >= DS_INITIALIZED)
		return (DDI_FAILURE);
	(void) ktree_remove_child(dip);
	return (NDI_SUCCESS);
}

int
ndi_devi_set_nodename(dev_info_t *dip, char *name, int flags)
{
	if (!KDEV_ENTER(dip))
		return (NDI_FAILURE);
	if (strcmp(DEVI(dip)->devi_node_name, name) == 0)
		return (NDI_SUCCESS);
	if (DEVI(dip)->devi_node_state >= DS_BOUND) {
		cmn_err(CE_NOTE, "ndi_devi_set_nodename: node already bound "
		    "dip = %p, %s -> %s", (void *)dip,
		    DEVI(dip)->devi_node_name, name);
		return (NDI_FAILURE);
	}
	knode_of(dip)->kn_name = kdup(name);
	DEVI(dip)->devi_node_name = knode_of(dip)->kn_name;
	DEVI(dip)->devi_binding_name = knode_of(dip)->kn_name;
	return (NDI_SUCCESS);
}

int
ndi_devi_bind_driver(dev_info_t *dip, uint_t flags)
{
	dev_info_t *parent;
	int circ, error;

	if (!KDEV_ENTER(dip))
		return (NDI_FAILURE);
	parent = (dev_info_t *)DEVI(dip)->devi_parent;
	ndi_devi_enter(parent, &circ);
	error = ktree_config(dip, DS_BOUND);
	ndi_devi_exit(parent, circ);
	return (error == DDI_SUCCESS ? NDI_SUCCESS : NDI_FAILURE);
}

/*
 * The parent may be attaching still: its operations serve the child already.
 */
int
ndi_devi_online(dev_info_t *dip, uint_t flags)
{
	dev_info_t *parent;
	int circ, error;

	if (!KDEV_ENTER(dip))
		return (NDI_FAILURE);
	(void) kctx_may_sleep("ndi_devi_online");
	parent = (dev_info_t *)DEVI(dip)->devi_parent;
	flags |= NDI_DEVI_ONLINE | NDI_CONFIG;

	ndi_devi_enter(parent, &circ);
	error = ktree_bind_and_attach(dip, flags);
	if (error == NDI_SUCCESS) {
		DEVI(dip)->devi_ref++;
		ndi_devi_exit(parent, circ);
		(void) ktree_config_common(dip, flags, DDI_MAJOR_T_NONE);
		ndi_devi_enter(parent, &circ);
		DEVI(dip)->devi_ref--;
	}
	ndi_devi_exit(parent, circ);
	return (error);
}

int
ndi_devi_offline(dev_info_t *dip, uint_t flags)
{
	dev_info_t *parent;
	int circ, error;

	if (!KDEV_ENTER(dip))
		return (NDI_FAILURE);
	(void) kctx_may_sleep("ndi_devi_offline");
	parent = (dev_info_t *)DEVI(dip)->devi_parent;
	flags |= NDI_DEVI_OFFLINE;

	ndi_devi_enter(parent, &circ);
	if (DEVI(dip)->devi_node_state >= DS_ATTACHED) {
		ndi_devi_exit(parent, circ);
		if (ktree_unconfig_common(dip, flags | NDI_UNCONFIG,
		    DDI_MAJOR_T_NONE) != NDI_SUCCESS)
			return (NDI_FAILURE);
		ndi_devi_enter(parent, &circ);
		if (!kdev_valid(dip, "ndi_devi_offline")) {
			ndi_devi_exit(parent, circ);
			return (NDI_FAILURE);
		}
	}
	/*
	 * One that was never attached gets its address, for the event that it
	 * goes away.
	 */
	if (DEVI(dip)->devi_node_state == DS_BOUND &&
	    DEVI(parent)->devi_node_state >= DS_ATTACHED &&
	    (DEVI(dip)->devi_state & DEVI_DEVICE_OFFLINE) == 0 &&
	    (flags & NDI_NO_EVENT) == 0 && !knode_of(dip)->kn_evremove)
		(void) ktree_config(dip, DS_INITIALIZED);
	error = knode_of(dip)->kn_live ? ktree_detach_node(dip, flags) :
	    NDI_FAILURE;
	ndi_devi_exit(parent, circ);
	return (error);
}

/*
 * The same by a thread of the parent's; in the order of the calls.
 */
struct kasync {
	struct kasync	*as_next;
	dev_info_t	*as_dip;
	uint_t		as_flags;
};

static void
async_thread(void *arg)
{
	knode_t *kn = arg;
	struct kasync *as;

	while ((as = kn->kn_async) != NULL) {
		hc_hb_acquire(as);
		(void) ndi_devi_online(as->as_dip, as->as_flags);
		kn->kn_async = as->as_next;
		hc_free(as);
	}
	kn->kn_async_runs = B_FALSE;
}

int
ndi_devi_online_async(dev_info_t *dip, uint_t flags)
{
	struct kasync *as, **asp;
	knode_t *kn;

	if (!KDEV_ENTER(dip))
		return (NDI_FAILURE);
	if ((flags & NDI_NOSLEEP) && hc_fail("memory"))
		return (NDI_FAILURE);
	kn = knode_of((dev_info_t *)DEVI(dip)->devi_parent);
	as = hc_alloc(sizeof (*as));
	as->as_dip = dip;
	as->as_flags = flags;
	hc_hb_release(as);
	for (asp = &kn->kn_async; *asp != NULL; asp = &(*asp)->as_next)
		;
	*asp = as;
	if (!kn->kn_async_runs) {
		kn->kn_async_runs = B_TRUE;
		(void) kthread_spawn("nexus_enum_tq", async_thread, kn,
		    MINCLSYSPRI);
	}
	return (NDI_SUCCESS);
}

void
ktree_async_drain(dev_info_t *dip)
{
	while (knode_of(dip)->kn_async_runs)
		(void) kblock(hc_now() + 1000000, "nexus_enum_tq", dip);
}
