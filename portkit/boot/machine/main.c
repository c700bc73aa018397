/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * simulator --plan FILE --scenario NAME --cpus N --host RELEASE --seed N
 *	--report FD [--fail-alloc N|all] [--jobs N] [--limit SECONDS]
 *	[--memory MIB] [--disk FILE]... [--ctl NAME=VALUE]...
 *
 * Exit status: 0 finished, 2 usage, 3 the allocation of --fail-alloc was not
 * reached, 4 panic, 5 hang.
 */

#include "impl.h"

#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/personality.h>
#include <sys/resource.h>

/*
 * Before anything else, the sanitizers' runtimes too (the thread sanitizer
 * needs what this does, and ends the process without it): begins again with
 * addresses that are the same in each run. Goes on where that is not allowed.
 */
static void
same_addresses(int argc, char **argv, char **envp)
{
	long old = mc_sys3(SYS_personality, 0xffffffff, 0, 0);

	(void) argc;
	if (old < 0 || (old & ADDR_NO_RANDOMIZE) != 0)
		return;
	if (mc_sys3(SYS_personality, old | ADDR_NO_RANDOMIZE, 0, 0) < 0)
		return;
	if ((mc_sys3(SYS_personality, 0xffffffff, 0, 0) &
	    ADDR_NO_RANDOMIZE) == 0)
		return;
	(void) mc_sys3(SYS_execve, "/proc/self/exe", argv, envp);
}

static void (*const preinit)(int, char **, char **)
    __attribute__((section(".preinit_array"), used)) = same_addresses;

static void
limits(void)
{
	struct rlimit core = { 0, 0 }, cpu;

	(void) mc_sys4(SYS_prlimit64, 0, RLIMIT_CORE, &core, 0);
	cpu.rlim_cur = (rlim_t)mc.limit + 10;
	cpu.rlim_max = (rlim_t)mc.limit + 20;
	(void) mc_sys4(SYS_prlimit64, 0, RLIMIT_CPU, &cpu, 0);
}

/* The first context: sets up both sides and is the operator then. */
static void
first(void *arg)
{
	hc_host_setup();
	hc_kernel_setup();
	if (mc.kernel != NULL && mc.kernel->running != NULL)
		mc.kernel->running(hc_self(), hc_cpu());
	mc.on = 1;
	hc_operator(arg);
	hc_finish(0);
}

int
main(int argc, char **argv)
{
	int status;

	mc_options(argc, argv);
	mc.limit = mc_number("limit", 60);
	if (mc.limit == 0)
		mc.limit = 60;
	mc_report_init((int)mc_number("report", 1));
	if ((status = mc_fail_all()) >= 0)
		return (status);
	limits();
	mc_sched_init();
	mc_objects_scan();
	mc_crash_init();
	mc_sanitizer_init();
	mc_phys_init();
	mc_watch();
	mc_main_loop(first);
}
