/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The entry points of a driver: dev_ops(9S), cb_ops(9S), bus_ops.
 */

#ifndef _SYS_DEVOPS_H
#define	_SYS_DEVOPS_H

#include <sys/types.h>
#include <sys/cred.h>
#include <sys/uio.h>
#include <sys/stream.h>
#include <sys/poll.h>
#include <vm/as.h>
#include <sys/dditypes.h>
#include <sys/ddidmareq.h>
#include <sys/ddimapreq.h>
#include <sys/ddipropdefs.h>
#include <sys/nexusdefs.h>
#include <sys/ddi_intr.h>
#include <sys/ddi_intr_impl.h>
#include <sys/ddi_hp.h>
#include <sys/ddidevmap.h>
#include <sys/aio_req.h>

struct buf;
struct ddi_irm_params;

/* Character and block device entry points: cb_ops(9S). */
struct cb_ops {
	int (*cb_open)(dev_t *, int, int, cred_t *);
	int (*cb_close)(dev_t, int, int, cred_t *);
	int (*cb_strategy)(struct buf *);
	int (*cb_print)(dev_t, char *);
	int (*cb_dump)(dev_t, caddr_t, daddr_t, int);
	int (*cb_read)(dev_t, struct uio *, cred_t *);
	int (*cb_write)(dev_t, struct uio *, cred_t *);
	int (*cb_ioctl)(dev_t, int, intptr_t, int, cred_t *, int *);
	int (*cb_devmap)(dev_t, devmap_cookie_t, offset_t, size_t, size_t *,
	    uint_t);
	int (*cb_mmap)(dev_t, off_t, int);
	int (*cb_segmap)(dev_t, off_t, struct as *, caddr_t *, off_t,
	    unsigned int, unsigned int, unsigned int, cred_t *);
	int (*cb_chpoll)(dev_t, short, int, short *, struct pollhead **);
	int (*cb_prop_op)(dev_t, dev_info_t *, ddi_prop_op_t, int, char *,
	    caddr_t, int *);
	struct streamtab *cb_str;
	int cb_flag;
	int cb_rev;
	int (*cb_aread)(dev_t, struct aio_req *, cred_t *);
	int (*cb_awrite)(dev_t, struct aio_req *, cred_t *);
};

#define	CB_REV	1

/* What getinfo(9E), attach(9E), detach(9E) and the device reset are for. */
typedef enum {
	DDI_INFO_DEVT2DEVINFO = 0,
	DDI_INFO_DEVT2INSTANCE
} ddi_info_cmd_t;

typedef enum {
	DDI_ATTACH = 0,
	DDI_RESUME,
	DDI_PM_RESUME
} ddi_attach_cmd_t;

typedef enum {
	DDI_DETACH = 0,
	DDI_SUSPEND,
	DDI_PM_SUSPEND,
	DDI_HOTPLUG_DETACH
} ddi_detach_cmd_t;

typedef enum {
	DDI_RESET_FORCE = 0
} ddi_reset_cmd_t;

#define	DDI_PROBE_FAILURE	6
#define	DDI_PROBE_DONTCARE	0
#define	DDI_PROBE_PARTIAL	1
#define	DDI_PROBE_SUCCESS	2

struct ddi_fm_error;

/* A bus driver serves its children through these. */
struct bus_ops {
	int busops_rev;
	int (*bus_map)(dev_info_t *, dev_info_t *, ddi_map_req_t *, off_t,
	    off_t, caddr_t *);
	ddi_intrspec_t (*bus_get_intrspec)(dev_info_t *, dev_info_t *, uint_t);
	int (*bus_add_intrspec)(dev_info_t *, dev_info_t *, ddi_intrspec_t,
	    ddi_iblock_cookie_t *, ddi_idevice_cookie_t *,
	    uint_t (*)(caddr_t), caddr_t, int);
	void (*bus_remove_intrspec)(dev_info_t *, dev_info_t *,
	    ddi_intrspec_t, ddi_iblock_cookie_t);
	int (*bus_map_fault)(dev_info_t *, dev_info_t *, struct hat *,
	    struct seg *, caddr_t, struct page *, pfn_t, uint_t, uint_t);
	int (*bus_dma_map)(dev_info_t *, dev_info_t *, struct ddi_dma_req *,
	    ddi_dma_handle_t *);
	int (*bus_dma_allochdl)(dev_info_t *, dev_info_t *, ddi_dma_attr_t *,
	    int (*)(caddr_t), caddr_t, ddi_dma_handle_t *);
	int (*bus_dma_freehdl)(dev_info_t *, dev_info_t *, ddi_dma_handle_t);
	int (*bus_dma_bindhdl)(dev_info_t *, dev_info_t *, ddi_dma_handle_t,
	    struct ddi_dma_req *, ddi_dma_cookie_t *, uint_t *);
	int (*bus_dma_unbindhdl)(dev_info_t *, dev_info_t *, ddi_dma_handle_t);
	int (*bus_dma_flush)(dev_info_t *, dev_info_t *, ddi_dma_handle_t,
	    off_t, size_t, uint_t);
	int (*bus_dma_win)(dev_info_t *, dev_info_t *, ddi_dma_handle_t,
	    uint_t, off_t *, size_t *, ddi_dma_cookie_t *, uint_t *);
	int (*bus_dma_ctl)(dev_info_t *, dev_info_t *, ddi_dma_handle_t,
	    enum ddi_dma_ctlops, off_t *, size_t *, caddr_t *, uint_t);
	int (*bus_ctl)(dev_info_t *, dev_info_t *, ddi_ctl_enum_t, void *,
	    void *);
	int (*bus_prop_op)(dev_t, dev_info_t *, dev_info_t *, ddi_prop_op_t,
	    int, char *, caddr_t, int *);
	int (*bus_get_eventcookie)(dev_info_t *, dev_info_t *, char *,
	    ddi_eventcookie_t *);
	int (*bus_add_eventcall)(dev_info_t *, dev_info_t *,
	    ddi_eventcookie_t, void (*)(dev_info_t *, ddi_eventcookie_t,
	    void *, void *), void *, ddi_callback_id_t *);
	int (*bus_remove_eventcall)(dev_info_t *, ddi_callback_id_t);
	int (*bus_post_event)(dev_info_t *, dev_info_t *, ddi_eventcookie_t,
	    void *);
	int (*bus_intr_ctl)(dev_info_t *, dev_info_t *, ddi_intr_ctlop_t,
	    void *, void *);
	int (*bus_config)(dev_info_t *, uint_t, ddi_bus_config_op_t, void *,
	    dev_info_t **);
	int (*bus_unconfig)(dev_info_t *, uint_t, ddi_bus_config_op_t, void *);
	int (*bus_fm_init)(dev_info_t *, dev_info_t *, int,
	    ddi_iblock_cookie_t *);
	void (*bus_fm_fini)(dev_info_t *, dev_info_t *);
	void (*bus_fm_access_enter)(dev_info_t *, ddi_acc_handle_t);
	void (*bus_fm_access_exit)(dev_info_t *, ddi_acc_handle_t);
	int (*bus_power)(dev_info_t *, void *, pm_bus_power_op_t, void *,
	    void *);
	int (*bus_intr_op)(dev_info_t *, dev_info_t *, ddi_intr_op_t,
	    ddi_intr_handle_impl_t *, void *);
	int (*bus_hp_op)(dev_info_t *, char *, ddi_hp_op_t, void *, void *);
};

#define	BUSO_REV_3	3
#define	BUSO_REV_4	4
#define	BUSO_REV_5	5
#define	BUSO_REV_6	6
#define	BUSO_REV_7	7
#define	BUSO_REV_8	8
#define	BUSO_REV_9	9
#define	BUSO_REV_10	10
#define	BUSO_REV	10

/* dev_ops(9S). */
struct dev_ops {
	int devo_rev;
	int devo_refcnt;
	int (*devo_getinfo)(dev_info_t *, ddi_info_cmd_t, void *, void **);
	int (*devo_identify)(dev_info_t *);
	int (*devo_probe)(dev_info_t *);
	int (*devo_attach)(dev_info_t *, ddi_attach_cmd_t);
	int (*devo_detach)(dev_info_t *, ddi_detach_cmd_t);
	int (*devo_reset)(dev_info_t *, ddi_reset_cmd_t);
	struct cb_ops *devo_cb_ops;
	struct bus_ops *devo_bus_ops;
	int (*devo_power)(dev_info_t *, int, int);
	int (*devo_quiesce)(dev_info_t *);
};

#define	DEVO_REV	4

/* The operations of a driver whose device is a stream. */
#define	DDI_DEFINE_STREAM_OPS(name, identify, probe, attach, detach,	\
    reset, getinfo, flag, stream, quiesce)				\
static struct cb_ops cb_##name = {					\
	nulldev, nulldev, nodev, nodev, nodev, nodev, nodev, nodev,	\
	nodev, nodev, nodev, nochpoll, ddi_prop_op, (stream),		\
	(int)(flag), CB_REV, nodev, nodev				\
};									\
static struct dev_ops name = {						\
	DEVO_REV, 0, (getinfo), (identify), (probe), (attach),		\
	(detach), (reset), &cb_##name, NULL, NULL, (quiesce)		\
}

/* What else a driver may expect from this header. */
#include <sys/buf.h>
#include <sys/va_list.h>
#include <vm/page.h>

#endif	/* _SYS_DEVOPS_H */
