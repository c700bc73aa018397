/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Loadable modules as the kernel knows them: the plan's, with their names,
 * major numbers and dependencies, and what they say of themselves
 * (mod_install(9F)).
 */

#include "kdev.h"

struct mod_ops mod_driverops;
struct mod_ops mod_miscops;

kmodule_t *kmodules;
static major_t next_major = 1;

/*
 * The plan.
 */
kmodule_t *
kmodule_new(const char *kind, const char *name, const char *path)
{
	kmodule_t *km = hc_alloc(sizeof (*km)), **kmp;

	km->km_kind = kdup(kind);
	km->km_name = kdup(name);
	km->km_path = kdup(path);
	km->km_full = hc_alloc(strlen(kind) + strlen(name) + 2);
	(void) sprintf(km->km_full, "%s/%s", kind, name);
	km->km_driver = strcmp(kind, "drv") == 0;
	km->km_major = km->km_driver ? next_major++ : DDI_MAJOR_T_NONE;
	for (kmp = &kmodules; *kmp != NULL; kmp = &(*kmp)->km_next)
		;
	*kmp = km;
	return (km);
}

kmodule_t *
kmodule_find(const char *name)
{
	kmodule_t *km;

	for (km = kmodules; km != NULL; km = km->km_next) {
		if (!km->km_builtin && (strcmp(km->km_full, name) == 0 ||
		    strcmp(km->km_name, name) == 0))
			break;
	}
	return (km);
}

kmodule_t *
kmodule_of_major(major_t major)
{
	kmodule_t *km;

	if (major == DDI_MAJOR_T_NONE)
		return (NULL);
	for (km = kmodules; km != NULL && km->km_major != major;
	    km = km->km_next)
		;
	return (km);
}

kmodule_t *
kmodule_of_name(const char *name)
{
	kmodule_t *km;
	kalias_t *ka;

	for (km = kmodules; km != NULL; km = km->km_next) {
		if (km->km_driver && strcmp(km->km_name, name) == 0)
			return (km);
	}
	for (km = kmodules; km != NULL; km = km->km_next) {
		for (ka = km->km_aliases; ka != NULL; ka = ka->ka_next) {
			if (strcmp(ka->ka_name, name) == 0)
				return (km);
		}
	}
	return (NULL);
}

void
kmodule_alias(kmodule_t *km, const char *alias)
{
	kalias_t **kap, *ka;

	for (kap = &km->km_aliases; (ka = *kap) != NULL; kap = &ka->ka_next) {
		if (strcmp(ka->ka_name, alias) == 0)
			return;
	}
	*kap = hc_alloc(sizeof (*ka));
	(*kap)->ka_name = kdup(alias);
}

/* Modules of the real system that are part of this kernel. */
static const char *const parts[] = { "misc/scsi" };

void
kmodule_depend(kmodule_t *km, const char *on)
{
	kmodule_t *other = kmodule_find(on);
	size_t i;

	for (i = 0; i < sizeof (parts) / sizeof (parts[0]); i++) {
		if (other == NULL && strcmp(parts[i], on) == 0)
			return;
	}
	if (other == NULL) {
		cmn_err(CE_WARN, "%s: depends on %s, which is not there",
		    km->km_full, on);
	} else if (km->km_ndepends < KMOD_DEPENDS) {
		km->km_depends[km->km_ndepends++] = other;
	}
}

boolean_t
kmodule_needs(kmodule_t *km, kmodule_t *other)
{
	uint_t i;

	for (i = 0; i < km->km_ndepends; i++) {
		if (km->km_depends[i] == other ||
		    kmodule_needs(km->km_depends[i], other))
			return (B_TRUE);
	}
	return (B_FALSE);
}

/*
 * mod_install(9F), mod_remove(9F), mod_info(9F).
 */
static kmodule_t *
module_of_linkage(struct modlinkage *ml)
{
	kmodule_t *km;

	for (km = kmodules; km != NULL; km = km->km_next) {
		if (km->km_handle != NULL && hc_module_owns(km->km_handle, ml))
			return (km);
	}
	return (NULL);
}

static struct modldrv *
driver_linkage(struct modlinkage *ml)
{
	int i;

	for (i = 0; i < 7 && ml->ml_linkage[i] != NULL; i++) {
		struct modldrv *drv = ml->ml_linkage[i];

		if (drv->drv_modops == &mod_driverops)
			return (drv);
	}
	return (NULL);
}

static int
check_driver(kmodule_t *km, struct dev_ops *ops)
{
	if (!km->km_driver) {
		cmn_err(CE_WARN, "mod_install: no major number for %s",
		    km->km_name);
		return (ENXIO);
	}
	if (ops == NULL) {
		hc_violation("memory", "mod_install: modldrv(9S) of %s has a "
		    "null pointer for dev_ops(9S)", km->km_name);
		return (EINVAL);
	}
	if (ops->devo_bus_ops == NULL && ops->devo_cb_ops != NULL &&
	    (ops->devo_cb_ops->cb_flag & D_MP) == 0) {
		cmn_err(CE_WARN, "mod_installdrv: MT-unsafe driver '%s' "
		    "rejected", km->km_name);
		return (ENXIO);
	}
	if (ops->devo_bus_ops != NULL &&
	    ops->devo_bus_ops->bus_map_fault != NULL &&
	    ops->devo_bus_ops->bus_map_fault != i_ddi_map_fault &&
	    ops->devo_bus_ops->busops_rev < BUSO_REV_8) {
		cmn_err(CE_WARN, "mod_installdrv: busops' revision of '%s' is "
		    "too low (must be at least 8)", km->km_name);
		return (ENXIO);
	}
	if (km->km_ops != NULL) {
		cmn_err(CE_WARN, "mod_installdrv: driver already installed %s",
		    km->km_name);
		return (EALREADY);
	}
	return (0);
}

int
mod_install(struct modlinkage *ml)
{
	kmodule_t *km;
	struct modldrv *drv;
	int error;

	hc_point();
	(void) kctx_may_sleep("mod_install");
	if (ml->ml_rev != MODREV_1) {
		cmn_err(CE_WARN, "mod_install:  modlinkage structure is not "
		    "MODREV_1");
		return (EINVAL);
	}
	if (ml->ml_linkage[0] == NULL)
		return (-1);
	if ((km = module_of_linkage(ml)) == NULL) {
		hc_violation("memory", "mod_install: modlinkage(9S) %p is in "
		    "no loaded module", (void *)ml);
		return (ENXIO);
	}
	if (hc_fail("module"))
		return (ENOMEM);
	if ((drv = driver_linkage(ml)) != NULL) {
		if ((error = check_driver(km, drv->drv_dev_ops)) != 0)
			return (error);
		km->km_ops = drv->drv_dev_ops;
	}
	km->km_linkage = ml;
	km->km_removed = B_FALSE;
	hc_trace_take(&km->km_trace);
	return (0);
}

int
mod_remove(struct modlinkage *ml)
{
	kmodule_t *km;

	hc_point();
	(void) kctx_may_sleep("mod_remove");
	km = module_of_linkage(ml);
	if (km == NULL || km->km_linkage != ml) {
		cmn_err(CE_NOTE, "mod_remove: mismatched driver for %s",
		    km == NULL ? "no module" : km->km_name);
		return (EBUSY);
	}
	if (km->km_holds != 0)
		return (EBUSY);
	km->km_ops = NULL;
	km->km_linkage = NULL;
	km->km_removed = B_TRUE;
	hc_trace_take(&km->km_trace);
	return (0);
}

int
mod_info(struct modlinkage *ml, struct modinfo *info)
{
	kmodule_t *km;
	struct modlmisc *misc;
	int i;

	hc_point();
	km = module_of_linkage(ml);
	info->mi_rev = ml->ml_rev;
	for (i = 0; i < 7 && (misc = ml->ml_linkage[i]) != NULL; i++) {
		(void) strncpy(info->mi_msinfo[i].msi_linkinfo,
		    misc->misc_linkinfo, MODMAXLINKINFOLEN);
		info->mi_msinfo[i].msi_p0 =
		    misc->misc_modops == &mod_driverops && km != NULL ?
		    (int)km->km_major : -1;
	}
	for (; i < MODMAXLINK; i++)
		info->mi_msinfo[i].msi_linkinfo[0] = '\0';
	return (1);
}

const char *
mod_modname(struct modlinkage *ml)
{
	kmodule_t *km;

	hc_point();
	km = module_of_linkage(ml);
	return (km == NULL ? NULL : km->km_name);
}
