/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The DDI from within: functions that bus drivers use where the DDI has none.
 */

#ifndef _SYS_DDI_IMPLFUNCS_H
#define	_SYS_DDI_IMPLFUNCS_H

#include <sys/types.h>
#include <sys/dditypes.h>
#include <sys/devops.h>
#include <sys/sunddi.h>

int i_ddi_bus_map(dev_info_t *, dev_info_t *, ddi_map_req_t *, off_t, off_t,
    caddr_t *);
int i_ddi_map_fault(dev_info_t *, dev_info_t *, struct hat *, struct seg *,
    caddr_t, struct page *, pfn_t, uint_t, uint_t);
int i_ddi_mem_alloc(dev_info_t *, ddi_dma_attr_t *, size_t, int, int,
    ddi_device_acc_attr_t *, caddr_t *, size_t *, ddi_acc_hdl_t *);
void i_ddi_mem_free(caddr_t, ddi_acc_hdl_t *);
ddi_node_state_t i_ddi_node_state(dev_info_t *);
int i_ddi_devi_attached(dev_info_t *);
void i_ddi_parse_name(char *, char **, char **, char **);
int i_ddi_attach_node_hierarchy(dev_info_t *);
struct dev_ops *ddi_hold_driver(major_t);
void ddi_rele_driver(major_t);
int ddi_is_pci_dip(dev_info_t *);

/* What else a driver may expect from this header. */
#include <sys/obpdefs.h>
#include <sys/vnode.h>
#include <sys/param.h>
#include <sys/kmem.h>
#include <sys/feature_tests.h>
#include <sys/time.h>
#include <sys/model.h>
#include <sys/mutex.h>
#include <sys/vmem.h>
#include <sys/zone.h>
#include <sys/kstat.h>

#endif	/* _SYS_DDI_IMPLFUNCS_H */
