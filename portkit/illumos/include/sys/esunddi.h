/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * DDI functions of the kernel's own use: holding a device by its number.
 */

#ifndef _SYS_ESUNDDI_H
#define	_SYS_ESUNDDI_H

#include <sys/types.h>
#include <sys/sunddi.h>
#include <sys/proc.h>
#include <sys/autoconf.h>

#define	E_DDI_HOLD_DEVI_NOATTACH	0x1
dev_info_t *e_ddi_hold_devi_by_dev(dev_t, int);
dev_info_t *e_ddi_hold_devi_by_path(char *, int);
void ddi_release_devi(dev_info_t *);
void e_ddi_walk_driver(char *, int (*)(dev_info_t *, void *), void *);
int e_ddi_prop_create(dev_t, dev_info_t *, int, char *, caddr_t, int);
int e_ddi_prop_update_int(dev_t, dev_info_t *, char *, int);
int e_ddi_prop_update_string(dev_t, dev_info_t *, char *, char *);
int e_ddi_prop_remove(dev_t, dev_info_t *, char *);
void e_ddi_prop_remove_all(dev_info_t *);

/* What else a driver may expect from this header. */
#include <sys/ddi_impldefs.h>
#include <sys/dditypes.h>
#include <sys/devops.h>
#include <sys/taskq.h>

#endif	/* _SYS_ESUNDDI_H */
