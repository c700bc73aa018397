/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The sanitizers' runtimes, when the simulator is linked with one. All of
 * their functions are weak here, so that the same objects serve every build.
 */

#include "impl.h"

#include <sys/mman.h>

#include <dlfcn.h>

#define	WEAK	__attribute__((weak))

extern void __asan_init(void) WEAK;
extern void __tsan_init(void) WEAK;
extern void __asan_poison_memory_region(const volatile void *, size_t) WEAK;
extern void __asan_unpoison_memory_region(const volatile void *, size_t) WEAK;
extern void __asan_handle_no_return(void) WEAK;
extern void __tsan_acquire(void *) WEAK;
extern void __tsan_release(void *) WEAK;
extern void __sanitizer_set_death_callback(void (*)(void)) WEAK;
extern void __tsan_ignore_thread_begin(void) WEAK;
extern void __tsan_ignore_thread_end(void) WEAK;

const char *__asan_default_options(void);
const char *__tsan_default_options(void);
const char *__ubsan_default_options(void);

/*
 * Crashes are the machine's to report: it knows the contexts. Nothing is
 * symbolised here, the runner does that.
 */
const char *
__asan_default_options(void)
{
	return ("handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigill=0:"
	    "handle_sigfpe=0:handle_sigtrap=0:use_sigaltstack=0:"
	    "detect_leaks=0:symbolize=0:abort_on_error=0:exitcode=77:"
	    "fast_unwind_on_fatal=1:"
	    "detect_stack_use_after_return=0:check_initialization_order=0:"
	    "detect_odr_violation=0:allocator_may_return_null=1:"
	    "print_legend=0:print_full_thread_history=0:color=never");
}

const char *
__tsan_default_options(void)
{
	return ("handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigill=0:"
	    "handle_sigfpe=0:handle_sigtrap=0:use_sigaltstack=0:"
	    "symbolize=0:fast_unwind_on_fatal=1:exitcode=0:"
	    "report_bugs=1:halt_on_error=0:"
	    "detect_deadlocks=0:second_deadlock_stack=0:"
	    "report_thread_leaks=0:report_signal_unsafe=0:"
	    "report_atomic_races=1:print_suppressions=0:history_size=4:"
	    "color=never");
}

const char *
__ubsan_default_options(void)
{
	return ("print_stacktrace=1:halt_on_error=0:symbolize=0:"
	    "fast_unwind_on_fatal=1:"
	    "handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigill=0:"
	    "handle_sigfpe=0:handle_sigtrap=0:use_sigaltstack=0:"
	    "color=never");
}

/*
 * After an error that a sanitizer does not go on from (it has said so on
 * standard error): the report has an end all the same.
 */
static void
stopped(void)
{
	struct hc_trace t;

	if (mc.over)
		return;
	mc.crashed = 1;
	mc_trace_frame(&t, __builtin_frame_address(0));
	mc_panic_event(&t, "a sanitizer of the compiler has stopped the "
	    "machine");
	mc_end(4);
}

void
mc_sanitizer_init(void)
{
	if (__sanitizer_set_death_callback != NULL)
		__sanitizer_set_death_callback(stopped);
}

int
mc_sanitized(void)
{
	return (__asan_init != NULL || __tsan_init != NULL);
}

void
hc_hb_release(const void *object)
{
	if (__tsan_release != NULL)
		__tsan_release((void *)object);
}

void
hc_hb_acquire(const void *object)
{
	if (__tsan_acquire != NULL)
		__tsan_acquire((void *)object);
}

void
hc_poison(const void *p, hc_u64 len)
{
	if (__asan_poison_memory_region != NULL)
		__asan_poison_memory_region(p, len);
}

void
hc_unpoison(const void *p, hc_u64 len)
{
	if (__asan_unpoison_memory_region != NULL)
		__asan_unpoison_memory_region(p, len);
}

void
mc_ignore_begin(void)
{
	if (__tsan_ignore_thread_begin != NULL)
		__tsan_ignore_thread_begin();
}

void
mc_ignore_end(void)
{
	if (__tsan_ignore_thread_end != NULL)
		__tsan_ignore_thread_end();
}

void
mc_no_return(void)
{
	if (__asan_handle_no_return != NULL)
		__asan_handle_no_return();
}

/*
 * The thread sanitizer remembers who touched an address until it sees
 * something else mapped there: so that is what it sees.
 */
void
mc_forget(void *at, size_t len)
{
	if (__tsan_init == NULL)
		return;
	mc_ignore_begin();
	(void) mmap(at, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS |
	    MAP_NORESERVE | MAP_FIXED, -1, 0);
	mc_ignore_end();
}

/*
 * What is written into a page that the platform uses as well, it finds there
 * and acts upon, without an instruction that leaves the guest; and what it has
 * written is found the same way (the indices of a ring). So a marked access to
 * such a page is in order with the outside.
 */
static int
shared(const void *p)
{
	hc_u64 pfn;

	if (mc.platform == NULL || mc.platform->shared == NULL)
		return (0);
	pfn = hc_pfn(p);
	return (pfn != HC_NOPFN && mc.platform->shared(pfn));
}

void
mc_marked_read(const void *p)
{
	if (shared(p))
		hc_hb_acquire(&mc.outside);
}

void
mc_marked_write(const void *p)
{
	if (shared(p))
		hc_hb_release(&mc.outside);
}

#ifndef __clang__
/*
 * A packed member is accessed as a range by what gcc makes, volatile or not;
 * clang tells them apart. One of a scalar's size counts as marked, too: packed
 * structures are shared with a device. Anything else goes to the sanitizer, by
 * a jump, so that it still sees who called.
 */
void *mc_tsan_read_range, *mc_tsan_write_range;

#define	RANGE(name, marked)				\
	__asm__(".text\n"				\
	    ".globl __tsan_" #name "\n"			\
	    ".type __tsan_" #name ", @function\n"	\
	    "__tsan_" #name ":\n"			\
	    "	cmpq $2, %rsi\n	je 1f\n"		\
	    "	cmpq $4, %rsi\n	je 1f\n"		\
	    "	cmpq $8, %rsi\n	je 1f\n"		\
	    "	jmp *mc_tsan_" #name "(%rip)\n"		\
	    "1:	jmp " #marked "\n"				\
	    ".size __tsan_" #name ", . - __tsan_" #name "\n")

RANGE(read_range, mc_marked_read);
RANGE(write_range, mc_marked_write);

static void __attribute__((constructor))
find_ranges(void)
{
	mc_tsan_read_range = dlsym(RTLD_NEXT, "__tsan_read_range");
	mc_tsan_write_range = dlsym(RTLD_NEXT, "__tsan_write_range");
}
#endif

/*
 * Modules are compiled so that volatile accesses are told apart. They count as
 * marked: whoever wrote `volatile' knew of the other side.
 */
#define	ACCESS(name, marked)			\
	void __tsan_##name(void *);		\
	void __tsan_##name(void *p)		\
	{					\
		marked(p);			\
	}					\
	struct mc_semicolon

ACCESS(volatile_read1, mc_marked_read);
ACCESS(volatile_read2, mc_marked_read);
ACCESS(volatile_read4, mc_marked_read);
ACCESS(volatile_read8, mc_marked_read);
ACCESS(volatile_read16, mc_marked_read);
ACCESS(volatile_write1, mc_marked_write);
ACCESS(volatile_write2, mc_marked_write);
ACCESS(volatile_write4, mc_marked_write);
ACCESS(volatile_write8, mc_marked_write);
ACCESS(volatile_write16, mc_marked_write);
ACCESS(unaligned_volatile_read2, mc_marked_read);
ACCESS(unaligned_volatile_read4, mc_marked_read);
ACCESS(unaligned_volatile_read8, mc_marked_read);
ACCESS(unaligned_volatile_read16, mc_marked_read);
ACCESS(unaligned_volatile_write2, mc_marked_write);
ACCESS(unaligned_volatile_write4, mc_marked_write);
ACCESS(unaligned_volatile_write8, mc_marked_write);
ACCESS(unaligned_volatile_write16, mc_marked_write);
