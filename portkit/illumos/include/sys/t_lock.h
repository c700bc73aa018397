/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * All of the kernel's locks: mutex(9F), rwlock(9F), semaphore(9F),
 * condvar(9F).
 */

#ifndef _SYS_T_LOCK_H
#define	_SYS_T_LOCK_H

#include <sys/machlock.h>
#include <sys/param.h>
#include <sys/mutex.h>
#include <sys/rwlock.h>
#include <sys/semaphore.h>
#include <sys/condvar.h>

extern int ncpus;
void disp_lock_enter(disp_lock_t *);
void disp_lock_exit(disp_lock_t *);

#endif	/* _SYS_T_LOCK_H */
