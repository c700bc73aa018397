/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Loadable modules: modlinkage(9S), modldrv(9S), mod_install(9F), _init(9E).
 */

#ifndef _SYS_MODCTL_H
#define	_SYS_MODCTL_H

#include <sys/types.h>
#include <sys/devops.h>

#define	MODREV_1	1
#define	MODMAXNAMELEN	32
#define	MODMAXLINKINFOLEN	32
#define	MODMAXLINK	10

struct modlinkage;
struct mod_ops {
	int (*modm_install)();
	int (*modm_remove)();
	int (*modm_info)();
};

/* A driver, and a module of functions for others. */
struct modldrv {
	struct mod_ops *drv_modops;
	char *drv_linkinfo;
	struct dev_ops *drv_dev_ops;
};

struct modlmisc {
	struct mod_ops *misc_modops;
	char *misc_linkinfo;
};

struct modlinkage {
	int ml_rev;
	void *ml_linkage[7];
};

struct modspecific_info {
	char msi_linkinfo[32];
	int msi_p0;
};

struct modinfo {
	int mi_info;
	int mi_state;
	int mi_id;
	int mi_nextid;
	caddr_t mi_base;
	size_t mi_size;
	int mi_rev;
	int mi_loadcnt;
	char mi_name[32];
	struct modspecific_info mi_msinfo[10];
};

extern struct mod_ops mod_driverops;
extern struct mod_ops mod_miscops;
typedef int modid_t;

struct __ddi_modhandle;
typedef struct __ddi_modhandle *ddi_modhandle_t;
int mod_install(struct modlinkage *);
int mod_remove(struct modlinkage *);
int mod_info(struct modlinkage *, struct modinfo *);
const char *mod_modname(struct modlinkage *);
int _init(void);
int _fini(void);
int _info(struct modinfo *);
ddi_modhandle_t ddi_modopen(const char *, int, int *);
void *ddi_modsym(ddi_modhandle_t, const char *, int *);
int ddi_modclose(ddi_modhandle_t);
int modload(const char *, const char *);
int modunload(int);

/* The address of a symbol of a loaded module, or 0. */
uintptr_t modlookup(const char *, const char *);

/* What else a driver may expect from this header. */
#include <sys/ioccom.h>
#include <sys/nexusdefs.h>
#include <sys/thread.h>
#include <sys/t_lock.h>
#include <sys/dditypes.h>
#include <sys/ddipropdefs.h>

#endif	/* _SYS_MODCTL_H */
