/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The scenario for a driver of any kind, with no host behind it: its life from
 * modload to modunload, with its minor nodes opened once, and the
 * machine suspended once.
 */

#include "../machine/machine.h"
#include "../kernel/kern_ctl.h"
#include "scenario.h"

/* Long enough for timeouts that a driver forgot to fire after its unload. */
#define	AFTERWARDS_MS	200

void
scenario_module(void)
{
	struct kc_node node;
	const char *name, *kind;
	kc_file *file;
	char minor[128];
	int drivers = 0, attached = 0, suspended, resumed, error, i;
	int may_fail = hc_arg("fail-alloc") != 0;

	for (i = 0; kc_modules(i, &name, &kind); i++) {
		error = kc_load(name);
		hc_milestone("load", error == 0 || may_fail, "%s/%s: %s", kind,
		    name, error == 0 ? "loaded" : "not loaded");
		if (error != 0)
			return;
		drivers += kind[0] == 'd';	/* drv, not misc */
	}
	(void) kc_configure();
	/* The framework's own nodes are attached, too. */
	for (i = 0; kc_node(i, &node); i++) {
		if (node.attached && kc_loaded(node.driver))
			attached++;
	}
	if (drivers != 0) {
		hc_milestone("attach", attached != 0 || may_fail,
		    "%d instance%s attached", attached,
		    attached == 1 ? "" : "s");
	}
	kc_report_tree();
	for (i = 0; kc_minor(i, minor, sizeof (minor)); i++) {
		if (kc_open(minor, 3, &file) == 0)
			(void) kc_close(file);
	}
	(void) kc_suspend(&suspended, &resumed);
	error = kc_unload_all();
	hc_milestone("unload-modules", error == 0, "%s",
	    error == 0 ? "all modules are gone" : "a module stays");
	kc_sleep_ms(AFTERWARDS_MS);
}
