/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Hotplug connections, as a bus driver's bus_hp_op is asked about them.
 */

#ifndef _SYS_DDI_HP_H
#define	_SYS_DDI_HP_H

#include <sys/types.h>
#include <sys/dditypes.h>

typedef enum {
	DDI_HPOP_CN_GET_STATE = 1,
	DDI_HPOP_CN_CHANGE_STATE,
	DDI_HPOP_CN_PROBE,
	DDI_HPOP_CN_UNPROBE,
	DDI_HPOP_CN_GET_PROPERTY,
	DDI_HPOP_CN_SET_PROPERTY,
	DDI_HPOP_CN_CREATE_PORT,
	DDI_HPOP_CN_REMOVE_PORT
} ddi_hp_op_t;

#endif	/* _SYS_DDI_HP_H */
