/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The kernel's own beginning, before anything runs.
 */

#include "ksync.h"

void
kcpu_setup(void)
{
	kintr_setup();
}

void
hc_kernel_setup(void)
{
	kcpu_init();
	kthread_setup();
	kcpu_setup();
	kmem_setup();
	kcallout_setup();
	kproc_setup();
	kstat_setup();
	kdev_setup();
	kscsi_setup();
	ksd_setup();
}
