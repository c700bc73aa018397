/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What a unit says about itself: INQUIRY with its pages of vital product data,
 * and REPORT LUNS.
 */

#include <stdio.h>

#include "stor.h"

#define	STANDARD	36
#define	SPC_2		4
#define	SPC_3		5

static bool
since(uint32_t build)
{
	return (hv_release()->build >= build);
}

/*
 * Up to Windows Server 2012 R2 a disk claims to be of SPC-2, although it does
 * more. A DVD drive claims no standard since that release.
 */
static uint8_t
standard(const struct stor_lun *l)
{
	if (l->dvd && since(9600))
		return (0);
	return (since(14393) ? SPC_3 : SPC_2);
}

static void
ordinary(struct scsi_io *io, uint32_t allowed)
{
	const struct stor_lun *l = io->lun;
	uint8_t data[STANDARD] = { 0 };

	data[0] = l->dvd ? TYPE_DVD : TYPE_DISK;
	data[1] = l->dvd ? 0x80 : 0;		/* removable */
	data[2] = standard(l);
	data[3] = 2;				/* the format of this */
	data[4] = sizeof (data) - 5;
	data[7] = 0x02;				/* commands are queued */
	memcpy(data + 8, "Msft    ", 8);
	memcpy(data + 16, l->dvd ? "Virtual DVD-ROM " : "Virtual Disk    ", 16);
	memcpy(data + 32, "1.0 ", 4);
	scsi_give(io, data, sizeof (data), allowed);
}

/*
 * Unit 0 answers an INQUIRY even where it is none, as SPC wants it of a target
 * that has any; hosts of the time between do so for all of them, and leave out
 * what the standard asks for.
 */
uint32_t
scsi_inquiry_none(int lun, uint8_t to[STANDARD])
{
	if (lun != 0 && (!since(7601) || since(14393)))
		return (0);
	memset(to, 0, STANDARD);
	to[0] = NO_LUN;
	if (since(14393)) {
		to[2] = 5;			/* SPC-3 */
		to[3] = 2;			/* the format of this */
		to[4] = STANDARD - 5;
	}
	return (STANDARD);
}

static uint32_t
serial(const struct stor_lun *l, uint8_t *to)
{
	char text[33];
	int i;

	for (i = 0; i < 16; i++)
		(void) snprintf(text + i * 2, 3, "%02x", l->identity[i]);
	memcpy(to, text, 32);
	return (32);
}

/*
 * Two names of the unit: a registered number, and that of a vendor.
 */
static uint32_t
identification(const struct stor_lun *l, uint8_t *to)
{
	static const uint8_t registered[4] = { 0x60, 0x02, 0x24, 0x80 };

	to[0] = 1;			/* binary */
	to[1] = 3;			/* NAA, of the unit */
	to[3] = 16;
	memcpy(to + 4, registered, 4);
	memcpy(to + 8, l->identity, 12);
	to += 20;
	to[0] = 2;			/* text */
	to[1] = 1;			/* T10 */
	to[3] = 8 + 32;
	memcpy(to + 4, "MSFT    ", 8);
	(void) serial(l, to + 12);
	return (20 + 4 + 8 + 32);
}

static uint32_t
limits(const struct stor_lun *l, uint8_t *to)
{
	scsi_set(to + 4, 4, stor_max_transfer() / l->block);
	if (scsi_thin()) {
		scsi_set(to + 16, 4, 0xffffffffU);	/* blocks in an UNMAP */
		scsi_set(to + 20, 4, 255);		/* pieces of it */
		scsi_set(to + 24, 4, 8);		/* granularity */
	}
	return (60);
}

static uint32_t
provisioning(uint8_t *to)
{
	to[1] = 0xe0;			/* UNMAP, WRITE SAME both unmap */
	to[2] = 2;			/* thin */
	return (4);
}

/* The pages there are; hosts before 2012 know no serial number. */
static bool
has_page(const struct stor_lun *l, uint8_t page)
{
	switch (page) {
	case 0x00:
	case 0x83:
		return (true);
	case 0x80:
		return (since(9200));
	case 0xb0:
	case 0xb1:
	case 0xb2:
		return (!l->dvd && scsi_thin());
	default:
		return (false);
	}
}

static void
vital(struct scsi_io *io, uint8_t page, uint32_t allowed)
{
	const struct stor_lun *l = io->lun;
	uint8_t data[256] = { 0 };
	uint32_t len = 0;
	unsigned other;

	if (!has_page(l, page)) {
		io->sense = SENSE_CDB_FIELD;
		return;
	}
	data[0] = l->dvd ? TYPE_DVD : TYPE_DISK;
	data[1] = page;
	switch (page) {
	case 0x00:
		for (other = 0; other < 256; other++) {
			if (has_page(l, (uint8_t)other))
				data[4 + len++] = (uint8_t)other;
		}
		break;
	case 0x80:
		len = serial(l, data + 4);
		break;
	case 0x83:
		len = identification(l, data + 4);
		break;
	case 0xb0:
		len = limits(l, data + 4);
		break;
	case 0xb1:
		len = 60;		/* it does not say how fast it turns */
		break;
	case 0xb2:
		len = provisioning(data + 4);
		break;
	}
	scsi_set(data + 2, 2, len);
	scsi_give(io, data, 4 + len, allowed);
}

void
scsi_inquiry(struct scsi_io *io)
{
	uint32_t allowed = (uint32_t)scsi_get(io->cdb + 3, 2);
	bool page = (io->cdb[1] & 1) != 0;

	if ((io->cdb[1] & 0x1e) != 0 || (!page && io->cdb[2] != 0))
		io->sense = SENSE_CDB_FIELD;
	else if (page)
		vital(io, io->cdb[2], allowed);
	else
		ordinary(io, allowed);
}

void
scsi_report_luns_of(struct scsi_io *io, struct stor *stor, int target)
{
	uint32_t allowed = (uint32_t)scsi_get(io->cdb + 6, 4), len = 8;
	uint8_t data[8 + VS_LUNS * 8] = { 0 };
	const struct stor_lun *l;

	if (io->cdb[2] > 2 || allowed < 16) {
		io->sense = SENSE_CDB_FIELD;
		return;
	}
	/* Well known units (1) there are none. */
	for (l = stor->luns; l != NULL && io->cdb[2] != 1; l = l->next) {
		if (l->target != target)
			continue;
		data[len + 1] = l->lun;
		len += 8;
	}
	scsi_set(data, 4, len - 8);
	scsi_give(io, data, len, allowed);
}

void
scsi_report_luns(struct scsi_io *io)
{
	scsi_report_luns_of(io, io->lun->stor, io->lun->target);
	io->lun->luns_changed = false;
}
