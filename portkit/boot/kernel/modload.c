/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Loading modules, and the way back. A driver is loaded when a device needs
 * it, or by modload(8); it is unloaded when none of its instances stays
 * attached, and what it then still owns has leaked.
 */

#include "kdev.h"

static uint_t loads;

static void
module_busy(kmodule_t *km)
{
	while (km->km_busy)
		kwait_sleep(&km->km_waiters, "module", km);
	km->km_busy = B_TRUE;
}

static void
module_idle(kmodule_t *km)
{
	km->km_busy = B_FALSE;
	kwait_wake(&km->km_waiters);
}

/*
 * The module's memory goes away: whatever the kernel knows of it by address.
 * The segments of a shared object lie next to each other.
 */
static void
forget_memory(kmodule_t *km, const char *inside)
{
	const char *low = (const char *)((uintptr_t)inside & ~(HC_PAGE - 1));
	const char *high = low + HC_PAGE;
	uint_t gap;

	for (gap = 0; gap < 16; gap++) {
		if (hc_module_owns(km->km_handle, low - (gap + 1) * HC_PAGE)) {
			low -= (gap + 1) * HC_PAGE;
			gap = (uint_t)-1;
		}
	}
	for (gap = 0; gap < 16; gap++) {
		if (hc_module_owns(km->km_handle, high + gap * HC_PAGE)) {
			high += (gap + 1) * HC_PAGE;
			gap = (uint_t)-1;
		}
	}
	klock_forget(low, high - low);
	kdma_forget(low, high - low);
}

static void
module_gone(kmodule_t *km, const char *inside)
{
	(void) kr_check(km->km_name);
	kdev_remove_below(km);
	forget_memory(km, inside);
	hc_module_unload(km->km_handle);
	km->km_handle = NULL;
	km->km_installed = B_FALSE;
	km->km_linkage = NULL;
	km->km_ops = NULL;
}

static int
call_init(kmodule_t *km)
{
	int (*init)(void) = hc_module_symbol(km->km_handle, "_init");
	struct kcall kl;
	int error;

	if (init == NULL ||
	    hc_module_symbol(km->km_handle, "_info") == NULL) {
		cmn_err(CE_WARN, "%s() not defined properly in %s",
		    init == NULL ? "_init" : "_info", km->km_full);
		hc_module_unload(km->km_handle);
		km->km_handle = NULL;
		return (EFAULT);
	}
	kcall_enter(&kl, "_init(9E)", NULL, km->km_name);
	error = init();
	kcall_leave(&kl);
	hc_hb_release(km);
	if (error == 0 && km->km_linkage == NULL) {
		hc_violation("leak", "_init(9E) of %s returned 0 without "
		    "mod_install(9F)", km->km_name);
	}
	if (error != 0) {
		if (km->km_linkage != NULL) {
			hc_violation_at(&km->km_trace, "leak", "_init(9E) of "
			    "%s failed (%d) after mod_install(9F), without "
			    "mod_remove(9F)", km->km_name, error);
		}
		module_gone(km, (const char *)(uintptr_t)init);
		return (error);
	}
	km->km_installed = B_TRUE;
	km->km_order = ++loads;
	return (0);
}

int
kmodule_load(kmodule_t *km)
{
	char why[256];
	uint_t i;
	int error = 0;

	if (km->km_builtin)
		return (0);
	for (i = 0; i < km->km_ndepends; i++) {
		if ((error = kmodule_load(km->km_depends[i])) != 0) {
			cmn_err(CE_WARN, "%s: cannot load the module %s that "
			    "it depends on (%d)", km->km_full,
			    km->km_depends[i]->km_full, error);
			return (error);
		}
	}
	module_busy(km);
	if (!km->km_installed) {
		km->km_handle = hc_module_load(km->km_name, km->km_path, why,
		    sizeof (why));
		if (km->km_handle == NULL) {
			cmn_err(CE_WARN, "cannot load module '%s': %s",
			    km->km_full, why);
			error = ENOEXEC;
		} else {
			error = call_init(km);
		}
	}
	module_idle(km);
	return (error);
}

struct dev_ops *
kmodule_hold(kmodule_t *km)
{
	if (!km->km_driver || (!km->km_installed && kmodule_load(km) != 0))
		return (NULL);
	if (km->km_ops == NULL)
		return (NULL);
	km->km_holds++;
	km->km_ops->devo_refcnt++;
	return (km->km_ops);
}

void
kmodule_rele(kmodule_t *km)
{
	if (km->km_holds <= 0) {
		hc_violation("memory", "ddi_rele_driver: %s is not held",
		    km->km_name);
		return;
	}
	km->km_holds--;
	if (km->km_ops != NULL)
		km->km_ops->devo_refcnt--;
}

/*
 * Unloading. The instances are detached before _fini(9E) is asked.
 */
static int
detach_all(kmodule_t *km)
{
	knode_t *kn;
	dev_info_t *parent;
	int circ, error = 0;

	for (kn = knodes; kn != NULL && km->km_driver; kn = kn->kn_next) {
		if (!kn->kn_live ||
		    DEVI(kn->kn_dip)->devi_major != km->km_major)
			continue;
		parent = (dev_info_t *)DEVI(kn->kn_dip)->devi_parent;
		if (DEVI(kn->kn_dip)->devi_node_state >= DS_ATTACHED &&
		    ktree_unconfig_common(kn->kn_dip, NDI_UNCONFIG,
		    DDI_MAJOR_T_NONE) != NDI_SUCCESS) {
			error = EBUSY;
			continue;
		}
		if (!kn->kn_live)
			continue;
		ndi_devi_enter(parent, &circ);
		if (kn->kn_live &&
		    DEVI(kn->kn_dip)->devi_node_state >= DS_ATTACHED &&
		    ktree_detach_node(kn->kn_dip, 0) != NDI_SUCCESS)
			error = EBUSY;
		ndi_devi_exit(parent, circ);
	}
	return (error);
}

static boolean_t
is_needed(kmodule_t *km)
{
	kmodule_t *other;

	for (other = kmodules; other != NULL; other = other->km_next) {
		if (other->km_handle != NULL && kmodule_needs(other, km))
			return (B_TRUE);
	}
	return (B_FALSE);
}

int
kmodule_unload(kmodule_t *km)
{
	int (*fini)(void);
	struct kcall kl;
	int error;

	if (km->km_builtin || is_needed(km))
		return (EBUSY);
	if (!km->km_installed)
		return (EALREADY);
	if ((error = detach_all(km)) != 0)
		return (error);

	module_busy(km);
	error = 0;
	if (!km->km_installed)
		error = EALREADY;
	else if (is_needed(km))
		error = EBUSY;
	else if ((fini = hc_module_symbol(km->km_handle, "_fini")) == NULL)
		error = EBUSY;
	if (error == 0) {
		hc_hb_acquire(km);
		kcall_enter(&kl, "_fini(9E)", NULL, km->km_name);
		error = fini();
		kcall_leave(&kl);
		if (error == 0 && km->km_linkage != NULL) {
			hc_violation_at(&km->km_trace, "leak", "mod_install(9F)"
			    " of %s: _fini(9E) returned 0, but mod_remove(9F) "
			    "did not", km->km_name);
		}
		if (error != 0 && km->km_removed) {
			hc_violation_at(&km->km_trace, "leak", "_fini(9E) of "
			    "%s returned %d after mod_remove(9F) had "
			    "succeeded", km->km_name, error);
		}
		if (error == 0)
			module_gone(km, (const char *)(uintptr_t)fini);
	}
	module_idle(km);
	return (error);
}

/*
 * ddi_modopen(9F), modload, modlookup.
 */
ddi_modhandle_t
ddi_modopen(const char *name, int mode, int *errnop)
{
	kmodule_t *km;
	int error;

	hc_point();
	(void) kctx_may_sleep("ddi_modopen");
	km = kmodule_find(name);
	error = km == NULL ? ENOENT : kmodule_load(km);
	if (error == 0)
		km->km_holds++;
	if (errnop != NULL)
		*errnop = error;
	return (error == 0 ? (ddi_modhandle_t)km : NULL);
}

void *
ddi_modsym(ddi_modhandle_t handle, const char *name, int *errnop)
{
	void *symbol;

	hc_point();
	symbol = hc_module_symbol(((kmodule_t *)handle)->km_handle, name);
	if (errnop != NULL)
		*errnop = symbol == NULL ? ENOENT : 0;
	return (symbol);
}

int
ddi_modclose(ddi_modhandle_t handle)
{
	hc_point();
	((kmodule_t *)handle)->km_holds--;
	return (0);
}

int
modload(const char *subdir, const char *name)
{
	kmodule_t *km;

	hc_point();
	km = kmodule_find(name);
	return (km == NULL || kmodule_load(km) != 0 ? -1 : (int)km->km_order);
}

int
modunload(int id)
{
	kmodule_t *km;

	hc_point();
	for (km = kmodules; km != NULL; km = km->km_next) {
		if (km->km_installed && (int)km->km_order == id)
			return (kmodule_unload(km));
	}
	return (EINVAL);
}

uintptr_t
modlookup(const char *module, const char *name)
{
	uintptr_t psm;
	kmodule_t *km;
	void *symbol;

	hc_point();
	if ((psm = kpsm_lookup(module, name)) != 0)
		return (psm);
	for (km = kmodules; km != NULL; km = km->km_next) {
		if (km->km_handle == NULL || (module != NULL &&
		    strcmp(module, km->km_name) != 0))
			continue;
		symbol = hc_module_symbol(km->km_handle, name);
		if (symbol != NULL)
			return ((uintptr_t)symbol);
	}
	return (0);
}
