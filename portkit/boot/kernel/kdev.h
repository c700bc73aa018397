/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What the parts of the device framework share: modules and their drivers, the
 * device tree, properties, driver.conf(4).
 */

#ifndef _KDEV_H
#define	_KDEV_H

#include "kern.h"
#include <sys/sunndi.h>
#include <sys/ddi_impldefs.h>
#include <sys/ndi_impldefs.h>
#include <sys/autoconf.h>

#define	KDEV_PATH	1024
#define	KMOD_DEPENDS	16

/*
 * A wait list, woken as a whole and in order. The kernel's own, so that what
 * the framework waits for does not look like a driver's lock.
 */
struct kwait {
	hc_ctx		*kw_ctx;
	boolean_t	kw_woken;
	struct kwait	*kw_next;
};
typedef struct kwaitq {
	struct kwait	*kq_first;
} kwaitq_t;
void	kwait_sleep(kwaitq_t *, const char *why, const void *what);
void	kwait_wake(kwaitq_t *);

/* A node that a driver.conf(4) file asks for. */
typedef struct kspec {
	struct kspec	*ks_next;
	char		*ks_name;
	char		*ks_parent;
	char		*ks_class;
	ddi_prop_t	*ks_props;
} kspec_t;

typedef struct kalias {
	struct kalias	*ka_next;
	char		*ka_name;
} kalias_t;

/*
 * A module of the plan, and if it is a driver: its major number, its aliases,
 * its driver.conf(4).
 */
typedef struct kmodule {
	struct kmodule	*km_next;		/* in the plan's order */
	char		*km_kind;		/* "drv", "misc" */
	char		*km_name;
	char		*km_path;
	char		*km_full;		/* "drv/hv_vmbus" */
	struct kmodule	*km_depends[KMOD_DEPENDS];
	uint_t		km_ndepends;

	hc_module	*km_handle;		/* while it is loaded */
	boolean_t	km_installed;		/* _init(9E) succeeded */
	boolean_t	km_busy;		/* being loaded or unloaded */
	kwaitq_t	km_waiters;
	uint_t		km_order;		/* of loading */
	struct modlinkage *km_linkage;		/* mod_install(9F) had it */
	boolean_t	km_removed;		/* mod_remove(9F) succeeded */
	struct hc_trace	km_trace;		/* of either */

	boolean_t	km_builtin;		/* the root and pseudo nexus */
	boolean_t	km_driver;
	major_t		km_major;
	struct dev_ops	*km_ops;		/* after mod_install(9F) */
	int		km_holds;		/* attached instances, ... */
	kalias_t	*km_aliases;
	kspec_t		*km_specs;
	ddi_prop_t	*km_global;
} kmodule_t;

extern kmodule_t *kmodules;

kmodule_t *kmodule_find(const char *name);	/* or "drv/NAME" */
kmodule_t *kmodule_of_major(major_t);
kmodule_t *kmodule_of_name(const char *);	/* driver name or alias */
boolean_t kmodule_needs(kmodule_t *, kmodule_t *);	/* depends on it */
kmodule_t *kmodule_new(const char *kind, const char *name, const char *path);
void	kmodule_depend(kmodule_t *, const char *on);
void	kmodule_alias(kmodule_t *, const char *alias);
int	kmodule_load(kmodule_t *);
int	kmodule_unload(kmodule_t *);
struct dev_ops *kmodule_hold(kmodule_t *);	/* loads it if need be */
void	kmodule_rele(kmodule_t *);
#define	KMODULE_LEAF(m)	((m)->km_ops != NULL && \
	(m)->km_ops->devo_bus_ops == NULL)

/*
 * A device node. What the DDI shows of it is in struct dev_info; the rest is
 * kept apart, because dev_info is poisoned when it is freed.
 */
typedef struct knode {
	dev_info_t	*kn_dip;
	struct knode	*kn_next;	/* all that ever were, oldest first */
	struct knode	*kn_hash;
	boolean_t	kn_live;
	boolean_t	kn_persistent;	/* not from driver.conf(4) */
	boolean_t	kn_prom;
	boolean_t	kn_trial;	/* offered to a driver */
	boolean_t	kn_evremove;
	char		*kn_name;
	char		*kn_compat;	/* what devi_binding_name points to */
	char		*kn_addr;	/* two buffers for devi_addr */
	ddi_prop_t	*kn_global;	/* the driver's, once initialised */
	struct kinstance *kn_instance;
	kwaitq_t	kn_waiters;	/* in ndi_devi_enter() */
	struct kasync	*kn_async;	/* children to bring on line */
	boolean_t	kn_async_runs;
	void		*kn_bus_private[2];
	struct hc_trace	kn_entered;	/* by whom; and within an entry point */
	boolean_t	kn_entered_here;
} knode_t;

extern knode_t *knodes;
knode_t	*knode_of(dev_info_t *);	/* NULL: never was one */
boolean_t kdev_valid(dev_info_t *, const char *called);
dev_info_t *kdev_alloc(dev_info_t *parent, const char *name, pnode_t nodeid);
void	kdev_free(dev_info_t *);
kmodule_t *kdev_driver(dev_info_t *);	/* bound to it, or NULL */
dev_info_t *kdev_find(const char *path);
boolean_t kdev_busy_owned(dev_info_t *);
uint_t	kdev_entered(void);	/* how often this thread has entered nodes */
const char *kdev_state_name(ddi_node_state_t);
char	*kdup(const char *);
void	kdev_remove_below(kmodule_t *);

/* At the beginning of a DDI function that gets a node. */
#define	KDEV_ENTER(dip)	(hc_point(), kdev_valid((dip), __func__))

/*
 * A call of a driver's entry point for a device. The innermost one of a thread
 * is what it takes resources for.
 */
struct kcall {
	struct kentry	kl_entry;
	char		kl_what[160];
	hc_ctx		*kl_ctx;
	dev_info_t	*kl_dip;
	boolean_t	kl_attach;	/* attach(9E) or detach(9E) */
	uint_t		kl_entered;
	struct kcall	*kl_next;
};
void	kcall_enter(struct kcall *, const char *entry, dev_info_t *driver,
	    const char *module);
void	kcall_leave(struct kcall *);
dev_info_t *kcall_attaching(void);	/* what this thread attaches, or NULL */
boolean_t kcall_within(void);		/* an entry point is being called */

/* tree.c, config.c: changes of state, with the parent entered */
int	ktree_config(dev_info_t *, ddi_node_state_t);
int	ktree_unconfig(dev_info_t *, ddi_node_state_t, uint_t);
int	ktree_attach_node(dev_info_t *, uint_t flags);
int	ktree_detach_node(dev_info_t *, uint_t flags);
int	ktree_bind_and_attach(dev_info_t *, uint_t flags);
int	ktree_config_children(dev_info_t *, uint_t flags, major_t);
int	ktree_config_common(dev_info_t *, int flags, major_t);
int	ktree_unconfig_common(dev_info_t *, int flags, major_t);
int	ktree_config_one(dev_info_t *, char *name, dev_info_t **, int flags);
int	ktree_unconfig_one(dev_info_t *, char *name, int flags);
int	ktree_remove_child(dev_info_t *);
void	ktree_make_spec_children(dev_info_t *);
void	ktree_bind(dev_info_t *, kmodule_t *, const char *name);
void	ktree_async_drain(dev_info_t *);

/* instance.c: path_to_inst(4) */
typedef struct kinstance kinstance_t;
int	kinstance_assign(dev_info_t *);
void	kinstance_keep(dev_info_t *);
void	kinstance_release(dev_info_t *);

/* bus.c */
extern struct dev_ops kroot_ops, kpseudo_ops;
int	kbus_ctl(dev_info_t *bus, dev_info_t *about, ddi_ctl_enum_t, void *,
	    void *);

/* prop.c */
#define	KPROP_ANY	DDI_PROP_TYPE_MASK
int	kprop_search(dev_t, dev_info_t *, uint_t flags, const char *name,
	    ddi_prop_t **);
ddi_prop_t *kprop_new(const char *name, dev_t, int flags, const void *value,
	    size_t len);
void	kprop_append(ddi_prop_t **, ddi_prop_t *);
void	kprop_delete(ddi_prop_t *);
void	kprop_free_list(ddi_prop_t **);
ddi_prop_t *kprop_dup_list(ddi_prop_t *);
ddi_prop_t *kprop_in(ddi_prop_t *list, const char *name);

/* softstate.c: what attach(9E) of the node has left behind */
uint_t	ksoft_leftovers(dev_info_t *, const char *after);

/* scsihba.c: whether the SCSI framework has its transport, and where */
void	kscsi_leftovers(dev_info_t *, const char *after);
void	kscsi_private_set(dev_info_t *, const void *);

/* conf.c */
void	kconf_read(kmodule_t *, const char *path);

#endif	/* _KDEV_H */
