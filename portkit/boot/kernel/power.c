/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The end: kadmin, which uadmin(2) calls, and what stops the machine. Who calls
 * it does not come back; the scenario asks whether it happened.
 */

#include "kern.h"
#include <sys/cred.h>
#include <sys/uadmin.h>
#include "kern_ctl.h"

void	halt(char *);

static boolean_t is_off;
static int off_how;

static void
machine_off(int fcn)
{
	if (!is_off) {
		is_off = B_TRUE;
		off_how = fcn;
	}
	for (;;)
		(void) hc_block(HC_FOREVER, "kadmin", "the machine is off");
}

void
mdboot(int cmd, int fcn, char *mdep, boolean_t invoke_cb)
{
	hc_point();
	(void) kctx_may_sleep("mdboot");
	hc_console("syncing file systems... done\n");
	machine_off(fcn);
}

void
mdpreboot(int cmd, int fcn, char *mdep)
{
	hc_point();
}

void
halt(char *why)
{
	hc_point();
	if (why != NULL) {
		hc_console("(");
		hc_console(why);
		hc_console(")\n");
	}
	machine_off(AD_HALT);
}

int
kadmin(int cmd, int fcn, void *mdep, cred_t *credp)
{
	hc_point();
	switch (cmd) {
	case A_SHUTDOWN:
	case A_REBOOT:
		/* Ends all processes, unmounts, and waits for that. */
		(void) kctx_may_sleep("kadmin");
		switch (fcn) {
		case AD_HALT:
		case AD_BOOT:
		case AD_IBOOT:
		case AD_POWEROFF:
		case AD_FASTREBOOT:
			mdboot(cmd, fcn, mdep, B_FALSE);
			break;
		default:
			return (EINVAL);
		}
		return (0);
	case A_REMOUNT:
		return (0);
	case A_FREEZE:
		return (ENOTSUP);
	default:
		return (EINVAL);
	}
}

int
kc_powered_off(int *how)
{
	if (is_off && how != NULL)
		*how = off_how;
	return (is_off ? 1 : 0);
}
