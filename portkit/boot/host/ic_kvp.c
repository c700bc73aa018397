/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Key-value pairs: the host reads and writes small tables of the guest's. Keys
 * and values are UTF-16 with a terminating zero, and sizes are in bytes with
 * that zero.
 */

#include <stdio.h>
#include <string.h>

#include "host_ctl.h"
#include "ic.h"

enum {
	KVP_GET, KVP_SET, KVP_DELETE, KVP_ENUMERATE, KVP_GET_IP, KVP_SET_IP
};

#define	KVP_KEY		512	/* bytes */
#define	KVP_VALUE	2048
#define	KVP_TEXT	1	/* types of values */
#define	KVP_U32		4
#define	KVP_U64		8

struct kvp_head {
	uint8_t		operation;
	uint8_t		pool;
	uint16_t	reserved;
} __attribute__((packed));

struct kvp_pair {
	uint32_t	type;
	uint32_t	key_size;
	uint32_t	value_size;
	uint16_t	key[KVP_KEY / 2];
	uint16_t	value[KVP_VALUE / 2];
} __attribute__((packed));

struct kvp_get_set {
	struct kvp_head	head;
	struct kvp_pair	pair;
} __attribute__((packed));

struct kvp_enumerate {
	struct kvp_head	head;
	uint32_t	index;
	struct kvp_pair	pair;
} __attribute__((packed));

struct kvp_delete {
	struct kvp_head	head;
	uint32_t	key_size;
	uint16_t	key[KVP_KEY / 2];
} __attribute__((packed));

#define	KVP_IPV4	1
#define	KVP_IPV6	2
#define	KVP_ADAPTER	128	/* characters */
#define	KVP_ADDRESSES	1024
#define	KVP_GATEWAYS	512

/* No reserved field behind the operation and the pool in this one. */
struct kvp_ip {
	uint8_t		operation;
	uint8_t		pool;
	uint16_t	adapter[KVP_ADAPTER];
	uint8_t		family;
	uint8_t		dhcp;
	uint16_t	addresses[KVP_ADDRESSES];
	uint16_t	masks[KVP_ADDRESSES];
	uint16_t	gateways[KVP_GATEWAYS];
	uint16_t	servers[KVP_ADDRESSES];
} __attribute__((packed));

_Static_assert(sizeof (struct kvp_pair) == 2572, "a pair");
_Static_assert(sizeof (struct kvp_ip) == 7428, "addresses");

/* The adapter whose addresses the host asks for. */
static const char adapter[] = "{5b1f2f8e-6e1c-4d7e-9a3b-0123456789ab}";

/* Characters of UTF-16 lie where the packed structures have them. */
static uint16_t
load(const void *at, uint32_t i)
{
	uint16_t c;

	memcpy(&c, (const uint8_t *)at + 2 * i, sizeof (c));
	return (c);
}

static void
store(void *at, uint32_t i, uint32_t c)
{
	uint16_t half = (uint16_t)c;

	memcpy((uint8_t *)at + 2 * i, &half, sizeof (half));
}

/*
 * UTF-8 to UTF-16 with its zero; the size in bytes. What does not fit is cut.
 */
static uint32_t
to_wire(void *to, uint32_t bytes, const char *text)
{
	const uint8_t *s = (const uint8_t *)text;
	uint32_t n = 0, max = bytes / 2 - 1, c;

	while (*s != 0 && n < max) {
		int more = *s >= 0xf0 ? 3 : *s >= 0xe0 ? 2 : *s >= 0xc0 ? 1 : 0;

		c = more == 0 ? *s : *s & (0x3f >> more);
		s++;
		for (; more > 0 && (*s & 0xc0) == 0x80; more--)
			c = c << 6 | (*s++ & 0x3f);
		if (c < 0x10000) {
			store(to, n++, c);
		} else if (n + 2 <= max) {
			store(to, n++, 0xd800 | (c - 0x10000) >> 10);
			store(to, n++, 0xdc00 | (c & 0x3ff));
		} else {
			break;
		}
	}
	store(to, n++, 0);
	return (n * 2);
}

static void
put(char **to, uint32_t c)
{
	char *p = *to;

	if (c < 0x80) {
		*p++ = (char)c;
	} else if (c < 0x800) {
		*p++ = (char)(0xc0 | c >> 6);
		*p++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*p++ = (char)(0xe0 | c >> 12);
		*p++ = (char)(0x80 | (c >> 6 & 0x3f));
		*p++ = (char)(0x80 | (c & 0x3f));
	} else {
		*p++ = (char)(0xf0 | c >> 18);
		*p++ = (char)(0x80 | (c >> 12 & 0x3f));
		*p++ = (char)(0x80 | (c >> 6 & 0x3f));
		*p++ = (char)(0x80 | (c & 0x3f));
	}
	*to = p;
}

/*
 * A text of the guest's, `size' bytes in a field of `room': checked, and
 * turned to UTF-8 in `to', which has twice that room.
 */
static void
from_wire(const char *what, char *to, const void *from, uint32_t size,
    uint32_t room)
{
	uint32_t n, i, c;

	*to = '\0';
	if (size > room || size < 2 || size % 2 != 0) {
		hv_protocol("kvp: size of the %s is %u, in a field of %u "
		    "bytes of UTF-16", what, size, room);
		return;
	}
	n = size / 2;
	if (load(from, n - 1) != 0) {
		hv_protocol("kvp: the %s of %u bytes does not end in a zero",
		    what, size);
		return;
	}
	for (i = 0; i < n - 1; i++) {
		c = load(from, i);
		if (c == 0) {
			hv_protocol("kvp: the %s of %u bytes ends after %u",
			    what, size, (i + 1) * 2);
			break;
		}
		if ((c & 0xfc00) == 0xd800 &&
		    (load(from, i + 1) & 0xfc00) == 0xdc00)
			c = 0x10000 + ((c & 0x3ff) << 10 |
			    (load(from, ++i) & 0x3ff));
		else if ((c & 0xf800) == 0xd800)
			hv_protocol("kvp: the %s has half a surrogate pair",
			    what);
		put(&to, c);
	}
	*to = '\0';
}

static void
pair_answered(struct ic *ic, const struct kvp_pair *p)
{
	char number[32];

	switch (p->type) {
	case KVP_TEXT:
		from_wire("value", ic->kvp.value, p->value, p->value_size,
		    KVP_VALUE);
		break;
	case KVP_U32:
	case KVP_U64: {
		uint64_t v = 0;

		memcpy(&v, p->value, p->type);
		if (p->value_size != p->type)
			hv_protocol("kvp: a number of %u bytes has %u",
			    p->type, p->value_size);
		(void) snprintf(number, sizeof (number), "%lu", v);
		ic_copy_text(ic->kvp.value, sizeof (ic->kvp.value), number);
		break;
	}
	default:
		hv_protocol("kvp: type of the value is %u", p->type);
	}
}

static void
ip_answered(struct ic *ic, const struct kvp_ip *a)
{
	const struct {
		const char *name;
		const void *text;
		uint32_t max;
	} fields[] = {
		{ "adapter", a->adapter, KVP_ADAPTER },
		{ "list of addresses", a->addresses, KVP_ADDRESSES },
		{ "list of masks", a->masks, KVP_ADDRESSES },
		{ "list of gateways", a->gateways, KVP_GATEWAYS },
		{ "list of name servers", a->servers, KVP_ADDRESSES },
	};
	char text[4 * KVP_ADDRESSES];
	size_t i;
	uint32_t n;

	for (i = 0; i < sizeof (fields) / sizeof (fields[0]); i++) {
		for (n = 0; n < fields[i].max && load(fields[i].text, n) != 0;
		    n++)
			;
		if (n == fields[i].max) {
			hv_protocol("kvp: the %s fills its field, there is no "
			    "zero", fields[i].name);
			continue;
		}
		from_wire(fields[i].name, text, fields[i].text,
		    (n + 1) * 2, fields[i].max * 2);
		if (i == 0)
			ic_copy_text(ic->kvp.key, sizeof (ic->kvp.key), text);
		else if (i == 1)
			ic_copy_text(ic->kvp.value, sizeof (ic->kvp.value),
			    text);
	}
	if ((a->family & ~(KVP_IPV4 | KVP_IPV6)) != 0 || a->dhcp > 1)
		hv_protocol("kvp: address family 0x%x, DHCP %u", a->family,
		    a->dhcp);
}

static void
answered(struct ic *ic, const uint8_t *request, uint8_t *answer, uint32_t len,
    uint32_t status)
{
	const struct kvp_head *q = (const void *)request;
	const struct kvp_head *a = (const void *)answer;
	const struct kvp_get_set *get = (const void *)answer;
	const struct kvp_enumerate *one = (const void *)answer;

	ic->kvp.key[0] = ic->kvp.value[0] = '\0';
	if (a->operation != q->operation || a->pool != q->pool)
		hv_protocol("kvp: answer to operation %u on pool %u, asked "
		    "for was %u on %u", a->operation, a->pool, q->operation,
		    q->pool);
	ic->answers++;
	if (status != IC_OK)
		return;
	switch (q->operation) {
	case KVP_GET:
		pair_answered(ic, &get->pair);
		if (memcmp(&((const struct kvp_get_set *)q)->pair.key_size,
		    &get->pair.key_size, sizeof (uint32_t)) != 0 ||
		    memcmp(((const struct kvp_get_set *)q)->pair.key,
		    get->pair.key, KVP_KEY) != 0)
			hv_protocol("kvp: the answer changes the key");
		from_wire("key", ic->kvp.key, get->pair.key,
		    get->pair.key_size, KVP_KEY);
		break;
	case KVP_ENUMERATE:
		from_wire("key", ic->kvp.key, one->pair.key,
		    one->pair.key_size, KVP_KEY);
		pair_answered(ic, &one->pair);
		if (one->index != ((const struct kvp_enumerate *)q)->index)
			hv_protocol("kvp: the answer changes the index");
		break;
	case KVP_GET_IP:
		ip_answered(ic, (const void *)answer);
		break;
	default:
		if (memcmp(request, answer, len) != 0)
			hv_protocol("kvp: the answer to operation %u changes "
			    "the request", q->operation);
		break;
	}
}

static int
malformed(struct ic *ic __attribute__((unused)), int kind, uint8_t *body)
{
	struct kvp_get_set *set = (void *)body;
	struct kvp_enumerate *one = (void *)body;
	size_t i;

	memset(body, 0, sizeof (*one));
	switch (kind) {
	case 0:		/* an operation that there is not */
		set->head.operation = 0x55;
		return (sizeof (*set));
	case 1:		/* nothing but the operation */
		set->head.operation = KVP_SET;
		return (sizeof (set->head));
	case 2:		/* a pool and an index that there are not */
		one->head.operation = KVP_ENUMERATE;
		one->head.pool = 0xee;
		one->index = 0xffffffffU;
		return (sizeof (*one));
	case 3:		/* a key that fills its field, of odd size */
		set->head.operation = KVP_GET;
		set->pair.key_size = KVP_KEY - 1;
		for (i = 0; i < KVP_KEY / 2; i++)
			set->pair.key[i] = 0xfeff;
		return (sizeof (*set));
	case 4:		/* a value of a type that there is not */
		set->head.operation = KVP_SET;
		set->pair.type = 99;
		set->pair.key_size = to_wire(set->pair.key, KVP_KEY, "k");
		return (sizeof (*set));
	case 5:		/* sizes beyond the fields */
		set->head.operation = KVP_SET;
		set->pair.type = KVP_TEXT;
		set->pair.key_size = 2 * KVP_KEY;
		set->pair.value_size = 2 * KVP_VALUE;
		for (i = 0; i < KVP_KEY / 2; i++)
			set->pair.key[i] = 'k';
		for (i = 0; i < KVP_VALUE / 2; i++)
			set->pair.value[i] = 0x20ac;
		return (sizeof (*set));
	case 6:		/* sizes beyond everything */
		set->head.operation = KVP_SET;
		set->pair.type = KVP_TEXT;
		set->pair.key_size = 0xfffffffeU;
		set->pair.value_size = 0xfffffffeU;
		return (sizeof (*set));
	default:
		return (-1);
	}
}

const struct ic_service ic_kvp = {
	.type = IC_KVP,
	.versions = {
		{ IC_2008R2, IC_VERSION(1, 0) },
		{ IC_2008R2, IC_VERSION(3, 0) },
		{ IC_2012, IC_VERSION(4, 0) },
		{ IC_2016, IC_VERSION(5, 0) },
	},
	.answered = answered,
	.malformed = malformed,
};

/*
 * For scenarios.
 */
static int
get_or_set(int id, int operation, int pool, const char *key, const char *value)
{
	struct kvp_get_set body;

	memset(&body, 0, sizeof (body));
	body.head.operation = (uint8_t)operation;
	body.head.pool = (uint8_t)pool;
	body.pair.key_size = to_wire(body.pair.key, KVP_KEY, key);
	if (value != NULL) {
		body.pair.type = KVP_TEXT;
		body.pair.value_size = to_wire(body.pair.value, KVP_VALUE,
		    value);
	}
	return (ic_request(ic_find(id, IC_KVP), &body, sizeof (body)));
}

int
hvc_kvp_set(int id, int pool, const char *key, const char *value)
{
	return (get_or_set(id, KVP_SET, pool, key, value));
}

int
hvc_kvp_get(int id, int pool, const char *key)
{
	return (get_or_set(id, KVP_GET, pool, key, NULL));
}

int
hvc_kvp_delete(int id, int pool, const char *key)
{
	struct kvp_delete body;

	memset(&body, 0, sizeof (body));
	body.head.operation = KVP_DELETE;
	body.head.pool = (uint8_t)pool;
	body.key_size = to_wire(body.key, KVP_KEY, key);
	return (ic_request(ic_find(id, IC_KVP), &body, sizeof (body)));
}

int
hvc_kvp_enumerate(int id, int pool, int index)
{
	struct kvp_enumerate body;

	memset(&body, 0, sizeof (body));
	body.head.operation = KVP_ENUMERATE;
	body.head.pool = (uint8_t)pool;
	body.index = (uint32_t)index;
	return (ic_request(ic_find(id, IC_KVP), &body, sizeof (body)));
}

int
hvc_kvp_ip_info(int id, int set)
{
	struct ic *ic = ic_find(id, IC_KVP);
	struct kvp_ip body;

	/* Hosts before 2012 have no such operation. */
	if (ic == NULL || !ic_version_at_least(ic, 4, 0))
		return (-1);
	memset(&body, 0, sizeof (body));
	body.operation = set ? KVP_SET_IP : KVP_GET_IP;
	(void) to_wire(body.adapter, sizeof (body.adapter), adapter);
	body.family = KVP_IPV4;
	if (set) {
		(void) to_wire(body.addresses, sizeof (body.addresses),
		    "192.0.2.7");
		(void) to_wire(body.masks, sizeof (body.masks),
		    "255.255.255.0");
	}
	return (ic_request(ic, &body, sizeof (body)));
}

int
hvc_kvp_reply(int id, unsigned *status, char *key, int keylen, char *value,
    int valuelen)
{
	struct ic *ic = ic_find(id, IC_KVP);

	if (ic == NULL || !ic->replied)
		return (0);
	*status = ic->status;
	ic_copy_text(key, keylen, ic->kvp.key);
	ic_copy_text(value, valuelen, ic->kvp.value);
	return (1);
}
