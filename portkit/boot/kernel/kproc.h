/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Processes, and what they have open: process.c, cred.c, power.c, file.c.
 */

#ifndef _KPROC_H
#define	_KPROC_H

#include "kern.h"
#include <sys/cred.h>
#include <sys/proc.h>

proc_t	*kproc_make(const char *comm);	/* a user process */
void	kproc_exit(proc_t *);
proc_t	*kproc_current(void);
boolean_t kproc_killed(const proc_t *);	/* by SIGKILL */
void	kcred_setup(void);

/*
 * Interrupts the system calls that a process is in: cv_wait_sig(9F) returns 0.
 */
void	kfile_signal(proc_t *);

#endif	/* _KPROC_H */
