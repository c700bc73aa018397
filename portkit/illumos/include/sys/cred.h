/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Credentials of who calls a driver: ddi_cred(9F), drv_priv(9F).
 */

#ifndef _SYS_CRED_H
#define	_SYS_CRED_H

#include <sys/types.h>

typedef struct cred cred_t;
extern struct cred *kcred;
#define	CRED()	(curthread->t_cred)	/* needs <sys/thread.h> */
uid_t crgetuid(const cred_t *);
uid_t crgetruid(const cred_t *);
gid_t crgetgid(const cred_t *);
gid_t crgetrgid(const cred_t *);
zoneid_t crgetzoneid(const cred_t *);
void crhold(cred_t *);
void crfree(cred_t *);
int drv_priv(struct cred *);

#endif	/* _SYS_CRED_H */
