/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The nexus driver interface: child nodes and their properties
 * (ndi_devi_alloc, ndi_devi_online, ndi_prop_update_int), events and
 * resources.
 */

#ifndef _SYS_SUNNDI_H
#define	_SYS_SUNNDI_H

#include <sys/dditypes.h>
#include <sys/devctl.h>
#include <sys/sunddi.h>
#include <sys/obpdefs.h>

#define	NDI_SUCCESS	0
#define	NDI_FAILURE	(-1)
#define	NDI_NOMEM	(-2)
#define	NDI_BADHANDLE	(-3)
#define	NDI_FAULT	(-4)
#define	NDI_BUSY	(-5)
#define	NDI_UNBOUND	(-6)
#define	NDI_EINVAL	(-7)
#define	NDI_ENOTSUP	(-8)
#define	NDI_CLAIMED	0
#define	NDI_UNCLAIMED	(-9)

/* How a node is configured or taken down. */
#define	NDI_DEVI_REMOVE	0x1
#define	NDI_ONLINE_ATTACH	0x2
#define	NDI_MDI_FALLBACK	0x4
#define	NDI_CONFIG	0x8
#define	NDI_UNCONFIG	0x10
#define	NDI_DEVI_BIND	0x20
#define	NDI_DEVI_PERSIST	0x40
#define	NDI_PROMNAME	0x80
#define	NDI_DEVFS_CLEAN	0x1000
#define	NDI_AUTODETACH	0x2000
#define	NDI_NO_EVENT	0x4000
#define	NDI_DEVI_DEBUG	0x8000
#define	NDI_CONFIG_REPROBE	0x10000
#define	NDI_DEVI_ONLINE	0x20000
#define	NDI_DEVI_OFFLINE	0x40000
#define	NDI_POST_EVENT	0x80000
#define	NDI_BRANCH_EVENT_OP	0x1000000
#define	NDI_NO_EVENT_STATE_CHNG	0x2000000
#define	NDI_DRV_CONF_REPROBE	0x4000000
#define	NDI_DETACH_DRIVER	0x8000000
#define	NDI_MTC_OFF	0x10000000
#define	NDI_USER_REQ	0x20000000
#define	NDI_SLEEP	0x0
#define	NDI_NOSLEEP	0x100000

/* Properties of a child. */
int ndi_prop_create_boolean(dev_t, dev_info_t *, char *);
int ndi_prop_update_int(dev_t, dev_info_t *, char *, int);
int ndi_prop_update_int_array(dev_t, dev_info_t *, char *, int *, uint_t);
int ndi_prop_update_int64(dev_t, dev_info_t *, char *, int64_t);
int ndi_prop_update_int64_array(dev_t, dev_info_t *, char *, int64_t *,
    uint_t);
int ndi_prop_update_string(dev_t, dev_info_t *, char *, char *);
int ndi_prop_update_string_array(dev_t, dev_info_t *, char *, char **, uint_t);
int ndi_prop_update_byte_array(dev_t, dev_info_t *, char *, uchar_t *, uint_t);
int ndi_prop_remove(dev_t, dev_info_t *, char *);
void ndi_prop_remove_all(dev_info_t *);

/*
 * Making, finding, and taking down children. Their list changes under
 * ndi_devi_enter() of the parent.
 */
int ndi_devi_alloc(dev_info_t *, char *, pnode_t, dev_info_t **);
void ndi_devi_alloc_sleep(dev_info_t *, char *, pnode_t, dev_info_t **);
int ndi_devi_free(dev_info_t *);
void ndi_devi_enter(dev_info_t *, int *);
void ndi_devi_exit(dev_info_t *, int);
int ndi_devi_tryenter(dev_info_t *, int *);
void ndi_hold_devi(dev_info_t *);
void ndi_rele_devi(dev_info_t *);
struct dev_ops *ndi_hold_driver(dev_info_t *);
void ndi_rele_driver(dev_info_t *);
int ndi_devi_set_nodename(dev_info_t *, char *, int);
int ndi_devi_bind_driver(dev_info_t *, uint_t);
int ndi_devi_online(dev_info_t *, uint_t);
int ndi_devi_online_async(dev_info_t *, uint_t);
int ndi_devi_offline(dev_info_t *, uint_t);
dev_info_t *ndi_devi_find(dev_info_t *, char *, char *);
dev_info_t *ndi_devi_findchild(dev_info_t *, char *);
int ndi_devi_config(dev_info_t *, int);
int ndi_devi_config_driver(dev_info_t *, int, major_t);
int ndi_devi_config_one(dev_info_t *, char *, dev_info_t **, int);
int ndi_devi_unconfig(dev_info_t *, int);
int ndi_devi_unconfig_one(dev_info_t *, char *, dev_info_t **, int);
int ndi_devi_unconfig_driver(dev_info_t *, int, major_t);
int ndi_devi_device_isremoved(dev_info_t *);
int ndi_devi_device_remove(dev_info_t *);
int ndi_devi_device_insert(dev_info_t *);
int ndi_busop_bus_config(dev_info_t *, uint_t, ddi_bus_config_op_t, void *,
    dev_info_t **, clock_t);
int ndi_busop_bus_unconfig(dev_info_t *, uint_t, ddi_bus_config_op_t, void *);
int ndi_devctl_ioctl(dev_info_t *, int, intptr_t, int, uint_t);
int ndi_dev_is_prom_node(dev_info_t *);
int ndi_dev_is_pseudo_node(dev_info_t *);
int ndi_dev_is_persistent_node(dev_info_t *);
int ndi_dev_is_hotplug_node(dev_info_t *);
int ndi_merge_node(dev_info_t *, int (*)(dev_info_t *, char *, int));

void ndi_set_bus_private(dev_info_t *, boolean_t, uint32_t, void *);
void *ndi_get_bus_private(dev_info_t *, boolean_t);
int ndi_get_bus_state(dev_info_t *, uint_t *);
int ndi_set_bus_state(dev_info_t *, uint_t);

/* Requests of devctl(7D) to a nexus. */
struct devctl_iocdata;
int ndi_dc_allochdl(void *, struct devctl_iocdata **);
void ndi_dc_freehdl(struct devctl_iocdata *);
char *ndi_dc_getname(struct devctl_iocdata *);
char *ndi_dc_getaddr(struct devctl_iocdata *);
int ndi_dc_return_dev_state(dev_info_t *, struct devctl_iocdata *);
int ndi_dc_return_bus_state(dev_info_t *, struct devctl_iocdata *);
int ndi_dc_devi_create(struct devctl_iocdata *, dev_info_t *, int,
    dev_info_t **);

/* Events of a nexus. */
struct ndi_event_hdl;
typedef struct ndi_event_hdl *ndi_event_hdl_t;
int ndi_event_alloc_hdl(dev_info_t *, ddi_iblock_cookie_t, ndi_event_hdl_t *,
    uint_t);
int ndi_event_free_hdl(ndi_event_hdl_t);
int ndi_event_retrieve_cookie(ndi_event_hdl_t, dev_info_t *, char *,
    ddi_eventcookie_t *, uint_t);
int ndi_event_add_callback(ndi_event_hdl_t, dev_info_t *, ddi_eventcookie_t,
    void (*)(dev_info_t *, ddi_eventcookie_t, void *, void *), void *, uint_t,
    ddi_callback_id_t *);
int ndi_event_remove_callback(ndi_event_hdl_t, ddi_callback_id_t);
int ndi_post_event(dev_info_t *, dev_info_t *, ddi_eventcookie_t, void *);
int ndi_busop_get_eventcookie(dev_info_t *, dev_info_t *, char *,
    ddi_eventcookie_t *);
int ndi_busop_add_eventcall(dev_info_t *, dev_info_t *, ddi_eventcookie_t,
    void (*)(), void *, ddi_callback_id_t *);
int ndi_busop_remove_eventcall(dev_info_t *, ddi_callback_id_t);

/* What else a driver may expect from this header. */
#include <sys/esunddi.h>

#endif	/* _SYS_SUNNDI_H */
