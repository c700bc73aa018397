/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What became of a child process: wait.h(3HEAD). No driver waits for one;
 * these are for those that tell of one.
 */

#ifndef _SYS_WAIT_H
#define	_SYS_WAIT_H

#include <sys/types.h>
#include <sys/feature_tests.h>
#include <sys/procset.h>

#define	WEXITED	0x1
#define	WTRAPPED	0x2
#define	WSTOPPED	0x4
#define	WUNTRACED	0x4
#define	WCONTINUED	0x8
#define	WNOHANG	0x40
#define	WNOWAIT	0x80

/*
 * In a status, the second byte is the code of the exit or the signal that
 * stopped the process; the first is zero, or the signal that ended it, with
 * WCOREFLG for a core file, or WSTOPFLG.
 */
#define	WSTOPFLG	0x7f
#define	WCONTFLG	0xffff
#define	WCOREFLG	0x80
#define	WSIGMASK	0x7f
#define	WEXITSTATUS(status)	(((int)(status) & 0xff00) / 0x100)
#define	WSTOPSIG(status)	WEXITSTATUS(status)
#define	WTERMSIG(status)	((int)(status) & WSIGMASK)
#define	WIFEXITED(status)	(((int)(status) & 0xff) == 0)
#define	WIFSIGNALED(status)	\
	(((int)(status) & 0xff00) == 0 && !WIFEXITED(status))
#define	WIFSTOPPED(status)	(WEXITSTATUS(status) != 0 &&		\
	((int)(status) & 0xff) == WSTOPFLG)
#define	WIFCONTINUED(status)	(((int)(status) & 0xffff) == WCONTFLG)
#define	WCOREDUMP(status)	((int)(status) & WCOREFLG)

#endif	/* _SYS_WAIT_H */
