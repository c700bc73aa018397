/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Time synchronisation. A `sync' makes the guest set its clock: after boot,
 * after it was saved and restored. A `sample' comes every few seconds, and
 * what the guest makes of it is its own affair. Since version 4 the message
 * carries the reference counter at the time of sending, so that the guest can
 * tell how long it was under way.
 */

#include <string.h>

#include "core.h"
#include "host_ctl.h"
#include "ic.h"

#define	TIME_SYNC	0x1
#define	TIME_SAMPLE	0x2

/* Time is in units of 100 nanoseconds since 1601. */
#define	UNITS_TO_1970	116444736000000000LL
#define	NS_PER_UNIT	100

struct time3 {
	uint64_t	parent;
	uint64_t	child;
	uint64_t	round_trip;
	uint8_t		flags;
} __attribute__((packed));

struct time4 {
	uint64_t	parent;
	uint64_t	reference;
	uint8_t		flags;
	uint8_t		leap;
	uint8_t		stratum;
	uint8_t		reserved[3];
} __attribute__((packed));

_Static_assert(sizeof (struct time3) == 25, "times before version 4");
_Static_assert(sizeof (struct time4) == 22, "times since version 4");

static void
answered(struct ic *ic, const uint8_t *request, uint8_t *answer, uint32_t len,
    uint32_t status)
{
	if (status != IC_OK)
		hv_protocol("timesync: status 0x%x, the message is to be "
		    "acknowledged", status);
	if (!ic_version_at_least(ic, 4, 0)) {
		/* The guest may tell its own time. */
		const struct time3 *q = (const void *)request;
		struct time3 *a = (void *)answer;

		a->child = q->child;
		a->round_trip = q->round_trip;
	}
	if (memcmp(request, answer, len) != 0)
		hv_protocol("timesync: the answer changes the request");
	ic->answers++;
}

static int
malformed(struct ic *ic __attribute__((unused)), int kind, uint8_t *body)
{
	switch (kind) {
	case 0:		/* only the host's time */
		memset(body, 0, 8);
		return (8);
	default:
		return (-1);
	}
}

const struct ic_service ic_timesync = {
	.type = IC_TIMESYNC,
	.versions = {
		{ IC_2008R2, IC_VERSION(1, 0) },
		{ IC_2008R2, IC_VERSION(3, 0) },
		{ IC_2016, IC_VERSION(4, 0) },
	},
	.answered = answered,
	.malformed = malformed,
};

int
hvc_timesync(int id, int sync, long long unix_ns)
{
	struct ic *ic = ic_find(id, IC_TIMESYNC);
	uint64_t parent = (uint64_t)(unix_ns / NS_PER_UNIT + UNITS_TO_1970);
	uint8_t flags = sync ? TIME_SYNC : TIME_SAMPLE;
	struct time3 old;
	struct time4 new;

	if (ic == NULL)
		return (-1);
	if (!ic_version_at_least(ic, 4, 0)) {
		memset(&old, 0, sizeof (old));
		old.parent = parent;
		old.flags = flags;
		return (ic_request(ic, &old, sizeof (old)));
	}
	memset(&new, 0, sizeof (new));
	new.parent = parent;
	new.reference = hv_time();
	new.flags = flags;
	return (ic_request(ic, &new, sizeof (new)));
}

int
hvc_timesyncs(int id)
{
	struct ic *ic = ic_find(id, IC_TIMESYNC);

	return (ic == NULL ? 0 : ic->answers);
}
