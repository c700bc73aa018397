/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a platform's interrupt code is asked to do.
 */

#ifndef _SYS_PSM_TYPES_H
#define	_SYS_PSM_TYPES_H

#include <sys/types.h>
#include <sys/processor.h>
#include <sys/dditypes.h>

/* What the platform's code is asked to do with interrupts of a device. */
typedef enum psm_intr_op_e {
	PSM_INTR_OP_ALLOC_VECTORS = 0,
	PSM_INTR_OP_FREE_VECTORS,
	PSM_INTR_OP_NAVAIL_VECTORS,
	PSM_INTR_OP_XLATE_VECTOR,
	PSM_INTR_OP_GET_PENDING,
	PSM_INTR_OP_CLEAR_MASK,
	PSM_INTR_OP_SET_MASK,
	PSM_INTR_OP_GET_CAP,
	PSM_INTR_OP_SET_CAP,
	PSM_INTR_OP_SET_PRI,
	PSM_INTR_OP_GET_SHARED,
	PSM_INTR_OP_CHECK_MSI,
	PSM_INTR_OP_SET_CPU,
	PSM_INTR_OP_GET_INTR,
	PSM_INTR_OP_GRP_SET_CPU,
	PSM_INTR_OP_APIC_TYPE
} psm_intr_op_t;

struct ddi_intr_handle_impl;
struct psm_ops;

/*
 * A source says which version of the structure it means. This one has the
 * last, which is what the kernel's own modules are; without it the structure
 * stays incomplete.
 */
#ifdef	PSMI_1_7
struct psm_ops {
	int (*psm_probe)(void);
	char _pad0[168];
	int (*psm_get_ipivect)(int, int);
	void (*psm_send_ipi)(processorid_t, int);
	char _pad1[64];
	int (*psm_intr_ops)(dev_info_t *, struct ddi_intr_handle_impl *,
	    psm_intr_op_t, int *);
	char _pad2[16];
};
#endif

#define	PSM_INTR_IPI_HI	0x1
#define	PSM_INTR_IPI_LO	0x2
#define	PSM_INTR_POKE	0x3
#define	PSM_SUCCESS	0
#define	PSM_FAILURE	(-1)
#define	PSM_INVALID_IPL	0
#define	PSM_INVALID_CPU	(-1)

/* What else a driver may expect from this header. */
#include <sys/cpuvar.h>
#include <sys/time.h>

#endif	/* _SYS_PSM_TYPES_H */
