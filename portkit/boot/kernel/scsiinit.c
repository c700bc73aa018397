/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What target drivers call for packets and buffers: scsi_init_pkt(9F),
 * scsi_alloc_consistent_buf(9F), and their undoing.
 */

#include "kscsi.h"
#include "kdma.h"

#define	TRAN_OF(ap)	((ap)->a_hba_tran)

typedef int (*callback_t)(caddr_t);

/*
 * What a target driver would trip over.
 */
static void
check_new(struct scsi_pkt *pkt, struct scsi_address *ap, int cmdlen,
    int statuslen, int tgtlen)
{
	struct ktran *kt = kscsi_ktran(TRAN_OF(ap)->tran_hba_dip);
	const char *lacks = NULL;

	if (cmdlen > 0 && pkt->pkt_cdbp == NULL)
		lacks = "pkt_cdbp";
	else if (statuslen > 0 && pkt->pkt_scbp == NULL)
		lacks = "pkt_scbp";
	else if (tgtlen > 0 && pkt->pkt_private == NULL)
		lacks = "pkt_private";
	if (lacks != NULL) {
		hc_violation("scsi", "scsi_init_pkt: the new packet of %s%d "
		    "has no %s", KSCSI_WHO(TRAN_OF(ap)->tran_hba_dip), lacks);
	}
	if (TRAN_OF(&pkt->pkt_address) == NULL) {
		hc_violation("scsi", "scsi_init_pkt: the new packet of %s%d "
		    "has no pkt_address", KSCSI_WHO(TRAN_OF(ap)->tran_hba_dip));
		pkt->pkt_address = *ap;
	}
	if (kt != NULL && !kt->kt_clean && !kt->kt_told &&
	    !scsi_pkt_allocated_correctly(pkt)) {
		kt->kt_told = B_TRUE;
		cmn_err(CE_WARN, "%s: violates DDI scsi_pkt(9S) allocation "
		    "rules", ddi_driver_name(kt->kt_dip));
		hc_violation("scsi", "%s%d: tran_init_pkt must allocate its "
		    "packets with scsi_hba_pkt_alloc", KSCSI_WHO(kt->kt_dip));
	}
}

struct scsi_pkt *
scsi_init_pkt(struct scsi_address *ap, struct scsi_pkt *in, struct buf *bp,
    int cmdlen, int statuslen, int tgtlen, int flags, callback_t callback,
    caddr_t arg)
{
	boolean_t sleep = callback == (callback_t)SLEEP_FUNC;
	scsi_hba_tran_t *tran = TRAN_OF(ap);
	struct kpkt *kp = NULL;
	struct scsi_pkt *pkt;

	hc_point();
	if (sleep)
		(void) kctx_may_sleep("scsi_init_pkt(SLEEP_FUNC)");
	if (in != NULL) {
		kp = kpkt_find(in);
		if (kp == NULL || kp->kp_state == KP_STARTING ||
		    kp->kp_state == KP_TRANSPORT) {
			hc_violation("scsi", "scsi_init_pkt: %p %s",
			    (void *)in, kp == NULL ? "is no packet, or has "
			    "been destroyed" : "is in transport");
			return (NULL);
		}
	}
	if ((flags & PKT_CONSISTENT_OLD) != 0)
		flags = (flags & ~PKT_CONSISTENT_OLD) | PKT_CONSISTENT;
	KSCSI_CALL("tran_init_pkt(9E)", pkt = tran->tran_init_pkt(ap, in, bp,
	    cmdlen, statuslen, tgtlen, flags, sleep ? (callback_t)SLEEP_FUNC :
	    (callback_t)NULL_FUNC, NULL));
	if (pkt == NULL) {
		if (!sleep && callback != (callback_t)NULL_FUNC)
			kdma_call_later(callback, arg);
		return (NULL);
	}
	if (in == NULL) {
		check_new(pkt, ap, cmdlen, statuslen, tgtlen);
		kp = kpkt_new(pkt, ap, statuslen);
	} else if (pkt != in) {
		hc_violation("scsi", "tran_init_pkt(9E) has returned %p for "
		    "the packet %p", (void *)pkt, (void *)in);
		return (pkt);
	}
	if (bp == NULL || bp->b_bcount == 0) {
		if (in == NULL)
			kp->kp_len = 0;
		return (pkt);
	}
	/* The next window of a transfer is asked for without flags. */
	if (kp->kp_bp == bp && kp->kp_left != 0)
		flags |= PKT_DMA_PARTIAL;
	else
		kp->kp_left = (ssize_t)bp->b_bcount;
	kp->kp_bp = bp;
	if (pkt->pkt_resid < 0 || pkt->pkt_resid > kp->kp_left) {
		hc_violation("scsi", "tran_init_pkt(9E): pkt_resid, the bytes "
		    "without DMA resources, is %ld of %ld",
		    (long)pkt->pkt_resid, (long)kp->kp_left);
		pkt->pkt_resid = 0;
	}
	if (pkt->pkt_resid != 0 && (flags & PKT_DMA_PARTIAL) == 0) {
		hc_violation("scsi", "tran_init_pkt(9E): %ld of %ld bytes have "
		    "no DMA resources, and PKT_DMA_PARTIAL is not set",
		    (long)pkt->pkt_resid, (long)kp->kp_left);
	}
	kp->kp_len = (size_t)(kp->kp_left - pkt->pkt_resid);
	kp->kp_left = pkt->pkt_resid;
	return (pkt);
}

void
scsi_destroy_pkt(struct scsi_pkt *pkt)
{
	struct scsi_address *ap = &pkt->pkt_address;
	struct kpkt *kp;

	hc_point();
	kp = kpkt_find(pkt);
	if (kp == NULL) {
		hc_violation("scsi", "scsi_destroy_pkt: %p is no packet, or "
		    "has been destroyed", (void *)pkt);
		return;
	}
	if (kp->kp_state == KP_STARTING || kp->kp_state == KP_TRANSPORT) {
		hc_violation("scsi", "scsi_destroy_pkt: %s is in transport",
		    kpkt_text(kp));
		kp->kp_orphan = B_TRUE;		/* goes when it comes back */
		return;
	}
	kpkt_free(kp);
	KSCSI_CALL("tran_destroy_pkt(9E)", TRAN_OF(ap)->tran_destroy_pkt(ap,
	    pkt));
}

void
scsi_dmafree(struct scsi_pkt *pkt)
{
	struct scsi_address *ap = &pkt->pkt_address;
	struct kpkt *kp;

	hc_point();
	kp = kpkt_find(pkt);
	if (kp != NULL && (kp->kp_state == KP_STARTING ||
	    kp->kp_state == KP_TRANSPORT)) {
		hc_violation("scsi", "scsi_dmafree: %s is in transport",
		    kpkt_text(kp));
		return;
	}
	if (kp != NULL) {
		kp->kp_bp = NULL;
		kp->kp_len = 0;
		kp->kp_left = 0;
	}
	KSCSI_CALL("tran_dmafree(9E)", TRAN_OF(ap)->tran_dmafree(ap, pkt));
}

void
scsi_sync_pkt(struct scsi_pkt *pkt)
{
	struct scsi_address *ap = &pkt->pkt_address;

	hc_point();
	if ((pkt->pkt_state & STATE_XFERRED_DATA) != 0)
		KSCSI_CALL("tran_sync_pkt(9E)", TRAN_OF(ap)->tran_sync_pkt(ap,
		    pkt));
}

/*
 * Buffers for commands of one's own. The memory is not cleared.
 */
static caddr_t
buffer_alloc(size_t len, boolean_t sleep)
{
	return (kmem_alloc(len, sleep ? KM_SLEEP : KM_NOSLEEP));
}

struct buf *
scsi_alloc_consistent_buf(struct scsi_address *ap, struct buf *in, size_t len,
    uint_t bflags, callback_t callback, caddr_t arg)
{
	boolean_t sleep = callback == (callback_t)SLEEP_FUNC;
	struct buf *bp = in;

	hc_point();
	if (sleep)
		(void) kctx_may_sleep("scsi_alloc_consistent_buf(SLEEP_FUNC)");
	if (in == NULL) {
		bp = getrbuf(sleep ? KM_SLEEP : KM_NOSLEEP);
		if (bp == NULL)
			goto failed;
	} else {
		bp->b_flags &= ~(B_PAGEIO | B_PHYS | B_REMAPPED | B_SHADOW);
		bp->b_proc = NULL;
		bp->b_pages = NULL;
		bp->b_shadow = NULL;
	}
	bp->b_un.b_addr = NULL;
	if (len != 0) {
		bp->b_un.b_addr = buffer_alloc(len, sleep);
		if (bp->b_un.b_addr == NULL) {
			if (in == NULL)
				freerbuf(bp);
			goto failed;
		}
		bp->b_flags |= bflags & (B_READ | B_WRITE);
	}
	bp->b_bufsize = len;		/* for who frees it */
	bp->b_bcount = len;
	bp->b_resid = 0;
	return (bp);
failed:
	if (!sleep && callback != (callback_t)NULL_FUNC)
		kdma_call_later(callback, arg);
	return (NULL);
}

void
scsi_free_consistent_buf(struct buf *bp)
{
	hc_point();
	if (bp == NULL)
		return;
	if (bp->b_un.b_addr != NULL)
		kmem_free(bp->b_un.b_addr, bp->b_bufsize);
	freerbuf(bp);
}

/*
 * Obsolete forms of the same.
 */
struct scsi_pkt *
get_pktiopb(struct scsi_address *ap, caddr_t *datap, int cdblen, int statuslen,
    int datalen, int readflag, int (*func)(void))
{
	boolean_t sleep = func == SLEEP_FUNC;
	struct scsi_pkt *pkt;
	struct buf buf;

	hc_point();
	if (datap == NULL)
		return (NULL);
	*datap = NULL;
	memset(&buf, 0, sizeof (buf));
	buf.b_un.b_addr = buffer_alloc((size_t)datalen, sleep);
	if (buf.b_un.b_addr == NULL)
		return (NULL);
	buf.b_flags = readflag != 0 ? B_READ : 0;
	buf.b_bcount = (size_t)datalen;
	pkt = scsi_init_pkt(ap, NULL, &buf, cdblen, statuslen, 0,
	    PKT_CONSISTENT, sleep ? (callback_t)SLEEP_FUNC :
	    (callback_t)NULL_FUNC, NULL);
	if (pkt == NULL)
		kmem_free(buf.b_un.b_addr, (size_t)datalen);
	else
		*datap = buf.b_un.b_addr;
	return (pkt);
}

void
free_pktiopb(struct scsi_pkt *pkt, caddr_t datap, int datalen)
{
	scsi_destroy_pkt(pkt);
	if (datap != NULL && datalen != 0)
		kmem_free(datap, (size_t)datalen);
}

struct scsi_pkt *
scsi_pktalloc(struct scsi_address *ap, int cmdlen, int statuslen,
    int (*func)(void))
{
	return (scsi_init_pkt(ap, NULL, NULL, cmdlen, statuslen, 0, 0,
	    (callback_t)(void (*)(void))func, NULL));
}

struct scsi_pkt *
scsi_resalloc(struct scsi_address *ap, int cmdlen, int statuslen,
    opaque_t bp, int (*func)(void))
{
	return (scsi_init_pkt(ap, NULL, bp, cmdlen, statuslen, 0, 0,
	    (callback_t)(void (*)(void))func, NULL));
}

struct scsi_pkt *
scsi_dmaget(struct scsi_pkt *pkt, opaque_t bp, int (*func)(void))
{
	return (scsi_init_pkt(&pkt->pkt_address, pkt, bp, 0, 0, 0, 0,
	    (callback_t)(void (*)(void))func, NULL));
}

void
scsi_resfree(struct scsi_pkt *pkt)
{
	scsi_destroy_pkt(pkt);
}
