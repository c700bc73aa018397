/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What a scenario does to modules and devices: modload(8), modunload(8),
 * devfsadm(8), and waiting.
 */

#include "kdev.h"
#include "kern_ctl.h"

#define	MILLISECOND	1000000L

/*
 * The plan: all modules first, because what else there is names them.
 */
void
kc_boot(void)
{
	const char *w[8];
	kmodule_t *km;
	int i, n;

	kdev_setup();
	for (i = 0; i < hc_plan_lines(); i++) {
		n = hc_plan(i, w);
		if (n >= 4 && strcmp(w[0], "module") == 0)
			(void) kmodule_new(w[1], w[2], w[3]);
	}
	for (i = 0; i < hc_plan_lines(); i++) {
		n = hc_plan(i, w);
		if (n < 3 || strcmp(w[0], "module") == 0)
			continue;
		if ((km = kmodule_find(w[1])) == NULL) {
			cmn_err(CE_WARN, "plan: no module %s", w[1]);
			continue;
		}
		if (strcmp(w[0], "depends") == 0)
			kmodule_depend(km, w[2]);
		else if (strcmp(w[0], "alias") == 0)
			kmodule_alias(km, w[2]);
		else if (strcmp(w[0], "conf") == 0)
			kconf_read(km, w[2]);
	}
}

int
kc_load(const char *name)
{
	kmodule_t *km = kmodule_find(name);

	return (km == NULL ? ENOENT : kmodule_load(km));
}

int
kc_unload(const char *name)
{
	kmodule_t *km = kmodule_find(name);

	return (km == NULL ? ENOENT : kmodule_unload(km));
}

int
kc_loaded(const char *name)
{
	kmodule_t *km = kmodule_find(name);

	return (km != NULL && km->km_installed);
}

int
kc_modules(int index, const char **name, const char **kind)
{
	kmodule_t *km;

	for (km = kmodules; km != NULL; km = km->km_next) {
		if (!km->km_builtin && index-- == 0) {
			*name = km->km_name;
			*kind = km->km_kind;
			return (1);
		}
	}
	return (0);
}

/*
 * The module that was loaded last goes first; one that stays is passed over.
 */
int
kc_unload_all(void)
{
	kmodule_t *km, *last;
	uint_t before = (uint_t)-1;
	int error = 0;

	for (;;) {
		last = NULL;
		for (km = kmodules; km != NULL; km = km->km_next) {
			if (!km->km_builtin && km->km_installed &&
			    km->km_order < before &&
			    (last == NULL || km->km_order > last->km_order))
				last = km;
		}
		if (last == NULL)
			break;
		before = last->km_order;
		if (kmodule_unload(last) != 0)
			error = EBUSY;
	}
	return (error);
}

/*
 * Devices.
 */
static boolean_t
driver_attached(kmodule_t *km)
{
	knode_t *kn;

	for (kn = knodes; kn != NULL; kn = kn->kn_next) {
		if (kn->kn_live &&
		    DEVI(kn->kn_dip)->devi_major == km->km_major &&
		    DEVI(kn->kn_dip)->devi_node_state >= DS_ATTACHED)
			return (B_TRUE);
	}
	return (B_FALSE);
}

int
kc_configure(void)
{
	char path[KDEV_PATH];
	kmodule_t *km;
	knode_t *kn;
	int error = 0;

	(void) ndi_devi_config(ddi_root_node(), NDI_CONFIG | NDI_DEVI_PERSIST |
	    NDI_NO_EVENT | NDI_CONFIG_REPROBE);

	for (km = kmodules; km != NULL; km = km->km_next) {
		if (km->km_specs != NULL && !driver_attached(km)) {
			cmn_err(CE_CONT, "devfsadm: driver failed to attach: "
			    "%s\n", km->km_name);
			error = ENXIO;
		}
	}
	for (kn = knodes; kn != NULL; kn = kn->kn_next) {
		if (kn->kn_live && kn->kn_persistent &&
		    DEVI(kn->kn_dip)->devi_node_state >= DS_BOUND &&
		    DEVI(kn->kn_dip)->devi_node_state < DS_ATTACHED &&
		    (DEVI(kn->kn_dip)->devi_state & DEVI_DEVICE_OFFLINE) == 0) {
			cmn_err(CE_CONT, "devfsadm: device did not attach: %s "
			    "(%s)\n", kdev_path(kn->kn_dip, path,
			    sizeof (path)), ddi_driver_name(kn->kn_dip));
			error = ENXIO;
		}
	}
	return (error);
}

int
kc_detach(const char *path)
{
	dev_info_t *dip = kdev_find(path), *parent;
	knode_t *kn;
	int circ, error;

	if (dip == NULL || dip == ddi_root_node())
		return (ENOENT);
	kn = knode_of(dip);
	if (DEVI(dip)->devi_node_state < DS_ATTACHED)
		return (0);
	if (ktree_unconfig_common(dip, NDI_UNCONFIG, DDI_MAJOR_T_NONE) !=
	    NDI_SUCCESS)
		return (EBUSY);
	if (!kn->kn_live)
		return (0);
	parent = (dev_info_t *)DEVI(dip)->devi_parent;
	ndi_devi_enter(parent, &circ);
	error = kn->kn_live ? ktree_detach_node(dip, 0) : NDI_SUCCESS;
	ndi_devi_exit(parent, circ);
	return (error == NDI_SUCCESS ? 0 : EBUSY);
}

int
kc_attach(const char *path)
{
	dev_info_t *dip = kdev_find(path), *parent;
	char *up;
	size_t len;
	int circ, error;

	if (dip == NULL) {
		/* It may be one that its driver.conf(4) makes anew. */
		up = kdup(path);
		for (len = strlen(up); len > 0 && up[len - 1] != '/'; len--)
			;
		up[len > 1 ? len - 1 : len] = '\0';
		parent = kdev_find(up);
		hc_free(up);
		if (parent == NULL)
			return (ENOENT);
		DEVI(parent)->devi_flags &= ~DEVI_MADE_CHILDREN;
		ktree_make_spec_children(parent);
		if ((dip = kdev_find(path)) == NULL)
			return (ENOENT);
	}
	if (dip == ddi_root_node())
		return (0);
	parent = (dev_info_t *)DEVI(dip)->devi_parent;
	ndi_devi_enter(parent, &circ);
	error = ktree_bind_and_attach(dip, NDI_DEVI_ONLINE);
	ndi_devi_exit(parent, circ);
	if (error != NDI_SUCCESS)
		return (ENXIO);
	(void) ktree_config_common(dip, NDI_CONFIG, DDI_MAJOR_T_NONE);
	return (0);
}

/*
 * Threads and time.
 */
struct spawned {
	void	(*sp_run)(void *);
	void	*sp_arg;
};

static void
spawned_run(void *arg)
{
	struct spawned sp = *(struct spawned *)arg;

	hc_free(arg);
	sp.sp_run(sp.sp_arg);
}

void
kc_spawn(const char *name, void (*run)(void *), void *arg)
{
	struct spawned *sp = hc_alloc(sizeof (*sp));

	sp->sp_run = run;
	sp->sp_arg = arg;
	(void) kthread_spawn(name, spawned_run, sp, MINCLSYSPRI);
}

void
kc_sleep_ms(long ms)
{
	hc_time until = hc_now() + ms * MILLISECOND;

	while (hc_now() < until)
		(void) kblock(until, "sleep", NULL);
}

int
kc_wait(int (*condition)(void *), void *arg, long timeout_ms)
{
	hc_time until = hc_now() + timeout_ms * MILLISECOND;
	hc_time step = MILLISECOND;

	while (!condition(arg)) {
		if (hc_now() >= until)
			return (-1);
		(void) kblock(hc_now() + step, "wait", NULL);
		/* Long waits look less and less often. */
		if (step < 50 * MILLISECOND)
			step += step / 16;
	}
	return (0);
}

void
kc_final_checks(void)
{
	kmem_check();
}
