/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Names of properties that firmware gives to nodes.
 */

#ifndef _SYS_OBPDEFS_H
#define	_SYS_OBPDEFS_H

#include <sys/types.h>

typedef int phandle_t;
typedef phandle_t pnode_t;
#define	OBP_NAME	"name"
#define	OBP_REG	"reg"
#define	OBP_INTERRUPTS	"interrupts"
#define	OBP_COMPATIBLE	"compatible"
#define	OBP_STATUS	"status"
#define	OBP_DEVICETYPE	"device_type"
#define	OBP_MAXDRVNAME	32
#define	OBP_MAXPROPNAME	32
#define	OBP_MAXPATHLEN	256

#endif	/* _SYS_OBPDEFS_H */
