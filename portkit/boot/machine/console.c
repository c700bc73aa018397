/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The console: text comes in pieces, lines go out. What a driver writes
 * without end is cut, with a violation.
 */

#include "impl.h"

#include <string.h>

#define	MAXLINES	20000
#define	MAXLINE		4096

struct line {
	struct line	*older;
	char		text[];
};

static struct line *newest;
static int	nlines;
static char	rest[MAXLINE];	/* the line that is not at its end */
static size_t	nrest;

static void
out_line(const char *text)
{
	struct mc_out o;

	mc_out_begin(&o, "console");
	mc_out_raw(&o, ",\"text\":");
	mc_out_str(&o, text);
	mc_out_end(&o);
}

static void
put_line(void)
{
	struct line *line;

	rest[nrest] = '\0';
	nrest = 0;
	if (nlines < MAXLINES) {
		nlines++;
		line = hc_alloc(sizeof (*line) + strlen(rest) + 1);
		(void) strcpy(line->text, rest);
		line->older = newest;
		newest = line;
		out_line(rest);
	} else if (nlines == MAXLINES) {
		nlines++;
		hc_violation("message", "floods the console: more than %d "
		    "lines, the rest is dropped", MAXLINES);
	}
}

void
hc_console(const char *text)
{
	mc_ignore_begin();
	for (; *text != '\0'; text++) {
		if (*text == '\n' || nrest == sizeof (rest) - 1) {
			put_line();
			if (*text == '\n')
				continue;
		}
		if (*text != '\r')
			rest[nrest++] = *text;
	}
	mc_ignore_end();
}

/* At the end, maybe in a signal handler: no memory is allocated. */
void
mc_console_flush(void)
{
	if (nrest > 0 && nlines < MAXLINES) {
		rest[nrest] = '\0';
		nrest = 0;
		out_line(rest);
	}
}

int
hc_console_has(const char *text, char *line, hc_u64 linelen)
{
	struct line *l;
	size_t len;

	mc_ignore_begin();
	for (l = newest; l != NULL; l = l->older) {
		if (strstr(l->text, text) != NULL)
			break;
	}
	if (l != NULL && line != NULL && linelen > 0) {
		len = strlen(l->text);
		if (len >= linelen)
			len = linelen - 1;
		(void) memcpy(line, l->text, len);
		line[len] = '\0';
	}
	mc_ignore_end();
	return (l != NULL);
}
