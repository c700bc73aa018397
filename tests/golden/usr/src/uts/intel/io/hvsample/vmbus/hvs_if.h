/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

#ifndef _HVS_IF_H
#define	_HVS_IF_H

/*
 * The methods of hvs.  There is one implementation, so a method is a call
 * of it.
 */

#include <sys/types.h>
#include <sys/dditypes.h>

#ifdef __cplusplus
extern "C" {
#endif

struct hvs_guid;

extern uint32_t hvs_bus_get_protocol(dev_info_t *, dev_info_t *);
extern int hvs_bus_match_class(
    dev_info_t *, dev_info_t *, const struct hvs_guid *);

#define	HVS_GET_PROTOCOL(bus, child)	\
	hvs_bus_get_protocol((bus), (child))
#define	HVS_MATCH_CLASS(bus, child, class)	\
	hvs_bus_match_class((bus), (child), (class))

#ifdef __cplusplus
}
#endif

#endif	/* _HVS_IF_H */
