/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The DMA functions of section 9F, as a driver calls them.
 */

#include <sys/buf.h>
#include "kdma.h"

/* Not in every release's headers. */
int	ddi_dma_ncookies(ddi_dma_handle_t);
const ddi_dma_cookie_t *ddi_dma_cookie_iter(ddi_dma_handle_t,
    const ddi_dma_cookie_t *);
const ddi_dma_cookie_t *ddi_dma_cookie_get(ddi_dma_handle_t, uint_t);
const ddi_dma_cookie_t *ddi_dma_cookie_one(ddi_dma_handle_t);

static void
may_sleep(int (*waitfp)(caddr_t), const char *called)
{
	if (waitfp == DDI_DMA_SLEEP)
		(void) kctx_may_sleep(called);
}

int
ddi_dma_alloc_handle(dev_info_t *dip, ddi_dma_attr_t *attr,
    int (*waitfp)(caddr_t), caddr_t arg, ddi_dma_handle_t *handlep)
{
	int (*allochdl)(dev_info_t *, dev_info_t *, ddi_dma_attr_t *,
	    int (*)(caddr_t), caddr_t, ddi_dma_handle_t *) = ddi_dma_allochdl;
	ddi_dma_attr_t copy;
	struct bus_ops *bops;
	int error;

	hc_point();
	may_sleep(waitfp, "ddi_dma_alloc_handle(DDI_DMA_SLEEP)");
	if (dip == NULL || handlep == NULL)
		hc_panic("ddi_dma_alloc_handle: %s is NULL",
		    dip == NULL ? "dip" : "handlep");
	if (attr == NULL) {
		hc_violation("dma", "ddi_dma_alloc_handle(%s%d): no "
		    "attributes", ddi_driver_name(dip), ddi_get_instance(dip));
		return (DDI_DMA_BADATTR);
	}
	copy = *attr;
	/* A nexus asks itself first. */
	bops = DEVI(dip)->devi_ops != NULL ?
	    DEVI(dip)->devi_ops->devo_bus_ops : NULL;
	if (bops != NULL && bops->bus_dma_allochdl != NULL)
		allochdl = bops->bus_dma_allochdl;
	error = allochdl(dip, dip, &copy, waitfp, arg, handlep);
	if (error == DDI_SUCCESS)
		kr_add(KR_DMA, *handlep, 0, "DMA handle");
	return (error);
}

void
ddi_dma_free_handle(ddi_dma_handle_t *handlep)
{
	struct kdma *kd;

	hc_point();
	if ((kd = kdma_lookup(*handlep, "ddi_dma_free_handle")) == NULL)
		return;
	(void) kr_remove(KR_DMA, *handlep);
	(void) ddi_dma_freehdl(kd->kd_rdip, kd->kd_rdip, *handlep);
}

static int
dma_bind(ddi_dma_handle_t handle, struct ddi_dma_req *req, const char *called,
    ddi_dma_cookie_t *cookiep, uint_t *ccountp)
{
	struct kdma *kd;

	if ((kd = kdma_lookup(handle, called)) == NULL)
		return (DDI_DMA_NOMAPPING);
	if ((req->dmar_flags & DDI_DMA_RDWR) == 0)
		hc_violation("dma", "%s(%s%d): neither DDI_DMA_READ nor "
		    "DDI_DMA_WRITE", called, KDMA_WHO(kd));
	return (ddi_dma_bindhdl(kd->kd_rdip, kd->kd_rdip, handle, req,
	    cookiep, ccountp));
}

int
ddi_dma_addr_bind_handle(ddi_dma_handle_t handle, struct as *as, caddr_t addr,
    size_t len, uint_t flags, int (*waitfp)(caddr_t), caddr_t arg,
    ddi_dma_cookie_t *cookiep, uint_t *ccountp)
{
	struct ddi_dma_req req;

	hc_point();
	may_sleep(waitfp, "ddi_dma_addr_bind_handle(DDI_DMA_SLEEP)");
	if (len == 0)
		return (DDI_DMA_NOMAPPING);
	memset(&req, 0, sizeof (req));
	req.dmar_flags = flags;
	req.dmar_fp = waitfp;
	req.dmar_arg = arg;
	req.dmar_object.dmao_size = (uint_t)len;
	req.dmar_object.dmao_type = DMA_OTYP_VADDR;
	req.dmar_object.dmao_obj.virt_obj.v_as = as;
	req.dmar_object.dmao_obj.virt_obj.v_addr = addr;
	return (dma_bind(handle, &req, "ddi_dma_addr_bind_handle", cookiep,
	    ccountp));
}

int
ddi_dma_buf_bind_handle(ddi_dma_handle_t handle, struct buf *bp, uint_t flags,
    int (*waitfp)(caddr_t), caddr_t arg, ddi_dma_cookie_t *cookiep,
    uint_t *ccountp)
{
	struct ddi_dma_req req;

	hc_point();
	may_sleep(waitfp, "ddi_dma_buf_bind_handle(DDI_DMA_SLEEP)");
	memset(&req, 0, sizeof (req));
	req.dmar_flags = flags;
	req.dmar_fp = waitfp;
	req.dmar_arg = arg;
	req.dmar_object.dmao_size = (uint_t)bp->b_bcount;
	req.dmar_object.dmao_type = (bp->b_flags & B_PAGEIO) != 0 ?
	    DMA_OTYP_PAGES : DMA_OTYP_BUFVADDR;
	req.dmar_object.dmao_obj.virt_obj.v_addr = bp->b_un.b_addr;
	return (dma_bind(handle, &req, "ddi_dma_buf_bind_handle", cookiep,
	    ccountp));
}

int
ddi_dma_unbind_handle(ddi_dma_handle_t handle)
{
	struct kdma *kd;

	hc_point();
	if ((kd = kdma_lookup(handle, "ddi_dma_unbind_handle")) == NULL)
		return (DDI_FAILURE);
	return (ddi_dma_unbindhdl(kd->kd_rdip, kd->kd_rdip, handle));
}

int
ddi_dma_sync(ddi_dma_handle_t handle, off_t off, size_t len, uint_t type)
{
	struct kdma *kd;

	hc_point();
	if ((kd = kdma_lookup(handle, "ddi_dma_sync")) == NULL)
		return (DDI_FAILURE);
	return (ddi_dma_flush(kd->kd_rdip, kd->kd_rdip, handle, off, len,
	    type));
}

int
ddi_dma_numwin(ddi_dma_handle_t handle, uint_t *nwinp)
{
	struct kdma *kd;

	hc_point();
	if ((kd = kdma_lookup(handle, "ddi_dma_numwin")) == NULL ||
	    !kd->kd_bound || !kd->kd_partial)
		return (DDI_FAILURE);
	*nwinp = kd->kd_nwins;
	return (DDI_SUCCESS);
}

int
ddi_dma_getwin(ddi_dma_handle_t handle, uint_t win, off_t *offp, size_t *lenp,
    ddi_dma_cookie_t *cookiep, uint_t *ccountp)
{
	struct kdma *kd;

	hc_point();
	if ((kd = kdma_lookup(handle, "ddi_dma_getwin")) == NULL)
		return (DDI_FAILURE);
	return (ddi_dma_win(kd->kd_rdip, kd->kd_rdip, handle, win, offp, lenp,
	    cookiep, ccountp));
}

int
ddi_dma_burstsizes(ddi_dma_handle_t handle)
{
	struct kdma *kd = kdma_lookup(handle, "ddi_dma_burstsizes");

	return (kd != NULL ? (int)kd->kd_attr.dma_attr_burstsizes : 0);
}

int
ddi_check_dma_handle(ddi_dma_handle_t handle)
{
	return (kdma_lookup(handle, "ddi_check_dma_handle") != NULL ?
	    DDI_SUCCESS : DDI_FAILURE);
}

/*
 * The bound handle of one of the functions about cookies.
 */
static struct kdma *
with_cookies(ddi_dma_handle_t handle, const char *called)
{
	struct kdma *kd = kdma_lookup(handle, called);

	if (kd != NULL && !kd->kd_bound) {
		hc_violation("dma", "%s: handle %p of %s%d is not bound",
		    called, (void *)kd, KDMA_WHO(kd));
		kd = NULL;
	}
	return (kd);
}

void
ddi_dma_nextcookie(ddi_dma_handle_t handle, ddi_dma_cookie_t *cookiep)
{
	const struct kdma_win *dw;
	struct kdma *kd;

	if ((kd = with_cookies(handle, "ddi_dma_nextcookie")) == NULL) {
		memset(cookiep, 0, sizeof (*cookiep));
		return;
	}
	dw = &kd->kd_wins[kd->kd_win];
	if (kd->kd_given >= dw->dw_n) {
		hc_violation("dma", "ddi_dma_nextcookie: past the last of the "
		    "%u cookie%s of handle %p of %s%d", dw->dw_n,
		    dw->dw_n == 1 ? "" : "s", (void *)kd, KDMA_WHO(kd));
		memset(cookiep, 0, sizeof (*cookiep));
		return;
	}
	*cookiep = kd->kd_cookies[dw->dw_first + kd->kd_given++];
}

int
ddi_dma_ncookies(ddi_dma_handle_t handle)
{
	struct kdma *kd = with_cookies(handle, "ddi_dma_ncookies");

	return (kd != NULL ? (int)kd->kd_wins[kd->kd_win].dw_n : 0);
}

const ddi_dma_cookie_t *
ddi_dma_cookie_get(ddi_dma_handle_t handle, uint_t i)
{
	struct kdma *kd = with_cookies(handle, "ddi_dma_cookie_get");
	const struct kdma_win *dw;

	if (kd == NULL)
		return (NULL);
	dw = &kd->kd_wins[kd->kd_win];
	return (i < dw->dw_n ? &kd->kd_cookies[dw->dw_first + i] : NULL);
}

const ddi_dma_cookie_t *
ddi_dma_cookie_iter(ddi_dma_handle_t handle, const ddi_dma_cookie_t *prev)
{
	struct kdma *kd = with_cookies(handle, "ddi_dma_cookie_iter");
	const ddi_dma_cookie_t *first;
	const struct kdma_win *dw;

	if (kd == NULL)
		return (NULL);
	dw = &kd->kd_wins[kd->kd_win];
	first = &kd->kd_cookies[dw->dw_first];
	if (prev == NULL)
		return (first);
	return (prev >= first && prev + 1 < first + dw->dw_n ?
	    prev + 1 : NULL);
}

const ddi_dma_cookie_t *
ddi_dma_cookie_one(ddi_dma_handle_t handle)
{
	struct kdma *kd = with_cookies(handle, "ddi_dma_cookie_one");
	const struct kdma_win *dw;

	if (kd == NULL)
		return (NULL);
	dw = &kd->kd_wins[kd->kd_win];
	if (dw->dw_n != 1)
		hc_panic("ddi_dma_cookie_one: handle %p of %s%d has %u "
		    "cookies", (void *)kd, KDMA_WHO(kd), dw->dw_n);
	return (&kd->kd_cookies[dw->dw_first]);
}
