/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Processes, as far as a driver sees them: the one that calls it (curproc),
 * its number and its user area.
 */

#ifndef _SYS_PROC_H
#define	_SYS_PROC_H

#include <sys/types.h>
#include <sys/t_lock.h>
#include <sys/thread.h>
#include <sys/cred.h>
#include <sys/user.h>
#include <sys/signal.h>

struct plock {
	kmutex_t pl_lock;
};

typedef struct proc proc_t;
struct pid {
	unsigned int pid_prinactive : 1;
	unsigned int pid_pgorphaned : 1;
	unsigned int pid_padding : 6;
	unsigned int pid_prslot : 24;
	pid_t pid_id;
	struct proc *pid_pglink;
	struct proc *pid_pgtail;
	struct pid *pid_link;
	uint_t pid_ref;
};

struct zone;
struct proc {
	struct vnode *p_exec;
	struct as *p_as;
	struct plock *p_lockp;
	kmutex_t p_crlock;
	struct cred *p_cred;
	char _pad0[4];
	char p_stat;
	char _pad1[7];
	pid_t p_ppid;
	char _pad2[8];
	struct proc *p_parent;
	struct proc *p_child;
	char _pad3[32];
	struct proc *p_next;
	struct proc *p_prev;
	char _pad4[48];
	struct pid *p_pidp;
	char _pad5[20];
	uint_t p_flag;
	char _pad6[192];
	kthread_t *p_tlist;
	char _pad7[1168];
	struct zone *p_zone;
	char _pad8[88];
	struct user p_user;
};

#define	p_lock	p_lockp->pl_lock
#define	p_pid		p_pidp->pid_id
#define	p_slot		p_pidp->pid_prslot
#define	PTOU(proc)	(&(proc)->p_user)

#define	SSLEEP	1
#define	SRUN	2
#define	SZOMB	3
#define	SSTOP	4
#define	SIDL	5
#define	SONPROC	6
#define	SWAIT	7
#define	SSYS	0x1
#define	SEXITING	0x2
extern proc_t *practive;
extern proc_t *proc_sched;
extern proc_t *proc_init;
extern proc_t p0;
proc_t *prfind(pid_t);
proc_t *prfind_zone(pid_t, zoneid_t);
void psignal(proc_t *, int);
void tsignal(kthread_t *, int);
void prsignal(struct pid *, int);

/* Threads of the kernel: TS_RUN starts one at once. */
kthread_t *thread_create(caddr_t, size_t, void (*)(), void *, size_t,
    proc_t *, int, pri_t);
void thread_exit(void);
void thread_free(kthread_t *);
void thread_join(kt_did_t);
#define	FORREAL	0
#define	JUSTLOOKING	1
int issig(int);
void tsd_create(uint_t *, void (*)(void *));
void tsd_destroy(uint_t *);
void *tsd_get(uint_t);
int tsd_set(uint_t, void *);

/* What else a driver may expect from this header. */
#include <sys/time.h>
#include <sys/buf.h>
#include <sys/aio_req.h>
#include <sys/uio.h>
#include <sys/model.h>
#include <sys/kmem.h>
#include <sys/feature_tests.h>
#include <sys/mutex.h>
#include <sys/list.h>
#include <sys/condvar.h>
#include <sys/procset.h>

#endif	/* _SYS_PROC_H */
