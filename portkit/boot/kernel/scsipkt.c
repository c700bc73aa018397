/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Packets and their memory: scsi_init_pkt(9F) and scsi_destroy_pkt(9F), the
 * packets that the framework makes for drivers with tran_setup_pkt(9E),
 * scsi_hba_pkt_alloc(9F) for those that make their own.
 */

#include "kscsi.h"
#include "kdma.h"

#define	ROUND(n)	(((size_t)(n) + 7) & ~(size_t)7)
#define	TRAN_OF(ap)	((ap)->a_hba_tran)

typedef struct scsi_pkt_cache_wrapper wrapper_t;

static boolean_t
may_wait(int (*callback)(caddr_t))
{
	return (callback == (int (*)(caddr_t))SLEEP_FUNC);
}

static boolean_t
is_callback(int (*callback)(caddr_t))
{
	return (!may_wait(callback) &&
	    callback != (int (*)(caddr_t))NULL_FUNC);
}

/*
 * What the framework allocates in one piece: the wrapper, the driver's own
 * data, and the command and status blocks if it has asked for them.
 */
static size_t
cdb_offset(scsi_hba_tran_t *tran)
{
	return (sizeof (wrapper_t) + ROUND(tran->tran_hba_len));
}

static size_t
scb_offset(scsi_hba_tran_t *tran)
{
	return (cdb_offset(tran) +
	    ((tran->tran_hba_flags & SCSI_HBA_TRAN_CDB) != 0 ?
	    ROUND(DEFAULT_CDBLEN) : 0));
}

size_t
kscsi_cache_size(scsi_hba_tran_t *tran)
{
	return (scb_offset(tran) +
	    ((tran->tran_hba_flags & SCSI_HBA_TRAN_SCB) != 0 ?
	    ROUND(DEFAULT_SCBLEN) : 0));
}

int
kscsi_cache_construct(void *buf, void *arg, int flag)
{
	scsi_hba_tran_t *tran = arg;
	wrapper_t *pw = buf;
	struct scsi_pkt *pkt = &pw->pcw_pkt;
	int error = 0;

	memset(buf, 0, kscsi_cache_size(tran));
	pkt->pkt_ha_private = (caddr_t)buf + sizeof (*pw);
	pw->pcw_magic = KSCSI_MAGIC;
	pw->pcw_granular = tran->tran_dma_attr.dma_attr_granular;
	if (ddi_dma_alloc_handle(tran->tran_hba_dip, &tran->tran_dma_attr,
	    (flag & KM_NOSLEEP) == 0 ? DDI_DMA_SLEEP : DDI_DMA_DONTWAIT, NULL,
	    &pkt->pkt_handle) != DDI_SUCCESS)
		return (-1);
	if ((tran->tran_hba_flags & SCSI_HBA_TRAN_CDB) != 0)
		pkt->pkt_cdbp = (uchar_t *)buf + cdb_offset(tran);
	if ((tran->tran_hba_flags & SCSI_HBA_TRAN_SCB) != 0)
		pkt->pkt_scbp = (uchar_t *)buf + scb_offset(tran);
	if (tran->tran_pkt_constructor != NULL) {
		error = tran->tran_pkt_constructor(pkt, tran, flag);
		if (error != 0)
			ddi_dma_free_handle(&pkt->pkt_handle);
	}
	return (error);
}

void
kscsi_cache_destruct(void *buf, void *arg)
{
	scsi_hba_tran_t *tran = arg;
	struct scsi_pkt *pkt = &((wrapper_t *)buf)->pcw_pkt;

	if (tran->tran_pkt_destructor != NULL)
		tran->tran_pkt_destructor(pkt, tran);
	if (pkt->pkt_ha_private != (opaque_t)((caddr_t)buf +
	    sizeof (wrapper_t)))
		hc_violation("scsi", "packet %p: pkt_ha_private, which the "
		    "framework has set for tran_hba_len, was changed",
		    (void *)pkt);
	if (pkt->pkt_handle != NULL)
		ddi_dma_free_handle(&pkt->pkt_handle);
}

static void
free_extras(scsi_hba_tran_t *tran, wrapper_t *pw)
{
	struct scsi_pkt *pkt = &pw->pcw_pkt;

	if ((pw->pcw_flags & PCW_NEED_EXT_SCB) != 0)
		kmem_free(pkt->pkt_scbp, pkt->pkt_scblen);
	if ((pw->pcw_flags & PCW_NEED_EXT_TGT) != 0)
		kmem_free(pkt->pkt_private, pkt->pkt_tgtlen);
	if ((pw->pcw_flags & PCW_NEED_EXT_CDB) != 0)
		kmem_free(pkt->pkt_cdbp, pkt->pkt_cdblen);
	pw->pcw_flags &= ~(PCW_NEED_EXT_SCB | PCW_NEED_EXT_TGT |
	    PCW_NEED_EXT_CDB);
	kmem_cache_free(tran->tran_pkt_cache_ptr, pw);
}

/*
 * Room that is not in the piece.
 */
static int
alloc_extras(scsi_hba_tran_t *tran, wrapper_t *pw, int kf)
{
	struct scsi_pkt *pkt = &pw->pcw_pkt;

	if ((tran->tran_hba_flags & SCSI_HBA_TRAN_CDB) != 0 &&
	    pkt->pkt_cdblen > DEFAULT_CDBLEN) {
		pkt->pkt_cdbp = kmem_alloc(pkt->pkt_cdblen, kf);
		if (pkt->pkt_cdbp == NULL)
			return (-1);
		pw->pcw_flags |= PCW_NEED_EXT_CDB;
	}
	if (pkt->pkt_tgtlen > DEFAULT_PRIVLEN) {
		pkt->pkt_private = kmem_alloc(pkt->pkt_tgtlen, kf);
		if (pkt->pkt_private == NULL)
			return (-1);
		pw->pcw_flags |= PCW_NEED_EXT_TGT;
	}
	if ((tran->tran_hba_flags & SCSI_HBA_TRAN_SCB) != 0 &&
	    pkt->pkt_scblen > DEFAULT_SCBLEN) {
		pkt->pkt_scbp = kmem_alloc(pkt->pkt_scblen, kf);
		if (pkt->pkt_scbp == NULL)
			return (-1);
		pw->pcw_flags |= PCW_NEED_EXT_SCB;
	}
	return (0);
}

static wrapper_t *
cache_alloc(struct scsi_address *ap, int cmdlen, int statuslen, int tgtlen,
    boolean_t sleep)
{
	scsi_hba_tran_t *tran = TRAN_OF(ap);
	int kf = sleep ? KM_SLEEP : KM_NOSLEEP, error;
	struct scsi_pkt *pkt;
	wrapper_t *pw;

	pw = kmem_cache_alloc(tran->tran_pkt_cache_ptr, kf);
	if (pw == NULL)
		return (NULL);
	pw->pcw_flags = 0;
	pkt = &pw->pcw_pkt;
	pkt->pkt_address = *ap;
	pkt->pkt_cdblen = (uint_t)cmdlen;
	pkt->pkt_tgtlen = (uint_t)tgtlen;
	pkt->pkt_scblen = (uint_t)statuslen;
	if (alloc_extras(tran, pw, kf) != 0) {
		free_extras(tran, pw);
		return (NULL);
	}
	KSCSI_CALL("tran_setup_pkt(9E)", error = tran->tran_setup_pkt(pkt,
	    sleep ? (int (*)(caddr_t))SLEEP_FUNC :
	    (int (*)(caddr_t))NULL_FUNC, NULL));
	if (error == -1) {
		if (sleep) {
			hc_violation("scsi", "tran_setup_pkt(9E) has failed "
			    "with SLEEP_FUNC");
		}
		free_extras(tran, pw);
		return (NULL);
	}
	if (cmdlen != 0 && pkt->pkt_cdbp != NULL)
		memset(pkt->pkt_cdbp, 0, cmdlen);
	if (tgtlen != 0)
		memset(pkt->pkt_private, 0, tgtlen);
	if (statuslen != 0 && pkt->pkt_scbp != NULL)
		memset(pkt->pkt_scbp, 0, statuslen);
	return (pw);
}

/*
 * The data, or of what does not fit at once the next window.
 */
static int
bind(wrapper_t *pw, struct buf *bp, int flags, int (*callback)(caddr_t),
    caddr_t arg)
{
	struct scsi_pkt *pkt = &pw->pcw_pkt;
	uint_t dma = (bp->b_flags & B_READ) != 0 ? DDI_DMA_READ :
	    DDI_DMA_WRITE;
	int error;

	if ((flags & PKT_CONSISTENT) != 0)
		dma |= DDI_DMA_CONSISTENT;
	if ((flags & PKT_DMA_PARTIAL) != 0)
		dma |= DDI_DMA_PARTIAL;
	pw->pcw_bp = bp;
	error = ddi_dma_buf_bind_handle(pkt->pkt_handle, bp, dma, callback,
	    arg, &pw->pcw_cookie, &pkt->pkt_numcookies);
	switch (error) {
	case DDI_DMA_MAPPED:
		pw->pcw_totalwin = 1;
		break;
	case DDI_DMA_PARTIAL_MAP:
		(void) ddi_dma_numwin(pkt->pkt_handle, &pw->pcw_totalwin);
		break;
	case DDI_DMA_NORESOURCES:
		bp->b_error = 0;
		return (-1);
	case DDI_DMA_TOOBIG:
		bioerror(bp, EINVAL);
		return (-1);
	default:
		bioerror(bp, EFAULT);
		return (-1);
	}
	pw->pcw_curwin = 0;
	pw->pcw_total_xfer = 0;
	pkt->pkt_dma_flags = dma;
	pw->pcw_flags |= PCW_BOUND;
	return (0);
}

static int
next_window(wrapper_t *pw)
{
	struct scsi_pkt *pkt = &pw->pcw_pkt;
	ddi_dma_cookie_t cookie;
	struct kdma *kd;

	if (pw->pcw_curwin >= pw->pcw_totalwin)
		return (-1);
	if (pw->pcw_curwin != 0 && ddi_dma_getwin(pkt->pkt_handle,
	    pw->pcw_curwin, &pkt->pkt_dma_offset, &pkt->pkt_dma_len, &cookie,
	    &pkt->pkt_numcookies) != DDI_SUCCESS)
		return (-1);
	kd = kdma_lookup(pkt->pkt_handle, "scsi_init_pkt");
	pkt->pkt_cookies = &kd->kd_cookies[kd->kd_wins[kd->kd_win].dw_first];
	pkt->pkt_dma_offset = (off_t)kd->kd_wins[kd->kd_win].dw_off;
	pkt->pkt_dma_len = kd->kd_wins[kd->kd_win].dw_len;
	kd->kd_given = kd->kd_wins[kd->kd_win].dw_n;	/* all of them */
	pw->pcw_curwin++;
	pw->pcw_total_xfer += pkt->pkt_dma_len;
	return (0);
}

static void
unbind(struct scsi_pkt *pkt)
{
	wrapper_t *pw = (wrapper_t *)pkt;

	if ((pw->pcw_flags & PCW_BOUND) != 0)
		(void) ddi_dma_unbind_handle(pkt->pkt_handle);
	pw->pcw_flags &= ~PCW_BOUND;
	pkt->pkt_numcookies = 0;
	pkt->pkt_cookies = NULL;
	pw->pcw_totalwin = 0;
}

struct scsi_pkt *
kscsi_cache_init(struct scsi_address *ap, struct scsi_pkt *pkt, struct buf *bp,
    int cmdlen, int statuslen, int tgtlen, int flags, int (*callback)(caddr_t),
    caddr_t arg)
{
	scsi_hba_tran_t *tran = TRAN_OF(ap);
	wrapper_t *pw = (wrapper_t *)pkt;
	boolean_t new = pkt == NULL;

	if (new) {
		pw = cache_alloc(ap, cmdlen, statuslen, tgtlen,
		    may_wait(callback));
		if (pw == NULL)
			return (NULL);
	}
	pkt = &pw->pcw_pkt;
	if (bp == NULL || bp->b_bcount == 0) {
		pkt->pkt_resid = 0;
		return (pkt);
	}
	if (pkt->pkt_numcookies == 0 &&
	    pw->pcw_granular != tran->tran_dma_attr.dma_attr_granular) {
		/* The target has told its block size meanwhile. */
		ddi_dma_free_handle(&pkt->pkt_handle);
		if (ddi_dma_alloc_handle(tran->tran_hba_dip,
		    &tran->tran_dma_attr, callback, NULL, &pkt->pkt_handle) !=
		    DDI_SUCCESS) {
			pkt->pkt_handle = NULL;
			goto failed;
		}
		pw->pcw_granular = tran->tran_dma_attr.dma_attr_granular;
	}
	if (pkt->pkt_numcookies == 0 &&
	    bind(pw, bp, flags, callback, arg) != 0)
		goto failed;
	if (next_window(pw) != 0) {
		unbind(pkt);
		goto failed;
	}
	pkt->pkt_resid = (ssize_t)(bp->b_bcount - pw->pcw_total_xfer);
	return (pkt);
failed:
	if (new)
		kscsi_cache_destroy(ap, pkt);
	return (NULL);
}

void
kscsi_cache_destroy(struct scsi_address *ap, struct scsi_pkt *pkt)
{
	scsi_hba_tran_t *tran = TRAN_OF(ap);

	KSCSI_CALL("tran_teardown_pkt(9E)", tran->tran_teardown_pkt(pkt));
	unbind(pkt);
	free_extras(tran, (wrapper_t *)pkt);
}

void
kscsi_cache_sync(struct scsi_address *ap, struct scsi_pkt *pkt)
{
	if (pkt->pkt_handle != NULL && pkt->pkt_numcookies != 0 &&
	    (pkt->pkt_dma_flags & DDI_DMA_RDWR) != 0) {
		(void) ddi_dma_sync(pkt->pkt_handle, pkt->pkt_dma_offset,
		    pkt->pkt_dma_len, (pkt->pkt_dma_flags & DDI_DMA_WRITE) !=
		    0 ? DDI_DMA_SYNC_FORDEV : DDI_DMA_SYNC_FORCPU);
	}
}

void
kscsi_cache_dmafree(struct scsi_address *ap, struct scsi_pkt *pkt)
{
	unbind(pkt);
}

struct buf *
scsi_pkt2bp(struct scsi_pkt *pkt)
{
	struct kpkt *kp;

	hc_point();
	kp = kpkt_find(pkt);
	if (kp != NULL && !kp->kp_setup) {
		hc_violation("scsi", "scsi_pkt2bp: %s: the driver makes its "
		    "packets itself (tran_init_pkt): the framework has noted "
		    "nothing in them", kpkt_text(kp));
		return (NULL);
	}
	return (((wrapper_t *)pkt)->pcw_bp);
}

/*
 * scsi_hba_pkt_alloc(9F).
 */
struct scsi_pkt *
scsi_hba_pkt_alloc(dev_info_t *dip, struct scsi_address *ap, int cmdlen,
    int statuslen, int tgtlen, int hbalen, int (*callback)(caddr_t),
    caddr_t arg)
{
	struct kscsi_wrapper *kw;
	size_t len = sizeof (*kw) + ROUND(cmdlen) + ROUND(statuslen) +
	    ROUND(tgtlen) + ROUND(hbalen);
	struct scsi_pkt *pkt;
	caddr_t p;

	hc_point();
	if (is_callback(callback)) {
		hc_violation("scsi", "scsi_hba_pkt_alloc: the callback must be "
		    "SLEEP_FUNC or NULL_FUNC");
	}
	kw = kmem_zalloc(len, may_wait(callback) ? KM_SLEEP : KM_NOSLEEP);
	if (kw == NULL)
		return (NULL);
	kw->kw_len = (int)len;
	kw->kw_magic = KSCSI_MAGIC;
	pkt = &kw->kw_pkt;
	p = (caddr_t)(kw + 1);
	if (hbalen > 0)
		pkt->pkt_ha_private = p;
	p += ROUND(hbalen);
	if (tgtlen > 0)
		pkt->pkt_private = p;
	p += ROUND(tgtlen);
	if (statuslen > 0)
		pkt->pkt_scbp = (uchar_t *)p;
	p += ROUND(statuslen);
	if (cmdlen > 0)
		pkt->pkt_cdbp = (uchar_t *)p;
	pkt->pkt_address = *ap;
	pkt->pkt_cdblen = (uint_t)cmdlen;
	pkt->pkt_tgtlen = (uint_t)tgtlen;
	pkt->pkt_scblen = (uint_t)statuslen;
	return (pkt);
}

void
scsi_hba_pkt_free(struct scsi_address *ap, struct scsi_pkt *pkt)
{
	struct kscsi_wrapper *kw = (struct kscsi_wrapper *)pkt;
	int len;

	hc_point();
	len = kw->kw_len;
	if (kw->kw_magic != KSCSI_MAGIC) {
		hc_violation("scsi", "scsi_hba_pkt_free: %p does not come from "
		    "scsi_hba_pkt_alloc", (void *)pkt);
		return;
	}
	kmem_free(kw, (size_t)len);
}

int
scsi_pkt_allocated_correctly(struct scsi_pkt *pkt)
{
	struct ktran *kt = kscsi_ktran(TRAN_OF(&pkt->pkt_address)->
	    tran_hba_dip);

	hc_point();
	return (kt == NULL || kt->kt_clean ||
	    TRAN_OF(&pkt->pkt_address)->tran_setup_pkt != NULL ||
	    ((struct kscsi_wrapper *)pkt)->kw_magic == KSCSI_MAGIC);
}
