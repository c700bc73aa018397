/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Sense data of either format (SPC-3): scsi_validate_sense(9F),
 * scsi_sense_key(9F), scsi_ext_sense_fields(9F); and command blocks.
 */

#include "kscsi.h"

static boolean_t
is_descriptor(const uint8_t *sense)
{
	int code = sense[0] & 0x0f;

	return (code == CODE_FMT_DESCR_CURRENT ||
	    code == CODE_FMT_DESCR_DEFERRED);
}

int
scsi_validate_sense(uint8_t *sense, int len, int *flags)
{
	int code, need;

	hc_point();
	if (flags != NULL)
		*flags = 0;
	if (len < 1)
		return (SENSE_UNUSABLE);
	code = sense[0] & 0x0f;
	if ((sense[0] >> 4 & 0x7) != CLASS_EXTENDED_SENSE)
		return (SENSE_UNUSABLE);
	if (flags != NULL && (code == CODE_FMT_FIXED_DEFERRED ||
	    code == CODE_FMT_DESCR_DEFERRED))
		*flags |= SNS_BUF_DEFERRED;
	switch (code) {
	case CODE_FMT_FIXED_CURRENT:
	case CODE_FMT_FIXED_DEFERRED:
		if (len < MIN_FIXED_SENSE_LEN)
			return (SENSE_UNUSABLE);
		need = sense[7] + ADDL_SENSE_ADJUST;
		if (flags != NULL && need > len)
			*flags |= SNS_BUF_OVERFLOW;
		return (SENSE_FIXED_FORMAT);
	case CODE_FMT_DESCR_CURRENT:
	case CODE_FMT_DESCR_DEFERRED:
		if (len < (int)sizeof (struct scsi_descr_sense_hdr))
			return (SENSE_UNUSABLE);
		need = sense[7] + (int)sizeof (struct scsi_descr_sense_hdr);
		if (flags != NULL && need > len)
			*flags |= SNS_BUF_OVERFLOW;
		return (SENSE_DESCR_FORMAT);
	default:
		return (SENSE_UNUSABLE);
	}
}

uint8_t
scsi_sense_key(uint8_t *sense)
{
	return ((is_descriptor(sense) ? sense[1] : sense[2]) & 0x0f);
}

uint8_t
scsi_sense_asc(uint8_t *sense)
{
	return (is_descriptor(sense) ? sense[2] : sense[12]);
}

uint8_t
scsi_sense_ascq(uint8_t *sense)
{
	return (is_descriptor(sense) ? sense[3] : sense[13]);
}

uint8_t *
scsi_find_sense_descr(uint8_t *sense, int len, int type)
{
	int end, at;

	hc_point();
	end = MIN(len, sense[7] + 8);
	for (at = 8; at + 2 <= end; at += sense[at + 1] + 2) {
		if (sense[at] == type)
			return (at + sense[at + 1] + 2 <= end ? sense + at :
			    NULL);
	}
	return (NULL);
}

void
scsi_ext_sense_fields(uint8_t *sense, int len, uint8_t **information,
    uint8_t **specific, uint8_t **fru, uint8_t **key_specific,
    uint8_t **stream)
{
	uint8_t *d;

	hc_point();
	*information = *specific = *fru = *key_specific = *stream = NULL;
	if (!is_descriptor(sense)) {
		len = MIN(len, sense[7] + ADDL_SENSE_ADJUST);
		if (sense[0] & 0x80)
			*information = sense + 3;
		if (len >= 12)
			*specific = sense + 8;
		if (len >= 15)
			*fru = sense + 14;
		if (len >= 18 && (sense[15] & 0x80) != 0)
			*key_specific = sense + 15;
		*stream = sense + 2;
		return;
	}
	if ((d = scsi_find_sense_descr(sense, len, DESCR_INFORMATION)) != NULL)
		*information = d + 4;
	if ((d = scsi_find_sense_descr(sense, len,
	    DESCR_COMMAND_SPECIFIC)) != NULL)
		*specific = d + 4;
	if ((d = scsi_find_sense_descr(sense, len,
	    DESCR_SENSE_KEY_SPECIFIC)) != NULL)
		*key_specific = d + 4;
	if ((d = scsi_find_sense_descr(sense, len, DESCR_FRU)) != NULL)
		*fru = d + 3;
	if ((d = scsi_find_sense_descr(sense, len,
	    DESCR_STREAM_COMMANDS)) != NULL)
		*stream = d + 3;
}

static boolean_t
number(const uint8_t *sense, const uint8_t *field, uint64_t *value)
{
	if (field == NULL)
		return (B_FALSE);
	*value = is_descriptor(sense) ? SCSI_READ64(field) :
	    SCSI_READ32(field);
	return (B_TRUE);
}

boolean_t
scsi_sense_info_uint64(uint8_t *sense, int len, uint64_t *value)
{
	uint8_t *information, *specific, *fru, *key, *stream;

	scsi_ext_sense_fields(sense, len, &information, &specific, &fru, &key,
	    &stream);
	return (number(sense, information, value));
}

boolean_t
scsi_sense_cmdspecific_uint64(uint8_t *sense, int len, uint64_t *value)
{
	uint8_t *information, *specific, *fru, *key, *stream;

	scsi_ext_sense_fields(sense, len, &information, &specific, &fru, &key,
	    &stream);
	return (number(sense, specific, value));
}

/*
 * Command blocks.
 */
int
scsi_setup_cdb(union scsi_cdb *cdb, uchar_t cmd, uint_t addr, uint_t cnt,
    uint_t data)
{
	hc_point();
	cdb->scc_cmd = cmd;
	switch (CDB_GROUPID(cmd)) {
	case CDB_GROUPID_0:
		/* Some have a count of more than a byte. */
		addr = (addr << 8) + cnt;
		FORMG0COUNT(cdb, (uchar_t)addr);
		addr = addr >> 8 & 0x1fffff;
		FORMG0ADDR(cdb, addr);
		return (1);
	case CDB_GROUPID_1:
	case CDB_GROUPID_2:
		FORMG1ADDR(cdb, addr);
		FORMG1COUNT(cdb, cnt);
		return (1);
	case CDB_GROUPID_4:
		FORMG4ADDR(cdb, addr);
		FORMG4COUNT(cdb, cnt);
		FORMG4ADDTL(cdb, data);
		return (1);
	case CDB_GROUPID_5:
		FORMG5ADDR(cdb, addr);
		FORMG5COUNT(cdb, cnt);
		return (1);
	default:
		return (0);
	}
}

static union scsi_cdb *
begin_old(struct scsi_pkt *pkt, struct scsi_device *sd, int flags, int cmd)
{
	union scsi_cdb *cdb = (union scsi_cdb *)pkt->pkt_cdbp;

	hc_point();
	MAKECOM_COMMON(pkt, sd, (uint_t)flags, (uchar_t)cmd);
	return (cdb);
}

void
makecom_g0(struct scsi_pkt *pkt, struct scsi_device *sd, int flags, int cmd,
    int addr, int cnt)
{
	union scsi_cdb *cdb = begin_old(pkt, sd, flags, cmd);

	FORMG0ADDR(cdb, addr);
	FORMG0COUNT(cdb, (uchar_t)cnt);
}

void
makecom_g0_s(struct scsi_pkt *pkt, struct scsi_device *sd, int flags, int cmd,
    int cnt, int fixed)
{
	union scsi_cdb *cdb = begin_old(pkt, sd, flags, cmd);

	FORMG0COUNT_S(cdb, cnt);
	cdb->t_code = (uchar_t)fixed;
}

void
makecom_g1(struct scsi_pkt *pkt, struct scsi_device *sd, int flags, int cmd,
    int addr, int cnt)
{
	union scsi_cdb *cdb = begin_old(pkt, sd, flags, cmd);

	FORMG1ADDR(cdb, addr);
	FORMG1COUNT(cdb, cnt);
}

void
makecom_g5(struct scsi_pkt *pkt, struct scsi_device *sd, int flags, int cmd,
    int addr, int cnt)
{
	union scsi_cdb *cdb = begin_old(pkt, sd, flags, cmd);

	FORMG5ADDR(cdb, addr);
	FORMG5COUNT(cdb, cnt);
}
