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
 * shutdown_nice(9) of FreeBSD.
 *
 * To power off, init(8) gets SIGPWR, for which inittab(4) has an entry that
 * runs shutdown(8): services stop in their order and users are warned.  For a
 * halt or a reboot init has no signal, and before init runs there is nobody to
 * tell; then the kernel ends the processes and unmounts by itself.
 */

#include <sys/types.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/cred.h>
#include <sys/ksynch.h>
#include <sys/proc.h>
#include <sys/procset.h>
#include <sys/signal.h>
#include <sys/uadmin.h>
#include <sys/zone.h>
#include "bsd_shutdown.h"

void
bsd_shutdown(int fcn)
{
	proc_t *init = NULL;

	if (fcn == AD_POWEROFF) {
		mutex_enter(&pidlock);
		init = prfind_zone(P_INITPID, ALL_ZONES);
		mutex_exit(&pidlock);
	}
	if (init != NULL)
		psignal(init, SIGPWR);
	else
		(void) kadmin(A_SHUTDOWN, fcn, NULL, kcred);
}
