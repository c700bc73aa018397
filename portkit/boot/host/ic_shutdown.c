/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Shutdown: the host asks the guest to end by itself. The guest says at once
 * whether it will; that it did, the host sees when it is off.
 */

#include <string.h>

#include "host_ctl.h"
#include "ic.h"

/* SHTDN_REASON_FLAG_PLANNED, and how long the guest may take. */
#define	REASON_PLANNED	0x80000000U
#define	TIMEOUT_SECONDS	300

struct shutdown {
	uint32_t	reason;
	uint32_t	timeout;
	uint32_t	flags;
	uint16_t	text[1024];	/* UTF-16 */
} __attribute__((packed));

_Static_assert(sizeof (struct shutdown) == 2060, "a shutdown request");

static void
answered(struct ic *ic, const uint8_t *request, uint8_t *answer, uint32_t len,
    uint32_t status __attribute__((unused)))
{
	if (memcmp(request, answer, len) != 0)
		hv_protocol("shutdown: the answer changes the request");
	ic->answers++;
}

static int
malformed(struct ic *ic __attribute__((unused)), int kind, uint8_t *body)
{
	switch (kind) {
	case 0:		/* ends before the flags, with the padding too */
		memset(body, 0, 4);
		return (4);
	default:
		return (-1);
	}
}

const struct ic_service ic_shutdown = {
	.type = IC_SHUTDOWN,
	.versions = {
		{ IC_2008R2, IC_VERSION(1, 0) },
		{ IC_2008R2, IC_VERSION(3, 0) },
		{ IC_2012R2, IC_VERSION(3, 1) },
		{ IC_2019, IC_VERSION(3, 2) },
	},
	.answered = answered,
	.malformed = malformed,
};

int
hvc_shutdown(int id, unsigned flags)
{
	static const char why[] = "The administrator turns the machine off";
	struct ic *ic = ic_find(id, IC_SHUTDOWN);
	struct shutdown body;
	size_t i;

	memset(&body, 0, sizeof (body));
	body.reason = REASON_PLANNED;
	body.timeout = TIMEOUT_SECONDS;
	body.flags = flags;
	for (i = 0; i < sizeof (why); i++)
		body.text[i] = (uint16_t)why[i];
	return (ic_request(ic, &body, sizeof (body)));
}

int
hvc_shutdown_status(int id, unsigned *status)
{
	struct ic *ic = ic_find(id, IC_SHUTDOWN);

	if (ic == NULL || !ic->replied)
		return (0);
	*status = ic->status;
	return (1);
}
