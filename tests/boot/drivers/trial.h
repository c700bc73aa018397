/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What the trial drivers share. Each breaks one contract of the DDI when it is
 * built with -DBROKEN, in the line that says HERE and the check's name, and keeps
 * it otherwise.
 */

#ifndef _TRIAL_H
#define	_TRIAL_H

#include <sys/types.h>
#include <sys/param.h>
#include <sys/errno.h>
#include <sys/systm.h>
#include <sys/debug.h>
#include <sys/cmn_err.h>
#include <sys/kmem.h>
#include <sys/ksynch.h>
#include <sys/thread.h>
#include <sys/conf.h>
#include <sys/stat.h>
#include <sys/open.h>
#include <sys/cred.h>
#include <sys/kstat.h>
#include <sys/modctl.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>

/* A trial's part; trial.c does the rest. Both return an errno. */
int	trial_attach(dev_info_t *);
int	trial_detach(dev_info_t *);

/* For DMA of any kind. */
extern ddi_dma_attr_t trial_dma_attr;

#endif	/* _TRIAL_H */
