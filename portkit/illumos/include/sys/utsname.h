/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The names of the system that runs, as uname(2) reports them. uts_nodename()
 * is the zone's.
 */

#ifndef _SYS_UTSNAME_H
#define	_SYS_UTSNAME_H

#include <sys/feature_tests.h>

#define	_SYS_NMLN	257
#define	SYS_NMLN	_SYS_NMLN
struct utsname {
	char sysname[_SYS_NMLN];
	char nodename[_SYS_NMLN];
	char release[_SYS_NMLN];
	char version[_SYS_NMLN];
	char machine[_SYS_NMLN];
};

extern struct utsname utsname;
char *uts_nodename(void);

#endif	/* _SYS_UTSNAME_H */
