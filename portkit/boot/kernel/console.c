/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The console: cmn_err(9F), dev_err(9F), printf and panic.
 *
 * It shows what a serial console shows after a verbose boot ("?"), and what
 * goes to the system log alone ("!") as well.
 */

#include "kern.h"

void	vzcmn_err(zoneid_t, int, const char *, va_list);
void	prom_printf(const char *, ...);
void	vuprintf(const char *, va_list);

char *volatile panicstr;

/*
 * The message as text, to be freed with hc_free().
 */
static char *
format(const char *fmt, va_list ap)
{
	size_t size = 1024, len;
	char *text;

	for (;;) {
		text = hc_alloc(size);
		len = kprintf_format(text, size, fmt, ap);
		if (len < size)
			return (text);
		hc_free(text);
		size = len + 1;
	}
}

static void
check_characters(const char *called, const char *text)
{
	const char *p;

	for (p = text; *p != '\0'; p++) {
		if ((uchar_t)*p >= ' ' && *p != 0x7f)
			continue;
		if (*p == '\n' || *p == '\t')
			continue;
		hc_violation("message", "%s: character 0x%02x in a message",
		    called, (uchar_t)*p);
		return;
	}
}

static void
check_message(const char *called, int level, const char *text)
{
	size_t len = strlen(text);

	check_characters(called, text);
	if (level == CE_CONT)
		return;
	if (len == 0)
		hc_violation("message", "%s: an empty message", called);
	else if (text[len - 1] == '\n')
		hc_violation("message", "%s: a newline at the end, which "
		    "cmn_err(9F) adds itself to all but CE_CONT: \"%.*s\"",
		    called, (int)len - 1, text);
}

/*
 * A whole message in one piece, so that others do not come in between.
 */
static void
show(const char *before, const char *prefix, const char *text,
    const char *after)
{
	size_t size = strlen(before) + strlen(prefix) + strlen(text) +
	    strlen(after) + 1;
	char *line = hc_alloc(size);

	(void) strcpy(line, before);
	(void) strcat(line, prefix);
	(void) strcat(line, text);
	(void) strcat(line, after);
	hc_console(line);
	hc_free(line);
}

/*
 * prefix comes behind "WARNING: ", where dev_err(9F) says whose message it is.
 */
static void
message(const char *called, int level, const char *prefix, const char *fmt,
    va_list ap)
{
	char *text;

	hc_point();
	if (level == CE_IGNORE)
		return;
	if (level < CE_CONT || level > CE_IGNORE)
		hc_panic("unknown level in %s (level=%d, msg=\"%s\")", called,
		    level, fmt);
	if (*fmt == '!' || *fmt == '^' || *fmt == '?')
		fmt++;
	text = format(fmt, ap);
	check_message(called, level, text);
	switch (level) {
	case CE_CONT:
		show("", prefix, text, "");
		break;
	case CE_NOTE:
		show("NOTICE: ", prefix, text, "\n");
		break;
	case CE_WARN:
		show("WARNING: ", prefix, text, "\n");
		break;
	case CE_PANIC:
		panicstr = text;
		hc_panic("%s%s", prefix, text);
	default:
		break;
	}
	hc_free(text);
}

void
vcmn_err(int level, const char *fmt, va_list ap)
{
	message("cmn_err", level, "", fmt, ap);
}

void
cmn_err(int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message("cmn_err", level, "", fmt, ap);
	va_end(ap);
}

void
vzcmn_err(zoneid_t zoneid, int level, const char *fmt, va_list ap)
{
	message("zcmn_err", level, "", fmt, ap);
}

void
zcmn_err(zoneid_t zoneid, int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message("zcmn_err", level, "", fmt, ap);
	va_end(ap);
}

void
vdev_err(dev_info_t *dip, int level, const char *fmt, va_list ap)
{
	char prefix[MODMAXNAMELEN + 16];
	const char *name;

	if (dip == NULL)
		hc_panic("dev_err: the node is NULL");
	name = ddi_driver_name(dip);
	(void) snprintf(prefix, sizeof (prefix), "%s%d: ",
	    name != NULL ? name : "", ddi_get_instance(dip));
	message("dev_err", level, prefix, fmt, ap);
}

void
dev_err(dev_info_t *dip, int level, char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vdev_err(dip, level, fmt, ap);
	va_end(ap);
}

void
vprintf(const char *fmt, va_list ap)
{
	char *text;

	hc_point();
	text = format(fmt, ap);
	check_characters("printf", text);
	hc_console(text);
	hc_free(text);
}

void
printf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

void
prom_printf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

/*
 * To the terminal of the process that calls; ours have none.
 */
void
vuprintf(const char *fmt, va_list ap)
{
	vprintf(fmt, ap);
}

void
uprintf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

void
vpanic(const char *fmt, va_list ap)
{
	panicstr = format(fmt, ap);
	hc_panic("%s", panicstr);
}

void
panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vpanic(fmt, ap);
	va_end(ap);
}
