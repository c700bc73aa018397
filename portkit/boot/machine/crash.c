/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What goes wrong at once: traps, hangs, and being told to stop. Handlers are
 * installed by system call: the sanitizers would put signals off, or handle
 * them themselves.
 */

#include "impl.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>

#define	ALTSTACK	(64UL << 10)
#define	SA_RESTORER_BIT	0x04000000UL
#define	SIGTELL		SIGUSR2		/* to the context that runs: report */

struct kernel_sigaction {
	void		(*handler)(int, siginfo_t *, void *);
	unsigned long	flags;
	void		(*restorer)(void);
	unsigned long	mask;
};

void mc_sigreturn(void);	/* entry.S */

static const char *stopped;	/* why somebody stops us */

/*
 * A small text, without libc.
 */
struct text {
	char	s[512];
	size_t	n;
};

static void
text_add(struct text *t, const char *s)
{
	while (s != NULL && *s != '\0' && t->n < sizeof (t->s) - 1)
		t->s[t->n++] = *s++;
	t->s[t->n] = '\0';
}

static void
text_hex(struct text *t, hc_u64 v)
{
	char digits[17];
	struct mc_out o = { digits, 0, 16 };

	mc_out_hex(&o, v);
	digits[o.n] = '\0';
	text_add(t, digits);
}

static void
text_num(struct text *t, long v)
{
	char digits[24];
	struct mc_out o = { digits, 0, 23 };

	mc_out_num(&o, v);
	digits[o.n] = '\0';
	text_add(t, digits);
}

/*
 * Traps.
 */
static const char *
trap_name(int sig, int code, hc_u64 trapno)
{
	switch (sig) {
	case SIGSEGV:
		if (trapno == 13 || code == SI_KERNEL)
			return ("type=d (#gp General protection)");
		return ("type=e (#pf Page fault)");
	case SIGBUS:
		return ("type=c (#ss Stack fault)");
	case SIGILL:
		return ("type=6 (#ud Invalid opcode)");
	case SIGFPE:
		return ("type=0 (#de Divide error)");
	case SIGTRAP:
		return ("type=3 (#bp Breakpoint)");
	default:
		return ("abort");
	}
}

/*
 * The address sanitizer looks at a shadow of each address first: what faults
 * is the look, eight times as near to the shadow's beginning as the address to
 * 0.
 */
static hc_u64
meant(hc_u64 addr)
{
	extern void __asan_init(void) __attribute__((weak));
	hc_u64 shadow = 0x7fff8000UL;

	if (__asan_init != NULL && addr >= shadow && addr < 0x10007fff8000UL)
		return ((addr - shadow) << 3);
	return (addr);
}

static void
due_to(struct text *t, hc_u64 addr)
{
	const hc_ctx *c = mc.current;

	if (addr < HC_PAGE) {
		text_add(t, " due to a NULL pointer dereference");
	} else if (c != NULL && addr < (hc_u64)c->stack &&
	    addr >= (hc_u64)c->stack - 16 * HC_PAGE) {
		text_add(t, " due to a stack overflow");
	} else if (mc_arena_where(addr) == MC_UNMAPPED) {
		text_add(t, " due to an access to kernel memory that is not "
		    "mapped (freed, or past its end)");
	} else if (addr < 0x800000000000UL) {
		text_add(t, " due to an illegal access to a user address");
	}
}

static void
last_words(int sig)
{
	(void) sig;
	for (;;)
		(void) mc_sys3(SYS_exit_group, 4, 0, 0);
}

static void
trapped(int sig, siginfo_t *info, void *context)
{
	static int crashes;
	const greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	hc_u64 pc = (hc_u64)regs[REG_RIP], addr = (hc_u64)info->si_addr;
	struct text text = { "", 0 };
	struct mc_object *o;
	struct hc_trace t;

	if (__atomic_fetch_add(&crashes, 1, __ATOMIC_SEQ_CST) > 0)
		last_words(sig);
	mc.crashed = 1;
	mc_trace_from(&t, mc.current, pc, (hc_u64)regs[REG_RBP],
	    (hc_u64)regs[REG_RSP]);
	if (mc.timer_frame != NULL)
		t.thread = "host";
	text_add(&text, "BAD TRAP: ");
	text_add(&text, trap_name(sig, info->si_code,
	    (hc_u64)regs[REG_TRAPNO]));
	if (sig == SIGSEGV && info->si_code != SI_KERNEL) {
		addr = meant(addr);
		text_add(&text, " addr=");
		text_hex(&text, addr);
	}
	o = mc_object_of(pc);
	if (o != NULL && o->module != NULL) {
		text_add(&text, " occurred in module \"");
		text_add(&text, o->module);
		text_add(&text, "\"");
	} else if (mc_trace_module(&t) != NULL) {
		text_add(&text, " occurred in module \"unix\", called by \"");
		text_add(&text, mc_trace_module(&t));
		text_add(&text, "\"");
	} else {
		text_add(&text, " occurred in module \"unix\"");
	}
	if (sig == SIGSEGV && info->si_code != SI_KERNEL)
		due_to(&text, addr);
	mc_panic_event(&t, text.s);
	mc_end(4);
}

/*
 * Hangs. Without a culprit: nothing can run, and nothing will come.
 */
static void
describe(struct text *text)
{
	const hc_ctx *c;
	int i, n = 0, shown = 0;

	for (i = 0; i < mc.nall; i++) {
		c = mc.all[i];
		n += c->state != MC_DEAD && c->state != MC_POOL &&
		    c->state != MC_DYING;
	}
	text_add(text, "nothing can run any more: ");
	text_num(text, n);
	text_add(text, n == 1 ? " thread waits" : " threads wait");
	for (i = 0; i < mc.nall; i++) {
		c = mc.all[i];
		if (c->state != MC_BLOCKED)
			continue;
		if (shown == 6) {
			text_add(text, ", ...");
			break;
		}
		text_add(text, shown++ == 0 ? ": " : ", ");
		text_add(text, c->name);
		text_add(text, " in ");
		text_add(text, c->why);
	}
}

/* Who shows best what hangs: somebody waits within a module. */
static const hc_ctx *
suspect(struct hc_trace *t)
{
	int i;

	for (i = 0; i < mc.nall; i++) {
		if (mc.all[i]->state != MC_BLOCKED &&
		    mc.all[i]->spin == NULL)
			continue;
		mc_trace_ctx(t, mc.all[i]);
		if (mc_trace_module(t) != NULL)
			return (mc.all[i]);
	}
	for (i = 0; i < mc.nall; i++) {
		if (mc.all[i]->state == MC_BLOCKED) {
			mc_trace_ctx(t, mc.all[i]);
			return (mc.all[i]);
		}
	}
	t->n = 0;
	t->thread = "machine";
	return (NULL);
}

void
mc_hang(const char *message, const hc_ctx *culprit)
{
	struct text text = { "", 0 };
	struct hc_trace t;

	mc_ignore_begin();
	if (mc.current != NULL)
		mc.current->fp = __builtin_frame_address(0);
	if (culprit == NULL) {
		(void) suspect(&t);
		describe(&text);
	} else {
		mc_trace_frame(&t, __builtin_frame_address(0));
		mc.culprit_trace = &t;
		text_add(&text, culprit->name);
		text_add(&text, " ");
		text_add(&text, message);
		text_add(&text, ": it has run through ");
		text_num(&text, MC_WORK_LIMIT / 1000000);
		text_add(&text, " million basic blocks and has never waited");
	}
	mc_violation_raw(&t, "hang", text.s);
	mc_threads_event();
	mc_end(5);
}

static void
stop_report(const struct hc_trace *t)
{
	struct text text = { "", 0 };

	mc.crashed = 1;
	mc.culprit_trace = t;
	if (mc.current != NULL) {
		text_add(&text, mc.current->name);
		text_add(&text, " was running when ");
	}
	text_add(&text, stopped);
	mc_violation_raw(t, "hang", text.s);
	mc_threads_event();
	mc_end(5);
}

/* In the context that runs. */
static void
tell(int sig, siginfo_t *info, void *context)
{
	const greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	struct hc_trace t;

	(void) info;
	if (stopped == NULL || mc.over)
		return;
	(void) sig;
	mc_trace_from(&t, mc.current, (hc_u64)regs[REG_RIP],
	    (hc_u64)regs[REG_RBP], (hc_u64)regs[REG_RSP]);
	stop_report(&t);
}

/*
 * In whatever pthread: tells the one that runs; and if that does not answer...
 */
static void
stop(int sig, siginfo_t *info, void *context)
{
	struct { long sec, nsec; } wait = { 2, 0 };
	struct hc_trace t;
	hc_ctx *c = mc.current;

	(void) info;
	(void) context;
	if (mc.over)
		return;
	stopped = sig == SIGALRM || sig == SIGPROF || sig == SIGXCPU ?
	    "the time limit was over" : "the run was stopped from outside";
	if (c != NULL && c->tid != 0) {
		(void) mc_sys3(SYS_tgkill, mc_sys3(SYS_getpid, 0, 0, 0),
		    c->tid, SIGTELL);
		if (mc_sys3(SYS_gettid, 0, 0, 0) == c->tid)
			return;
		while (mc_sys3(SYS_nanosleep, &wait, &wait, 0) == -EINTR)
			;
	}
	t.n = 0;
	t.thread = c == NULL ? "machine" : c->name;
	stop_report(&t);
}

static void
ignored(int sig, siginfo_t *info, void *context)
{
	(void) sig;
	(void) info;
	(void) context;
}

static void
install(int sig, void (*handler)(int, siginfo_t *, void *),
    unsigned long flags)
{
	struct kernel_sigaction act = { handler, SA_SIGINFO | SA_ONSTACK |
	    SA_RESTORER_BIT | flags, mc_sigreturn, 0 };

	(void) mc_sys4(SYS_rt_sigaction, sig, &act, 0, 8);
}

void *
mc_altstack(void)
{
	stack_t ss = { NULL, 0, ALTSTACK };
	long at = mc_sys6(SYS_mmap, 0, ALTSTACK, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at < 0 && at > -4096)
		return (NULL);
	ss.ss_sp = (void *)at;
	(void) mc_sys3(SYS_sigaltstack, &ss, 0, 0);
	return ((void *)at);
}

void
mc_altstack_free(void *at)
{
	stack_t ss = { NULL, SS_DISABLE, 0 };

	if (at == NULL)
		return;
	(void) mc_sys3(SYS_sigaltstack, &ss, 0, 0);
	(void) mc_sys3(SYS_munmap, at, ALTSTACK, 0);
}

void
mc_crash_init(void)
{
	static const int traps[] = {
		SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT
	};
	static const int stops[] = {
		SIGTERM, SIGINT, SIGHUP, SIGALRM, SIGPROF, SIGXCPU
	};
	size_t i;

	(void) mc_altstack();
	for (i = 0; i < sizeof (traps) / sizeof (traps[0]); i++)
		install(traps[i], trapped, SA_NODEFER);
	for (i = 0; i < sizeof (stops) / sizeof (stops[0]); i++)
		install(stops[i], stop, SA_RESTART);
	install(SIGTELL, tell, SA_RESTART);
	install(SIGPIPE, ignored, SA_RESTART);
}

/*
 * The limit is processor time, for others may be at work on this machine too;
 * and three times as much of the wall's.
 */
void
mc_watch(void)
{
	struct itimerval cpu = { { 5, 0 }, { mc.limit, 0 } };
	struct itimerval wall = { { 5, 0 }, { 3 * mc.limit, 0 } };

	(void) mc_sys3(SYS_setitimer, ITIMER_PROF, &cpu, 0);
	(void) mc_sys3(SYS_setitimer, ITIMER_REAL, &wall, 0);
}
