/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The device node from within (struct dev_info), for the few drivers that
 * look there; others use the functions of ddi_get_parent(9F).
 */

#ifndef _SYS_DDI_IMPLDEFS_H
#define	_SYS_DDI_IMPLDEFS_H

#include <sys/types.h>
#include <sys/param.h>
#include <sys/t_lock.h>
#include <sys/ddipropdefs.h>
#include <sys/devops.h>
#include <sys/autoconf.h>
#include <sys/mutex.h>
#include <sys/ddi_implfuncs.h>
#include <sys/vmem.h>

typedef enum {
	DDI_NC_PROM = 0,
	DDI_NC_PSEUDO
} ddi_node_class_t;

struct dev_info {
	struct dev_info *devi_parent;
	struct dev_info *devi_child;
	struct dev_info *devi_sibling;
	char *devi_binding_name;
	char *devi_addr;
	int devi_nodeid;
	int devi_instance;
	struct dev_ops *devi_ops;
	void *devi_parent_data;
	void *devi_driver_data;
	ddi_prop_t *devi_drv_prop_ptr;
	ddi_prop_t *devi_sys_prop_ptr;
	struct ddi_minor_data *devi_minor;
	struct dev_info *devi_next;
	kmutex_t devi_lock;
	char _pad0[80];
	ddi_prop_t *devi_hw_prop_ptr;
	char *devi_node_name;
	char *devi_compat_names;
	char _pad1[120];
	uint_t devi_state;
	kcondvar_t devi_cv;
	int devi_ref;
	char _pad2[12];
	ddi_node_class_t devi_node_class;
	char _pad3[44];
	major_t devi_major;
	ddi_node_state_t devi_node_state;
	uint_t devi_flags;
	int devi_circular;
	void *devi_busy_thread;
	char _pad4[248];
};

#define	DEVI(dip)	((struct dev_info *)(dip))
#define	devi_name	devi_binding_name
#define	DEVI_DEVICE_OFFLINE	0x1
#define	DEVI_DEVICE_DOWN	0x2
#define	DEVI_DEVICE_DEGRADED	0x4
#define	DEVI_DEVICE_REMOVED	0x8
#define	DEVI_BUSY	0x1
#define	DEVI_MADE_CHILDREN	0x2
#define	DEVI_BUSY_OWNED(dip)	\
	((DEVI(dip)->devi_flags & DEVI_BUSY) != 0 && \
	DEVI(dip)->devi_busy_thread == curthread)

/* Register ranges of a node whose parent is the root. */
struct regspec {
	uint_t regspec_bustype;
	uint_t regspec_addr;
	uint_t regspec_size;
};

struct rangespec {
	uint_t rng_cbustype;
	uint_t rng_coffset;
	uint_t rng_bustype;
	uint_t rng_offset;
	uint_t rng_size;
};

/* What else a driver may expect from this header. */
#include <vm/page.h>
#include <sys/dditypes.h>
#include <sys/va_list.h>
#include <sys/time.h>
#include <sys/nvpair.h>
#include <sys/taskq.h>
#include <sys/ddidmareq.h>
#include <sys/ddi_intr.h>
#include <sys/ddi_hp.h>
#include <sys/isa_defs.h>
#include <sys/sunldi.h>
#include <sys/bitmap.h>

#endif	/* _SYS_DDI_IMPLDEFS_H */
