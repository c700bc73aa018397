/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The part of a process that describes the program it runs: u_comm, u_psargs.
 */

#ifndef _SYS_USER_H
#define	_SYS_USER_H

#include <sys/types.h>
#include <sys/param.h>
#include <sys/time.h>

#define	PSARGSZ	80
#define	MAXCOMLEN	16
struct user {
	char _pad0[408];
	timestruc_t u_start;
	clock_t u_ticks;
	char u_comm[17];
	char u_psargs[80];
	int u_argc;
	uintptr_t u_argv;
	uintptr_t u_envp;
	char _pad1[1792];
};

/* What else a driver may expect from this header. */
#include <sys/signal.h>
#include <sys/regset.h>
#include <sys/feature_tests.h>
#include <sys/types32.h>
#include <sys/model.h>
#include <sys/errno.h>
#include <sys/t_lock.h>
#include <sys/proc.h>

#endif	/* _SYS_USER_H */
