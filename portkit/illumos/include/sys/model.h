/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The data model of the process that calls a driver:
 * ddi_model_convert_from(9F), STRUCT_DECL(9F).
 */

#ifndef _SYS_MODEL_H
#define	_SYS_MODEL_H

#include <sys/types.h>
#include <sys/isa_defs.h>

#define	DATAMODEL_MASK	0xff00000
#define	DATAMODEL_ILP32	0x100000
#define	DATAMODEL_LP64	0x200000
#define	DATAMODEL_NATIVE	2097152
#define	DATAMODEL_NONE	0
typedef unsigned int model_t;
model_t get_udatamodel(void);

/* What else a driver may expect from this header. */
#include <sys/debug.h>

#endif	/* _SYS_MODEL_H */
