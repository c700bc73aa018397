/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Requests: from the packet to its answer. A request is looked at as it comes,
 * is carried out a while later, each for itself, so that one overtakes another,
 * and its answer leaves as soon as the ring has room.
 */

#include "stor.h"
#include "host_ctl.h"

#define	RETRY		(50 * HV_US)
#define	PATIENCE	20000		/* retries: a second */

hc_time stor_latency = -1;

static void
append(struct stor *stor, struct stor_command *c)
{
	struct stor_command **at;

	c->next = NULL;
	for (at = &stor->commands; *at != NULL; at = &(*at)->next)
		;
	*at = c;
}

static void
unlink_command(struct stor_command *c)
{
	struct stor_command **at = &c->stor->commands;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
}

/*
 * Until a command has been carried out the host may touch the pages of its data
 * at any moment.
 */
static bool
lend(struct stor_command *c)
{
	uint32_t i;

	if (c->range == NULL)
		return (true);
	c->pages = hv_new(c->range->npages * sizeof (*c->pages));
	for (i = 0; i < c->range->npages; i++) {
		if (!hv_lend(&c->pages[i], c->range->pfns[i],
		    "data of a command on channel", c->ch->relid))
			return (false);
		c->npages++;
	}
	return (true);
}

/* Whether the guest has left them all alone. */
static bool
give_back(struct stor_command *c)
{
	bool whole = true;
	uint32_t i;

	for (i = 0; i < c->npages; i++) {
		whole = whole && c->pages[i].page != NULL;
		hv_give_back(&c->pages[i]);
	}
	c->npages = 0;
	free(c->pages);
	c->pages = NULL;
	return (whole);
}

static void
free_command(struct stor_command *c)
{
	(void) give_back(c);
	if (c->range != NULL)
		free(c->range->pfns);
	free(c->range);
	free(c);
}

/*
 * Answers.
 */
static bool
send(struct stor_command *c)
{
	return (hv_send(c->ch, VB_COMPLETION, 0, c->transaction, &c->packet,
	    c->packet_len) == 0);
}

/*
 * Everything that has to leave and has not: answers in their order on each
 * channel, then notices. Somebody who does not read for long is not waited for
 * any more than a real host would.
 */
void
stor_flush(struct stor *stor)
{
	struct stor_command *c, *next, *full = NULL;
	struct vs_packet notice = { .operation = VS_ENUMERATE_BUS };
	uint32_t len = stor_has(stor, VS_5_1) ? sizeof (notice) : VS_PACKET_OLD;

	for (c = stor->commands; c != NULL; c = next) {
		next = c->next;
		if (c->state != STOR_LEAVES || (full != NULL &&
		    full->ch == c->ch))
			continue;
		if (!send(c)) {
			full = c;
			continue;
		}
		unlink_command(c);
		stor->pending--;
		stor->tries = 0;
		free_command(c);
	}
	while (full == NULL && stor->notices > 0) {
		if (hv_send(stor->dev->channel, VB_INBAND, 0, 0, &notice,
		    len) != 0)
			break;
		stor->notices--;
		stor->tries = 0;
	}
	if (full == NULL && stor->notices == 0)
		return;
	hc_timer_at(stor->tries++ < PATIENCE ? stor->retry : stor->background,
	    hc_now() + RETRY);
}

static void
leave(struct stor_command *c)
{
	struct stor *stor = c->stor;

	(void) give_back(c);
	c->state = STOR_LEAVES;
	unlink_command(c);
	append(stor, c);
	stor_flush(stor);
}

/* The answer to what is no request. */
void
stor_answer(struct stor *stor, struct hv_channel *ch, uint64_t transaction,
    const struct vs_packet *packet, uint32_t len, uint32_t status)
{
	struct stor_command *c = hv_new(sizeof (*c));

	c->stor = stor;
	c->ch = ch;
	c->transaction = transaction;
	c->packet = *packet;
	c->packet.operation = VS_COMPLETE_IO;
	c->packet.flags = 0;
	c->packet.status = status;
	c->packet_len = len;
	c->state = STOR_LEAVES;
	stor->pending++;
	append(stor, c);
	stor_flush(stor);
}

static void
end(struct stor_command *c, uint8_t srb_status, uint8_t scsi_status,
    uint32_t moved)
{
	struct vs_srb *srb = &c->packet.u.srb;

	c->packet.operation = VS_COMPLETE_IO;
	c->packet.flags = 0;
	c->packet.status = srb_status == SRB_SUCCESS && scsi_status ==
	    SCSI_GOOD ? NT_SUCCESS : NT_UNSUCCESSFUL;
	srb->srb_status = srb_status;
	srb->scsi_status = scsi_status;
	srb->transfer = moved;
	if ((srb_status & SRB_SENSE_VALID) == 0)
		srb->sense_length = 0;
}

/* CHECK CONDITION; a guest with no room for sense data has to ask for it. */
static void
end_check(struct stor_command *c, uint32_t sense, uint32_t moved)
{
	struct vs_srb *srb = &c->packet.u.srb;
	uint8_t data[18];

	if (srb->sense_length == 0) {
		if (c->lun != NULL)
			c->lun->sense = sense;
		end(c, SRB_ERROR, SCSI_CHECK, moved);
		return;
	}
	if (srb->sense_length > sizeof (data))
		srb->sense_length = sizeof (data);
	scsi_fixed_sense(data, sense);
	memset(srb->u.sense, 0, sizeof (srb->u.sense));
	memcpy(srb->u.sense, data, srb->sense_length);
	end(c, SRB_ERROR | SRB_SENSE_VALID, SCSI_CHECK, moved);
}

static void
end_io(struct stor_command *c, const struct scsi_io *io)
{
	if (io->sense != 0)
		end_check(c, io->sense, io->moved);
	else
		end(c, io->overrun ? SRB_OVERRUN : SRB_SUCCESS, SCSI_GOOD,
		    io->moved);
}

/*
 * Nothing is there. Unit 0, and with hosts of the time between any unit, says
 * so in the data of an INQUIRY; all else is said by the status of the request.
 * REPORT LUNS is answered when there is any other one.
 */
static void
nobody(struct stor_command *c)
{
	struct scsi_io io = { .cdb = c->cdb, .range = c->range,
	    .room = c->range == NULL ? 0 : c->range->length };
	struct vs_srb *srb = &c->packet.u.srb;
	uint8_t data[36];
	uint32_t len;

	if (!stor_target(c->stor, srb->target)) {
		end(c, SRB_INVALID_LUN, SCSI_GOOD, 0);
		return;
	}
	if (c->cdb[0] == OP_REPORT_LUNS && srb->lun == 0) {
		scsi_report_luns_of(&io, c->stor, srb->target);
		end_io(c, &io);
		return;
	}
	len = scsi_inquiry_none(srb->lun, data);
	if (c->cdb[0] == OP_INQUIRY && srb->lun < VS_LUNS && len > 0) {
		scsi_give(&io, data, len, (uint32_t)scsi_get(c->cdb + 3, 2));
		end_io(c, &io);
		return;
	}
	end(c, SRB_INVALID_LUN, SCSI_GOOD, 0);
}

/* What a scenario wants instead of the truth. */
static bool
fault(struct stor_command *c)
{
	switch (c->fault) {
	case HVC_FAULT_BUSY:
		end(c, SRB_ERROR, SCSI_BUSY, 0);
		return (true);
	case HVC_FAULT_TASK_FULL:
		end(c, SRB_ERROR, SCSI_TASK_SET_FULL, 0);
		return (true);
	case HVC_FAULT_RESERVED:
		end(c, SRB_ERROR, SCSI_CONFLICT, 0);
		return (true);
	case HVC_FAULT_CHECK:
		end_check(c, c->detail, 0);
		return (true);
	case HVC_FAULT_NO_SENSE:
		if (c->lun != NULL)
			c->lun->sense = c->detail != 0 ? c->detail :
			    SENSE_ABORTED;
		end(c, SRB_ERROR, SCSI_CHECK, 0);
		return (true);
	case HVC_FAULT_SRB:
		end(c, (uint8_t)c->detail, SCSI_GOOD, 0);
		return (true);
	default:
		return (false);
	}
}

static void
run(struct stor_command *c)
{
	struct scsi_io io = { .lun = c->lun, .cdb = c->cdb, .range = c->range,
	    .room = c->range == NULL ? 0 : c->range->length };

	if (!give_back(c)) {
		/* Freed under the host's hands: that has been said. */
		end(c, SRB_ERROR, SCSI_GOOD, 0);
		return;
	}
	if (fault(c))
		return;
	if (c->lun == NULL) {
		nobody(c);
		return;
	}
	if (c->fault == HVC_FAULT_SHORT && io.room > c->detail)
		io.room = c->detail;
	scsi_run(&io);
	if (c->fault == HVC_FAULT_SHORT)
		io.overrun = false;
	end_io(c, &io);
}

static void
leave_late(void *arg)
{
	leave(arg);
}

static void
carry_out(void *arg)
{
	struct stor_command *c = arg;

	run(c);
	switch (c->fault) {
	case HVC_FAULT_NEVER:
		c->state = STOR_KEPT;
		break;
	case HVC_FAULT_LATE:
		c->state = STOR_KEPT;
		hv_later((hc_time)c->detail * HV_MS, leave_late, c);
		break;
	default:
		leave(c);
	}
}

static void
forget(struct stor_command *c)
{
	hv_never(carry_out, c);
	hv_never(leave_late, c);
}

/* Answers those that a _NEVER has kept back; how many. */
int
stor_release(struct stor *stor)
{
	struct stor_command *c = stor->commands;
	int n = 0;

	while (c != NULL) {
		if (c->state != STOR_KEPT || c->fault != HVC_FAULT_NEVER) {
			c = c->next;
			continue;
		}
		leave(c);		/* and maybe others, too */
		n++;
		c = stor->commands;
	}
	return (n);
}

/* All that has not been answered ends now, carried out or not. */
void
stor_end_all(struct stor *stor, const struct stor_lun *lun, uint8_t srb_status)
{
	struct stor_command *c, **at, *ended = NULL, **last = &ended;

	for (at = &stor->commands; (c = *at) != NULL; ) {
		if (c->state == STOR_LEAVES || (lun != NULL && c->lun != lun)) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		c->next = NULL;
		*last = c;
		last = &c->next;
	}
	while ((c = ended) != NULL) {
		ended = c->next;
		forget(c);
		end(c, srb_status, SCSI_GOOD, 0);
		append(stor, c);
		leave(c);
	}
}

void
stor_reset(struct stor *stor, const struct stor_lun *lun)
{
	struct stor_lun *l;

	stor_end_all(stor, lun, SRB_RESET);
	for (l = stor->luns; l != NULL; l = l->next) {
		if (lun == NULL || l == lun)
			l->was_reset = true;
	}
}

void
stor_lun_gone(struct stor_lun *lun)
{
	struct stor_command *c;

	stor_end_all(lun->stor, lun, SRB_INVALID_LUN);
	for (c = lun->stor->commands; c != NULL; c = c->next) {
		if (c->lun == lun)
			c->lun = NULL;
	}
}

/* A channel has been closed: nobody waits for answers over it. */
void
stor_drop(struct stor *stor, const struct hv_channel *ch)
{
	struct stor_command *c, *next;

	for (c = stor->commands; c != NULL; c = next) {
		next = c->next;
		if (c->ch != ch)
			continue;
		forget(c);
		unlink_command(c);
		stor->pending--;
		free_command(c);
	}
}

static void
match(struct stor_command *c)
{
	const struct vs_srb *srb = &c->packet.u.srb;
	struct stor_fault **at, *f;

	for (at = &c->stor->faults; (f = *at) != NULL; at = &f->next) {
		if ((f->target >= 0 && f->target != srb->target) ||
		    (f->lun >= 0 && f->lun != srb->lun) ||
		    (f->opcode >= 0 && f->opcode != c->cdb[0]))
			continue;
		if (f->skip > 0) {
			f->skip--;
			continue;
		}
		c->fault = f->kind;
		c->detail = f->detail;
		if (--f->count <= 0) {
			*at = f->next;
			free(f);
		}
		return;
	}
}

static void
count(struct stor_command *c)
{
	struct stor *stor = c->stor;
	unsigned at = c->ch->index == 0 ? 0 :
	    c->ch->index - stor->first_sub + 1U;

	stor->by_opcode[c->cdb[0]]++;
	if (c->lun != NULL)
		c->lun->commands[c->cdb[0]]++;
	if (at < STOR_CHANNELS)
		stor->by_channel[at]++;
	if (++stor->pending > stor->most)
		stor->most = stor->pending;
}

void
stor_execute(struct stor *stor, struct hv_channel *ch, struct hv_packet *p)
{
	struct stor_command *c = hv_new(sizeof (*c));
	const struct vs_srb *srb = &c->packet.u.srb;
	hc_time t = stor_latency * HV_US;

	c->stor = stor;
	c->ch = ch;
	c->transaction = p->transaction;
	c->packet_len = p->len < sizeof (c->packet) ? VS_PACKET_OLD :
	    sizeof (c->packet);
	memcpy(&c->packet, p->payload, c->packet_len);
	memcpy(c->cdb, srb->u.cdb, sizeof (c->cdb));
	c->lun = stor_lun(stor, srb->target, srb->lun);
	append(stor, c);
	count(c);
	if (!stor_check(c, p)) {
		end(c, SRB_INVALID_REQUEST, SCSI_GOOD, 0);
		leave(c);
		return;
	}
	if (p->nranges != 0) {
		c->range = hv_new(sizeof (*c->range));
		*c->range = p->ranges[0];
		p->ranges[0].pfns = NULL;	/* ours now */
	}
	if (!lend(c)) {
		end(c, SRB_ERROR, SCSI_GOOD, 0);
		leave(c);
		return;
	}
	match(c);
	if (stor_latency < 0)
		t = hv_latency();
	hv_later(t + (hc_time)hc_random((hc_u32)(t / 8) + 1), carry_out, c);
}
