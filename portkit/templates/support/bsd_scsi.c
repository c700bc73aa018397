/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

#include <sys/types.h>

#include "bsd_scsi.h"

/* scsi_cname(9F) finds no opcode above 0x7f in such a list. */
static const struct {
	uint_t		opcode;
	const char	*name;
} bsd_scsi_commands[] = {
	{ 0x00, "TEST UNIT READY" },
	{ 0x03, "REQUEST SENSE" },
	{ 0x04, "FORMAT UNIT" },
	{ 0x08, "READ(6)" },
	{ 0x0a, "WRITE(6)" },
	{ 0x12, "INQUIRY" },
	{ 0x15, "MODE SELECT(6)" },
	{ 0x1a, "MODE SENSE(6)" },
	{ 0x1b, "START STOP UNIT" },
	{ 0x1d, "SEND DIAGNOSTIC" },
	{ 0x1e, "PREVENT ALLOW MEDIUM REMOVAL" },
	{ 0x25, "READ CAPACITY(10)" },
	{ 0x28, "READ(10)" },
	{ 0x2a, "WRITE(10)" },
	{ 0x2f, "VERIFY(10)" },
	{ 0x35, "SYNCHRONIZE CACHE(10)" },
	{ 0x41, "WRITE SAME(10)" },
	{ 0x42, "UNMAP" },
	{ 0x43, "READ TOC" },
	{ 0x4a, "GET EVENT STATUS NOTIFICATION" },
	{ 0x4d, "LOG SENSE" },
	{ 0x55, "MODE SELECT(10)" },
	{ 0x5a, "MODE SENSE(10)" },
	{ 0x5e, "PERSISTENT RESERVE IN" },
	{ 0x5f, "PERSISTENT RESERVE OUT" },
	{ 0x88, "READ(16)" },
	{ 0x8a, "WRITE(16)" },
	{ 0x93, "WRITE SAME(16)" },
	{ 0x9e, "SERVICE ACTION IN(16)" },
	{ 0xa0, "REPORT LUNS" },
	{ 0xa8, "READ(12)" },
	{ 0xaa, "WRITE(12)" },
};

/* A command's name, for messages. */
const char *
bsd_scsi_op_desc(uint_t opcode)
{
	uint_t i;

	for (i = 0; i < sizeof (bsd_scsi_commands) /
	    sizeof (bsd_scsi_commands[0]); i++) {
		if (bsd_scsi_commands[i].opcode == opcode)
			return (bsd_scsi_commands[i].name);
	}
	return ("another command");
}

/*
 * Makes a string of a field of inquiry data: without the blanks around it, and
 * with `?' for what cannot be printed.
 */
void
bsd_strvis(char *to, const char *from, int length, int size)
{
	int i;

	while (length > 0 && (*from == ' ' || *from == '\0')) {
		from++;
		length--;
	}
	while (length > 0 &&
	    (from[length - 1] == ' ' || from[length - 1] == '\0'))
		length--;
	for (i = 0; i < length && i < size - 1; i++)
		to[i] = from[i] < ' ' || from[i] > '~' ? '?' : from[i];
	if (size > 0)
		to[i] = '\0';
}

/*
 * The factor that a SYNCHRONOUS DATA TRANSFER REQUEST names a period with, in
 * units of 10 ps: 4 ns each, but for the fast rates of the SCSI Parallel
 * Interface (SPI-4).  0 means that nothing is transferred synchronously.
 */
uint_t
bsd_calc_syncparam(uint_t period)
{
	static const struct {
		uint_t	factor;
		uint_t	period;
	} fast[] = {
		{ 0x08, 625 }, { 0x09, 1250 }, { 0x0a, 2500 }, { 0x0b, 3030 },
		{ 0x0c, 5000 }
	};
	uint_t i;

	if (period == 0)
		return (~0U);
	for (i = 0; i < sizeof (fast) / sizeof (fast[0]); i++) {
		if (fast[i].period == period)
			return (fast[i].factor);
	}
	return (period / 400);
}
