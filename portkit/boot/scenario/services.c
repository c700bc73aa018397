/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The integration services, one after the other, as a host uses them.
 */

#include <stdio.h>
#include <string.h>

#include "scenario.h"

#define	KVP_POOL	0
#define	KVP_POOL_AUTO	2

struct counter {
	int	(*count)(int);
	int	id, enough;
};

static int
counted(void *arg)
{
	struct counter *c = arg;

	return (c->count(c->id) >= c->enough);
}

static int
wait_count(int (*count)(int), int id, int enough, long timeout_ms)
{
	struct counter c = { count, id, enough };

	return (kc_wait(counted, &c, timeout_ms));
}

static int
ready(void *arg)
{
	return (hvc_ic_ready(*(int *)arg));
}

int
wait_ready(int id, long timeout_ms)
{
	return (kc_wait(ready, &id, timeout_ms));
}

static int
answered(void *arg)
{
	return (!hvc_ic_pending(*(int *)arg));
}

int
wait_answer(int id, long timeout_ms)
{
	return (kc_wait(answered, &id, timeout_ms));
}

/*
 * Heartbeats, a second apart.
 */
int
service_heartbeats(int id, int n, const char *milestone)
{
	int i, before;

	if (wait_ready(id, ANSWER_MS) != 0) {
		report(milestone, 0, "the guest has not chosen a version");
		return (-1);
	}
	for (i = 0; i < n; i++) {
		before = hvc_heartbeats(id);
		if (hvc_heartbeat(id) != 0) {
			report(milestone, 0, "heartbeat %d cannot be sent",
			    i + 1);
			return (-1);
		}
		if (wait_count(hvc_heartbeats, id, before + 1,
		    ANSWER_MS) != 0) {
			report(milestone, 0, "heartbeat %d of %d has no answer "
			    "after %ld s", i + 1, n, ANSWER_MS / SECOND_MS);
			return (-1);
		}
		if (n > 1)
			kc_sleep_ms(SECOND_MS);
	}
	report(milestone, 1, "%d answered, %s", n, hvc_ic_version(id));
	return (0);
}

/*
 * Time: a sample next to the guest's own time must change nothing much, a sync
 * far away must set the clock.
 */
static long long
guest_ns(void)
{
	return (kc_wall_clock() * 1000000000LL + kc_wall_clock_ns());
}

static int
timesync_one(int id, int sync, long long ahead_ns, const char *milestone)
{
	int before = hvc_timesyncs(id), sets = kc_clock_sets();
	long long target = guest_ns() + ahead_ns, off;
	hc_time sent = hc_now();

	if (hvc_timesync(id, sync, target) != 0) {
		report(milestone, 0, "cannot be sent");
		return (-1);
	}
	if (wait_count(hvc_timesyncs, id, before + 1, ANSWER_MS) != 0) {
		report(milestone, 0, "no acknowledgement after %ld s",
		    ANSWER_MS / SECOND_MS);
		return (-1);
	}
	sets = kc_clock_sets() - sets;
	off = guest_ns() - target - (hc_now() - sent);
	if (sync && (sets == 0 || off > 100000000LL || off < -100000000LL)) {
		report(milestone, 0, "acknowledged, clock set %d times, off "
		    "by %.3f s from the host's", sets, (double)off / 1e9);
		return (-1);
	}
	report(milestone, 1, "%s; host's clock %.3f s ahead, guest's set %d "
	    "times, now off by %.6f s", hvc_ic_version(id),
	    (double)ahead_ns / 1e9, sets, (double)off / 1e9);
	return (0);
}

int
service_timesync(int id)
{
	int bad = 0;

	if (wait_ready(id, ANSWER_MS) != 0) {
		report("timesync-sync", 0, "the guest has not chosen a "
		    "version");
		return (-1);
	}
	bad |= timesync_one(id, 0, 20000000LL, "timesync-sample");
	bad |= timesync_one(id, 1, 3600000000000LL, "timesync-sync");
	bad |= timesync_one(id, 1, -1800500000000LL, "timesync-back");
	return (bad);
}

/*
 * A text for the report, where characters beyond ASCII are told by number.
 */
static const char *
shown(const char *text)
{
	static char buffers[4][256];
	static int next;
	char *buffer = buffers[next++ % 4];
	const unsigned char *s = (const unsigned char *)text;
	size_t n = 0;

	while (*s != 0 && n + 12 < sizeof (buffers[0])) {
		unsigned c = *s++;
		int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;

		if (c < 0x80) {
			buffer[n++] = (char)c;
			continue;
		}
		c &= 0x3f >> more;
		for (; more > 0 && (*s & 0xc0) == 0x80; more--)
			c = c << 6 | (*s++ & 0x3f);
		n += (size_t)snprintf(buffer + n, sizeof (buffers[0]) - n,
		    "<U+%04X>", c);
	}
	buffer[n] = '\0';
	return (buffer);
}

/*
 * Key-value pairs.
 */
static int
kvp_answer(int id, int sent, unsigned *status, char *key, int keylen,
    char *value, int valuelen, const char *milestone)
{
	if (sent != 0) {
		report(milestone, 0, "cannot be sent");
		return (-1);
	}
	if (wait_answer(id, ANSWER_MS) != 0 ||
	    !hvc_kvp_reply(id, status, key, keylen, value, valuelen)) {
		report(milestone, 0, "no answer after %ld s",
		    ANSWER_MS / SECOND_MS);
		return (-1);
	}
	return (0);
}

static int
kvp_set_get(int id, const char *key, const char *value, const char *set,
    const char *get)
{
	char got_key[512], got[2048];
	const char *stored;
	unsigned status;

	if (kvp_answer(id, hvc_kvp_set(id, KVP_POOL, key, value), &status,
	    NULL, 0, NULL, 0, set) != 0)
		return (-1);
	stored = kvpd_value(KVP_POOL, key);
	if (status != 0 || stored == NULL || strcmp(stored, value) != 0) {
		report(set, 0, "\"%s\" = \"%s\": status 0x%08x, the daemon has "
		    "%s%s%s", key, shown(value), status, stored ? "\"" : "",
		    stored ? shown(stored) : "nothing", stored ? "\"" : "");
		return (-1);
	}
	report(set, 1, "the daemon has \"%s\" = \"%s\"", key,
	    shown(stored));
	if (kvp_answer(id, hvc_kvp_get(id, KVP_POOL, key), &status, got_key,
	    sizeof (got_key), got, sizeof (got), get) != 0)
		return (-1);
	report(get, status == 0 && strcmp(got, value) == 0 &&
	    strcmp(got_key, key) == 0, "the host got \"%s\" = \"%s\", status "
	    "0x%08x", shown(got_key), shown(got), status);
	return (0);
}

static void
kvp_enumerate(int id)
{
	char key[512], value[2048], list[256] = "";
	unsigned status;
	int i, host = 0;

	for (i = 0; ; i++) {
		if (kvp_answer(id, hvc_kvp_enumerate(id, KVP_POOL_AUTO, i),
		    &status, key, sizeof (key), value, sizeof (value),
		    "kvp-enumerate") != 0)
			return;
		if (status != 0)
			break;
		if (strcmp(key, "OSName") == 0)
			host = strcmp(value, "illumos") == 0;
		if (strlen(list) + strlen(key) + 3 < sizeof (list)) {
			(void) strcat(list, i > 0 ? ", " : "");
			(void) strcat(list, key);
		}
	}
	report("kvp-enumerate", i == 3 && host && status == 0x80070103U,
	    "%d keys (%s), then status 0x%08x", i, list, status);
}

int
service_kvp(int id)
{
	char key[512], value[2048];
	unsigned status;
	int error;

	if ((error = kvpd_start(DAEMON_GOOD)) != 0) {
		report("kvp-register", 0, "the daemon cannot register: error "
		    "%d", error);
		return (-1);
	}
	if (wait_ready(id, ANSWER_MS) != 0) {
		report("kvp-register", 0, "a daemon is there, and the guest "
		    "has not chosen a version");
		kvpd_stop();
		return (-1);
	}
	report("kvp-register", 1, "%s", hvc_ic_version(id));
	(void) kvp_set_get(id, "portkit", "Gr\303\274\303\237e, "
	    "\344\270\226\347\225\214", "kvp-set", "kvp-get");
	/* A character that takes two halves in UTF-16. */
	(void) kvp_set_get(id, "music", "clef \360\235\204\236 and rest",
	    "kvp-set-wide", "kvp-get-wide");
	kvp_enumerate(id);
	if (kvp_answer(id, hvc_kvp_delete(id, KVP_POOL, "portkit"), &status,
	    NULL, 0, NULL, 0, "kvp-delete") == 0) {
		report("kvp-delete", status == 0 &&
		    kvpd_value(KVP_POOL, "portkit") == NULL,
		    "status 0x%08x, the daemon has %s", status,
		    kvpd_value(KVP_POOL, "portkit") ? "it still" :
		    "no such key");
	}
	if (kvp_answer(id, hvc_kvp_get(id, KVP_POOL, "portkit"), &status, key,
	    sizeof (key), value, sizeof (value), "kvp-get-none") == 0)
		report("kvp-get-none", status != 0, "a key that is not there: "
		    "status 0x%08x", status);
	if (hvc_ic_at_least(id, 4, 0)) {
		if (kvp_answer(id, hvc_kvp_ip_info(id, 0), &status, key,
		    sizeof (key), value, sizeof (value), "kvp-ip-info") == 0)
			report("kvp-ip-info", status == 0 &&
			    strcmp(value, "192.0.2.10") == 0,
			    "adapter %s has %s, status 0x%08x", key, value,
			    status);
		if (kvp_answer(id, hvc_kvp_ip_info(id, 1), &status, NULL, 0,
		    NULL, 0, "kvp-ip-set") == 0)
			report("kvp-ip-set", status == 0, "status 0x%08x, the "
			    "daemon has %s", status,
			    kvpd_value(KVP_POOL_AUTO, "NetworkAddressIPv4") ?
			    kvpd_value(KVP_POOL_AUTO, "NetworkAddressIPv4") :
			    "nothing");
	}
	kvpd_stop();
	return (0);
}

/*
 * Snapshots: once with the daemon for file systems alone, once with an
 * application as well.
 */
static int
vss_one(int id, int operation, const char *milestone)
{
	const char *word = operation == HVC_VSS_FREEZE ? "freeze" : "thaw";
	unsigned status;
	int done;

	if (hvc_vss(id, operation) != 0) {
		report(milestone, 0, "cannot be sent");
		return (-1);
	}
	if (wait_answer(id, ANSWER_MS) != 0 || !hvc_vss_reply(id, &status)) {
		report(milestone, 0, "no answer after %ld s",
		    ANSWER_MS / SECOND_MS);
		return (-1);
	}
	if (operation == HVC_VSS_HOT_BACKUP ||
	    operation == HVC_VSS_GET_DM_INFO) {
		report(milestone, status == 0, "status 0x%08x, flags 0x%x",
		    status, hvc_vss_flags(id));
		return (status == 0 ? 0 : -1);
	}
	done = status == 0 && strstr(vssd_log(0), word) != NULL &&
	    (!vssd_running(1) || strstr(vssd_log(1), word) != NULL);
	report(milestone, done, "status 0x%08x; the daemon did: %s%s%s", status,
	    vssd_log(0), vssd_running(1) ? "; the application did: " : "",
	    vssd_running(1) ? vssd_log(1) : "");
	return (done ? 0 : -1);
}

int
service_vss(int id)
{
	int error, bad = 0;

	if ((error = vssd_start(0, DAEMON_GOOD)) != 0) {
		report("vss-register", 0, "the daemon cannot open the minor "
		    "node: error %d", error);
		return (-1);
	}
	if (wait_ready(id, ANSWER_MS) != 0) {
		report("vss-register", 0, "a daemon is there, and the guest "
		    "has not chosen a version");
		vssd_stop(0);
		return (-1);
	}
	report("vss-register", 1, "%s", hvc_ic_version(id));
	bad |= vss_one(id, HVC_VSS_GET_DM_INFO, "vss-info");
	bad |= vss_one(id, HVC_VSS_HOT_BACKUP, "vss-check");
	/* Hosts before 2012 R2 do not ask for more. */
	if (hvc_ic_at_least(id, 5, 0)) {
		bad |= vss_one(id, HVC_VSS_FREEZE, "vss-freeze");
		bad |= vss_one(id, HVC_VSS_THAW, "vss-thaw");
		if (vssd_start(1, DAEMON_GOOD) == 0) {
			bad |= vss_one(id, HVC_VSS_FREEZE, "vss-app-freeze");
			bad |= vss_one(id, HVC_VSS_THAW, "vss-app-thaw");
			vssd_stop(1);
		}
	}
	vssd_stop(0);
	return (bad);
}

/*
 * Shutdown. It is over when init(8) knows, or the machine is off.
 */
static int
told(void *arg)
{
	int how;

	return (kc_signals_to_init() > *(int *)arg || kc_powered_off(&how));
}

int
service_shutdown(int id)
{
	int before = kc_signals_to_init(), how = -1;
	unsigned status = 0;

	if (wait_ready(id, ANSWER_MS) != 0) {
		report("shutdown", 0, "the guest has not chosen a version");
		return (-1);
	}
	if (hvc_shutdown(id, 0) != 0 || wait_answer(id, ANSWER_MS) != 0 ||
	    !hvc_shutdown_status(id, &status)) {
		report("shutdown", 0, "no answer after %ld s",
		    ANSWER_MS / SECOND_MS);
		return (-1);
	}
	if (status != 0) {
		report("shutdown", 0, "refused with status 0x%08x", status);
		return (-1);
	}
	if (kc_wait(told, &before, ANSWER_MS) != 0) {
		report("shutdown", 0, "accepted, and neither init(8) was told "
		    "nor the machine switched off");
		return (-1);
	}
	if (kc_powered_off(&how))
		report("shutdown", 1, "accepted, uadmin function %d", how);
	else
		report("shutdown", 1, "accepted, init(8) got signal %d",
		    kc_init_signal());
	return (0);
}

/*
 * Everything that there is a driver for. The shutdown is last.
 */
void
services_all(void)
{
	if (hvc_open(devices.heartbeat))
		(void) service_heartbeats(devices.heartbeat, 3, "heartbeat");
	if (hvc_open(devices.timesync))
		(void) service_timesync(devices.timesync);
	if (hvc_open(devices.kvp))
		(void) service_kvp(devices.kvp);
	if (hvc_open(devices.vss))
		(void) service_vss(devices.vss);
	if (hvc_open(devices.scsi))
		(void) service_disk(devices.scsi, "disk-io");
	if (hvc_open(devices.shutdown))
		(void) service_shutdown(devices.shutdown);
}
