/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What the files of the machine share. Nothing outside of machine/ includes
 * it.
 */

#ifndef _HC_IMPL_H
#define	_HC_IMPL_H

#ifndef _GNU_SOURCE
#define	_GNU_SOURCE	/* so this header comes first */
#endif

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>

#include "machine.h"
#include "sys.h"

#define	MC_MAXCTX	512	/* contexts alive at a time */
#define	MC_SLOTS	(MC_MAXCTX + 128)	/* with those for interrupts */
#define	MC_VECTORS	256
#define	MC_LOCK_LEVEL	10	/* above it nothing may block */
#define	MC_CROSS_LEVEL	15
#define	MC_OPERATOR_PRI	50
#define	MC_BLOCK_NS	10	/* virtual time of a basic block */
#define	MC_POINT_NS	100	/* and of a point */
#define	MC_WORK_LIMIT	20000000L	/* blocks without rest: never returns */

struct hc_timer {
	void		(*fn)(void *);
	void		*arg;
	unsigned	flags;
	int		pending;
	hc_time		when;
	struct hc_timer	*next, *prev;
};

enum mc_state {
	MC_DEAD,	/* the structure waits for its next use */
	MC_POOL,	/* interrupt context without an interrupt */
	MC_READY,	/* thread in the run queue */
	MC_ONCPU,	/* in the stack of a CPU, maybe with others on top */
	MC_BLOCKED,
	MC_WOKEN,	/* interrupt context that may go on, on its CPU */
	MC_DYING	/* its pthread ends */
};

struct mc_xcall {
	void		(*fn)(void *);
	void		*arg;
	hc_ctx		*from;
	struct mc_xcall	*next;
};

struct hc_ctx {
	const char	*name;
	void		(*fn)(void *);
	void		*arg;
	void		*data;
	enum mc_state	state;
	int		interrupt;	/* an interrupt context */
	int		pri;
	int		bind;
	int		cpu;		/* where it is, or was last */
	int		level;
	int		enabled;	/* interrupts */
	int		vector;		/* what it serves; */
	int		vlevel;		/* at which level */
	struct mc_xcall	*xcall;
	hc_ctx		*under;		/* what it interrupted */
	hc_time		until;		/* hc_spend() */
	struct mc_xcall	*spin;		/* waits for this cross call */
	int		acquire;	/* at its next turn: the CPU's order */
	int		leave;		/* at its next turn: its CPU */
	int		timed_out;
	struct hc_timer	timer;
	const char	*why;
	const void	*what;
	hc_time		since;		/* when it blocked */
	long		work;		/* blocks since it last rested */
	hc_ctx		*next, *prev;	/* run queue, pool, or woken list */

	/* The pthread. */
	int		baton;
	int		tid;
	pthread_t	pthread;
	void		*jump[5];	/* out of hc_exit() */
	int		slot;		/* of its stack */
	char		*stack, *stack_mid, *stack_end;
	void		*altstack;
	void		*bottom;	/* the frame under its first function */
	void		*fp;		/* where it gave the baton away */
};

struct mc_cpu {
	int		id;
	hc_ctx		*top;		/* what it runs; NULL: idle */
	int		base;		/* level that blocked interrupts keep */
	hc_u64		pending[MC_VECTORS / 64];
	int		npending;
	struct mc_xcall	*xcalls;
	hc_ctx		*woken;		/* highest level first */
	hc_ctx		*pool;
	char		order;		/* see hc_hb_release() */
	char		cross_order;
};

/* Everything that is global, in one place. */
struct mc {
	int		on;		/* points are points */
	int		quiet;		/* >0: no switching, machine level */
	int		ncpus;
	hc_time		now;
	hc_u64		points;
	hc_time		due;		/* of the first timer */
	int		foreground;	/* timers that count as progress */
	int		stirred;	/* something may run that could not */
	hc_ctx		*current;	/* who has the baton */
	hc_ctx		*all[MC_MAXCTX + HC_MAXCPU * 64];
	int		nall;		/* entries of `all', dead ones too */
	int		nthreads;	/* alive */
	struct mc_cpu	cpu[HC_MAXCPU];
	const struct hc_kernel_ops *kernel;
	const struct hc_platform *platform;
	void		*timer_frame;	/* traces end there */
	char		outside;	/* order with the host */
	int		over;		/* the report has ended */
	int		crashed;	/* in a signal handler, for good */
	const struct hc_trace *culprit_trace;	/* of the context that runs */
	long		violations;	/* with those that were not repeated */
	long		limit;		/* seconds of real time */
};
extern struct mc mc;

/* sched.c */
void	mc_sched_init(void);
void	mc_reschedule(int others);
void	mc_settle(hc_ctx *);
void	mc_hurry(void);
void	mc_ready(hc_ctx *);
void	mc_off_cpu(hc_ctx *);
int	mc_can_run(const hc_ctx *);
hc_u32	mc_dice(hc_u32 below);
void	mc_seed(hc_u64);

/* interrupt.c */
struct mc_what {
	int		level;
	int		vector;		/* -1: none */
	struct mc_xcall	*xcall;
	hc_ctx		*woken;
};
int	mc_deliverable(struct mc_cpu *, struct mc_what *);
hc_ctx	*mc_push(struct mc_cpu *, const struct mc_what *);
void	mc_base_update(struct mc_cpu *);
void	mc_interrupt_woken(hc_ctx *);
void	mc_interrupt_main(void *);

/* thread.c */
void	mc_main_loop(void (*operator)(void *)) __attribute__((noreturn));
hc_ctx	*mc_pool_get(struct mc_cpu *);
void	mc_hand_over(hc_ctx *from, hc_ctx *to);

/* platform.c */
int	mc_platform_stuck(void);

/* timer.c */
void	mc_timers_run(void);
void	mc_timer_set(struct hc_timer *, hc_time);
hc_time	mc_next_due(void);

/* phys.c */
void	mc_phys_init(void);
char	*mc_stack_map(int slot, hc_u64 extra);	/* lowest address, or NULL */
void	mc_stack_unmap(char *lo, hc_u64 extra);
hc_u64	mc_stack_size(void);
int	mc_pages_over(void *va, hc_u64 n, int prot, hc_u64 *pfns);
hc_u64	mc_arena_pfn(hc_u64 va);
enum mc_where {
	MC_ELSEWHERE,
	MC_MAPPED,
	MC_UNMAPPED
};
enum mc_where mc_arena_where(hc_u64 va);

/* module.c */
hc_u64	mc_module_pfn(hc_u64 va);

/* trace.c */
void	mc_objects_scan(void);
struct mc_object *mc_object_of(hc_u64 pc);
struct mc_object {
	const char	*path;
	hc_u64		base;		/* load address */
	hc_u64		lo, hi;
	int		live;
	int		frames;		/* built with frame pointers */
	const char	*module;	/* its name, or NULL */
};
struct mc_object *mc_object_get(hc_u64 encoded, hc_u64 *offset);
hc_u64	mc_encode(hc_u64 pc);
void	mc_trace_ctx(struct hc_trace *, const hc_ctx *);
void	mc_trace_from(struct hc_trace *, const hc_ctx *, hc_u64 pc, hc_u64 fp,
	    hc_u64 sp);
void	mc_trace_frame(struct hc_trace *, void *fp);
const char *mc_trace_module(const struct hc_trace *);
const char *mc_trace_thread(void);

/* report.c */
void	mc_report_init(int fd);
struct mc_out {
	char	*p;
	size_t	n, size;
};
void	mc_out_begin(struct mc_out *, const char *type);
void	mc_out_raw(struct mc_out *, const char *);
void	mc_out_str(struct mc_out *, const char *);	/* quoted */
void	mc_out_num(struct mc_out *, long);
void	mc_out_hex(struct mc_out *, hc_u64);
void	mc_out_stack(struct mc_out *, const struct hc_trace *);
void	mc_out_end(struct mc_out *);	/* writes the line */
void	mc_violation_raw(const struct hc_trace *, const char *check,
	    const char *message);
void	mc_panic_event(const struct hc_trace *, const char *message);
void	mc_threads_event(void);
void	mc_end(int status) __attribute__((noreturn));

/* console.c */
void	mc_console_flush(void);

/* crash.c */
void	mc_crash_init(void);
void	*mc_altstack(void);	/* for the signals of the calling pthread */
void	mc_altstack_free(void *);
void	mc_hang(const char *, const hc_ctx *culprit) __attribute__((noreturn));
void	mc_watch(void);		/* starts the clocks of the real-time limit */

/* memory.c */
const char *mc_intern(const char *);

/* sanitizer.c */
void	mc_sanitizer_init(void);
int	mc_sanitized(void);	/* some sanitizer that wants larger stacks */
void	mc_ignore_begin(void);	/* what libc does now is nobody's business */
void	mc_ignore_end(void);
void	mc_no_return(void);
void	mc_marked_read(const void *);
void	mc_marked_write(const void *);
void	mc_forget(void *, size_t);	/* what the addresses were used for */

/* options.c */
void	mc_options(int argc, char **argv);
long	mc_number(const char *name, long otherwise);

/* failall.c */
int	mc_fail_all(void);	/* -1: goes on; else the exit status */
extern hc_u64 mc_fail_at;	/* N of --fail-alloc; 0: none */

#endif	/* _HC_IMPL_H */
