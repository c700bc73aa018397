/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Messages that no host sends, and daemons that no administrator wants. A
 * service must be as good as new afterwards.
 */

#include <stdio.h>
#include <string.h>

#include "scenario.h"

/*
 * All of them to one device; how many there were.
 */
static int
malformed(int id, const char *milestone)
{
	int kind, n = 0, error;

	if (wait_ready(id, ANSWER_MS) != 0) {
		report(milestone, 0, "the guest has not chosen a version");
		return (-1);
	}
	for (kind = 0; ; kind++) {
		error = hvc_ic_malformed(id, kind);
		if (error == -2)
			break;
		if (error != 0) {
			report(milestone, 0, "message %d cannot be sent", kind);
			return (-1);
		}
		n++;
		/* Nobody needs to answer, but it is to be read. */
		kc_sleep_ms(10 * SECOND_MS);
	}
	report(milestone, 1, "%d messages", n);
	return (n);
}

void
scenario_bad_messages(void)
{
	unsigned status;

	devices_add();
	if (world_up() != 0)
		return;
	if (hvc_open(devices.heartbeat) &&
	    malformed(devices.heartbeat, "bad:heartbeat") > 0)
		(void) service_heartbeats(devices.heartbeat, 1, "heartbeat");
	if (hvc_open(devices.timesync) &&
	    malformed(devices.timesync, "bad:timesync") > 0)
		(void) service_timesync(devices.timesync);
	if (hvc_open(devices.kvp) && kvpd_start(DAEMON_GOOD) == 0) {
		int n = malformed(devices.kvp, "bad:kvp");

		kvpd_stop();
		if (n > 0)
			(void) service_kvp(devices.kvp);
	}
	if (hvc_open(devices.vss) && vssd_start(0, DAEMON_GOOD) == 0) {
		int n = malformed(devices.vss, "bad:vss");

		vssd_stop(0);
		if (n > 0)
			(void) service_vss(devices.vss);
	}
	if (hvc_open(devices.shutdown) &&
	    malformed(devices.shutdown, "bad:shutdown") > 0) {
		report("bad:shutdown-none", kc_signals_to_init() == 0,
		    "init(8) got %d signals", kc_signals_to_init());
		if (hvc_shutdown(devices.shutdown, 0x8000) == 0 &&
		    wait_answer(devices.shutdown, ANSWER_MS) == 0 &&
		    hvc_shutdown_status(devices.shutdown, &status))
			report("bad:shutdown-flags", status != 0,
			    "unknown flags: status 0x%08x", status);
	}
}

/*
 * The KVP daemon: after each kind of bad one a good one has to find everything
 * in order.
 */
static void
bad_kvp(enum temper temper, const char *milestone)
{
	unsigned status = 0;
	int error, i;

	if ((error = kvpd_start(temper)) != 0) {
		report(milestone, 0, "cannot register: error %d", error);
		return;
	}
	if (wait_ready(devices.kvp, ANSWER_MS) != 0) {
		report(milestone, 0, "the guest has not chosen a version");
		kvpd_stop();
		return;
	}
	for (i = 0; i < 2; i++) {
		if (hvc_kvp_set(devices.kvp, 0, "key", "value") != 0) {
			report(milestone, 0, "request %d cannot be sent", i);
			break;
		}
		if (wait_answer(devices.kvp, ANSWER_MS) != 0) {
			report(milestone, 0, "request %d has no answer after "
			    "%ld s, and the host waits", i,
			    ANSWER_MS / SECOND_MS);
			break;
		}
		(void) hvc_kvp_reply(devices.kvp, &status, NULL, 0, NULL, 0);
		if (!kvpd_running())
			break;
	}
	kvpd_stop();
	report_manner = FAILURES;
	error = service_kvp(devices.kvp);
	report_manner = LOUD;
	if (error == 0)
		report(milestone, 1, "the host got status 0x%08x, and a good "
		    "daemon serves it then", status);
}

/*
 * There is none when the request comes: it waits for one, or fails.
 */
static void
kvp_absent(void)
{
	unsigned status = 0;

	if (hvc_kvp_set(devices.kvp, 0, "key", "value") != 0) {
		report("kvp-daemon-absent", 0, "the request cannot be sent");
		return;
	}
	kc_sleep_ms(10 * SECOND_MS);
	if (!hvc_ic_pending(devices.kvp)) {
		(void) hvc_kvp_reply(devices.kvp, &status, NULL, 0, NULL, 0);
		report("kvp-daemon-absent", status != 0, "status 0x%08x",
		    status);
		return;
	}
	if (kvpd_start(DAEMON_GOOD) != 0)
		return;
	if (wait_answer(devices.kvp, ANSWER_MS) != 0)
		report("kvp-daemon-absent", 0, "a daemon has come, and the "
		    "request that waited for it has no answer");
	else if (hvc_kvp_reply(devices.kvp, &status, NULL, 0, NULL, 0))
		report("kvp-daemon-absent", status == 0, "the request waited "
		    "for a daemon: status 0x%08x", status);
	kvpd_stop();
}

static void
kvp_daemons(void)
{
	kc_file *second;
	char minor[128];
	int error;

	if (!find_minor("kvp", NULL, 0, minor, sizeof (minor))) {
		report("kvp-minor", 0, "no minor node for the daemon");
		return;
	}
	if ((error = kvpd_start(DAEMON_GOOD)) == 0) {
		error = kc_open(minor, K_FREAD | K_FWRITE, &second);
		if (error == 0)
			(void) kc_close(second);
		report("kvp-two-opens", error == K_EBUSY, "the second open "
		    "gives %d", error);
		(void) wait_ready(devices.kvp, ANSWER_MS);
		kvpd_stop();
		kvp_absent();
	}
	bad_kvp(DAEMON_FAILS, "kvp-daemon-fails");
	bad_kvp(DAEMON_SLOW, "kvp-daemon-slow");
	bad_kvp(DAEMON_DIES, "kvp-daemon-dies");
	bad_kvp(DAEMON_SHORT, "kvp-daemon-short");
	bad_kvp(DAEMON_LONG, "kvp-daemon-long");
	bad_kvp(DAEMON_RUBBISH, "kvp-daemon-rubbish");
}

static void
bad_vss(int application, enum temper temper, const char *milestone)
{
	unsigned status = 0;
	int error;

	if ((error = vssd_start(0, application ? DAEMON_GOOD : temper)) != 0 ||
	    (application && (error = vssd_start(1, temper)) != 0)) {
		report(milestone, 0, "the minor node does not open: error %d",
		    error);
		return;
	}
	if (wait_ready(devices.vss, ANSWER_MS) != 0 ||
	    hvc_vss(devices.vss, HVC_VSS_HOT_BACKUP) != 0)
		report(milestone, 0, "no operation can be started");
	else if (wait_answer(devices.vss, 2 * ANSWER_MS) != 0)
		report(milestone, 0, "no answer after %ld s, and the host "
		    "waits", 2 * ANSWER_MS / SECOND_MS);
	(void) hvc_vss_reply(devices.vss, &status);
	if (application)
		vssd_stop(1);
	vssd_stop(0);
	report_manner = FAILURES;
	error = service_vss(devices.vss);
	report_manner = LOUD;
	if (error == 0)
		report(milestone, 1, "the host got status 0x%08x, and a good "
		    "daemon serves it then", status);
}

static void
vss_daemons(void)
{
	bad_vss(0, DAEMON_FAILS, "vss-daemon-fails");
	bad_vss(0, DAEMON_SLOW, "vss-daemon-slow");
	bad_vss(0, DAEMON_DIES, "vss-daemon-dies");
	bad_vss(0, DAEMON_RUBBISH, "vss-daemon-rubbish");
	bad_vss(0, DAEMON_LONG, "vss-daemon-unknown-request");
	bad_vss(1, DAEMON_FAILS, "vss-application-fails");
	bad_vss(1, DAEMON_DIES, "vss-application-dies");
}

void
scenario_daemons(void)
{
	devices_add();
	if (world_up() != 0)
		return;
	if (hvc_open(devices.kvp))
		kvp_daemons();
	if (hvc_open(devices.vss))
		vss_daemons();
	(void) service_heartbeats(devices.heartbeat, 1, "heartbeat");
}
