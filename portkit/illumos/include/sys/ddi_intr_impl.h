/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Interrupts below the DDI: what a nexus driver's bus_intr_op passes on.
 */

#ifndef _SYS_DDI_INTR_IMPL_H
#define	_SYS_DDI_INTR_IMPL_H

#include <sys/types.h>
#include <sys/t_lock.h>
#include <sys/ddi_intr.h>
#include <sys/processor.h>

/* What is asked of a nexus, and of the platform behind it. */
typedef enum {
	DDI_INTROP_SUPPORTED_TYPES = 1,
	DDI_INTROP_NINTRS,
	DDI_INTROP_ALLOC,
	DDI_INTROP_GETPRI,
	DDI_INTROP_SETPRI,
	DDI_INTROP_ADDISR,
	DDI_INTROP_DUPVEC,
	DDI_INTROP_ENABLE,
	DDI_INTROP_BLOCKENABLE,
	DDI_INTROP_BLOCKDISABLE,
	DDI_INTROP_DISABLE,
	DDI_INTROP_REMISR,
	DDI_INTROP_FREE,
	DDI_INTROP_GETCAP,
	DDI_INTROP_SETCAP,
	DDI_INTROP_SETMASK,
	DDI_INTROP_CLRMASK,
	DDI_INTROP_GETPENDING,
	DDI_INTROP_NAVAIL,
	DDI_INTROP_GETPOOL,
	DDI_INTROP_GETTARGET,
	DDI_INTROP_SETTARGET
} ddi_intr_op_t;

typedef enum {
	DDI_INTR_CTLOPS_NONE = 0
} ddi_intr_ctlop_t;

struct ddi_intr_handle_impl {
	dev_info_t *ih_dip;
	uint16_t ih_type;
	ushort_t ih_inum;
	uint32_t ih_vector;
	uint16_t ih_ver;
	uint_t ih_state;
	uint_t ih_cap;
	uint_t ih_pri;
	krwlock_t ih_rwlock;
	uint_t (*ih_cb_func)(caddr_t, caddr_t);
	void *ih_cb_arg1;
	void *ih_cb_arg2;
	uint_t ih_flags;
	uint_t ih_dup_cnt;
	struct ddi_intr_handle_impl *ih_main;
	void *ih_private;
	uint_t ih_scratch1;
	void *ih_scratch2;
	processorid_t ih_target;
};

typedef struct ddi_intr_handle_impl ddi_intr_handle_impl_t;
int i_ddi_intr_ops(dev_info_t *, dev_info_t *, ddi_intr_op_t,
    ddi_intr_handle_impl_t *, void *);
uint_t i_ddi_intr_get_current_nintrs(dev_info_t *);
uint_t i_ddi_intr_get_supported_types(dev_info_t *);
ddi_intr_handle_t i_ddi_get_intr_handle(dev_info_t *, int);

/* What else a driver may expect from this header. */
#include <sys/list.h>
#include <sys/ksynch.h>

#endif	/* _SYS_DDI_INTR_IMPL_H */
