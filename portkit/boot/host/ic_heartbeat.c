/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Heartbeat: the host sends a number, and the guest is alive when it comes back
 * one higher. Messages of version 1 end behind the number.
 */

#include <string.h>

#include "host_ctl.h"
#include "ic.h"

struct heartbeat {
	uint64_t	number;
	uint32_t	state;		/* of applications, since 3.1 */
	uint32_t	reserved[7];
} __attribute__((packed));

static void
answered(struct ic *ic, const uint8_t *request, uint8_t *answer, uint32_t len,
    uint32_t status)
{
	const struct heartbeat *q = (const void *)request;
	const struct heartbeat *a = (const void *)answer;
	size_t rest = offsetof(struct heartbeat, state);

	if (ic_version_at_least(ic, 3, 1))
		rest = offsetof(struct heartbeat, reserved);
	if (status != IC_OK) {
		hv_protocol("heartbeat: status 0x%x, a heartbeat cannot fail",
		    status);
		return;
	}
	if (a->number != q->number + 1) {
		hv_protocol("heartbeat: answer is %lu, the request was %lu",
		    a->number, q->number);
		return;
	}
	if (len > rest &&
	    memcmp(request + rest, answer + rest, len - rest) != 0)
		hv_protocol("heartbeat: reserved fields changed");
	ic->answers++;
}

static int
malformed(struct ic *ic __attribute__((unused)), int kind, uint8_t *body)
{
	switch (kind) {
	case 0:		/* half a number */
		body[0] = 7;
		return (4);
	default:
		return (-1);
	}
}

const struct ic_service ic_heartbeat = {
	.type = IC_HEARTBEAT,
	.versions = {
		{ IC_2008R2, IC_VERSION(1, 0) },
		{ IC_2008R2, IC_VERSION(3, 0) },
		{ IC_2016, IC_VERSION(3, 1) },
	},
	.answered = answered,
	.malformed = malformed,
};

int
hvc_heartbeat(int id)
{
	struct ic *ic = ic_find(id, IC_HEARTBEAT);
	struct heartbeat body;

	if (ic == NULL)
		return (-1);
	memset(&body, 0, sizeof (body));
	body.number = ic->sequence + 1;
	if (ic_request(ic, &body, ic_version_at_least(ic, 3, 0) ?
	    sizeof (body) : sizeof (body.number)) != 0)
		return (-1);
	/* The next one continues where the guest's answer is. */
	ic->sequence += 2;
	return (0);
}

int
hvc_heartbeats(int id)
{
	struct ic *ic = ic_find(id, IC_HEARTBEAT);

	return (ic == NULL ? 0 : ic->answers);
}
