/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Credentials and privileges: whoever calls a driver may do everything, and is
 * in the global zone.
 */

#include <sys/policy.h>
#include "kproc.h"

#define	CRED_SIZE	512	/* more than any release's */

cred_t *kcred;

/* The zones are somebody else's; drivers take their addresses at most. */
static char zone_zero[4096] __attribute__((aligned(16)));
void *kzone_global __asm__("global_zone") = zone_zero;

void
kcred_setup(void)
{
	if (kcred == NULL)
		kcred = hc_alloc(CRED_SIZE);
}

cred_t *
ddi_get_cred(void)
{
	cred_t *cr = CRED();

	return (cr != NULL ? cr : kcred);
}

zoneid_t
getzoneid(void)
{
	return (0);
}

uid_t
crgetuid(const cred_t *cr)
{
	return (0);
}

uid_t
crgetruid(const cred_t *cr)
{
	return (0);
}

gid_t
crgetgid(const cred_t *cr)
{
	return (0);
}

gid_t
crgetrgid(const cred_t *cr)
{
	return (0);
}

zoneid_t
crgetzoneid(const cred_t *cr)
{
	return (0);
}

void
crhold(cred_t *cr)
{
}

void
crfree(cred_t *cr)
{
}

int
drv_priv(cred_t *cr)
{
	return (0);
}

int
secpolicy_sys_config(const cred_t *cr, boolean_t checkonly)
{
	return (0);
}

int
secpolicy_sys_devices(const cred_t *cr)
{
	return (0);
}

int
secpolicy_net_config(const cred_t *cr, boolean_t checkonly)
{
	return (0);
}

int
secpolicy_settime(const cred_t *cr)
{
	return (0);
}

int
secpolicy_modctl(const cred_t *cr, int cmd)
{
	return (0);
}

int
secpolicy_power_mgmt(const cred_t *cr)
{
	return (0);
}

int
secpolicy_error_inject(const cred_t *cr)
{
	return (0);
}
