/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * storage RELEASE: the SCSI device of that host, by itself. Prints what is not
 * as SPC-3, SBC-3, the protocol or host_ctl.h have it.
 */

#include <stdio.h>

#include "rig.h"

#define	MIB		(1 << 20)
#define	LUN_BIG		1	/* 4096 bytes a block */
#define	LUN_DVD		2	/* no medium */
#define	LUN_FILM	3	/* a medium */
#define	LUN_NONE	9

static int age;			/* 0: 2008R2, 1: 2012, ... */
static uint32_t newest;
static uint8_t pattern[256 << 10];

static void
order(void)
{
	static const uint32_t early[] = { VS_QUERY_VERSION,
	    VS_QUERY_PROPERTIES, VS_END, VS_CREATE_CHANNELS, VS_RESET_BUS };
	struct vs_packet p;
	size_t i;

	guest_opens();
	for (i = 0; i < sizeof (early) / sizeof (early[0]); i++) {
		CHECK(guest_asks(early[i], VS_2_0) == NT_INVALID_STATE);
		COMPLAINS("before BEGIN_INITIALIZATION");
	}
	p = request(0, 0, CDB(OP_TEST_UNIT_READY), 6, NONE, 0);
	put(&p, packet_len, 0);
	host_takes();
	COMPLAINS("EXECUTE_SRB before BEGIN_INITIALIZATION");
	CHECK(nanswers == 1 && answers[0].packet.status == NT_INVALID_STATE);
	CHECK(guest_asks(VS_BEGIN, 0) == NT_SUCCESS);
	CHECK(guest_asks(VS_BEGIN, 0) == NT_INVALID_STATE);
	COMPLAINS("BEGIN_INITIALIZATION before a version");
	CHECK(guest_asks(VS_QUERY_VERSION, 0x0777) == NT_REVISION_MISMATCH);
	CHECK((guest_asks(VS_QUERY_VERSION, VS_6_2) == NT_SUCCESS) ==
	    (age >= 3));
	CHECK(complaints == 0);
	guest_closes();
	guest_opens();
	CHECK(guest_asks(VS_BEGIN, 0) == NT_SUCCESS);
	CHECK(guest_asks(VS_QUERY_VERSION, VS_2_0) == NT_SUCCESS);
	CHECK(hvc_storage_version(ADAPTER) == VS_2_0);
	CHECK(guest_asks(VS_END, 0) == NT_INVALID_STATE);
	COMPLAINS("END_INITIALIZATION before QUERY_PROPERTIES");
	CHECK(guest_asks(VS_QUERY_PROPERTIES, 0) == NT_SUCCESS);
	CHECK(answers[0].packet.u.properties.channels == 0);
	guest_closes();
}

static void
identity(void)
{
	static const uint8_t naa[] = { 0x01, 0x03, 0x00, 0x10, 0x60, 0x02,
	    0x24, 0x80 };
	uint8_t first[84];
	const uint8_t *d;

	data_offset = 4000;		/* into the second page */
	CHECK(good(run(0, CDB(OP_INQUIRY, 0, 0, 0, 255), 6, IN, 255), 36));
	d = data(36);
	CHECK(d[0] == TYPE_DISK && d[2] == (age >= 3 ? 5 : 4) && d[3] == 2 &&
	    d[4] == 31 && memcmp(d + 8, "Msft    Virtual Disk    1.0 ",
	    28) == 0);
	CHECK(good(run(0, CDB(OP_INQUIRY, 0, 0, 0, 5), 6, IN, 5), 5));
	CHECK(run(0, CDB(OP_INQUIRY, 0, 0, 0, 36), 6, IN, 20)->srb_status ==
	    SRB_OVERRUN && answers[0].packet.u.srb.transfer == 20);
	CHECK(good(run(0, CDB(OP_INQUIRY, 1, 0, 0, 255), 6, IN, 255),
	    age == 0 ? 6 : 10));
	CHECK(memcmp(data(10) + 4, age == 0 ? "\0\203" :
	    "\0\200\203\260\261\262", age == 0 ? 2 : 6) == 0);
	CHECK(good(run(0, CDB(OP_INQUIRY, 1, 0x83, 0, 255), 6, IN, 255), 68));
	d = data(68);
	CHECK(memcmp(d + 4, naa, sizeof (naa)) == 0 && d[3] == 64);
	memcpy(first, d, 68);
	(void) run(LUN_BIG, CDB(OP_INQUIRY, 1, 0x83, 0, 255), 6, IN, 255);
	CHECK(memcmp(first + 8, data(68) + 8, 16) != 0);
	if (age == 0)
		CHECK(sense(run(0, CDB(OP_INQUIRY, 1, 0x80, 0, 255), 6, IN,
		    255), 0x052400));
	else
		CHECK(good(run(0, CDB(OP_INQUIRY, 1, 0x80, 0, 255), 6, IN,
		    255), 36));
	CHECK(sense(run(0, CDB(OP_INQUIRY, 0, 3, 0, 36), 6, IN, 36),
	    0x052400));
	CHECK(good(run(0, CDB(OP_REPORT_LUNS, [9] = 255), 12, IN, 255), 40));
	d = data(40);
	CHECK(d[3] == 32 && d[9] == 0 && d[17] == 1 && d[25] == 2 &&
	    d[33] == 3);
	CHECK(sense(run(0, CDB(OP_REPORT_LUNS, [9] = 8), 12, IN, 8),
	    0x052400));
	CHECK(run(LUN_NONE, CDB(OP_TEST_UNIT_READY), 6, NONE, 0)->srb_status ==
	    SRB_INVALID_LUN);
	if (age <= 2) {
		CHECK(good(run(LUN_NONE, CDB(OP_INQUIRY, 0, 0, 0, 36), 6, IN,
		    36), 36));
		CHECK(data(1)[0] == 0x7f);
	} else {
		CHECK(run(LUN_NONE, CDB(OP_INQUIRY, 0, 0, 0, 36), 6, IN,
		    36)->srb_status == SRB_INVALID_LUN);
		CHECK(answers[0].packet.u.srb.transfer == 0);
	}
}

static void
dvd(void)
{
	const uint8_t *d;

	CHECK(good(run(LUN_DVD, CDB(OP_INQUIRY, 0, 0, 0, 36), 6, IN, 36), 36));
	d = data(36);
	CHECK(d[0] == TYPE_DVD && d[1] == 0x80 && d[2] == (age >= 2 ? 0 : 4) &&
	    memcmp(d + 16, "Virtual DVD-ROM ", 16) == 0);
	CHECK(sense(run(LUN_DVD, CDB(OP_TEST_UNIT_READY), 6, NONE, 0),
	    0x023a01));
	CHECK(sense(run(LUN_DVD, CDB(OP_READ_CAPACITY_10), 10, IN, 8),
	    0x023a01));
	CHECK(good(run(LUN_DVD, CDB(OP_REQUEST_SENSE, [4] = 18), 6, IN, 18),
	    18) && data(18)[2] == 2 && data(18)[12] == 0x3a);
	CHECK(good(run(LUN_FILM, CDB(OP_READ_CAPACITY_10), 10, IN, 8), 8));
	CHECK(data(8)[7] == 0 && data(8)[6] == 8);
	CHECK(good(run(LUN_FILM, CDB(OP_READ_10, [8] = 1), 10, IN, 2048),
	    2048));
	CHECK(sense(run(LUN_FILM, CDB(OP_WRITE_10, [8] = 1), 10, OUT, 2048),
	    0x052000));
	(void) run(LUN_FILM, CDB(OP_PREVENT_ALLOW, [4] = 1), 6, NONE, 0);
	CHECK(sense(run(LUN_FILM, CDB(OP_START_STOP, [4] = 2), 6, NONE, 0),
	    0x055302));
	(void) run(LUN_FILM, CDB(OP_PREVENT_ALLOW), 6, NONE, 0);
	CHECK(good(run(LUN_FILM, CDB(OP_START_STOP, [4] = 2), 6, NONE, 0), 0));
	CHECK(sense(run(LUN_FILM, CDB(OP_TEST_UNIT_READY), 6, NONE, 0),
	    0x023a01));
}

/* Blocks 5 to 132, from wherever in a page. */
static void
blocks(void)
{
	static uint8_t file[64 << 10];

	for (data_offset = 0; data_offset < HC_PAGE; data_offset += 1365) {
		pattern[data_offset]++;
		fill(pattern, sizeof (file));
		CHECK(good(run(0, CDB(OP_WRITE_10, [5] = 5, [8] = 128), 10,
		    OUT, sizeof (file)), sizeof (file)));
		CHECK(hvc_disk_get(ADAPTER, 0, 0, 5 * 512, file,
		    sizeof (file)) == 0 && memcmp(file, pattern,
		    sizeof (file)) == 0);
		memset(file, 0, sizeof (file));
		fill(file, sizeof (file));
		CHECK(good(run(0, CDB(OP_READ_16, [9] = 5, [13] = 128), 16, IN,
		    sizeof (file)), sizeof (file)));
		CHECK(memcmp(data(sizeof (file)), pattern,
		    sizeof (file)) == 0);
	}
	data_offset = HC_PAGE - 1;
	CHECK(good(run(0, CDB(OP_READ_6, [3] = 5, [4] = 2), 6, IN, 1024),
	    1024) && memcmp(data(1024), pattern, 1024) == 0);
	CHECK(good(run(0, CDB(OP_READ_6), 6, IN, 256 * 512), 256 * 512));
	CHECK(good(run(0, CDB(OP_READ_12, [5] = 5, [9] = 2), 12, IN, 1024),
	    1024) && memcmp(data(1024), pattern, 1024) == 0);
	fill(pattern, 4096);
	CHECK(good(run(LUN_BIG, CDB(OP_WRITE_12, [5] = 3, [9] = 1), 12, OUT,
	    4096), 4096));
	CHECK(hvc_disk_get(ADAPTER, 0, LUN_BIG, 3 * 4096, file, 4096) == 0 &&
	    memcmp(file, pattern, 4096) == 0);
	/* The last block, and what is beyond. */
	CHECK(good(run(0, CDB(OP_READ_10, [4] = 7, 255, [8] = 1), 10, IN, 512),
	    512));
	CHECK(sense(run(0, CDB(OP_READ_10, [4] = 8, [8] = 1), 10, IN, 512),
	    0x052100));
	CHECK(sense(run(0, CDB(OP_WRITE_10, [4] = 7, 255, [8] = 2), 10, OUT,
	    1024), 0x052100));
	CHECK(sense(run(0, CDB(OP_READ_16, 0, 255, 255, 255, 255, 255, 255, 255,
	    255, [13] = 1), 16, IN, 512), 0x052100));
	CHECK(good(run(0, CDB(OP_READ_10), 10, NONE, 0), 0));
	/* Less room than the command needs, and more. */
	CHECK(run(0, CDB(OP_READ_10, [5] = 5, [8] = 2), 10, IN,
	    512)->srb_status == SRB_OVERRUN);
	CHECK(answers[0].packet.u.srb.transfer == 512);
	CHECK(good(run(0, CDB(OP_READ_10, [5] = 5, [8] = 1), 10, IN, 1024),
	    512));
	CHECK(sense(run(0, CDB(OP_READ_10, 0x20, [8] = 1), 10, IN, 512),
	    0x052400));
	CHECK(good(run(0, CDB(OP_READ_CAPACITY_10), 10, IN, 8), 8));
	CHECK(memcmp(data(8), "\0\0\7\377\0\0\2\0", 8) == 0);
	CHECK(good(run(LUN_BIG, CDB(OP_SERVICE_IN_16, 0x10, [13] = 32), 16, IN,
	    32), 32));
	CHECK(memcmp(data(12), "\0\0\0\0\0\0\0\377\0\0\20\0", 12) == 0);
	CHECK(data(32)[14] == (age == 0 ? 0 : 0xc0));
	CHECK(sense(run(0, CDB(0xee), 16, NONE, 0), 0x052000));
}

static void
other_blocks(void)
{
	static const uint8_t zeros[512], list[24] = { 0, 22, 0, 16, [15] = 9,
	    [19] = 1 };
	uint8_t file[512];

	data_offset = 8;
	CHECK(good(run(0, CDB(OP_SYNCHRONIZE_10), 10, NONE, 0), 0));
	CHECK(good(run(0, CDB(OP_SYNCHRONIZE_16), 16, NONE, 0), 0));
	CHECK(good(run(0, CDB(OP_VERIFY_10, [5] = 5, [8] = 1), 10, NONE, 0),
	    0));
	fill(pattern, 512);
	CHECK(good(run(0, CDB(OP_VERIFY_10, 2, [5] = 5, [8] = 1), 10, OUT,
	    512), 512));
	fill(pattern + 1, 512);
	CHECK(sense(run(0, CDB(OP_VERIFY_10, 2, [5] = 5, [8] = 1), 10, OUT,
	    512), 0x0e1d00));
	fill(pattern + 3, 512);
	CHECK(good(run(0, CDB(OP_WRITE_SAME_16, [9] = 9, [13] = 3), 16, OUT,
	    512), 512));
	CHECK(hvc_disk_get(ADAPTER, 0, 0, 11 * 512, file, 512) == 0 &&
	    memcmp(file, pattern + 3, 512) == 0);
	CHECK(hvc_disk_get(ADAPTER, 0, 0, 12 * 512, file, 512) == 0 &&
	    memcmp(file, pattern + 7 * 512, 512) == 0);
	fill(list, sizeof (list));
	if (age == 0) {
		CHECK(sense(run(0, CDB(OP_UNMAP, [8] = 24), 10, OUT, 24),
		    0x052000));
		return;
	}
	CHECK(good(run(0, CDB(OP_UNMAP, [8] = 24), 10, OUT, 24), 24));
	CHECK(hvc_disk_get(ADAPTER, 0, 0, 9 * 512, file, 512) == 0 &&
	    memcmp(file, zeros, 512) == 0);
	CHECK(hvc_disk_get(ADAPTER, 0, 0, 10 * 512, file, 512) == 0 &&
	    memcmp(file, pattern + 3, 512) == 0);
}

static void
modes(void)
{
	uint8_t list[24] = { [4] = 8, [5] = 18 };
	const uint8_t *d;

	data_offset = 100;
	CHECK(good(run(0, CDB(OP_MODE_SENSE_6, 0, 0x3f, 0, 255), 6, IN, 255),
	    44));
	d = data(44);
	CHECK(d[0] == 43 && d[2] == 0x10 && d[3] == 8 && d[12] == 8 &&
	    d[14] == 4 && d[32] == 10);
	CHECK(good(run(0, CDB(OP_MODE_SENSE_10, 8, 8, [7] = 1), 10, IN, 256),
	    28));
	CHECK(data(28)[1] == 26 && data(28)[8] == 8);
	CHECK(sense(run(0, CDB(OP_MODE_SENSE_6, 0, 0x1c, 0, 255), 6, IN, 255),
	    0x052400));
	CHECK(sense(run(0, CDB(OP_MODE_SENSE_6, 0, 0xc8, 0, 255), 6, IN, 255),
	    0x053900));
	fill(list, 24);			/* no write cache */
	CHECK(good(run(0, CDB(OP_MODE_SELECT_6, 0x10, [4] = 24), 6, OUT, 24),
	    24));
	(void) run(0, CDB(OP_MODE_SENSE_6, 8, 8, 0, 255), 6, IN, 255);
	CHECK(data(24)[6] == 0);
	list[4] = 9;
	fill(list, 24);
	CHECK(sense(run(0, CDB(OP_MODE_SELECT_6, 0x10, [4] = 24), 6, OUT, 24),
	    0x052600));
	CHECK(sense(run(0, CDB(OP_MODE_SELECT_6, 0x10, [4] = 10), 6, OUT, 10),
	    0x051a00));
	CHECK(hvc_disk_read_only(ADAPTER, 0, 0, 1) == 0);
	CHECK(sense(run(0, CDB(OP_WRITE_10, [8] = 1), 10, OUT, 512),
	    0x072700));
	(void) run(0, CDB(OP_MODE_SENSE_6, 8, 8, 0, 255), 6, IN, 255);
	CHECK(data(24)[2] == 0x90);
	CHECK(hvc_disk_read_only(ADAPTER, 0, 0, 0) == 0);
}

static void
faults(void)
{
	static const struct {
		int		kind;
		unsigned	detail;
		uint8_t		srb, scsi;
	} kinds[] = {
		{ HVC_FAULT_BUSY, 0, SRB_ERROR, SCSI_BUSY },
		{ HVC_FAULT_TASK_FULL, 0, SRB_ERROR, SCSI_TASK_SET_FULL },
		{ HVC_FAULT_RESERVED, 0, SRB_ERROR, SCSI_CONFLICT },
		{ HVC_FAULT_CHECK, 0x031100, SRB_ERROR | SRB_SENSE_VALID,
		    SCSI_CHECK },
		{ HVC_FAULT_NO_SENSE, 0x040100, SRB_ERROR, SCSI_CHECK },
		{ HVC_FAULT_SRB, 0x0a, 0x0a, SCSI_GOOD },
	};
	const uint8_t *cdb = CDB(OP_READ_10, [8] = 1);
	const struct vs_srb *srb;
	size_t i;

	for (i = 0; i < sizeof (kinds) / sizeof (kinds[0]); i++) {
		CHECK(hvc_storage_fault(ADAPTER, 0, 0, OP_READ_10,
		    kinds[i].kind, 1, 1, kinds[i].detail) == 0);
		CHECK(good(run(0, cdb, 10, IN, 512), 512));
		CHECK(good(run(0, CDB(OP_SYNCHRONIZE_10), 10, NONE, 0), 0));
		srb = run(0, cdb, 10, IN, 512);
		CHECK(srb->srb_status == kinds[i].srb &&
		    srb->scsi_status == kinds[i].scsi && srb->transfer == 0);
		if (kinds[i].kind == HVC_FAULT_CHECK)
			CHECK(sense(srb, 0x031100));
		if (kinds[i].kind == HVC_FAULT_NO_SENSE) {
			CHECK(srb->sense_length == 0);
			(void) run(0, CDB(OP_REQUEST_SENSE, [4] = 18), 6, IN,
			    18);
			CHECK(data(18)[2] == 4 && data(18)[12] == 1);
		}
		CHECK(good(run(0, cdb, 10, IN, 512), 512));
	}
	(void) hvc_storage_fault(ADAPTER, -1, -1, -1, HVC_FAULT_SHORT, 0, 1,
	    1024);
	CHECK(good(run(0, CDB(OP_READ_10, [8] = 4), 10, IN, 2048), 1024));
	CHECK(hvc_storage_fault(ADAPTER, 0, 0, -1, 99, 0, 1, 0) == -1);
	(void) hvc_storage_fault(ADAPTER, 0, 0, -1, HVC_FAULT_BUSY, 0, 9, 0);
	hvc_storage_fault_clear(ADAPTER);
	CHECK(good(run(0, cdb, 10, IN, 512), 512));
}

static void
put_read(int lun)
{
	struct vs_packet p = request(0, lun, CDB(OP_READ_10, [8] = 1), 10, IN,
	    512);

	put(&p, packet_len, 512);
}

static void
kept_back(void)
{
	struct vs_packet reset = { .operation = VS_RESET_BUS,
	    .flags = VS_WANTS_COMPLETION };

	(void) hvc_storage_fault(ADAPTER, 0, 0, OP_READ_10, HVC_FAULT_NEVER, 0,
	    2, 0);
	put_read(0);
	host_takes();
	time_goes_on();
	CHECK(nanswers == 0 && hvc_storage_pending(ADAPTER) == 1);
	CHECK(good(run(0, CDB(OP_SYNCHRONIZE_10), 10, NONE, 0), 0));
	nanswers = 0;
	CHECK(hvc_storage_release(ADAPTER) == 1 && nanswers == 1);
	CHECK(good(&answers[0].packet.u.srb, 512));
	CHECK(hvc_storage_pending(ADAPTER) == 0);
	/* One that is kept back, one under way, and a reset. */
	put_read(0);
	host_takes();
	time_goes_on();
	put_read(0);
	put(&reset, packet_len, 0);
	host_takes();
	CHECK(nanswers == 3 && hvc_storage_resets(ADAPTER) == 1);
	CHECK(answers[0].packet.u.srb.srb_status == SRB_RESET &&
	    answers[1].packet.u.srb.srb_status == SRB_RESET &&
	    answers[2].packet.status == NT_SUCCESS);
	CHECK(sense(run(0, CDB(OP_TEST_UNIT_READY), 6, NONE, 0), 0x062900));
	CHECK(good(run(0, CDB(OP_TEST_UNIT_READY), 6, NONE, 0), 0));
	(void) run(LUN_BIG, CDB(OP_TEST_UNIT_READY), 6, NONE, 0);
	(void) run(LUN_FILM, CDB(OP_TEST_UNIT_READY), 6, NONE, 0);
	(void) run(LUN_DVD, CDB(OP_TEST_UNIT_READY), 6, NONE, 0);
}

/* All at once, into a ring that takes three answers at a time. */
static void
many(void)
{
	int i, n, overtaken = 0, seen[128] = { 0 };
	uint64_t from = 0, newest_so_far = 0;

	(void) hvc_storage_most(ADAPTER);
	room = 0;
	for (i = 0; i < 128; i++)
		put_read(0);
	host_takes();
	CHECK(hvc_storage_pending(ADAPTER) == 128);
	CHECK(hvc_storage_most(ADAPTER) == 128);
	for (n = 0; n < 128 && failures == 0; n += nanswers) {
		nanswers = 0;
		room = 3;
		time_goes_on();
		CHECK(nanswers > 0);
		for (i = 0; i < nanswers; i++) {
			if (from == 0)
				from = answers[i].transaction / 128 * 128;
			CHECK(good(&answers[i].packet.u.srb, 512));
			CHECK(++seen[answers[i].transaction % 128] == 1);
			overtaken += answers[i].transaction < newest_so_far;
			newest_so_far = answers[i].transaction;
		}
	}
	CHECK(overtaken > 10);
	CHECK(hvc_storage_pending(ADAPTER) == 0);
	room = 256;
}

static void
come_and_go(void)
{
	nanswers = 0;
	CHECK(hvc_disk_add(ADAPTER, 0, 20, MIB, 512, 0) == 0);
	CHECK(nanswers == 1 && answers[0].type == VB_INBAND &&
	    answers[0].transaction == 0 && answers[0].len == packet_len &&
	    answers[0].packet.operation == VS_ENUMERATE_BUS);
	if (age > 0)
		CHECK(sense(run(0, CDB(OP_TEST_UNIT_READY), 6, NONE, 0),
		    0x063f0e));
	CHECK(good(run(20, CDB(OP_TEST_UNIT_READY), 6, NONE, 0), 0));
	put_read(20);
	host_takes();
	CHECK(hvc_disk_remove(ADAPTER, 0, 20) == 0);
	time_goes_on();
	CHECK(nanswers == 2 && answers[0].packet.u.srb.srb_status ==
	    SRB_INVALID_LUN && answers[1].packet.operation ==
	    VS_ENUMERATE_BUS);
	CHECK(run(20, CDB(OP_READ_10, [8] = 1), 10, IN, 512)->srb_status ==
	    SRB_INVALID_LUN);
	CHECK(hvc_disk_remove(ADAPTER, 0, 20) == -1);
	(void) run(0, CDB(OP_TEST_UNIT_READY), 6, NONE, 0);
	CHECK(complaints == 0);
}

/* One thing wrong with a read of a block; `bytes' is what its list has. */
#define	WRONG(text, bytes, change)				\
	do {							\
		struct vs_packet p = request(0, 0,		\
		    CDB(OP_READ_10, [8] = 1), 10, IN, 512);	\
		struct vs_srb *srb = &p.u.srb;			\
								\
		(void) srb;					\
		change;						\
		put(&p, packet_len, bytes);			\
		host_takes();					\
		time_goes_on();					\
		COMPLAINS(text);				\
		CHECK(nanswers == 1);				\
	} while (0)
#define	REFUSED(text, bytes, change)				\
	do {							\
		WRONG(text, bytes, change);			\
		CHECK(answers[0].packet.u.srb.srb_status ==	\
		    SRB_INVALID_REQUEST);			\
		CHECK(answers[0].packet.u.srb.transfer == 0);	\
	} while (0)

static void
wrong_requests(void)
{
	uint32_t right = packet_len;

	REFUSED("EXECUTE_SRB of", 512, packet_len = 48 + 64 - right);
	packet_len = right;
	REFUSED("with a request of", 512, srb->length += 4);
	REFUSED("of sense data", 512, srb->sense_length = 21);
	REFUSED("CDB of 17", 512, srb->cdb_length = 17);
	REFUSED("CDB of 6", 512, srb->cdb_length = 6);
	REFUSED("to path 1", 512, srb->path = 1);
	REFUSED("direction 3", 512, srb->direction = 3);
	REFUSED("says that it transfers none", 512, srb->direction = NONE);
	REFUSED("to the disk, its command 0x28 from the disk", 512,
	    (srb->direction = OUT, srb->flags = VS_FLAG_OUT));
	if (newest >= VS_5_1)
		REFUSED("SRB flags", 512, srb->flags = VS_FLAG_OUT);
	REFUSED("its page list has 511", 511, (void) 0);
	REFUSED("its page list has 0", 0, (void) 0);
	REFUSED("the properties allow", 8192 * 1025, srb->transfer =
	    8192 * 1025);
	WRONG("must be 0x1 (REQUEST_COMPLETION)", 512, p.flags = 0);
	CHECK(good(&answers[0].packet.u.srb, 512));
	put_read(0);
	put_flags(0);
	host_takes();
	time_goes_on();
	COMPLAINS("does not ask for a completion");
	put_read(0);
	put_read(0);
	put_same_transaction();
	host_takes();
	time_goes_on();
	CHECK(nanswers == 2);
	COMPLAINS("is used again");
	CHECK(guest_asks(99, 0) == NT_INVALID_REQUEST);
	COMPLAINS("operation 99");
	if (newest < VS_5_1) {
		CHECK(guest_asks(VS_CREATE_CHANNELS, 1) != NT_SUCCESS);
		COMPLAINS("did not say that there can be any");
		return;
	}
	CHECK(guest_asks(VS_CREATE_CHANNELS, 99) != NT_SUCCESS);
	COMPLAINS("CREATE_SUB_CHANNELS for 99");
	CHECK(guest_asks(VS_CREATE_CHANNELS, 3) == NT_SUCCESS);
	CHECK(complaints == 0);
}

static void
counts(void)
{
	long before = hvc_disk_commands(ADAPTER, 0, 0, OP_READ_10);
	long all = hvc_disk_commands(ADAPTER, 0, -1, -1);
	long there = hvc_storage_on_channel(ADAPTER, 0);

	(void) run(0, CDB(OP_READ_10, [8] = 1), 10, IN, 512);
	(void) run(LUN_BIG, CDB(OP_TEST_UNIT_READY), 6, NONE, 0);
	CHECK(hvc_disk_commands(ADAPTER, 0, 0, OP_READ_10) == before + 1);
	CHECK(hvc_disk_commands(ADAPTER, 0, -1, -1) == all + 2);
	CHECK(hvc_storage_on_channel(ADAPTER, 0) == there + 2);
	CHECK(hvc_disk_commands(ADAPTER, 0, LUN_NONE, -1) == -1);
	CHECK(hvc_disk_commands(2, 0, 0, -1) == -1);
}

/* The file that the environment names `disk'. */
static void
users(const char *what)
{
	bool blank = strcmp(what, "blank") == 0;
	char first[32] = "";

	CHECK(hvc_user_disk_blank(0) == blank);
	CHECK(hvc_user_disk_bytes(0) == MIB);
	CHECK(hvc_user_disk_add(ADAPTER, 1, 0, 1) == -1);
	CHECK(hvc_user_disk_add(ADAPTER, 1, 0, 0) == 0);
	CHECK(hvc_user_disk_add(ADAPTER, 1, 1, 0) == -1);
	CHECK(hvc_disk_get(ADAPTER, 1, 0, 0, first, sizeof (first)) == 0);
	(void) printf("%.31s\n", first);
	CHECK((hvc_disk_put(ADAPTER, 1, 0, 0, HVC_DISK_MARK,
	    sizeof (HVC_DISK_MARK)) == 0) == blank);
	CHECK((hvc_disk_read_only(ADAPTER, 1, 0, 0) == 0) == blank);
}

int
main(int argc, char **argv)
{
	static const struct {
		const char	*name;
		uint32_t	newest;
	} releases[] = { { "2008R2", VS_4_2 }, { "2012", VS_5_1 },
	    { "2012R2", VS_6_0 }, { "2016", VS_6_2 }, { "2019", VS_6_2 } };
	size_t i;

	for (i = 0; i < sizeof (pattern); i++)
		pattern[i] = (uint8_t)(i * 7 + i / 512);
	while (age < 5 && strcmp(releases[age].name, argv[1]) != 0)
		age++;
	if (age == 5)
		return (2);
	newest = releases[age].newest;
	power_on(argv[1]);
	if (argc > 2) {
		users(argv[2]);
		return (failures != 0);
	}
	CHECK(hvc_disk_add(ADAPTER, 0, 0, MIB, 512, 0) == 0);
	CHECK(hvc_disk_add(ADAPTER, 0, 0, MIB, 512, 0) == -1);
	CHECK(hvc_disk_add(ADAPTER, 0, LUN_BIG, MIB + 512, 4096, 0) == -1);
	CHECK(hvc_disk_add(ADAPTER, 2, 0, MIB, 512, 0) == -1);
	CHECK(hvc_disk_add(ADAPTER, 0, 64, MIB, 512, 0) == -1);
	CHECK(hvc_disk_add(ADAPTER, 0, LUN_BIG, MIB, 4096, 0) == 0);
	CHECK(hvc_disk_add(ADAPTER, 0, LUN_DVD, 0, 2048, 1) == 0);
	CHECK(hvc_disk_add(ADAPTER, 0, LUN_FILM, MIB, 2048, 1) == 0);
	order();
	guest_connects(newest);
	identity();
	dvd();
	blocks();
	other_blocks();
	modes();
	faults();
	kept_back();
	many();
	come_and_go();
	counts();
	wrong_requests();
	/* What is under way when a channel closes is not answered any more. */
	put_read(0);
	host_takes();
	guest_closes();
	time_goes_on();
	CHECK(nanswers == 0 && hvc_storage_pending(ADAPTER) == 0);
	CHECK(complaints == 0);
	return (failures != 0);
}
