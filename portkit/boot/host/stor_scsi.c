/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * SCSI commands: which there are, what comes before each, sense data, and the
 * small ones. Reading and writing is in stor_block.c.
 */

#include "stor.h"

#define	START		0x01		/* of START STOP UNIT, byte 4 */
#define	LOAD_EJECT	0x02
#define	BYTES_COMPARED	0x02		/* of VERIFY, byte 1 */

static void
good(struct scsi_io *io)
{
	(void) io;
}

static void
request_sense(struct scsi_io *io)
{
	struct stor_lun *l = io->lun;
	uint32_t sense = l->sense;
	uint8_t data[18];

	l->sense = 0;
	if (sense == 0 && l->was_reset) {
		l->was_reset = false;
		sense = SENSE_WAS_RESET;
	} else if (sense == 0 && l->luns_changed) {
		l->luns_changed = false;
		sense = SENSE_LUNS_CHANGED;
	} else if (sense == 0 && !l->medium) {
		sense = SENSE_NO_MEDIUM;
	}
	scsi_fixed_sense(data, sense);
	scsi_give(io, data, sizeof (data), io->cdb[4]);
}

static void
start_stop(struct scsi_io *io)
{
	struct stor_lun *l = io->lun;

	if (!l->dvd || (io->cdb[4] & LOAD_EJECT) == 0)
		return;
	if ((io->cdb[4] & START) != 0)
		l->medium = l->fd >= 0;
	else if (l->locked)
		io->sense = SENSE_PREVENTED;
	else
		l->medium = false;
}

static void
prevent_allow(struct scsi_io *io)
{
	io->lun->locked = (io->cdb[4] & 1) != 0;
}

#define	BOTH	(SCSI_DISK | SCSI_DVD)

static const struct scsi_command commands[] = {
	{ OP_TEST_UNIT_READY, VS_NO_DATA, BOTH, SCSI_MEDIUM, good },
	{ OP_REQUEST_SENSE, VS_IN, BOTH, SCSI_ALWAYS, request_sense },
	{ OP_READ_6, VS_IN, SCSI_DISK, SCSI_MEDIUM, scsi_read },
	{ OP_WRITE_6, VS_OUT, SCSI_DISK, SCSI_MEDIUM, scsi_write },
	{ OP_INQUIRY, VS_IN, BOTH, SCSI_ALWAYS, scsi_inquiry },
	{ OP_MODE_SELECT_6, VS_OUT, SCSI_DISK, 0, scsi_mode_select },
	{ OP_RESERVE_6, VS_NO_DATA, SCSI_DISK, 0, good },
	{ OP_RELEASE_6, VS_NO_DATA, SCSI_DISK, 0, good },
	{ OP_MODE_SENSE_6, VS_IN, BOTH, 0, scsi_mode_sense },
	{ OP_START_STOP, VS_NO_DATA, BOTH, 0, start_stop },
	{ OP_SEND_DIAGNOSTIC, SCSI_EITHER, SCSI_DISK, 0, good },
	{ OP_PREVENT_ALLOW, VS_NO_DATA, BOTH, 0, prevent_allow },
	{ OP_READ_CAPACITY_10, VS_IN, BOTH, SCSI_MEDIUM, scsi_read_capacity },
	{ OP_READ_10, VS_IN, BOTH, SCSI_MEDIUM, scsi_read },
	{ OP_WRITE_10, VS_OUT, SCSI_DISK, SCSI_MEDIUM, scsi_write },
	{ OP_VERIFY_10, SCSI_VERIFIES, SCSI_DISK, SCSI_MEDIUM, scsi_verify },
	{ OP_SYNCHRONIZE_10, VS_NO_DATA, SCSI_DISK, SCSI_MEDIUM,
	    scsi_synchronize },
	{ OP_WRITE_SAME_10, VS_OUT, SCSI_DISK, SCSI_MEDIUM, scsi_write_same },
	{ OP_UNMAP, VS_OUT, SCSI_DISK, SCSI_MEDIUM | SCSI_THIN, scsi_unmap },
	{ OP_READ_TOC, VS_IN, SCSI_DVD, SCSI_MEDIUM, scsi_read_toc },
	{ OP_GET_CONFIGURATION, VS_IN, SCSI_DVD, SCSI_ALWAYS,
	    scsi_get_configuration },
	{ OP_GET_EVENT_STATUS, VS_IN, SCSI_DVD, SCSI_ALWAYS,
	    scsi_get_event_status },
	{ OP_MODE_SELECT_10, VS_OUT, SCSI_DISK, 0, scsi_mode_select },
	{ OP_MODE_SENSE_10, VS_IN, BOTH, 0, scsi_mode_sense },
	{ OP_READ_16, VS_IN, SCSI_DISK, SCSI_MEDIUM, scsi_read },
	{ OP_WRITE_16, VS_OUT, SCSI_DISK, SCSI_MEDIUM, scsi_write },
	{ OP_VERIFY_16, SCSI_VERIFIES, SCSI_DISK, SCSI_MEDIUM, scsi_verify },
	{ OP_SYNCHRONIZE_16, VS_NO_DATA, SCSI_DISK, SCSI_MEDIUM,
	    scsi_synchronize },
	{ OP_WRITE_SAME_16, VS_OUT, SCSI_DISK, SCSI_MEDIUM, scsi_write_same },
	{ OP_SERVICE_IN_16, VS_IN, SCSI_DISK, SCSI_MEDIUM, scsi_service_in },
	{ OP_REPORT_LUNS, VS_IN, BOTH, SCSI_ALWAYS, scsi_report_luns },
	{ OP_READ_12, VS_IN, BOTH, SCSI_MEDIUM, scsi_read },
	{ OP_WRITE_12, VS_OUT, SCSI_DISK, SCSI_MEDIUM, scsi_write },
	{ OP_VERIFY_12, SCSI_VERIFIES, SCSI_DISK, SCSI_MEDIUM, scsi_verify },
};

const struct scsi_command *
scsi_command(uint8_t opcode)
{
	size_t i;

	for (i = 0; i < sizeof (commands) / sizeof (commands[0]); i++) {
		if (commands[i].opcode == opcode)
			return (&commands[i]);
	}
	return (NULL);
}

int
scsi_direction(const uint8_t *cdb)
{
	const struct scsi_command *command = scsi_command(cdb[0]);

	if (command == NULL || command->direction == SCSI_EITHER)
		return (-1);
	if (command->direction == SCSI_VERIFIES)
		return ((cdb[1] & BYTES_COMPARED) != 0 ? VS_OUT : VS_NO_DATA);
	return (command->direction);
}

unsigned
scsi_cdb_length(uint8_t opcode)
{
	static const unsigned lengths[] = { 6, 10, 10, 0, 16, 12, 0, 0 };

	return (lengths[opcode >> 5]);
}

bool
scsi_thin(void)
{
	return (hv_release()->build >= 9200);	/* 2012 */
}

void
scsi_fixed_sense(uint8_t to[18], uint32_t sense)
{
	memset(to, 0, 18);
	to[0] = 0x70;			/* current error, fixed format */
	to[2] = (uint8_t)(sense >> 16);
	to[7] = 10;			/* bytes that follow */
	to[12] = (uint8_t)(sense >> 8);
	to[13] = (uint8_t)sense;
}

/*
 * What a unit has to tell comes instead of the next command but a few.
 */
static uint32_t
attention(struct stor_lun *l)
{
	if (l->was_reset) {
		l->was_reset = false;
		return (SENSE_WAS_RESET);
	}
	if (l->luns_changed) {
		l->luns_changed = false;
		return (SENSE_LUNS_CHANGED);
	}
	return (0);
}

void
scsi_run(struct scsi_io *io)
{
	const struct scsi_command *command = scsi_command(io->cdb[0]);
	struct stor_lun *l = io->lun;

	if (command == NULL ||
	    (command->types & (l->dvd ? SCSI_DVD : SCSI_DISK)) == 0 ||
	    ((command->flags & SCSI_THIN) != 0 && !scsi_thin())) {
		io->sense = SENSE_OPCODE;
		return;
	}
	if ((command->flags & SCSI_ALWAYS) == 0 &&
	    (io->sense = attention(l)) != 0)
		return;
	if (command->opcode != OP_REQUEST_SENSE)
		l->sense = 0;		/* nobody has asked for it */
	if ((command->flags & SCSI_MEDIUM) != 0 && !l->medium) {
		io->sense = SENSE_NO_MEDIUM;
		return;
	}
	command->run(io);
}

/*
 * Data.
 */
bool
scsi_put(struct scsi_io *io, uint32_t at, const void *data, uint32_t len)
{
	return (len == 0 || hv_range_write(io->range, at, data, len));
}

bool
scsi_take(struct scsi_io *io, uint32_t at, void *data, uint32_t len)
{
	return (len == 0 || hv_range_read(io->range, at, data, len));
}

void
scsi_give(struct scsi_io *io, const void *data, uint32_t len, uint32_t allowed)
{
	if (len > allowed)
		len = allowed;
	if (len > io->room) {
		len = io->room;
		io->overrun = true;
	}
	if (scsi_put(io, 0, data, len))
		io->moved = len;
}

uint64_t
scsi_get(const uint8_t *p, int bytes)
{
	uint64_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | *p++;
	return (value);
}

void
scsi_set(uint8_t *p, int bytes, uint64_t value)
{
	while (bytes-- > 0) {
		p[bytes] = (uint8_t)value;
		value >>= 8;
	}
}

/*
 * What a DVD drive is asked besides.
 */
void
scsi_read_toc(struct scsi_io *io)
{
	uint8_t data[20] = { 0, 18, 1, 1, 0, 0x14, 1, 0 };
	bool minutes = (io->cdb[1] & 0x02) != 0;

	if ((io->cdb[2] & 0x0f) != 0 || minutes) {
		io->sense = SENSE_CDB_FIELD;
		return;
	}
	/* One track with data, and where it ends. */
	data[13] = 0x14;
	data[14] = 0xaa;
	scsi_set(data + 16, 4, io->lun->blocks);
	scsi_give(io, data, sizeof (data), (uint32_t)scsi_get(io->cdb + 7, 2));
}

void
scsi_get_configuration(struct scsi_io *io)
{
	uint8_t data[16] = { 0, 0, 0, 12 };

	if (io->lun->medium)
		data[7] = 0x10;			/* DVD-ROM */
	data[10] = 0x03;			/* feature 0: profiles */
	data[11] = 4;
	data[13] = 0x10;
	data[14] = io->lun->medium;
	scsi_give(io, data, sizeof (data), (uint32_t)scsi_get(io->cdb + 7, 2));
}

void
scsi_get_event_status(struct scsi_io *io)
{
	uint8_t data[8] = { 0, 6, 4, 0x10 };	/* media class, no event */

	if ((io->cdb[1] & 1) == 0) {
		io->sense = SENSE_CDB_FIELD;	/* it can only be polled */
		return;
	}
	data[5] = io->lun->medium ? 2 : 0;
	scsi_give(io, data, sizeof (data), (uint32_t)scsi_get(io->cdb + 7, 2));
}
