/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Decisions about privileges: drv_priv(9F) asks here.
 */

#ifndef _SYS_POLICY_H
#define	_SYS_POLICY_H

#include <sys/types.h>
#include <sys/cred.h>

int secpolicy_sys_config(const cred_t *, boolean_t);
int secpolicy_sys_devices(const cred_t *);
int secpolicy_net_config(const cred_t *, boolean_t);
int secpolicy_settime(const cred_t *);
int secpolicy_modctl(const cred_t *, int);
int secpolicy_power_mgmt(const cred_t *);
int secpolicy_error_inject(const cred_t *);

/* What else a driver may expect from this header. */
#include <sys/vnode.h>
#include <sys/t_lock.h>
#include <sys/dditypes.h>

#endif	/* _SYS_POLICY_H */
