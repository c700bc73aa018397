/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Zones: the global one is where drivers live.
 */

#ifndef _SYS_ZONE_H
#define	_SYS_ZONE_H

#include <sys/types.h>

#define	GLOBAL_ZONEID	0
#define	ALL_ZONES	(-1)
#define	MIN_ZONEID	0
#define	MAX_ZONEID	9999
zoneid_t getzoneid(void);

/* What else a driver may expect from this header. */
#include <sys/mutex.h>
#include <sys/param.h>
#include <sys/kmem.h>
#include <sys/feature_tests.h>
#include <sys/time.h>
#include <sys/model.h>
#include <sys/processor.h>
#include <sys/procset.h>
#include <sys/cred.h>
#include <sys/vnode.h>
#include <sys/kstat.h>
#include <sys/uadmin.h>
#include <sys/ksynch.h>
#include <sys/byteorder.h>
#include <sys/list.h>

#endif	/* _SYS_ZONE_H */
