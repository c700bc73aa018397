/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The device tree from within: what the kernel knows of each driver.
 */

#ifndef _SYS_AUTOCONF_H
#define	_SYS_AUTOCONF_H

#include <sys/types.h>
#include <sys/devops.h>

extern dev_info_t *options_dip;
extern dev_info_t *pseudo_dip;

/* What else a driver may expect from this header. */
#include <sys/dditypes.h>
#include <sys/mutex.h>
#include <sys/thread.h>
#include <sys/obpdefs.h>
#include <sys/systm.h>
#include <sys/ddipropdefs.h>

#endif	/* _SYS_AUTOCONF_H */
