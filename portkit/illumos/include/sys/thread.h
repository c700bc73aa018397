/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Kernel threads. A driver names the thread that it runs in (curthread) and
 * reads little else; others' fields are padding.
 */

#ifndef _SYS_THREAD_H
#define	_SYS_THREAD_H

#include <sys/types.h>
#include <sys/klwp.h>
#include <sys/t_lock.h>
#include <sys/time.h>
#include <sys/signal.h>

typedef uint64_t kt_did_t;
struct cpu;
struct proc;
struct _klwp;
struct turnstile;
struct _kthread {
	struct _kthread *t_link;
	caddr_t t_stk;
	char _pad0[8];
	struct cpu *t_bound_cpu;
	short t_affinitycnt;
	short t_bind_cpu;
	ushort_t t_flag;
	char _pad1[4];
	volatile char t_preempt;
	uint_t t_state;
	pri_t t_pri;
	char _pad2[166];
	struct cpu *t_cpu;
	char _pad3[48];
	kt_did_t t_did;
	char _pad4[24];
	id_t t_tid;
	char _pad5[12];
	k_sigset_t t_sig;
	char _pad6[12];
	k_sigset_t t_hold;
	char _pad7[36];
	klwp_t *t_lwp;
	struct proc *t_procp;
	char _pad8[8];
	struct _kthread *t_next;
	struct _kthread *t_prev;
	char _pad9[24];
	struct cred *t_cred;
	char _pad10[40];
	disp_lock_t *t_lockp;
	char _pad11[408];
};

typedef struct _kthread kthread_t;
typedef struct _kthread *kthread_id_t;

#define	TS_FREE	0x0
#define	TS_SLEEP	0x1
#define	TS_RUN	0x2
#define	TS_ONPROC	0x4
#define	TS_ZOMB	0x8
#define	TS_STOPPED	0x10
#define	TS_WAIT	0x20
#define	T_INTR_THREAD	0x1
#define	T_WAKEABLE	0x2
#define	T_TOMASK	0x4
#define	T_TALLOCSTK	0x8
#define	T_WOULDBLOCK	0x20
#define	T_DONTBLOCK	0x40
#define	T_DONTPEND	0x80
#define	T_PANIC	0x800

kthread_t *threadp(void);
#define	curthread	(threadp())
#define	curproc		(ttoproc(curthread))
#define	ttoproc(t)	((t)->t_procp)
#define	ttolwp(t)	((t)->t_lwp)
extern struct _kthread t0;
extern kmutex_t pidlock;
void thread_lock(kthread_t *);
void thread_lock_high(kthread_t *);

/* What else a driver may expect from this header. */
#include <sys/ksynch.h>
#include <sys/types32.h>

#endif	/* _SYS_THREAD_H */
