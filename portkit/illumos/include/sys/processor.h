/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Processors and their states: p_online(2), processor_info(2).
 */

#ifndef _SYS_PROCESSOR_H
#define	_SYS_PROCESSOR_H

#include <sys/types.h>
#include <sys/procset.h>

typedef int processorid_t;
typedef int chipid_t;
#define	P_OFFLINE	0x1
#define	P_ONLINE	0x2
#define	P_STATUS	0x3
#define	P_FAULTED	0x4
#define	P_POWEROFF	0x5
#define	P_NOINTR	0x6
#define	P_SPARE	0x7
#define	PBIND_NONE	(-1)

#endif	/* _SYS_PROCESSOR_H */
