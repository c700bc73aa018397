/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * SCSI commands that have to do with blocks.
 */

#include "stor.h"

#define	PROTECTION	0xe0		/* byte 1 of READ, WRITE, VERIFY */
#define	UNMAP_BIT	0x08		/* byte 1 of WRITE SAME */
#define	ANCHOR		0x10
#define	CHUNK		(256U << 10)

static uint8_t buffer[CHUNK], other[CHUNK];

/* Which blocks a command means. */
static void
extent(const uint8_t *cdb, uint64_t *block, uint64_t *n)
{
	switch (cdb[0] >> 5) {
	case 0:
		*block = scsi_get(cdb + 1, 3) & 0x1fffff;
		*n = cdb[4] == 0 ? 256 : cdb[4];
		break;
	case 4:
		*block = scsi_get(cdb + 2, 8);
		*n = scsi_get(cdb + 10, 4);
		break;
	case 5:
		*block = scsi_get(cdb + 2, 4);
		*n = scsi_get(cdb + 6, 4);
		break;
	default:
		*block = scsi_get(cdb + 2, 4);
		*n = scsi_get(cdb + 7, 2);
	}
}

static bool
within(struct scsi_io *io, uint64_t block, uint64_t n)
{
	if (block <= io->lun->blocks && n <= io->lun->blocks - block)
		return (true);
	io->sense = SENSE_LBA;
	return (false);
}

/*
 * The blocks of a command that moves data: bytes from where on, and how many of
 * them the guest has room for.
 */
static bool
transfer(struct scsi_io *io, uint64_t *at, uint32_t *len)
{
	uint32_t size = io->lun->block;
	uint64_t block, n;

	extent(io->cdb, &block, &n);
	if (io->cdb[0] >> 5 != 0 && (io->cdb[1] & PROTECTION) != 0) {
		io->sense = SENSE_CDB_FIELD;
		return (false);
	}
	if (!within(io, block, n))
		return (false);
	if (n > stor_max_transfer() / size) {
		io->sense = SENSE_CDB_FIELD;
		return (false);
	}
	*at = block * size;
	*len = (uint32_t)n * size;
	if (*len > io->room) {
		*len = io->room;
		io->overrun = true;
	}
	return (true);
}

void
scsi_read(struct scsi_io *io)
{
	uint32_t len, n;
	uint64_t at;

	if (!transfer(io, &at, &len))
		return;
	for (; len > 0; len -= n, at += n, io->moved += n) {
		n = len < CHUNK ? len : CHUNK;
		if (!stor_read(io->lun, at, buffer, n) ||
		    !scsi_put(io, io->moved, buffer, n)) {
			io->sense = SENSE_READ_ERROR;
			return;
		}
	}
}

static bool
writable(struct scsi_io *io)
{
	if (io->lun->read_only)
		io->sense = SENSE_WRITE_PROTECT;
	return (!io->lun->read_only);
}

void
scsi_write(struct scsi_io *io)
{
	uint32_t len, n;
	uint64_t at;

	if (!writable(io) || !transfer(io, &at, &len))
		return;
	for (; len > 0; len -= n, at += n, io->moved += n) {
		n = len < CHUNK ? len : CHUNK;
		if (!scsi_take(io, io->moved, buffer, n) ||
		    !stor_write(io->lun, at, buffer, n)) {
			io->sense = SENSE_WRITE_ERROR;
			return;
		}
	}
}

void
scsi_verify(struct scsi_io *io)
{
	uint64_t at, block, blocks;
	uint32_t len, n;

	extent(io->cdb, &block, &blocks);
	if ((io->cdb[1] & 0x06) == 0) {
		(void) within(io, block, blocks);
		return;
	}
	if ((io->cdb[1] & 0x06) != 0x02) {
		io->sense = SENSE_CDB_FIELD;
		return;
	}
	if (!transfer(io, &at, &len))
		return;
	for (; len > 0; len -= n, at += n, io->moved += n) {
		n = len < CHUNK ? len : CHUNK;
		if (!scsi_take(io, io->moved, other, n) ||
		    !stor_read(io->lun, at, buffer, n)) {
			io->sense = SENSE_READ_ERROR;
			return;
		}
		if (memcmp(buffer, other, n) != 0) {
			io->sense = SENSE_MISCOMPARE;
			return;
		}
	}
}

void
scsi_synchronize(struct scsi_io *io)
{
	uint64_t block, n;

	extent(io->cdb, &block, &n);
	if (within(io, block, n))
		stor_sync(io->lun);
}

void
scsi_write_same(struct scsi_io *io)
{
	struct stor_lun *l = io->lun;
	uint64_t block, n;

	extent(io->cdb, &block, &n);
	if (!writable(io))
		return;
	if ((io->cdb[1] & (PROTECTION | ANCHOR)) != 0 ||
	    ((io->cdb[1] & UNMAP_BIT) != 0 && !scsi_thin())) {
		io->sense = SENSE_CDB_FIELD;
		return;
	}
	if (n == 0 && block <= l->blocks)
		n = l->blocks - block;		/* to the end */
	if (!within(io, block, n))
		return;
	if (io->room < l->block) {
		io->overrun = true;
		return;
	}
	if (!scsi_take(io, 0, buffer, l->block)) {
		io->sense = SENSE_WRITE_ERROR;
		return;
	}
	io->moved = l->block;
	memset(other, 0, l->block);
	if (memcmp(buffer, other, l->block) == 0) {
		if (!stor_zero(l, block * l->block, n * l->block))
			io->sense = SENSE_WRITE_ERROR;
		return;
	}
	for (; n > 0; n--, block++) {
		if (!stor_write(l, block * l->block, buffer, l->block)) {
			io->sense = SENSE_WRITE_ERROR;
			return;
		}
	}
}

void
scsi_unmap(struct scsi_io *io)
{
	uint32_t len = (uint32_t)scsi_get(io->cdb + 7, 2), all, i;
	struct stor_lun *l = io->lun;
	uint64_t block, n;

	if (!writable(io))
		return;
	if ((io->cdb[1] & 1) != 0) {
		io->sense = SENSE_CDB_FIELD;	/* nothing can be anchored */
		return;
	}
	if (len == 0)
		return;
	if (len > io->room) {
		len = io->room;
		io->overrun = true;
	}
	if (len < 8 || !scsi_take(io, 0, buffer, len)) {
		io->sense = SENSE_LIST_LENGTH;
		return;
	}
	io->moved = len;
	all = (uint32_t)scsi_get(buffer + 2, 2) / 16;
	if (all > (len - 8) / 16)
		all = (len - 8) / 16;
	for (i = 0; i < all; i++) {
		block = scsi_get(buffer + 8 + i * 16, 8);
		n = scsi_get(buffer + 16 + i * 16, 4);
		if (!within(io, block, n))
			return;
		if (!stor_zero(l, block * l->block, n * l->block)) {
			io->sense = SENSE_WRITE_ERROR;
			return;
		}
	}
}

void
scsi_read_capacity(struct scsi_io *io)
{
	uint64_t last = io->lun->blocks - 1;
	uint8_t data[8];

	if ((io->cdb[8] & 1) == 0 && scsi_get(io->cdb + 2, 4) != 0) {
		io->sense = SENSE_CDB_FIELD;
		return;
	}
	scsi_set(data, 4, last > 0xffffffffU ? 0xffffffffU : last);
	scsi_set(data + 4, 4, io->lun->block);
	scsi_give(io, data, sizeof (data), sizeof (data));
}

void
scsi_service_in(struct scsi_io *io)
{
	uint8_t data[32] = { 0 };

	if ((io->cdb[1] & 0x1f) != SERVICE_READ_CAPACITY_16) {
		io->sense = SENSE_CDB_FIELD;
		return;
	}
	scsi_set(data, 8, io->lun->blocks - 1);
	scsi_set(data + 8, 4, io->lun->block);
	if (scsi_thin()) {
		if (io->lun->block == 512)
			data[13] = 3;	/* eight to a physical block */
		data[14] = 0xc0;	/* can be unmapped, reads zeros then */
	}
	scsi_give(io, data, sizeof (data), (uint32_t)scsi_get(io->cdb + 10, 4));
}
