/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Volume shadow copies: before the host takes a snapshot of the disks it has
 * the guest bring its file systems to rest, and afterwards go on.
 */

#include <string.h>

#include "host_ctl.h"
#include "ic.h"

enum {
	VSS_CREATE, VSS_DELETE, VSS_HOT_BACKUP, VSS_GET_DM_INFO,
	VSS_BACKUP_COMPLETE, VSS_FREEZE, VSS_THAW, VSS_AUTO_RECOVER
};

struct vss {
	uint8_t		operation;
	uint8_t		reserved[7];
	uint32_t	flags;		/* of the answer to some */
} __attribute__((packed));

static void
answered(struct ic *ic, const uint8_t *request, uint8_t *answer,
    uint32_t len __attribute__((unused)), uint32_t status)
{
	const struct vss *q = (const void *)request, *a = (const void *)answer;

	if (a->operation != q->operation ||
	    memcmp(a->reserved, q->reserved, sizeof (a->reserved)) != 0)
		hv_protocol("vss: answer to operation %u where %u was asked "
		    "for, or reserved bytes changed", a->operation,
		    q->operation);
	if (q->operation != VSS_HOT_BACKUP && q->operation != VSS_GET_DM_INFO &&
	    a->flags != q->flags)
		hv_protocol("vss: operation %u has no flags, the answer says "
		    "0x%x", q->operation, a->flags);
	ic->vss_flags = a->flags;
	if (status == IC_OK)
		ic->answers++;
}

static int
malformed(struct ic *ic __attribute__((unused)), int kind, uint8_t *body)
{
	memset(body, 0, sizeof (struct vss));
	switch (kind) {
	case 0:		/* an operation that there is not */
		body[0] = 0x55;
		return (sizeof (struct vss));
	case 1:		/* one that guests do not have to know */
		body[0] = VSS_AUTO_RECOVER;
		return (sizeof (struct vss));
	case 2:		/* nothing but the operation */
		body[0] = VSS_GET_DM_INFO;
		return (1);
	default:
		return (-1);
	}
}

const struct ic_service ic_vss = {
	.type = IC_VSS,
	.versions = {
		{ IC_2008R2, IC_VERSION(3, 0) },
		{ IC_2012, IC_VERSION(4, 0) },
		{ IC_2012R2, IC_VERSION(5, 0) },
	},
	.answered = answered,
	.malformed = malformed,
};

int
hvc_vss(int id, int operation)
{
	struct ic *ic = ic_find(id, IC_VSS);
	struct vss body;

	memset(&body, 0, sizeof (body));
	body.operation = (uint8_t)operation;
	return (ic_request(ic, &body, sizeof (body)));
}

int
hvc_vss_reply(int id, unsigned *status)
{
	struct ic *ic = ic_find(id, IC_VSS);

	if (ic == NULL || !ic->replied)
		return (0);
	*status = ic->status;
	return (1);
}

unsigned
hvc_vss_flags(int id)
{
	struct ic *ic = ic_find(id, IC_VSS);

	return (ic == NULL ? 0 : ic->vss_flags);
}
