/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Statistics: kstat.c has what drivers call, kstatread.c what /dev/kstat does.
 */

#ifndef _KKSTAT_H
#define	_KKSTAT_H

#include "kern.h"
#include <sys/kstat.h>

struct kkstat {
	kstat_t		kk_ks;		/* what the driver has; first */
	struct kkstat	*kk_next;	/* in the order they were made */
	hc_ctx		*kk_holder;	/* who reads or deletes it */
	void		*kk_data;	/* ours, unless it is virtual */
	int		kk_seq;
};

struct kkstat *kkstat_first(void);
/*
 * One thread at a time: kstat_delete(9F) waits for those who read.
 * kkstat_hold() returns B_FALSE when the kstat has gone while it waited.
 */
boolean_t kkstat_hold(struct kkstat *);
void	kkstat_rele(struct kkstat *);

#endif	/* _KKSTAT_H */
