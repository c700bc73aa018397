/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Makes a liar of any host bus adapter's driver: it is compiled into its module
 * with -Dscsi_hba_attach_setup=saboteur_attach_setup, and stands in for its
 * tran_start(9E). What it does there, -DSABOTAGE_... says.
 */

#include <sys/scsi/scsi.h>

/* What the headers have declared has the saboteur's name by now. */
#undef	scsi_hba_attach_setup
int scsi_hba_attach_setup(dev_info_t *, ddi_dma_attr_t *, scsi_hba_tran_t *,
    int);

static int (*driver_start)(struct scsi_address *, struct scsi_pkt *);
static uint_t writes, reads;

static boolean_t
is_write(const struct scsi_pkt *pkt)
{
	return (pkt->pkt_cdbp[0] == 0x0a || pkt->pkt_cdbp[0] == 0x2a ||
	    pkt->pkt_cdbp[0] == 0x8a);
}

static boolean_t
is_read(const struct scsi_pkt *pkt)
{
	return (pkt->pkt_cdbp[0] == 0x08 || pkt->pkt_cdbp[0] == 0x28 ||
	    pkt->pkt_cdbp[0] == 0x88);
}

/* Says that all is done, and has done nothing. */
static int
lie(struct scsi_pkt *pkt)
{
	pkt->pkt_reason = CMD_CMPLT;
	pkt->pkt_state = STATE_GOT_BUS | STATE_GOT_TARGET | STATE_SENT_CMD |
	    STATE_XFERRED_DATA | STATE_GOT_STATUS;
	pkt->pkt_statistics = 0;
	pkt->pkt_resid = 0;
	*pkt->pkt_scbp = STATUS_GOOD;
	if ((pkt->pkt_flags & FLAG_NOINTR) == 0 && pkt->pkt_comp != NULL)
		(*pkt->pkt_comp)(pkt);
	return (TRAN_ACCEPT);
}

static int
saboteur_start(struct scsi_address *ap, struct scsi_pkt *pkt)
{
#ifdef SABOTAGE_LOSES_WRITE
	if (is_write(pkt) && ++writes % 40 == 0)
		return (lie(pkt));
#endif
#ifdef SABOTAGE_LOSES_READ
	if (is_read(pkt) && ++reads % 40 == 0)
		return (lie(pkt));
#endif
#ifdef SABOTAGE_OTHER_BLOCK
	/* A 10-byte CDB's block: the one after it. */
	if (pkt->pkt_cdbp[0] == 0x2a && ++writes % 40 == 0)
		pkt->pkt_cdbp[5]++;
#endif
#ifdef SABOTAGE_FORGETS
	/* Takes it, and never hears of it again. */
	if (is_read(pkt) && ++reads % 40 == 0 &&
	    (pkt->pkt_flags & FLAG_NOINTR) == 0)
		return (TRAN_ACCEPT);
#endif
	(void) is_write;
	(void) is_read;
	(void) lie;
	return ((*driver_start)(ap, pkt));
}

int
saboteur_attach_setup(dev_info_t *dip, ddi_dma_attr_t *attr,
    scsi_hba_tran_t *tran, int flags)
{
	driver_start = tran->tran_start;
	tran->tran_start = saboteur_start;
	return (scsi_hba_attach_setup(dip, attr, tran, flags));
}
