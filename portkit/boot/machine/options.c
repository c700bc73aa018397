/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The command line and the plan file. Files are read by system call: the
 * thread sanitizer takes a descriptor for something that gives order.
 */

#include "impl.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define	MAXOPTIONS	128
#define	MAXWORDS	8

static struct option {
	const char	*name, *value;
} options[MAXOPTIONS];
static int noptions;

static struct plan_line {
	int		n;
	const char	*words[MAXWORDS];
} *plan;
static int nplan;

static void
usage(const char *problem, const char *what)
{
	char line[512];
	int n;

	n = snprintf(line, sizeof (line), "simulator: %s: %s\n", problem, what);
	(void) mc_sys3(SYS_write, 2, line, n);
	(void) mc_sys3(SYS_exit_group, 2, 0, 0);
}

static void
option(const char *name, const char *value)
{
	if (noptions == MAXOPTIONS)
		usage("too many options", name);
	options[noptions].name = name;
	options[noptions++].value = value;
}

/* --ctl NAME=VALUE is found as NAME, where no option has that name. */
const char *
hc_arg(const char *name)
{
	const char *found = NULL;
	int i;

	mc_ignore_begin();
	for (i = 0; i < noptions; i++) {
		if (strcmp(options[i].name, name) == 0)
			found = options[i].value;
	}
	mc_ignore_end();
	return (found);
}

const char *
hc_arg_at(const char *name, int index)
{
	const char *found = NULL;
	int i;

	mc_ignore_begin();
	for (i = 0; i < noptions && found == NULL; i++) {
		if (strcmp(options[i].name, name) == 0 && index-- == 0)
			found = options[i].value;
	}
	mc_ignore_end();
	return (found);
}

long
mc_number(const char *name, long otherwise)
{
	const char *value = hc_arg(name);
	char *end;
	long number;

	if (value == NULL)
		return (otherwise);
	number = strtol(value, &end, 0);
	if (end == value || *end != '\0' || number < 0)
		usage("not a number", value);
	return (number);
}

char *
hc_read_file(const char *path)
{
	long fd = mc_sys3(SYS_open, path, O_RDONLY | O_CLOEXEC, 0), r;
	size_t n = 0, size = 4096;
	char *text, *more;

	if (fd < 0)
		return (NULL);
	text = hc_alloc(size);
	while ((r = mc_sys3(SYS_read, fd, text + n, size - n - 1)) > 0) {
		n += (size_t)r;
		if (n < size - 1)
			continue;
		more = hc_alloc(2 * size);
		mc_copy(more, text, n);
		hc_free(text);
		text = more;
		size *= 2;
	}
	(void) mc_sys3(SYS_close, fd, 0, 0);
	text[n] = '\0';
	if (r < 0) {
		hc_free(text);
		return (NULL);
	}
	return (text);
}

static void
read_plan(const char *path)
{
	char *text = hc_read_file(path), *line, *end, *word;
	struct plan_line *p;
	int i, lines = 1;

	if (text == NULL)
		usage("cannot be read", path);
	for (i = 0; text[i] != '\0'; i++)
		lines += text[i] == '\n';
	plan = hc_alloc(lines * sizeof (*plan));
	for (line = text; line != NULL && *line != '\0'; line = end) {
		if ((end = strchr(line, '\n')) != NULL)
			*end++ = '\0';
		if (*line == '\0')
			continue;
		p = &plan[nplan++];
		for (word = line; word != NULL && p->n < MAXWORDS; ) {
			p->words[p->n++] = word;
			if ((word = strchr(word, '\t')) != NULL)
				*word++ = '\0';
		}
	}
}

int
hc_plan_lines(void)
{
	return (nplan);
}

int
hc_plan(int line, const char *words[8])
{
	int i;

	if (line < 0 || line >= nplan)
		return (0);
	for (i = 0; i < MAXWORDS; i++)
		words[i] = i < plan[line].n ? plan[line].words[i] : NULL;
	return (plan[line].n);
}

void
mc_options(int argc, char **argv)
{
	const char *path;
	char *name, *value, *equals;
	int i;

	for (i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--", 2) != 0)
			usage("not an option", argv[i]);
		name = argv[i] + 2;
		if ((value = strchr(name, '=')) != NULL)
			*value++ = '\0';
		else if (i + 1 < argc)
			value = argv[++i];
		else
			usage("no value for option", argv[i]);
		if (strcmp(name, "ctl") != 0) {
			option(name, value);
		} else {
			if ((equals = strchr(value, '=')) == NULL)
				usage("--ctl takes NAME=VALUE, not", value);
			*equals = '\0';
			if (hc_arg(value) == NULL)
				option(value, equals + 1);
		}
	}
	if ((path = hc_arg("plan")) != NULL)
		read_plan(path);
}
