/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Whether a request is as the protocol has it. What is not, a host refuses, or
 * takes for something else than the guest has meant.
 */

#include "stor.h"

static const char *
name(const struct stor *stor)
{
	return (stor->dev->class->name);
}

static bool
sizes(const struct stor_command *c, const struct hv_packet *p)
{
	const struct vs_srb *srb = &c->packet.u.srb;
	bool longer = stor_has(c->stor, VS_5_1);
	uint32_t len = longer ? sizeof (c->packet) : VS_PACKET_OLD;
	uint16_t length = longer ? sizeof (*srb) : VS_SRB_OLD;
	uint8_t sense = longer ? VS_SENSE : VS_SENSE_OLD;

	if (p->len != len || srb->length != length) {
		hv_protocol("%s: EXECUTE_SRB of %u bytes with a request of %u, "
		    "version %u.%u has %u and %u", name(c->stor), p->len,
		    srb->length, c->stor->version >> 8, c->stor->version & 0xff,
		    len, length);
		return (false);
	}
	if (srb->sense_length > sense) {
		hv_protocol("%s: EXECUTE_SRB asks for %u bytes of sense data, "
		    "there are %u at most in version %u.%u", name(c->stor),
		    srb->sense_length, sense, c->stor->version >> 8,
		    c->stor->version & 0xff);
		return (false);
	}
	return (true);
}

static bool
command(const struct stor_command *c)
{
	const struct vs_srb *srb = &c->packet.u.srb;
	unsigned need = scsi_cdb_length(c->cdb[0]);

	if (srb->cdb_length < 6 || srb->cdb_length > VS_CDB) {
		hv_protocol("%s: EXECUTE_SRB with a CDB of %u bytes", name(
		    c->stor), srb->cdb_length);
		return (false);
	}
	if (srb->cdb_length < need) {
		hv_protocol("%s: EXECUTE_SRB with a CDB of %u bytes, that of "
		    "command 0x%02x has %u", name(c->stor), srb->cdb_length,
		    c->cdb[0], need);
		return (false);
	}
	if (!c->stor->ide && srb->path != 0) {
		hv_protocol("%s: EXECUTE_SRB to path %u, there is only 0",
		    name(c->stor), srb->path);
		return (false);
	}
	return (true);
}

static const char *
way(unsigned direction)
{
	return (direction == VS_IN ? "from the disk" :
	    direction == VS_OUT ? "to the disk" : "nowhere");
}

static bool
amounts(const struct stor_command *c, const struct hv_packet *p)
{
	const struct vs_srb *srb = &c->packet.u.srb;
	uint32_t bytes = p->nranges == 0 ? 0 : p->ranges[0].length;
	uint32_t flags = srb->flags & (VS_FLAG_IN | VS_FLAG_OUT);
	int direction = scsi_direction(c->cdb);

	if (srb->direction > VS_NO_DATA) {
		hv_protocol("%s: EXECUTE_SRB with direction %u, there are 0 to "
		    "2", name(c->stor), srb->direction);
		return (false);
	}
	if (p->type == VB_GPA_DIRECT && p->nranges != 1) {
		hv_protocol("%s: EXECUTE_SRB with %u page lists, one is "
		    "allowed", name(c->stor), p->nranges);
		return (false);
	}
	if (srb->transfer != bytes) {
		hv_protocol("%s: EXECUTE_SRB is to transfer %u bytes, its page "
		    "list has %u", name(c->stor), srb->transfer, bytes);
		return (false);
	}
	if (bytes > stor_max_transfer()) {
		hv_protocol("%s: EXECUTE_SRB is to transfer %u bytes, the "
		    "properties allow %u", name(c->stor), bytes,
		    stor_max_transfer());
		return (false);
	}
	if (bytes == 0)
		return (true);
	if (srb->direction == VS_NO_DATA) {
		hv_protocol("%s: EXECUTE_SRB has %u bytes of data, and says "
		    "that it transfers none", name(c->stor), bytes);
		return (false);
	}
	if (stor_has(c->stor, VS_5_1) && ((srb->direction == VS_IN &&
	    (flags & VS_FLAG_IN) == 0) || (srb->direction == VS_OUT &&
	    (flags & VS_FLAG_OUT) == 0))) {
		hv_protocol("%s: EXECUTE_SRB transfers %s, its SRB flags are "
		    "0x%x", name(c->stor), way(srb->direction), srb->flags);
		return (false);
	}
	if (direction >= 0 && direction != srb->direction) {
		hv_protocol("%s: EXECUTE_SRB transfers %s, its command 0x%02x "
		    "%s", name(c->stor), way(srb->direction), c->cdb[0],
		    way((unsigned)direction));
		return (false);
	}
	return (true);
}

static void
identified(const struct stor_command *c)
{
	const struct stor_command *other;

	for (other = c->stor->commands; other != NULL; other = other->next) {
		if (other == c || other->ch != c->ch ||
		    other->transaction != c->transaction)
			continue;
		hv_protocol("%s: transaction 0x%lx (command 0x%02x to target "
		    "%u, lun %u) is used again, and the host has not answered "
		    "it (command 0x%02x)", name(c->stor), c->transaction,
		    c->cdb[0], c->packet.u.srb.target, c->packet.u.srb.lun,
		    other->cdb[0]);
		return;
	}
}

/* False: the request is not carried out. */
bool
stor_check(const struct stor_command *c, const struct hv_packet *p)
{
	identified(c);
	return (sizes(c, p) && command(c) && amounts(c, p));
}
