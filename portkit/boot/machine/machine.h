/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The machine: CPUs, physical memory, time, and the report.
 *
 * It stands between three parties that see nothing else of one another: the
 * simulated kernel (compiled against DDI headers, with -nostdinc), the host
 * (compiled against libc), and the scenarios. So this header includes nothing,
 * and its types are the compiler's own.
 *
 * Exactly one context runs at any moment. It gives way only in hc_point(),
 * hc_block() and what is built on them, and who goes on is decided by a random
 * number generator that --seed sets: a run can be replayed. Compiled drivers
 * call hc_point() at each basic block (-fsanitize-coverage=trace-pc), so
 * interrupts and other CPUs come in between any two of them. Time is virtual:
 * it advances with what is executed and jumps to the next timer when all CPUs
 * are idle.
 */

#ifndef _HC_MACHINE_H
#define	_HC_MACHINE_H

typedef unsigned char		hc_u8;
typedef unsigned short		hc_u16;
typedef unsigned int		hc_u32;
typedef unsigned long		hc_u64;
typedef long			hc_time;	/* nanoseconds since power on */

#define	HC_MAXCPU	8
#define	HC_PAGE		4096UL
#define	HC_FOREVER	((hc_time)-1)
#define	HC_NOPFN	((hc_u64)-1)
#define	HC_PRINTF(f, a)	__attribute__((format(printf, f, a)))

/*
 * Time.
 */
hc_time	hc_now(void);
void	hc_spend(hc_time);	/* keeps the CPU busy; others go on */

/*
 * Timers call at machine level, on whatever context runs: the function must
 * not block, nor touch memory of a driver. A background timer (the host
 * looking around) does not count as something that may still happen when
 * everybody waits.
 */
typedef struct hc_timer hc_timer;
#define	HC_TIMER_BACKGROUND	1
hc_timer *hc_timer_new(void (*)(void *), void *, unsigned flags);
void	hc_timer_at(hc_timer *, hc_time when);	/* sets, or sets anew */
int	hc_timer_cancel(hc_timer *);		/* 1 if it was pending */
void	hc_timer_free(hc_timer *);

/*
 * Contexts: kernel threads and interrupt threads. Each runs on a pthread of
 * its own, on a stack in simulated physical memory.
 */
typedef struct hc_ctx hc_ctx;
hc_ctx	*hc_spawn(const char *name, void (*)(void *), void *arg, int pri);
		/* higher runs first; NULL when there are absurdly many */
hc_ctx	*hc_self(void);
const char *hc_name(hc_ctx *);
void	hc_set_data(hc_ctx *, void *);	/* the kernel's own (kthread_t) */
void	*hc_data(hc_ctx *);
void	hc_set_pri(hc_ctx *, int);
void	hc_bind(hc_ctx *, int cpu);	/* -1: any CPU */
void	hc_exit(void) __attribute__((noreturn));
void	hc_point(void);			/* others may come in here */
void	hc_yield(void);			/* another one, if any can */

/*
 * Wait for hc_wake(), or for the deadline. `why' and `what' are for the report
 * of a hang ("mutex_enter", the mutex). Returns 0 when woken, 1 at the
 * deadline. A wake that comes before the block is lost: only the running
 * context can act in between, so whoever sets up the wait calls hc_block()
 * with no point before.
 */
int	hc_block(hc_time deadline, const char *why, const void *what);
void	hc_wake(hc_ctx *);

/*
 * CPUs. The level is the processor interrupt level: interrupts of that level
 * and below wait. An interrupt runs in an interrupt context, on top of what
 * the CPU ran, which is pinned under it until it ends or blocks.
 */
int	hc_ncpus(void);
int	hc_cpu(void);			/* on which CPU we run */
int	hc_level(void);			/* its level */
int	hc_set_level(int);		/* returns the old one */
int	hc_interrupts(int enable);	/* cli and sti: returns the old state */
int	hc_interrupt_level(void);	/* of the interrupt that runs; 0 */
					/* in a thread */
void	hc_interrupt(int cpu, int vector);	/* make it pending */

/*
 * Run fn(arg) on another CPU at level 15, or here when it is ours, and wait
 * for its end. It must not block.
 */
void	hc_cross_call(int cpu, void (*)(void *), void *arg);

struct hc_kernel_ops {
	/* The level at which a vector interrupts; 0 when nobody handles it. */
	int	(*vector_level)(int vector);
	/* Runs in an interrupt context, at that level. */
	void	(*interrupt)(int vector);
	/* Whether the thread that runs may be taken off its CPU. */
	int	(*preemptible)(hc_ctx *);
	/* The context now runs on that CPU (also when it comes back to it). */
	void	(*running)(hc_ctx *, int cpu);
	/* Data for an interrupt context, made once for each: see hc_data(). */
	void	*(*interrupt_data)(hc_ctx *);
};
void	hc_set_kernel(const struct hc_kernel_ops *);

/*
 * The platform: what instructions mean that leave the guest. Implemented by
 * the host, reached through the machine.
 */
struct hc_platform {
	/* eax to edx, in and out. */
	void	(*cpuid)(int cpu, hc_u32 regs[4]);
	/* Return 0; 1 for #GP. */
	int	(*rdmsr)(int cpu, hc_u32 msr, hc_u64 *);
	int	(*wrmsr)(int cpu, hc_u32 msr, hc_u64);
	/* The registers of a hypercall: rcx, rdx, r8; returns rax. */
	hc_u64	(*hypercall)(int cpu, hc_u64 rcx, hc_u64 rdx, hc_u64 r8);
	/* The interrupt with that vector has been dispatched (APIC EOI). */
	void	(*eoi)(int cpu, int vector);
	/* hc_pages_free() is about to take these: does anybody use them? */
	void	(*freed)(hc_u64 n, const hc_u64 *pfns);		/* or NULL */
	/* Whether the platform uses that page, too. */
	int	(*shared)(hc_u64 pfn);				/* or NULL */
	/*
	 * Everybody waits, and no timer in the foreground is set: 1 when the
	 * platform has found something to do after all, 0 for a hang.
	 */
	int	(*stuck)(void);					/* or NULL */
};
void	hc_set_platform(const struct hc_platform *);
void	hc_cpuid(hc_u32 regs[4]);
hc_u64	hc_rdmsr(hc_u32 msr);		/* panics at #GP */
void	hc_wrmsr(hc_u32 msr, hc_u64 value);
int	hc_rdmsr_checked(hc_u32 msr, hc_u64 *);		/* 0; 1 at #GP */
int	hc_wrmsr_checked(hc_u32 msr, hc_u64 value);
void	hc_hypercall_page(void *page);	/* put the instructions there */

/*
 * Physical memory. Page frames that are handed out are scattered: neighbours
 * only where that was asked for.
 */
#define	HC_CONTIGUOUS	1
hc_u64	hc_phys_pages(void);		/* how many there are */
int	hc_pages_alloc(hc_u64 n, hc_u64 low, hc_u64 high, hc_u64 align,
	    hc_u64 boundary, unsigned flags, hc_u64 *pfns);
		/* frames in low..high; align and boundary in frames, for */
		/* contiguous ones; 0, or -1 when there are not as many */
void	hc_pages_free(hc_u64 n, const hc_u64 *pfns);
void	*hc_map(hc_u64 n, const hc_u64 *pfns);	/* with a guard page around */
void	hc_unmap(void *, hc_u64 n);
hc_u64	hc_pfn(const void *va);		/* HC_NOPFN: not the kernel's memory */
void	*hc_phys(hc_u64 pa, hc_u64 len);	/* the host's view or NULL */

/*
 * Modules: shared objects whose kernel symbols carry the prefix "k_". Their
 * data lies in physical memory as well.
 */
typedef struct hc_module hc_module;
hc_module *hc_module_load(const char *name, const char *path, char *why,
	    hc_u64 whylen);
void	*hc_module_symbol(hc_module *, const char *name);	/* no prefix */
void	hc_module_unload(hc_module *);
const char *hc_module_of(const void *pc);	/* NULL: not in a module */
int	hc_module_owns(hc_module *, const void *address);

/*
 * What came with the command line: `hc_arg("cpus")' is the value of --cpus,
 * NULL without one; and the plan file's lines, as words.
 */
const char *hc_arg(const char *name);
const char *hc_arg_at(const char *name, int index);	/* given repeatedly */
int	hc_plan_lines(void);
int	hc_plan(int line, const char *words[8]);	/* how many words */
char	*hc_read_file(const char *path);	/* NULL: none; hc_free() it */
void	*hc_alloc(hc_u64);		/* zeroed memory of the machine's, */
void	hc_free(void *);		/* not of the simulated kernel's */
hc_u32	hc_random(hc_u32 below);

/*
 * The report. Events are lines of JSON; see run.py for the reader.
 */
#define	HC_TRACE	24
struct hc_trace {
	hc_u32	n;
	const char *thread;
	hc_u64	pc[HC_TRACE];
};
void	hc_trace_take(struct hc_trace *);	/* the caller's stack */
void	*hc_caller(void);	/* innermost one in a module, or NULL */

void	hc_violation(const char *check, const char *fmt, ...) HC_PRINTF(2, 3);
void	hc_violation_at(const struct hc_trace *, const char *check,
	    const char *fmt, ...) HC_PRINTF(3, 4);
	/* `check' is a word of semantics.md; what was reported from the same */
	/* place with the same check is counted, not repeated */
hc_u64	hc_violations(const char *check);	/* how many until now */
void	hc_milestone(const char *id, int ok, const char *, ...) HC_PRINTF(3, 4);
void	hc_console(const char *text);	/* as it comes; lines end in newlines */
int	hc_console_has(const char *text, char *line, hc_u64 linelen);
		/* the newest line with that text */
void	hc_event(const char *type, const char *json);	/* json: {...} */
char	*hc_json_string(const char *);	/* quoted; hc_free() it */
void	hc_panic(const char *, ...) HC_PRINTF(1, 2) __attribute__((noreturn));
void	hc_finish(int status) __attribute__((noreturn));	/* power off */

/*
 * Whether the allocation that is about to be made is the one that has to fail
 * (--fail-alloc). `kind' is memory, dma, taskq, interrupt, node, minor, ...
 */
int	hc_fail(const char *kind);
hc_u64	hc_fail_count(void);		/* how many there were until now */
int	hc_fail_done(void);		/* it has failed, or none has to */

/*
 * For the sanitizers; they do nothing in other builds. Order between contexts
 * that the thread sanitizer cannot see (it knows nothing of this machine's
 * locks), and memory that must not be touched.
 */
void	hc_hb_release(const void *);
void	hc_hb_acquire(const void *);
void	hc_poison(const void *, hc_u64 len);
void	hc_unpoison(const void *, hc_u64 len);

/*
 * Begins the machine: spawns `operator' on CPU 0 and runs until it returns.
 * Defined in scenario/, called by main().
 */
void	hc_host_setup(void);		/* host/: sets the platform */
void	hc_kernel_setup(void);		/* kernel/: sets its operations */
void	hc_operator(void *);		/* scenario/ */

/*
 * The thread sanitizer watches what is done with libc's functions, and knows
 * nothing of this machine's order: the host's and the scenarios' own data
 * would all be races. So these have others (unwatched.c).
 */
#if defined(HC_SANITIZE_THREAD) && !defined(_KERNEL) && !defined(HC_WATCHED)
#pragma redefine_extname memcpy hc_plain_memcpy
#pragma redefine_extname memmove hc_plain_memmove
#pragma redefine_extname memset hc_plain_memset
#pragma redefine_extname memcmp hc_plain_memcmp
#pragma redefine_extname strlen hc_plain_strlen
#pragma redefine_extname strcmp hc_plain_strcmp
#pragma redefine_extname strncmp hc_plain_strncmp
#pragma redefine_extname strchr hc_plain_strchr
#pragma redefine_extname strrchr hc_plain_strrchr
#pragma redefine_extname strstr hc_plain_strstr
#pragma redefine_extname strcpy hc_plain_strcpy
#pragma redefine_extname strncpy hc_plain_strncpy
#pragma redefine_extname strcat hc_plain_strcat
#pragma redefine_extname strdup hc_plain_strdup
#pragma redefine_extname snprintf hc_plain_snprintf
#pragma redefine_extname vsnprintf hc_plain_vsnprintf
#pragma redefine_extname malloc hc_plain_malloc
#pragma redefine_extname calloc hc_plain_calloc
#pragma redefine_extname realloc hc_plain_realloc
#pragma redefine_extname free hc_plain_free
#endif

#endif	/* _HC_MACHINE_H */
