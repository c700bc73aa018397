/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The dispatcher: priorities of kernel threads, and preemption.
 */

#ifndef _SYS_DISP_H
#define	_SYS_DISP_H

#include <sys/types.h>
#include <sys/thread.h>

#define	MAXCLSYSPRI	99
#define	MINCLSYSPRI	60
#define	KPREEMPT_SYNC	(-1)
extern pri_t minclsyspri;
extern pri_t maxclsyspri;
void swtch(void);
void kpreempt(int);
void preempt(void);
int servicing_interrupt(void);
#define	kpreempt_disable()	{ curthread->t_preempt++; }
#define	kpreempt_enable()	{					\
	if (--curthread->t_preempt == 0 && CPU->cpu_kprunrun != 0)	\
		kpreempt(KPREEMPT_SYNC);				\
}

/* What else a driver may expect from this header. */
#include <sys/procset.h>
#include <sys/t_lock.h>
#include <sys/cred.h>
#include <sys/mutex.h>
#include <sys/uio.h>

#endif	/* _SYS_DISP_H */
