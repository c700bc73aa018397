/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * --fail-alloc: the Nth allocation that may fail does. With `all' a process
 * for each N, until one is not reached. What they write is kept in files in
 * memory and passed on in the order of N.
 */

#include "impl.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define	MAXJOBS		64
#define	MAXRUNS		100000

hc_u64 mc_fail_at;
static hc_u64 fail_count;

struct job {
	pid_t	pid;		/* 0: ended */
	int	status;
	int	out, err;
};

static volatile sig_atomic_t told_to_stop;

int
hc_fail(const char *kind)
{
	(void) kind;
	return (++fail_count == mc_fail_at);
}

int
hc_fail_done(void)
{
	return (fail_count >= mc_fail_at);
}

hc_u64
hc_fail_count(void)
{
	return (fail_count);
}

static void
on_term(int sig)
{
	(void) sig;
	told_to_stop = 1;
}

static int
report_fd(void)
{
	return ((int)mc_number("report", 1));
}

static void
copy_out(int from, int to)
{
	char buffer[1 << 16];
	ssize_t n, w, r;

	if (lseek(from, 0, SEEK_SET) < 0)
		return;
	while ((n = read(from, buffer, sizeof (buffer))) > 0) {
		for (w = 0; w < n; w += r) {
			if ((r = write(to, buffer + w, (size_t)(n - w))) <= 0)
				return;
		}
	}
}

/* Returns 1 in the child. */
static int
begin(struct job *job, hc_u64 n)
{
	struct mc_out o;

	job->out = memfd_create("report", MFD_CLOEXEC);
	job->err = memfd_create("stderr", MFD_CLOEXEC);
	if (job->out < 0 || job->err < 0 || (job->pid = fork()) < 0) {
		(void) fprintf(stderr, "simulator: fork: %s\n",
		    strerror(errno));
		exit(1);
	}
	if (job->pid != 0)
		return (0);
	(void) prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void) signal(SIGTERM, SIG_DFL);
	(void) dup2(job->err, 2);
	mc_report_init(job->out);
	mc_fail_at = n;
	mc_out_begin(&o, "run");
	mc_out_raw(&o, ",\"fail\":");
	mc_out_num(&o, (long)n);
	mc_out_end(&o);
	return (1);
}

/*
 * The job with the lowest N: waits for its end, and passes on what it wrote,
 * with what came on standard error under a line that says whose it is. Returns
 * its exit status.
 */
static int
finish(struct job *job, hc_u64 n)
{
	struct mc_out o;
	int status;

	while (waitpid(job->pid, &status, 0) < 0) {
		if (errno != EINTR)
			break;
		if (told_to_stop)
			(void) kill(job->pid, SIGTERM);
	}
	copy_out(job->out, report_fd());
	if (lseek(job->err, 0, SEEK_END) > 0) {
		(void) dprintf(2, "portkit: --fail-alloc %lu\n", n);
		copy_out(job->err, 2);
	}
	(void) close(job->out);
	(void) close(job->err);
	job->pid = 0;
	if (WIFEXITED(status))
		return (WEXITSTATUS(status));
	mc_out_begin(&o, "end");
	mc_out_raw(&o, ",\"status\":");
	mc_out_num(&o, 128 + WTERMSIG(status));
	mc_out_end(&o);
	return (128 + WTERMSIG(status));
}

/* The status that a whole series has: the worst of its runs'. */
static int
worse(int a, int b)
{
	static const int order[] = { 0, 4, 5 };
	int i, ra = 3, rb = 3;

	for (i = 0; i < 3; i++) {
		if (a == order[i])
			ra = i;
		if (b == order[i])
			rb = i;
	}
	return (rb > ra ? b : a);
}

/* Returns -1 where a machine is to run, else the exit status of the series. */
static int
series(void)
{
	static struct job jobs[MAXJOBS];
	hc_u64 first = 1, next = 1;
	long njobs = mc_number("jobs", 1);
	struct sigaction act = { .sa_handler = on_term };
	int status, worst = 0;

	if (njobs < 1 || njobs > MAXJOBS)
		njobs = njobs < 1 ? 1 : MAXJOBS;
	(void) sigaction(SIGTERM, &act, NULL);
	for (;;) {
		while (next < first + (hc_u64)njobs && next <= MAXRUNS) {
			if (begin(&jobs[next % MAXJOBS], next))
				return (-1);
			next++;
		}
		if (first == next)
			break;
		status = finish(&jobs[first % MAXJOBS], first);
		first++;
		if (status == 3)
			break;
		worst = worse(worst, status);
		if (told_to_stop) {
			worst = 5;
			break;
		}
	}
	for (; first < next; first++) {
		(void) kill(jobs[first % MAXJOBS].pid, SIGKILL);
		(void) waitpid(jobs[first % MAXJOBS].pid, NULL, 0);
	}
	return (worst);
}

int
mc_fail_all(void)
{
	const char *value = hc_arg("fail-alloc");

	if (value == NULL)
		return (-1);
	if (strcmp(value, "all") == 0)
		return (series());
	mc_fail_at = (hc_u64)mc_number("fail-alloc", 0);
	return (-1);
}
