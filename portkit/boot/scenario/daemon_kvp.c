/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The daemon behind the KVP driver: it opens the driver's minor node,
 * registers, waits with poll(2), reads a request, and writes the same message
 * back with the answer in it. Texts are UTF-8 on this side, and sizes count
 * the final zero.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "scenario.h"

enum {
	OP_GET, OP_SET, OP_DELETE, OP_ENUMERATE, OP_GET_IP, OP_SET_IP,
	OP_REGISTER = 4
};

#define	E_OK		0x00000000U
#define	E_FAIL		0x80004005U
#define	E_NO_MORE	0x80070103U

#define	TYPE_TEXT	1

struct pair {
	uint32_t	type;
	uint32_t	key_size;
	uint32_t	value_size;
	char		key[512];
	char		value[2048];
} __attribute__((packed));

struct message {
	union {
		struct {
			uint8_t		operation;
			uint8_t		pool;
			uint16_t	pad;
		} __attribute__((packed)) head;
		uint32_t	error;
	};
	union {
		struct pair	pair;
		struct {
			uint32_t	index;
			struct pair	pair;
		} __attribute__((packed)) one;
		struct {
			uint32_t	key_size;
			char		key[512];
		} __attribute__((packed)) delete;
		struct {
			char		adapter[256];
			uint8_t		family;
			uint8_t		dhcp;
			char		addresses[2048];
			char		masks[2048];
			char		gateways[1024];
			char		servers[2048];
		} __attribute__((packed)) ip;
		char		version[512];
	};
} __attribute__((packed));

_Static_assert(sizeof (struct message) == 7430, "a message to the daemon");

#define	POOLS		5
#define	POOL_AUTO	2	/* what the daemon knows by itself */
#define	ITEMS		16
#define	POLL_MS		100
#define	SLOW_MS		(8 * SECOND_MS)

struct item {
	int	used;
	char	key[512];
	char	value[2048];
};

static struct item pools[POOLS][ITEMS];
static kc_file *file;
static enum temper temper;
static int running, started, failed, stopping, served;

int
find_minor(const char *part, const char *not, int index, char *name, int len)
{
	int i;

	for (i = 0; kc_minor(i, name, len); i++) {
		if (strstr(name, part) != NULL &&
		    (not == NULL || strstr(name, not) == NULL) && index-- == 0)
			return (1);
	}
	return (0);
}

static void
copy(char *to, size_t room, const char *from, size_t max)
{
	size_t n = strnlen(from, max < room ? max : room - 1);

	memcpy(to, from, n);
	to[n] = '\0';
}

static struct item *
find(int pool, const char *key)
{
	int i;

	for (i = 0; i < ITEMS; i++) {
		if (pools[pool][i].used &&
		    strcmp(pools[pool][i].key, key) == 0)
			return (&pools[pool][i]);
	}
	return (NULL);
}

static void
set(int pool, const char *key, const char *value)
{
	struct item *item = find(pool, key);
	int i;

	for (i = 0; item == NULL && i < ITEMS; i++) {
		if (!pools[pool][i].used)
			item = &pools[pool][i];
	}
	if (item == NULL)
		return;
	item->used = 1;
	(void) snprintf(item->key, sizeof (item->key), "%s", key);
	(void) snprintf(item->value, sizeof (item->value), "%s", value);
}

const char *
kvpd_value(int pool, const char *key)
{
	struct item *item = find(pool, key);

	return (item == NULL ? NULL : item->value);
}

static void
fill(struct pair *p, const struct item *item)
{
	memset(p, 0, sizeof (*p));
	p->type = TYPE_TEXT;
	copy(p->key, sizeof (p->key), item->key, sizeof (item->key));
	copy(p->value, sizeof (p->value), item->value, sizeof (item->value));
	p->key_size = (uint32_t)strlen(p->key) + 1;
	p->value_size = (uint32_t)strlen(p->value) + 1;
}

static uint32_t
serve(struct message *m)
{
	char key[512], value[2048];
	struct item *item;
	int pool = m->head.pool, i, n;

	if (pool >= POOLS)
		return (E_FAIL);
	switch (m->head.operation) {
	case OP_GET:
		copy(key, sizeof (key), m->pair.key, sizeof (m->pair.key));
		if ((item = find(pool, key)) == NULL)
			return (E_FAIL);
		fill(&m->pair, item);
		return (E_OK);
	case OP_SET:
		copy(key, sizeof (key), m->pair.key, sizeof (m->pair.key));
		copy(value, sizeof (value), m->pair.value,
		    sizeof (m->pair.value));
		set(pool, key, value);
		return (E_OK);
	case OP_DELETE:
		copy(key, sizeof (key), m->delete.key, sizeof (m->delete.key));
		if ((item = find(pool, key)) == NULL)
			return (E_FAIL);
		item->used = 0;
		return (E_OK);
	case OP_ENUMERATE:
		n = (int)m->one.index;
		for (i = 0; i < ITEMS; i++) {
			if (pools[pool][i].used && n-- == 0) {
				fill(&m->one.pair, &pools[pool][i]);
				return (E_OK);
			}
		}
		return (E_NO_MORE);
	case OP_GET_IP:
		m->ip.family = 1;
		m->ip.dhcp = 1;
		(void) strcpy(m->ip.addresses, "192.0.2.10");
		(void) strcpy(m->ip.masks, "255.255.255.0");
		(void) strcpy(m->ip.gateways, "192.0.2.1");
		(void) strcpy(m->ip.servers, "192.0.2.53");
		return (E_OK);
	case OP_SET_IP:
		set(POOL_AUTO, "NetworkAddressIPv4", m->ip.addresses);
		return (E_OK);
	default:
		return (E_FAIL);
	}
}

/*
 * One request; 0 when the daemon goes on.
 */
static int
one_request(void)
{
	static char buffer[2 * sizeof (struct message)];
	struct message *m = (struct message *)buffer;
	long want = temper == DAEMON_LONG ? sizeof (buffer) : sizeof (*m);
	long done = 0;
	size_t i;
	int error;

	memset(buffer, 0, sizeof (buffer));
	error = kc_read(file, buffer, want, &done);
	if (error != 0 || done < (long)sizeof (m->head))
		return (-1);
	served++;
	switch (temper) {
	case DAEMON_DIES:
		return (-1);
	case DAEMON_KEEPS:
		while (!stopping)
			kc_sleep_ms(POLL_MS);
		return (-1);
	case DAEMON_SLOW:
		kc_sleep_ms(SLOW_MS);
		m->error = serve(m);
		break;
	case DAEMON_FAILS:
		m->error = E_FAIL;
		break;
	case DAEMON_RUBBISH:
		for (i = 0; i < sizeof (*m); i++)
			buffer[i] = (char)(hc_random(255) + 1);
		m->error = E_OK;
		break;
	default:
		m->error = serve(m);
		break;
	}
	/* A write of less than the message is one, too. */
	(void) kc_write(file, m, temper == DAEMON_SHORT ? 10 : want, &done);
	return (0);
}

/*
 * Opens and registers; 0, or an errno value.
 */
static int
register_with_driver(void)
{
	struct message m;
	char minor[128];
	long done;
	int error;

	if (!find_minor("kvp", NULL, 0, minor, sizeof (minor)))
		return (K_ENXIO);
	if ((error = kc_open(minor, K_FREAD | K_FWRITE, &file)) != 0)
		return (error);
	memset(&m, 0, sizeof (m));
	m.head.operation = OP_REGISTER;
	(void) strcpy(m.version, "3.1");
	if ((error = kc_write(file, &m, sizeof (m), &done)) != 0)
		(void) kc_close(file);
	return (error);
}

static void
daemon(void *arg)
{
	int events;

	(void) arg;
	if ((failed = register_with_driver()) != 0) {
		running = 0;
		started = 1;
		return;
	}
	started = 1;
	while (!stopping) {
		events = 0;
		if (kc_poll(file, K_POLLIN, &events, POLL_MS) != 0 ||
		    (events & (K_POLLERR | K_POLLHUP)) != 0)
			break;
		if ((events & K_POLLIN) != 0 && one_request() != 0)
			break;
	}
	(void) kc_close(file);
	running = 0;
}

static int
has_started(void *arg)
{
	(void) arg;
	return (started);
}

int
kvpd_start(enum temper t)
{
	if (running)
		return (K_EBUSY);
	memset(pools, 0, sizeof (pools));
	set(POOL_AUTO, "FullyQualifiedDomainName", "portkit.example");
	set(POOL_AUTO, "OSName", "illumos");
	set(POOL_AUTO, "ProcessorArchitecture", "x86_64");
	temper = t;
	running = 1;
	stopping = served = started = 0;
	kc_spawn("kvp_daemon", daemon, NULL);
	if (kc_wait(has_started, NULL, MINUTE_MS) != 0) {
		hc_violation("hang", "the driver does not let the KVP daemon "
		    "register");
		return (K_ETIMEDOUT);
	}
	return (failed);
}

static int
gone(void *arg)
{
	(void) arg;
	return (!running);
}

void
kvpd_stop(void)
{
	stopping = 1;
	if (kc_wait(gone, NULL, MINUTE_MS) != 0)
		hc_violation("hang", "the KVP daemon does not come back from "
		    "the driver");
}

int
kvpd_running(void)
{
	return (running);
}

int
kvpd_served(void)
{
	return (served);
}
