/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Flags of a driver's entry points (cb_flag of cb_ops(9S)).
 */

#ifndef _SYS_CONF_H
#define	_SYS_CONF_H

#include <sys/feature_tests.h>
#include <sys/types.h>
#include <sys/cred.h>
#include <sys/devops.h>

#define	D_NEW	0x0
#define	D_TAPE	0x8
#define	D_MTSAFE	0x20
#define	D_MP	32
#define	D_64BIT	0x200
#define	D_DEVMAP	0x100
#define	D_HOTPLUG	0x4
#define	D_U64BIT	0x40000
#define	D_OPEN_RETURNS_EINTR	0x100000
int nulldev();
int nodev();
int dev_to_instance(dev_t);

/* What else a driver may expect from this header. */
#include <sys/t_lock.h>
#include <sys/systm.h>
#include <sys/model.h>
#include <sys/buf.h>
#include <sys/uio.h>
#include <sys/poll.h>
#include <vm/as.h>

#endif	/* _SYS_CONF_H */
