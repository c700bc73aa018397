/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Packets: which CDB a transfer takes, scsi_init_pkt(9F) with what sd(7D)
 * gives it, and the windows of a transfer that the adapter's DMA attributes
 * divide.
 */

#include "ksd.h"

/* In the order of preference. */
static const struct group {
	uint_t		g_len;
	uchar_t		g_bits;		/* of the operation code */
	uint64_t	g_last;		/* block that can be addressed */
	uint64_t	g_most;		/* blocks */
} groups[] = {
	{ CDB_GROUP0, 0x00, 0x1fffff, 0xff },
	{ CDB_GROUP1, 0x20, 0xffffffff, 0xffff },
	{ CDB_GROUP5, 0xa0, 0xffffffff, 0xffffffff },
	{ CDB_GROUP4, 0x80, UINT64_MAX, 0xffffffff }
};

static void
put_be(uchar_t *at, uint_t bytes, uint64_t value)
{
	while (bytes-- > 0) {
		at[bytes] = (uchar_t)value;
		value >>= 8;
	}
}

/* SCSI-1 has the unit's number in the CDB. */
static void
put_lun(const struct sdcmd *sc, uchar_t *cdb)
{
	struct sdunit *su = sc->sc_unit;

	if (su->su_lun > 0 && SU_INQUIRY(su)->inq_ansi == 1)
		cdb[1] |= (uchar_t)(su->su_lun << 5);
}

static void
put_transfer(const struct sdcmd *sc, uint64_t block, uint64_t count)
{
	uchar_t *cdb = sc->sc_pkt->pkt_cdbp;

	put_lun(sc, cdb);
	switch (cdb[0] & 0xe0) {
	case 0x00:
		cdb[1] = (cdb[1] & 0xe0) | (uchar_t)(block >> 16 & 0x1f);
		put_be(&cdb[2], 2, block);
		cdb[4] = (uchar_t)count;
		break;
	case 0x20:
		put_be(&cdb[2], 4, block);
		put_be(&cdb[7], 2, count);
		break;
	case 0xa0:
		put_be(&cdb[2], 4, block);
		put_be(&cdb[6], 4, count);
		break;
	default:
		put_be(&cdb[2], 8, block);
		put_be(&cdb[10], 4, count);
		break;
	}
}

/*
 * The whole of the transfer must fit into the kind of CDB, because all windows
 * have the same.
 */
sdpkt_t
sdpkt_setup_rw(struct sdcmd *sc, int (*callback)(caddr_t), caddr_t arg)
{
	struct sdunit *su = sc->sc_unit;
	uint64_t count = sc->sc_bp->b_bcount / su->su_block_size;
	const struct group *g;
	struct scsi_pkt *pkt;

	for (g = &groups[su->su_mincdb]; g <= &groups[su->su_maxcdb]; g++) {
		if (sc->sc_block + count - 1 <= g->g_last && count <= g->g_most)
			break;
	}
	if (g > &groups[su->su_maxcdb]) {
		sd_tell(su, CE_WARN, "block %llu and %llu more do not fit into "
		    "a CDB", (u_longlong_t)sc->sc_block, (u_longlong_t)count);
		return (SDP_FAILED);
	}
	pkt = scsi_init_pkt(SU_ADDRESS(su), sc->sc_pkt, sc->sc_bp,
	    (int)g->g_len, (int)su->su_statuslen, 0, (int)su->su_pkt_flags,
	    callback, arg);
	if (pkt == NULL)
		return (SDP_LATER);
	sc->sc_pkt = pkt;
	(void) memset(pkt->pkt_cdbp, 0, g->g_len);
	count -= pkt->pkt_resid / su->su_block_size;
	pkt->pkt_cdbp[0] = g->g_bits |
	    ((sc->sc_bp->b_flags & B_READ) != 0 ? SCMD_READ : SCMD_WRITE);
	put_transfer(sc, sc->sc_block, count);
	return (SDP_READY);
}

static sdpkt_t
init_rw(struct sdcmd *sc)
{
	struct sdunit *su = sc->sc_unit;
	sdpkt_t result;

	mutex_exit(SU_LOCK(su));
	result = sdpkt_setup_rw(sc, sd_runout, (caddr_t)su);
	if (result == SDP_READY) {
		sc->sc_later = 0;
		if ((su->su_pkt_flags & PKT_DMA_PARTIAL) != 0) {
			sc->sc_later = (size_t)sc->sc_pkt->pkt_resid;
			sc->sc_pkt->pkt_resid = 0;
		}
		sc->sc_pkt->pkt_flags = su->su_tagflags;
		sc->sc_pkt->pkt_time = SD_IO_SECONDS;
		sc->sc_unbound = B_FALSE;
	}
	mutex_enter(SU_LOCK(su));
	return (result);
}

/*
 * As sd(7D), this one holds the mutex; and DMA windows are not for it, because
 * nobody knows what the command does with its data.
 */
static sdpkt_t
init_uscsi(struct sdcmd *sc)
{
	struct sdunit *su = sc->sc_unit;
	struct buf *bp = sc->sc_bp;
	struct scsi_pkt *pkt;

	pkt = scsi_init_pkt(SU_ADDRESS(su), NULL, bp->b_bcount != 0 ? bp : NULL,
	    (int)sc->sc_cdblen, sizeof (struct scsi_arq_status), 0,
	    (int)(su->su_pkt_flags & ~PKT_DMA_PARTIAL), sd_runout, (caddr_t)su);
	if (pkt == NULL)
		return (SDP_LATER);
	sc->sc_pkt = pkt;
	if (bp->b_bcount != 0 && pkt->pkt_resid != 0) {
		scsi_destroy_pkt(pkt);
		sc->sc_pkt = NULL;
		return (SDP_FAILED);
	}
	(void) memcpy(pkt->pkt_cdbp, sc->sc_cdb, sc->sc_cdblen);
	put_lun(sc, pkt->pkt_cdbp);
	pkt->pkt_flags = su->su_tagflags & FLAG_TAGMASK;
	if ((sc->sc_uflags & SDU_SILENT) != 0)
		pkt->pkt_flags |= FLAG_SILENT;
	if ((sc->sc_uflags & (SDU_DIAGNOSE | SDU_PRIORITY)) != 0)
		pkt->pkt_flags |= FLAG_DIAGNOSE;
	if ((sc->sc_uflags & SDU_ISOLATE) != 0)
		pkt->pkt_flags |= FLAG_ISOLATE;
	pkt->pkt_time = (int)(sc->sc_seconds != 0 ? sc->sc_seconds :
	    SD_IO_SECONDS * (su->su_cd ? 2 : 1));
	return (SDP_READY);
}

sdpkt_t
sdpkt_init(struct sdcmd *sc)
{
	struct sdunit *su = sc->sc_unit;
	sdpkt_t result = sc->sc_uscsi ? init_uscsi(sc) : init_rw(sc);

	if (result == SDP_READY) {
		sc->sc_pkt->pkt_comp = sd_intr;
		sc->sc_pkt->pkt_private = sc;
	} else if (result == SDP_LATER) {
		/* Nobody detaches while sd_runout() may yet be called. */
		su->su_state = SDS_RWAIT;
		if ((sc->sc_bp->b_flags & B_ERROR) != 0)
			result = SDP_FAILED;
	}
	return (result);
}

/*
 * The next window of a transfer; with NULL_FUNC, so under the mutex.
 */
boolean_t
sdpkt_next_window(struct sdcmd *sc)
{
	struct sdunit *su = sc->sc_unit;
	struct scsi_pkt *pkt = sc->sc_pkt;
	uint64_t block, count;
	uchar_t op = pkt->pkt_cdbp[0];

	block = sc->sc_block +
	    (sc->sc_bp->b_bcount - sc->sc_later) / su->su_block_size;
	count = sc->sc_later / su->su_block_size;
	if (scsi_init_pkt(SU_ADDRESS(su), pkt, sc->sc_bp, 0, 0, 0, 0, NULL_FUNC,
	    NULL) != pkt) {
		sd_tell(su, CE_WARN, "no next window of a DMA transfer");
		sc->sc_bp->b_resid = sc->sc_bp->b_bcount;
		bioerror(sc->sc_bp, EIO);
		return (B_FALSE);
	}
	count -= pkt->pkt_resid / su->su_block_size;
	pkt->pkt_cdbp[0] = op;
	put_transfer(sc, block, count);
	sc->sc_later = (size_t)pkt->pkt_resid;
	pkt->pkt_resid = 0;
	return (B_TRUE);
}

/* Without the mutex. */
void
sdpkt_fini(struct sdcmd *sc)
{
	struct scsi_pkt *pkt = sc->sc_pkt;

	if (pkt == NULL)
		return;
	sc->sc_result.reason = pkt->pkt_reason;
	sc->sc_result.state = (int)pkt->pkt_state;
	sc->sc_result.statistics = (int)pkt->pkt_statistics;
	sc->sc_result.status = SC_STATUS(sc);
	sc->sc_result.resid = (long)sc->sc_bp->b_resid;
	sc->sc_result.key = sc->sc_result.asc = sc->sc_result.ascq = -1;
	if (sc->sc_sensed && sc->sc_sense_len > 0) {
		sc->sc_result.key = scsi_sense_key(sc->sc_sense);
		sc->sc_result.asc = scsi_sense_asc(sc->sc_sense);
		sc->sc_result.ascq = scsi_sense_ascq(sc->sc_sense);
	}
	sc->sc_pkt = NULL;
	scsi_destroy_pkt(pkt);
}
