/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Requests to map a device's registers, as a nexus driver gets them
 * (bus_map).
 */

#ifndef _SYS_DDIMAPREQ_H
#define	_SYS_DDIMAPREQ_H

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/dditypes.h>

struct regspec;
typedef union {
	int rnumber;
	struct regspec *rp;
} ddi_map_obj_t;

typedef enum {
	DDI_MT_RNUMBER = 0,
	DDI_MT_REGSPEC
} ddi_map_type_t;

struct ddi_acc_hdl {
	int ah_vers;
	void *ah_bus_private;
	void *ah_platform_private;
	dev_info_t *ah_dip;
	uint_t ah_rnumber;
	caddr_t ah_addr;
	off_t ah_offset;
	off_t ah_len;
	uint_t ah_hat_flags;
	pfn_t ah_pfn;
	uint_t ah_pnum;
	ulong_t ah_xfermodes;
	ddi_device_acc_attr_t ah_acc;
};

typedef struct ddi_acc_hdl ddi_acc_hdl_t;
typedef enum {
	DDI_MO_MAP_UNLOCKED = 0,
	DDI_MO_MAP_LOCKED,
	DDI_MO_MAP_HANDLE,
	DDI_MO_UNMAP,
	DDI_MO_UNLOCK
} ddi_map_op_t;

struct hat;
typedef struct {
	ddi_map_op_t map_op;
	ddi_map_type_t map_type;
	ddi_map_obj_t map_obj;
	uint_t map_flags;
	int map_prot;
	ddi_acc_hdl_t *map_handlep;
	int map_vers;
} ddi_map_req_t;

#define	DDI_MAP_VERSION	0x1
#define	DDI_MF_USER_MAPPING	0x1
#define	DDI_MF_KERNEL_MAPPING	0x2
#define	DDI_MF_DEVICE_MAPPING	0x4
#define	DDI_ME_GENERIC	(-1)
#define	DDI_ME_UNIMPLEMENTED	(-2)
#define	DDI_ME_NORESOURCES	(-3)
#define	DDI_ME_UNSUPPORTED	(-4)
#define	DDI_ME_REGSPEC_RANGE	(-5)
#define	DDI_ME_RNUMBER_RANGE	(-6)
#define	DDI_ME_INVAL	(-7)

#endif	/* _SYS_DDIMAPREQ_H */
