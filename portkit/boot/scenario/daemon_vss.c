/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The daemons behind the VSS driver: one freezes and thaws the file systems,
 * one an application (a database, say). Each has a minor node of its own, is
 * told by poll(2) that there is something to do, fetches it with one request
 * and acknowledges it with another.
 */

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "scenario.h"

enum { DO_NOTHING, DO_CHECK, DO_FREEZE, DO_THAW };

struct order {
	uint32_t	what;
	uint32_t	status;		/* 0, or 1 for an error */
	uint64_t	id;
	uint8_t		reserved[48];
};

/* As <sys/ioccom.h> makes them: direction, size, group, number. */
#define	VSS_FETCH	((int)(0x40000000U | sizeof (struct order) << 16 | \
			    'v' << 8 | 2))
#define	VSS_ACKNOWLEDGE	((int)(0x80000000U | sizeof (struct order) << 16 | \
			    'v' << 8 | 3))

#define	POLL_MS		100
#define	SLOW_MS		(20 * SECOND_MS)

static struct vssd {
	const char	*name, *part, *not;
	kc_file		*file;
	enum temper	temper;
	int		running, started, failed, stopping, served;
	char		log[256];
} daemons[2] = {
	{ .name = "vss_daemon", .part = "vss", .not = "app" },
	{ .name = "vss_application", .part = "appvss", .not = NULL },
};

static int
one_order(struct vssd *d)
{
	static const char *const names[] = { "nothing", "check", "freeze",
	    "thaw" };
	struct order order;
	size_t n;
	int rval, error;

	memset(&order, 0, sizeof (order));
	if (kc_ioctl(d->file, VSS_FETCH, &order, &rval) != 0)
		return (-1);
	if (order.status != 0)
		return (0);		/* too late, it was withdrawn */
	d->served++;
	n = strlen(d->log);
	(void) snprintf(d->log + n, sizeof (d->log) - n, "%s%s",
	    n > 0 ? " " : "", order.what <= DO_THAW ? names[order.what] : "?");
	switch (d->temper) {
	case DAEMON_DIES:
		return (-1);
	case DAEMON_KEEPS:
		while (!d->stopping)
			kc_sleep_ms(POLL_MS);
		return (-1);
	case DAEMON_SLOW:
		kc_sleep_ms(SLOW_MS);
		break;
	case DAEMON_FAILS:
		order.status = 1;
		break;
	case DAEMON_RUBBISH:
		order.id ^= 0x5a5a;
		order.status = 77;
		memset(order.reserved, 0xff, sizeof (order.reserved));
		break;
	case DAEMON_LONG:
		/* A request that there is not comes first. */
		(void) kc_ioctl(d->file, VSS_FETCH + 40, &order, &rval);
		break;
	default:
		break;
	}
	error = kc_ioctl(d->file, VSS_ACKNOWLEDGE, &order, &rval);
	return (error == 0 ? 0 : -1);
}

static void
daemon(void *arg)
{
	struct vssd *d = arg;
	char minor[128];
	int events;

	if (!find_minor(d->part, d->not, 0, minor, sizeof (minor)))
		d->failed = K_ENXIO;
	else
		d->failed = kc_open(minor, K_FREAD | K_FWRITE, &d->file);
	if (d->failed != 0) {
		d->running = 0;
		d->started = 1;
		return;
	}
	d->started = 1;
	while (!d->stopping) {
		events = 0;
		if (kc_poll(d->file, K_POLLIN, &events, POLL_MS) != 0 ||
		    (events & (K_POLLERR | K_POLLHUP)) != 0)
			break;
		if ((events & K_POLLIN) != 0 && one_order(d) != 0)
			break;
	}
	(void) kc_close(d->file);
	d->running = 0;
}

static int
has_started(void *arg)
{
	return (((struct vssd *)arg)->started);
}

int
vssd_start(int application, enum temper temper)
{
	struct vssd *d = &daemons[application];

	if (d->running)
		return (K_EBUSY);
	d->temper = temper;
	d->running = 1;
	d->stopping = d->served = d->started = 0;
	d->log[0] = '\0';
	kc_spawn(d->name, daemon, d);
	if (kc_wait(has_started, d, MINUTE_MS) != 0) {
		hc_violation("hang", "the driver does not let the %s open its "
		    "minor node", d->name);
		return (K_ETIMEDOUT);
	}
	return (d->failed);
}

static int
gone(void *arg)
{
	return (!((struct vssd *)arg)->running);
}

void
vssd_stop(int application)
{
	struct vssd *d = &daemons[application];

	d->stopping = 1;
	if (kc_wait(gone, d, MINUTE_MS) != 0)
		hc_violation("hang", "the %s does not come back from the "
		    "driver", d->name);
}

int
vssd_running(int application)
{
	return (daemons[application].running);
}

int
vssd_served(int application)
{
	return (daemons[application].served);
}

const char *
vssd_log(int application)
{
	return (daemons[application].log);
}
