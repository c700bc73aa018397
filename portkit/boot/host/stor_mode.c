/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * MODE SENSE and MODE SELECT.
 */

#include "stor.h"

#define	CACHING		0x08
#define	CONTROL		0x0a
#define	CAPABILITIES	0x2a
#define	ALL_PAGES	0x3f
#define	WRITE_CACHE	0x04		/* byte 2 of the caching page */
#define	NO_DESCRIPTORS	0x08		/* byte 1 of MODE SENSE */

static uint32_t
page(const struct stor_lun *l, uint8_t code, unsigned control, uint8_t *to)
{
	bool changeable = control == 1;

	switch (code) {
	case CACHING:
		to[0] = CACHING;
		to[1] = 18;
		if (changeable || control == 2 || l->write_cache)
			to[2] = WRITE_CACHE;
		return (20);
	case CONTROL:
		to[0] = CONTROL;
		to[1] = 10;
		if (!changeable)
			to[3] = 0x10;	/* commands may be reordered */
		return (12);
	case CAPABILITIES:
		to[0] = CAPABILITIES;
		to[1] = 20;
		if (!changeable) {
			to[2] = 0x08;	/* reads DVD-ROM */
			to[6] = 0x29;	/* tray, locks, ejects */
		}
		return (22);
	default:
		return (0);
	}
}

void
scsi_mode_sense(struct scsi_io *io)
{
	const struct stor_lun *l = io->lun;
	bool ten = io->cdb[0] == OP_MODE_SENSE_10;
	uint8_t code = io->cdb[2] & 0x3f, data[128] = { 0 };
	unsigned control = io->cdb[2] >> 6;
	uint32_t header = ten ? 8 : 4, len = header, before;
	static const uint8_t disk[] = { CACHING, CONTROL, 0 };
	static const uint8_t dvd[] = { CAPABILITIES, 0 };
	const uint8_t *codes = l->dvd ? dvd : disk;

	if (control == 3) {
		io->sense = SENSE_NO_SAVING;
		return;
	}
	if (!l->dvd && (io->cdb[1] & NO_DESCRIPTORS) == 0) {
		scsi_set(data + len, 4, l->blocks > 0xffffffU ? 0xffffffU :
		    l->blocks);
		scsi_set(data + len + 4, 4, l->block & 0xffffffU);
		len += 8;
	}
	before = len;
	for (; *codes != 0; codes++) {
		if (code == *codes || code == ALL_PAGES)
			len += page(l, *codes, control, data + len);
	}
	if (len == before || (io->cdb[3] != 0 && io->cdb[3] != 0xff)) {
		io->sense = SENSE_CDB_FIELD;
		return;
	}
	if (ten) {
		scsi_set(data, 2, len - 2);
		data[3] = l->read_only ? 0x90 : 0x10;
		scsi_set(data + 6, 2, before - header);
	} else {
		data[0] = (uint8_t)(len - 1);
		data[2] = l->read_only ? 0x90 : 0x10;
		data[3] = (uint8_t)(before - header);
	}
	if (l->dvd)
		data[ten ? 3 : 2] = 0;
	scsi_give(io, data, len, ten ? (uint32_t)scsi_get(io->cdb + 7, 2) :
	    io->cdb[4]);
}

/*
 * Of what can be selected only the write cache means anything, and it makes no
 * difference here: what has been answered has been written.
 */
static uint32_t
select_page(struct stor_lun *l, const uint8_t *p, uint32_t len)
{
	uint8_t code;

	if (len < 2 || p[1] + 2U > len)
		return (SENSE_LIST_LENGTH);
	code = p[0] & 0x3f;
	if (code == CACHING && p[1] == 18)
		l->write_cache = (p[2] & WRITE_CACHE) != 0;
	else if (code != CONTROL || p[1] != 10)
		return (SENSE_LIST_FIELD);
	return (0);
}

void
scsi_mode_select(struct scsi_io *io)
{
	bool ten = io->cdb[0] == OP_MODE_SELECT_10;
	uint32_t header = ten ? 8 : 4, at, len;
	uint8_t data[256];

	if ((io->cdb[1] & 1) != 0) {
		io->sense = SENSE_CDB_FIELD;	/* nothing can be saved */
		return;
	}
	len = ten ? (uint32_t)scsi_get(io->cdb + 7, 2) : io->cdb[4];
	if (len == 0)
		return;
	if (len > io->room) {
		len = io->room;
		io->overrun = true;
	}
	if (len < header || len > sizeof (data) ||
	    !scsi_take(io, 0, data, len)) {
		io->sense = SENSE_LIST_LENGTH;
		return;
	}
	io->moved = len;
	at = header + (ten ? (uint32_t)scsi_get(data + 6, 2) : data[3]);
	if (at > len) {
		io->sense = SENSE_LIST_LENGTH;
		return;
	}
	while (at < len) {
		io->sense = select_page(io->lun, data + at, len - at);
		if (io->sense != 0)
			return;
		at += data[at + 1] + 2U;
	}
}
