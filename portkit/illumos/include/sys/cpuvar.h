/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Processors. Their numbers may have gaps: a loop goes over cpu[] up to
 * max_cpuid, or along cpu_list, with cpu_lock held or preemption off.
 */

#ifndef _SYS_CPUVAR_H
#define	_SYS_CPUVAR_H

#include <sys/types.h>
#include <sys/thread.h>
#include <sys/param.h>
#include <sys/processor.h>
#include <sys/t_lock.h>
#include <sys/disp.h>
#include <sys/machcpuvar.h>

struct cpu {
	processorid_t cpu_id;
	processorid_t cpu_seqid;
	volatile cpu_flag_t cpu_flags;
	struct cpu *cpu_self;
	kthread_t *cpu_thread;
	kthread_t *cpu_idle_thread;
	kthread_t *cpu_pause_thread;
	klwp_id_t cpu_lwp;
	char _pad0[32];
	struct cpu *cpu_next;
	struct cpu *cpu_prev;
	struct cpu *cpu_next_onln;
	struct cpu *cpu_prev_onln;
	char _pad1[96];
	char cpu_runrun;
	char cpu_kprunrun;
	kthread_t *cpu_dispthread;
	char _pad2[16];
	caddr_t cpu_intr_stack;
	char _pad3[8];
	uint_t cpu_intr_actv;
	int cpu_base_spl;
	char _pad4[7920];
};

typedef struct cpu cpu_t;
#define	CPU_RUNNING	0x1
#define	CPU_READY	0x2
#define	CPU_QUIESCED	0x4
#define	CPU_EXISTS	0x8
#define	CPU_ENABLE	0x10
#define	CPU_OFFLINE	0x20
#define	CPU_POWEROFF	0x40
#define	CPU_FROZEN	0x80
#define	CPU_SPARE	0x100
#define	CPU_FAULTED	0x200
#define	CPU_ACTIVE(cp)	(((cp)->cpu_flags & CPU_OFFLINE) == 0)

struct cpu *curcpup(void);
#define	CPU		(curcpup())
extern struct cpu *cpu[];
extern cpu_t *cpu_list;
extern cpu_t *cpu_active;
extern kmutex_t cpu_lock;
extern int ncpus;
extern int ncpus_online;
extern int max_ncpus;
extern processorid_t max_cpuid;
extern int boot_max_ncpus;
extern int boot_ncpus;
cpu_t *cpu_get(processorid_t);
void poke_cpu(int);
int cpu_is_online(cpu_t *);
int cpu_is_offline(cpu_t *);
int cpu_is_active(cpu_t *);
#define	CPU_CURRENT	(-3)
void thread_affinity_set(kthread_t *, int);
void thread_affinity_clear(kthread_t *);
void affinity_set(int);
void affinity_clear(void);
void kpreempt(int);
int cpu_bind_thread(kthread_t *, processorid_t, processorid_t *, int *);

/* Sets of processors. */
#define	CPUSET_WORDS	4
#define	CPUSET_NOTINSET	((uint_t)(-1))
struct cpuset {
	ulong_t cpub[4];
};

typedef struct cpuset cpuset_t;
void cpuset_all(cpuset_t *);
void cpuset_all_but(cpuset_t *, uint_t);
int cpuset_isnull(cpuset_t *);
void cpuset_only(cpuset_t *, uint_t);
uint_t cpuset_find(cpuset_t *);
#define	CPUSET_ALL(cpus)		cpuset_all(&(cpus))
#define	CPUSET_ALL_BUT(cpus, id)	cpuset_all_but(&(cpus), (id))
#define	CPUSET_ONLY(cpus, id)		cpuset_only(&(cpus), (id))
#define	CPUSET_ISNULL(cpus)		cpuset_isnull(&(cpus))
#define	CPU_IN_SET(cpus, id)		BT_TEST((cpus).cpub, (id))
#define	CPUSET_ADD(cpus, id)		BT_SET((cpus).cpub, (id))
#define	CPUSET_DEL(cpus, id)		BT_CLEAR((cpus).cpub, (id))
#define	CPUSET_FIND(set, cpu)		((cpu) = cpuset_find(&(set)))
#define	CPUSET_ZERO(cpus)	{					\
	int _word;							\
	for (_word = 0; _word < CPUSET_WORDS; _word++)			\
		(cpus).cpub[_word] = 0;					\
}
#define	CPUSET_OR(a, b)		{					\
	int _word;							\
	for (_word = 0; _word < CPUSET_WORDS; _word++)			\
		(a).cpub[_word] |= (b).cpub[_word];			\
}
#define	CPUSET_AND(a, b)	{					\
	int _word;							\
	for (_word = 0; _word < CPUSET_WORDS; _word++)			\
		(a).cpub[_word] &= (b).cpub[_word];			\
}

/* To be told when a processor comes or goes; under cpu_lock. */
typedef enum {
	CPU_INIT = 0,
	CPU_CONFIG,
	CPU_UNCONFIG,
	CPU_ON,
	CPU_OFF,
	CPU_CPUPART_IN,
	CPU_CPUPART_OUT,
	CPU_SETUP,
	CPU_INTR_ON
} cpu_setup_t;

typedef int cpu_setup_func_t(cpu_setup_t, int, void *);
void register_cpu_setup_func(cpu_setup_func_t *, void *);
void unregister_cpu_setup_func(cpu_setup_func_t *, void *);
typedef void (*cpu_call_func_t)(uintptr_t, uintptr_t);
void cpu_call(cpu_t *, cpu_call_func_t, uintptr_t, uintptr_t);

/* What else a driver may expect from this header. */
#include <sys/kstat.h>
#include <sys/machlock.h>
#include <sys/time.h>
#include <sys/ksynch.h>
#include <sys/types32.h>
#include <sys/file.h>
#include <sys/bitmap.h>
#include <sys/rwlock.h>

#endif	/* _SYS_CPUVAR_H */
