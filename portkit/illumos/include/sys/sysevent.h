/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * System events: ddi_log_sysevent(9F).
 */

#ifndef _SYS_SYSEVENT_H
#define	_SYS_SYSEVENT_H

#include <sys/types.h>
#include <sys/time.h>
#include <sys/nvpair.h>

struct sysevent_id {
	uint64_t eid_seq;
	hrtime_t eid_ts;
};

typedef struct sysevent_id sysevent_id_t;
#define	SE_SLEEP	0
#define	SE_NOSLEEP	1

/* What else a driver may expect from this header. */
#include <sys/null.h>

#endif	/* _SYS_SYSEVENT_H */
