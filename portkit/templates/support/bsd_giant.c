/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

/* The lock that newbus holds around a driver's methods: see bsd_giant.h. */

#include <sys/types.h>
#include <sys/ksynch.h>
#include "bsd_giant.h"

kmutex_t bsd_giant;

/*
 * To be called once before any entry point runs, and once after the last.
 */
int
bsd_giant_setup(void)
{
	mutex_init(&bsd_giant, NULL, MUTEX_DRIVER, NULL);
	return (0);
}

void
bsd_giant_teardown(void)
{
	mutex_destroy(&bsd_giant);
}
