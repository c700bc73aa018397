/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Properties of device nodes: ddi_prop_lookup(9F), ddi_prop_op(9F),
 * ddi_prop_create(9F).
 */

#ifndef _SYS_DDIPROPDEFS_H
#define	_SYS_DDIPROPDEFS_H

#include <sys/types.h>
#include <sys/dditypes.h>

/* What a prop_op(9E) routine is asked for. */
typedef enum {
	PROP_LEN = 0,
	PROP_LEN_AND_VAL_BUF,
	PROP_LEN_AND_VAL_ALLOC,
	PROP_EXISTS
} ddi_prop_op_t;

struct ddi_prop {
	struct ddi_prop *prop_next;
	dev_t prop_dev;
	char *prop_name;
	int prop_flags;
	int prop_len;
	caddr_t prop_val;
};

typedef struct ddi_prop ddi_prop_t;
struct ddi_prop_list {
	ddi_prop_t *prop_list;
	int prop_ref;
};

typedef struct ddi_prop_list ddi_prop_list_t;

#define	DDI_PROP_SUCCESS	0
#define	DDI_PROP_NOT_FOUND	1
#define	DDI_PROP_UNDEFINED	2
#define	DDI_PROP_NO_MEMORY	3
#define	DDI_PROP_INVAL_ARG	4
#define	DDI_PROP_BUF_TOO_SMALL	5
#define	DDI_PROP_CANNOT_DECODE	6
#define	DDI_PROP_CANNOT_ENCODE	7
#define	DDI_PROP_END_OF_DATA	8
#define	DDI_PROP_DONTPASS	0x1
#define	DDI_PROP_CANSLEEP	0x2
#define	DDI_PROP_SYSTEM_DEF	0x4
#define	DDI_PROP_NOTPROM	0x8
#define	DDI_PROP_DONTSLEEP	0x10
#define	DDI_PROP_STACK_CREATE	0x20
#define	DDI_PROP_UNDEF_IT	0x40
#define	DDI_PROP_HW_DEF	0x80
#define	DDI_PROP_TYPE_INT	0x100
#define	DDI_PROP_TYPE_STRING	0x200
#define	DDI_PROP_TYPE_BYTE	0x400
#define	DDI_PROP_TYPE_COMPOSITE	0x800
#define	DDI_PROP_TYPE_INT64	0x1000
#define	DDI_PROP_TYPE_ANY	3840
#define	DDI_PROP_TYPE_MASK	7936
#define	DDI_UNBND_DLPI2	0x4000
#define	DDI_PROP_DYNAMIC	0x10000
#define	DDI_PROP_ROOTNEX_GLOBAL	0x20000
#define	DDI_DEV_T_NONE	((dev_t)(-1))
#define	DDI_DEV_T_ANY	((dev_t)(-2))
#define	DDI_MAJOR_T_UNKNOWN	((major_t)0)
#define	DDI_MAJOR_T_NONE	((major_t)(-1))
#define	DDI_RELATIVE_ADDRESSING	"relative-addressing"
#define	DDI_GENERIC_ADDRESSING	"generic-addressing"

#endif	/* _SYS_DDIPROPDEFS_H */
