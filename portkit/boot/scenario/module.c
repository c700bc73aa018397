/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The scenario for a driver of any kind, with no host behind it: its life from
 * modload to modunload, with its minor nodes opened once.
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
	int attached = 0, error, i;
	int may_fail = hc_arg("fail-alloc") != 0;

	for (i = 0; kc_modules(i, &name, &kind); i++) {
		error = kc_load(name);
		hc_milestone("load", error == 0 || may_fail, "%s/%s: %s", kind,
		    name, error == 0 ? "loaded" : "not loaded");
		if (error != 0)
			return;
	}
	(void) kc_configure();
	/* The framework's own nodes are attached, too. */
	for (i = 0; kc_node(i, &node); i++) {
		if (node.attached && kc_loaded(node.driver))
			attached++;
	}
	hc_milestone("attach", attached != 0 || may_fail, "%d instance%s attached",
	    attached, attached == 1 ? "" : "s");
	kc_report_tree();
	for (i = 0; kc_minor(i, minor, sizeof (minor)); i++) {
		if (kc_open(minor, 3, &file) == 0)
			(void) kc_close(file);
	}
	error = kc_unload_all();
	hc_milestone("unload-modules", error == 0, "%s",
	    error == 0 ? "all modules are gone" : "a module stays");
	kc_sleep_ms(AFTERWARDS_MS);
}
