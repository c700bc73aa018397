/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * States of devices and buses, and the requests of devctl(7D).
 */

#ifndef _SYS_DEVCTL_H
#define	_SYS_DEVCTL_H

#include <sys/types.h>

#define	DEVICE_ONLINE	0x1
#define	DEVICE_BUSY	0x2
#define	DEVICE_OFFLINE	0x4
#define	DEVICE_DOWN	0x8
#define	BUS_ACTIVE	0x10
#define	BUS_QUIESCED	0x20
#define	BUS_SHUTDOWN	0x40
#define	DEVCTL_BUS_QUIESCE	14417921
#define	DEVCTL_BUS_UNQUIESCE	14417922
#define	DEVCTL_BUS_RESETALL	14417923
#define	DEVCTL_BUS_RESET	14417924
#define	DEVCTL_BUS_GETSTATE	14417925
#define	DEVCTL_DEVICE_ONLINE	14417926
#define	DEVCTL_DEVICE_OFFLINE	14417927
#define	DEVCTL_DEVICE_GETSTATE	14417929
#define	DEVCTL_DEVICE_RESET	14417930
#define	DEVCTL_BUS_CONFIGURE	14417931
#define	DEVCTL_BUS_UNCONFIGURE	14417932
#define	DEVCTL_DEVICE_REMOVE	14417933
#define	DEVCTL_BUS_DEV_CREATE	14417942

/* What else a driver may expect from this header. */
#include <sys/nvpair.h>

#endif	/* _SYS_DEVCTL_H */
