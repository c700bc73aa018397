/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Commands that sd(7D) sends by itself. All of them sleep, and return an
 * errno: EACCES for a reservation conflict, else EIO for what did not end well.
 */

#include "ksd.h"

#define	LONG_SECONDS	200

static uint64_t
get(const uchar_t *at, uint_t bytes)
{
	uint64_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | *at++;
	return (value);
}

/*
 * The data goes through pages of ours, so that it may be anywhere; and for
 * USCSICMD, wherever its pages are.
 */
int
sd_command(struct sdunit *su, const uchar_t *cdb, uint_t cdblen, void *buf,
    size_t len, uint_t flags, uint_t seconds, struct kc_scsi *result)
{
	struct sdcmd *sc;
	void *pages = NULL;
	int error;

	if (cdblen > SD_CDB)
		return (EINVAL);
	sc = sdcmd_new(su);
	sc->sc_uscsi = B_TRUE;
	(void) memcpy(sc->sc_cdb, cdb, cdblen);
	sc->sc_cdblen = cdblen;
	sc->sc_uflags = flags;
	sc->sc_seconds = seconds;
	sc->sc_bp->b_flags |= (flags & SDU_READ) != 0 ? B_READ : B_WRITE;
	if (len != 0) {
		pages = sdmem_alloc(len, 0);
		if ((flags & SDU_READ) == 0)
			(void) memcpy(pages, buf, len);
		sc->sc_bp->b_un.b_addr = pages;
		sc->sc_bp->b_bcount = sc->sc_bp->b_bufsize = len;
	}
	/* What is said of a command that never got a packet. */
	sc->sc_result.reason = CMD_INCOMPLETE;
	sc->sc_result.key = sc->sc_result.asc = sc->sc_result.ascq = -1;
	sc->sc_result.resid = (long)len;

	sd_strategy(sc);
	error = sd_wait(sc);
	if (len != 0 && (flags & SDU_READ) != 0)
		(void) memcpy(buf, pages, len);
	if (error == EIO && sc->sc_result.reason == CMD_CMPLT &&
	    sc->sc_result.status == STATUS_RESERVATION_CONFLICT)
		error = EACCES;
	if (result != NULL)
		*result = sc->sc_result;
	sdcmd_free(sc);
	sdmem_free(pages);
	return (error);
}

int
sd_test_unit_ready(struct sdunit *su, uint_t flags)
{
	const uchar_t cdb[CDB_GROUP0] = { SCMD_TEST_UNIT_READY };

	return (sd_command(su, cdb, sizeof (cdb), NULL, 0, SDU_SILENT | flags,
	    SD_IO_SECONDS, NULL));
}

int
sd_start_stop(struct sdunit *su, boolean_t start, uint_t flags)
{
	const uchar_t cdb[CDB_GROUP0] = { SCMD_START_STOP, 0, 0, 0,
	    start ? 1 : 0 };

	return (sd_command(su, cdb, sizeof (cdb), NULL, 0, SDU_SILENT | flags,
	    LONG_SECONDS, NULL));
}

/* page -1: the standard data. */
int
sd_inquiry(struct sdunit *su, void *buf, size_t len, int page, size_t *got)
{
	const uchar_t cdb[CDB_GROUP0] = { SCMD_INQUIRY, page >= 0 ? 1 : 0,
	    page >= 0 ? (uchar_t)page : 0, 0, (uchar_t)len };
	struct kc_scsi result;
	int error;

	error = sd_command(su, cdb, sizeof (cdb), buf, len,
	    SDU_READ | SDU_SILENT, LONG_SECONDS, &result);
	*got = error == 0 ? len - (size_t)result.resid : 0;
	if (error == 0 && page >= 0 &&
	    (*got < 4 || ((uchar_t *)buf)[1] != page))
		error = EIO;
	return (error);
}

static int
capacity_16(struct sdunit *su, uint_t flags, uint64_t *last, uint_t *size)
{
	uchar_t cdb[CDB_GROUP4] = { SCMD_SVC_ACTION_IN_G4, 0x10 };
	uchar_t data[32];
	struct kc_scsi result;
	int error;

	cdb[13] = sizeof (data);
	error = sd_command(su, cdb, sizeof (cdb), data, sizeof (data),
	    SDU_READ | SDU_SILENT | flags, SD_IO_SECONDS, &result);
	if (error == 0 && result.resid > (long)sizeof (data) - 12)
		error = EIO;
	*last = get(data, 8);
	*size = (uint_t)get(data + 8, 4);
	return (error);
}

/*
 * READ CAPACITY, the long one for disks that are too large for the short; and
 * the unit has what it says.
 */
int
sd_capacity(struct sdunit *su, uint_t flags)
{
	const uchar_t cdb[CDB_GROUP1] = { SCMD_READ_CAPACITY };
	struct kc_scsi result;
	uchar_t data[8];
	uint64_t last;
	uint_t size;
	int error;

	error = sd_command(su, cdb, sizeof (cdb), data, sizeof (data),
	    SDU_READ | SDU_SILENT | flags, SD_IO_SECONDS, &result);
	if (error == 0 && result.resid != 0)
		error = EIO;
	if (error != 0) {
		if (result.key == KEY_NOT_READY && result.asc == 0x3a)
			error = ENXIO;
		return (error);
	}
	last = get(data, 4);
	size = (uint_t)get(data + 4, 4);
	if (last == UINT32_MAX)
		error = capacity_16(su, flags, &last, &size);
	if (error != 0)
		return (error);
	/* Some CD drives do not say. */
	if (size == 0 || size % 512 != 0)
		size = su->su_cd ? 2048 : 512;

	mutex_enter(SU_LOCK(su));
	su->su_blocks = last + 1;
	su->su_block_size = su->su_ever_size = size;
	su->su_capacity_valid = B_TRUE;
	mutex_exit(SU_LOCK(su));
	return (0);
}

/* MODE SENSE(6); whether the medium is write-protected comes with it. */
int
sd_mode_sense(struct sdunit *su, int page, void *buf, size_t len, size_t *got)
{
	const uchar_t cdb[CDB_GROUP0] = { SCMD_MODE_SENSE, 0, (uchar_t)page, 0,
	    (uchar_t)len };
	struct kc_scsi result;
	int error;

	error = sd_command(su, cdb, sizeof (cdb), buf, len,
	    SDU_READ | SDU_SILENT, SD_IO_SECONDS, &result);
	*got = error == 0 ? len - (size_t)result.resid : 0;
	if (error == 0 && *got < 4)
		error = EIO;
	return (error);
}

int
sd_sync_cache(struct sdunit *su)
{
	const uchar_t cdb[CDB_GROUP1] = { SCMD_SYNCHRONIZE_CACHE };
	struct kc_scsi result;
	int error;

	mutex_enter(SU_LOCK(su));
	su->su_dirty = B_FALSE;
	mutex_exit(SU_LOCK(su));
	error = sd_command(su, cdb, sizeof (cdb), NULL, 0, SDU_SILENT,
	    SD_IO_SECONDS * 4, &result);
	if (error == 0)
		return (0);
	/* A device without a cache need not know the command. */
	if (result.key == KEY_ILLEGAL_REQUEST && result.asc == 0x20)
		return (ENOTSUP);
	mutex_enter(SU_LOCK(su));
	su->su_dirty = B_TRUE;
	mutex_exit(SU_LOCK(su));
	return (error);
}

int
sd_doorlock(struct sdunit *su, boolean_t prevent, uint_t flags)
{
	const uchar_t cdb[CDB_GROUP0] = { SCMD_DOORLOCK, 0, 0, 0,
	    prevent ? 1 : 0 };
	struct kc_scsi result;
	int error;

	if (!su->su_doorlock)
		return (0);
	error = sd_command(su, cdb, sizeof (cdb), NULL, 0, SDU_SILENT | flags,
	    15, &result);
	if (error == EIO && result.key == KEY_ILLEGAL_REQUEST) {
		su->su_doorlock = B_FALSE;
		error = 0;
	}
	return (error);
}

/* PERSISTENT RESERVE IN: what does not know it has reservations of SCSI-2. */
int
sd_reserve_keys(struct sdunit *su)
{
	uchar_t cdb[CDB_GROUP1] = { SCMD_PERSISTENT_RESERVE_IN };
	struct kc_scsi result;
	uchar_t data[8];
	int error;

	cdb[8] = sizeof (data);
	error = sd_command(su, cdb, sizeof (cdb), data, sizeof (data),
	    SDU_READ | SDU_SILENT, SD_IO_SECONDS, &result);
	if (error == EIO && result.key == KEY_ILLEGAL_REQUEST)
		error = ENOTSUP;
	return (error);
}
