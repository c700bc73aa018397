/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Signals: signal.h(3HEAD), proc_signal(9F).
 */

#ifndef _SYS_SIGNAL_H
#define	_SYS_SIGNAL_H

#include <sys/types.h>
#include <sys/select.h>

#define	SIGHUP	1
#define	SIGINT	2
#define	SIGQUIT	3
#define	SIGILL	4
#define	SIGTRAP	5
#define	SIGABRT	6
#define	SIGEMT	7
#define	SIGFPE	8
#define	SIGKILL	9
#define	SIGBUS	10
#define	SIGSEGV	11
#define	SIGSYS	12
#define	SIGPIPE	13
#define	SIGALRM	14
#define	SIGTERM	15
#define	SIGUSR1	16
#define	SIGUSR2	17
#define	SIGCHLD	18
#define	SIGPWR	19
#define	SIGWINCH	20
#define	SIGURG	21
#define	SIGPOLL	22
#define	SIGIO	22
#define	SIGSTOP	23
#define	SIGTSTP	24
#define	SIGCONT	25
#define	SIGTTIN	26
#define	SIGTTOU	27
#define	SIGVTALRM	28
#define	SIGPROF	29
#define	SIGXCPU	30
#define	SIGXFSZ	31
#define	SIGWAITING	32
#define	SIGLWP	33
#define	SIGFREEZE	34
#define	SIGTHAW	35
#define	SIGCANCEL	36
#define	SIGLOST	37
typedef struct {
	unsigned int __sigbits[3];
} k_sigset_t;

/* What else a driver may expect from this header. */
#include <sys/feature_tests.h>
#include <sys/types32.h>
#include <sys/t_lock.h>

#endif	/* _SYS_SIGNAL_H */
