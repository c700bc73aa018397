/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Processes: the kernel's own (p0, from thread.c), init(8), and those that a
 * scenario plays, as far as drivers see them: their numbers, and signals to
 * them.
 *
 * init(8) and the daemons are the scenario's: it asks which signals came.
 */

#include <sys/proc.h>
#include <sys/procset.h>
#include <sys/signal.h>
#include <sys/time.h>
#include "kproc.h"
#include "kern_ctl.h"

#define	LAST_SIGNAL	64

/* In <sys/signal.h> and <sys/proc.h> of a gate, not in all headers. */
void	sigtoproc(proc_t *, kthread_t *, int);

proc_t *proc_init;
proc_t *practive;
kmutex_t pidlock;

struct kpid {
	struct pid	kp_pid;
	struct plock	kp_lock;
	boolean_t	kp_killed;
};

/* proc_ref(9F) */
struct kref {
	struct kref	*kr_next;
	pid_t		kr_pid;
};

static struct kref *proc_refs;
static pid_t last_pid;
static int init_signals, init_signal;

static void
activate(proc_t *p)
{
	p->p_next = practive;
	if (practive != NULL)
		practive->p_prev = p;
	practive = p;
}

static proc_t *
make(pid_t pid, const char *comm)
{
	struct kpid *kp = hc_alloc(sizeof (*kp));
	proc_t *p = hc_alloc(sizeof (*p));

	kp->kp_pid.pid_id = pid;
	kp->kp_pid.pid_ref = 1;
	mutex_init(&kp->kp_lock.pl_lock, NULL, MUTEX_DEFAULT, NULL);
	p->p_pidp = &kp->kp_pid;
	p->p_lockp = &kp->kp_lock;
	p->p_cred = kcred;
	p->p_stat = SRUN;
	p->p_ppid = pid > 1 ? 1 : 0;
	(void) strncpy(PTOU(p)->u_comm, comm, MAXCOMLEN);
	(void) strncpy(PTOU(p)->u_psargs, comm, PSARGSZ - 1);
	activate(p);
	return (p);
}

proc_t *
kproc_make(const char *comm)
{
	return (make(++last_pid, comm));
}

static boolean_t
is_live(const proc_t *p)
{
	const proc_t *q;

	for (q = practive; q != NULL; q = q->p_next) {
		if (q == p)
			return (B_TRUE);
	}
	return (B_FALSE);
}

/*
 * The proc_t stays where it is: who still points at it is told so by the
 * functions here, and finds nothing else there.
 */
void
kproc_exit(proc_t *p)
{
	if (!is_live(p) || p == &p0)
		return;
	if (p->p_prev != NULL)
		p->p_prev->p_next = p->p_next;
	else
		practive = p->p_next;
	if (p->p_next != NULL)
		p->p_next->p_prev = p->p_prev;
	p->p_next = p->p_prev = NULL;
	p->p_stat = SZOMB;
	p->p_flag |= SEXITING;
}

void
kproc_setup(void)
{
	if (practive != NULL)
		return;
	kcred_setup();
	mutex_init(&pidlock, NULL, MUTEX_DEFAULT, NULL);
	mutex_init(&tod_lock, NULL, MUTEX_DEFAULT, NULL);
	p0.p_cred = kcred;
	activate(&p0);		/* the rest of it is thread.c's */
	proc_init = make(P_INITPID, "init");
	last_pid = 100;
}

proc_t *
prfind(pid_t pid)
{
	proc_t *p;

	hc_point();
	if (!mutex_owned(&pidlock))
		hc_violation("lock", "prfind: pidlock is not held");
	for (p = practive; p != NULL; p = p->p_next) {
		if (p->p_pid == pid)
			return (p);
	}
	return (NULL);
}

proc_t *
prfind_zone(pid_t pid, zoneid_t zoneid)
{
	return (zoneid == 0 || zoneid == -1 ? prfind(pid) : NULL);
}

static void
deliver(proc_t *p, int sig)
{
	if (sig <= 0 || sig > LAST_SIGNAL)
		return;
	if (p == proc_init) {
		init_signals++;
		init_signal = sig;
		return;
	}
	if (sig == SIGKILL)
		((struct kpid *)p->p_pidp)->kp_killed = B_TRUE;
	kfile_signal(p);
}

void
psignal(proc_t *p, int sig)
{
	hc_point();
	if (p == NULL)
		hc_panic("psignal: the process is NULL");
	if (!is_live(p)) {
		hc_violation("memory", "psignal: process %p has exited",
		    (void *)p);
		return;
	}
	if (p == &p0) {
		hc_violation("context", "psignal: signal %d for the kernel's "
		    "own process, from %s", sig, hc_name(hc_self()));
		return;
	}
	deliver(p, sig);
}

void
sigtoproc(proc_t *p, kthread_t *t, int sig)
{
	if (p != NULL && p->p_lockp != NULL && !mutex_owned(&p->p_lock))
		hc_violation("lock", "sigtoproc: p_lock is not held");
	psignal(p, sig);
}

void
tsignal(kthread_t *t, int sig)
{
	psignal(ttoproc(t), sig);
}

void
prsignal(struct pid *pidp, int sig)
{
	proc_t *p;

	hc_point();
	for (p = practive; p != NULL; p = p->p_next) {
		if (p->p_pidp == pidp)
			deliver(p, sig);
	}
}

void *
proc_ref(void)
{
	struct kref *ref;

	hc_point();
	ref = hc_alloc(sizeof (*ref));
	ref->kr_pid = kproc_current()->p_pid;
	ref->kr_next = proc_refs;
	proc_refs = ref;
	kr_add(KR_OTHER, ref, 0, "reference to a process (proc_ref)");
	return (ref);
}

static struct kref **
find_ref(void *pref, const char *called)
{
	struct kref **refp;

	for (refp = &proc_refs; *refp != NULL; refp = &(*refp)->kr_next) {
		if (*refp == pref)
			return (refp);
	}
	hc_violation("memory", "%s: %p is no reference to a process, or not "
	    "any more", called, pref);
	return (NULL);
}

void
proc_unref(void *pref)
{
	struct kref **refp, *ref;

	hc_point();
	if ((refp = find_ref(pref, "proc_unref")) == NULL)
		return;
	ref = *refp;
	*refp = ref->kr_next;
	(void) kr_remove(KR_OTHER, ref);
	hc_free(ref);
}

int
proc_signal(void *pref, int sig)
{
	struct kref **refp;
	proc_t *p;

	hc_point();
	if ((refp = find_ref(pref, "proc_signal")) == NULL)
		return (-1);
	for (p = practive; p != NULL; p = p->p_next) {
		if (p->p_pid == (*refp)->kr_pid) {
			deliver(p, sig);
			return (0);
		}
	}
	return (-1);
}

/*
 * The calling thread's process; the kernel's for one that has none.
 */
proc_t *
kproc_current(void)
{
	proc_t *p = ttoproc(curthread);

	return (p != NULL ? p : &p0);
}

pid_t
ddi_get_pid(void)
{
	return (kproc_current()->p_pid);
}

int
kc_signals_to_init(void)
{
	return (init_signals);
}

int
kc_init_signal(void)
{
	return (init_signal);
}

boolean_t
kproc_killed(const proc_t *p)
{
	return (p != &p0 && ((struct kpid *)p->p_pidp)->kp_killed);
}
