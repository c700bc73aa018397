/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Shutdown and reboot: uadmin(2), and its form within the kernel.
 */

#ifndef _SYS_UADMIN_H
#define	_SYS_UADMIN_H

#include <sys/types.h>
#include <sys/cred.h>

#define	A_REBOOT	1
#define	A_SHUTDOWN	2
#define	A_REMOUNT	4
#define	A_FREEZE	3
#define	A_DUMP	5
#define	A_CONFIG	23
#define	AD_HALT	0
#define	AD_BOOT	1
#define	AD_IBOOT	2
#define	AD_POWEROFF	6
#define	AD_FASTREBOOT	8
#define	AD_UNKNOWN	(-1)
int kadmin(int, int, void *, cred_t *);
void mdboot(int, int, char *, boolean_t);
void mdpreboot(int, int, char *);

#endif	/* _SYS_UADMIN_H */
