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
 * sema_timedwait(9) of FreeBSD.  semaphore(9F) has no wait that ends by itself,
 * and a ksema_t cannot be looked into, so this one looks once a tick.
 */

#include <sys/types.h>
#include <sys/errno.h>
#include <sys/time.h>
#include <sys/ksynch.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include "bsd_sema.h"

int
bsd_sema_timedwait(ksema_t *sp, clock_t ticks)
{
	clock_t end = ddi_get_lbolt() + ticks;

	while (sema_tryp(sp) == 0) {
		if (ddi_get_lbolt() - end >= 0)
			return (EWOULDBLOCK);
		delay(1);
	}
	return (0);
}
