/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * DMA handles: ddi_dma_alloc_handle(9F) and what leads to it.
 *
 * As on the real system a request goes up the tree: each nexus driver's bus_ops
 * either handle it or name the ddi_dma_allochdl() family, which asks the next
 * nexus above. The root nexus ends here. A bus_ops entry that a nexus driver
 * left NULL is an address 0 that the kernel would jump to.
 *
 * Handles that were freed stay known for a while, so that their use after that
 * can be told from garbage.
 */

#include "kdma.h"

#define	FREED_MAX	1024

static struct kdma *dma_live;
static struct kdma *dma_freed[FREED_MAX];	/* a ring */
static uint_t dma_nfreed;

struct kdma *
kdma_first(void)
{
	return (dma_live);
}

struct kdma *
kdma_lookup(ddi_dma_handle_t handle, const char *called)
{
	struct kdma *kd;
	uint_t i;

	for (kd = dma_live; kd != NULL; kd = kd->kd_next) {
		if (kd == (struct kdma *)handle)
			return (kd);
	}
	if (handle == NULL) {
		hc_violation("dma", "%s: the handle is NULL", called);
		return (NULL);
	}
	for (i = 0; i < FREED_MAX; i++) {
		if (dma_freed[i] == (struct kdma *)handle) {
			hc_violation("dma", "%s: handle %p has been freed",
			    called, (void *)handle);
			return (NULL);
		}
	}
	hc_violation("dma", "%s: %p is no DMA handle", called,
	    (void *)handle);
	return (NULL);
}

/*
 * What the platform refuses: less than a page in one cookie, a segment limit
 * that is no whole number of pages, a granularity that does not divide a page.
 * NULL when all is well.
 */
static const char *
attr_refused(const ddi_dma_attr_t *attr)
{
	if (attr->dma_attr_addr_hi <= attr->dma_attr_addr_lo)
		return ("dma_attr_addr_hi is not above dma_attr_addr_lo");
	if (attr->dma_attr_count_max < PAGEOFFSET)
		return ("dma_attr_count_max is less than a page");
	if (attr->dma_attr_seg < PAGEOFFSET ||
	    (attr->dma_attr_seg & PAGEOFFSET) != PAGEOFFSET)
		return ("dma_attr_seg is not a whole number of pages less 1");
	if (attr->dma_attr_maxxfer < PAGESIZE)
		return ("dma_attr_maxxfer is less than a page");
	if (attr->dma_attr_granular > PAGESIZE ||
	    (PAGESIZE & (attr->dma_attr_granular - 1)) != 0)
		return ("dma_attr_granular does not divide a page");
	if (attr->dma_attr_sgllen == 0)
		return ("dma_attr_sgllen is 0");
	return (NULL);
}

static void
attr_check(dev_info_t *rdip, const ddi_dma_attr_t *attr)
{
	const char *wrong = NULL;

	if (attr->dma_attr_version != DMA_ATTR_V0)
		wrong = "dma_attr_version is not DMA_ATTR_V0";
	else if (attr->dma_attr_align == 0 ||
	    (attr->dma_attr_align & (attr->dma_attr_align - 1)) != 0)
		wrong = "dma_attr_align is no power of two";
	else if (attr->dma_attr_minxfer == 0 ||
	    (attr->dma_attr_minxfer & (attr->dma_attr_minxfer - 1)) != 0)
		wrong = "dma_attr_minxfer is no power of two";
	else if (attr->dma_attr_granular == 0)
		wrong = "dma_attr_granular is 0";
	if (wrong != NULL)
		hc_violation("dma", "ddi_dma_alloc_handle(%s%d): %s",
		    ddi_driver_name(rdip), ddi_get_instance(rdip), wrong);
}

struct later {
	int	(*la_func)(caddr_t);
	caddr_t	la_arg;
};

static void
call_later(void *arg)
{
	struct later *la = arg;

	do {
		(void) hc_block(hc_now() + 10000000L, "ddi_dma callback", la);
	} while (la->la_func(la->la_arg) == DDI_DMA_CALLBACK_RUNOUT);
	hc_free(la);
}

void
kdma_call_later(int (*func)(caddr_t), caddr_t arg)
{
	struct later *la;

	if (func == DDI_DMA_DONTWAIT || func == DDI_DMA_SLEEP)
		return;
	la = hc_alloc(sizeof (*la));
	la->la_func = func;
	la->la_arg = arg;
	(void) kthread_spawn("dma_callback", call_later, la, minclsyspri);
}

/*
 * The root nexus' part.
 */
static int
root_allochdl(dev_info_t *rdip, ddi_dma_attr_t *attr, int (*waitfp)(caddr_t),
    caddr_t arg, ddi_dma_handle_t *handlep)
{
	const char *refused;
	struct kdma *kd;

	attr_check(rdip, attr);
	if ((refused = attr_refused(attr)) != NULL) {
		hc_violation("dma", "ddi_dma_alloc_handle(%s%d): "
		    "DDI_DMA_BADATTR: %s", ddi_driver_name(rdip),
		    ddi_get_instance(rdip), refused);
		return (DDI_DMA_BADATTR);
	}
	if (waitfp != DDI_DMA_SLEEP && hc_fail("dma")) {
		kdma_call_later(waitfp, arg);
		return (DDI_DMA_NORESOURCES);
	}
	kd = hc_alloc(sizeof (*kd));
	kd->kd_rdip = rdip;
	kd->kd_attr = *attr;
	kd->kd_next = dma_live;
	dma_live = kd;
	*handlep = (ddi_dma_handle_t)kd;
	return (DDI_SUCCESS);
}

static int
root_freehdl(ddi_dma_handle_t handle)
{
	struct kdma **kdp, *kd;
	uint_t slot;

	if ((kd = kdma_lookup(handle, "ddi_dma_free_handle")) == NULL)
		return (DDI_FAILURE);
	if (kd->kd_bound) {
		hc_violation("dma", "ddi_dma_free_handle: handle %p of %s%d "
		    "is still bound to %lu bytes at %p", (void *)kd,
		    KDMA_WHO(kd), (ulong_t)kd->kd_len, (void *)kd->kd_addr);
		kdma_unbind(kd);
	}
	for (kdp = &dma_live; *kdp != kd; kdp = &(*kdp)->kd_next)
		continue;
	*kdp = kd->kd_next;
	slot = dma_nfreed++ % FREED_MAX;
	if (dma_freed[slot] != NULL)
		hc_free(dma_freed[slot]);
	dma_freed[slot] = kd;
	return (DDI_SUCCESS);
}

static int
root_sync(ddi_dma_handle_t handle, off_t off, size_t len, uint_t type)
{
	const struct kdma_win *dw;
	struct kdma *kd;
	size_t start, end;

	if ((kd = kdma_lookup(handle, "ddi_dma_sync")) == NULL)
		return (DDI_FAILURE);
	if (!kd->kd_bound) {
		hc_violation("dma", "ddi_dma_sync: handle %p of %s%d is not "
		    "bound", (void *)kd, KDMA_WHO(kd));
		return (DDI_FAILURE);
	}
	if (type != DDI_DMA_SYNC_FORDEV && type != DDI_DMA_SYNC_FORCPU &&
	    type != DDI_DMA_SYNC_FORKERNEL) {
		hc_violation("dma", "ddi_dma_sync: no such type: 0x%x", type);
		return (DDI_FAILURE);
	}
	dw = &kd->kd_wins[kd->kd_win];
	start = (size_t)off;
	if (off < 0 || start > kd->kd_len || len > kd->kd_len - start) {
		hc_violation("dma", "ddi_dma_sync: offset %ld, length %lu is "
		    "outside of the %lu bytes that handle %p of %s%d is bound "
		    "to", (long)off, (ulong_t)len, (ulong_t)kd->kd_len,
		    (void *)kd, KDMA_WHO(kd));
		return (DDI_FAILURE);
	}
	/* The whole range from 0 means the active window. */
	if (start == 0 && kd->kd_partial)
		start = dw->dw_off;
	end = len == 0 ? dw->dw_off + dw->dw_len : start + len;
	if (start < dw->dw_off || end > dw->dw_off + dw->dw_len ||
	    start > end) {
		hc_violation("dma", "ddi_dma_sync: offset %ld, length %lu is "
		    "outside of window %u of handle %p", (long)off,
		    (ulong_t)len, kd->kd_win, (void *)kd);
		return (DDI_FAILURE);
	}
	kdma_copy(kd, start, end - start, type == DDI_DMA_SYNC_FORDEV);
	return (DDI_SUCCESS);
}

/*
 * The nexus that a request of dip's goes to, and its bus_ops; NULL for the root
 * nexus, whose part is here.
 */
static dev_info_t *
nexus_of(dev_info_t *dip)
{
	dev_info_t *pdip;

	if (dip == ddi_root_node())
		return (NULL);
	pdip = (dev_info_t *)DEVI(dip)->devi_parent;
	return (pdip == ddi_root_node() ? NULL : pdip);
}

static struct bus_ops *
bus_ops_of(dev_info_t *dip)
{
	struct dev_ops *ops = DEVI(dip)->devi_ops;

	return (ops != NULL ? ops->devo_bus_ops : NULL);
}

static void
no_bus_op(dev_info_t *dip, dev_info_t *rdip, const char *op)
{
	hc_violation("dma", "%s%d asks for DMA, and %s%d above it has no %s "
	    "in its bus_ops: a real kernel jumps to address 0",
	    ddi_driver_name(rdip), ddi_get_instance(rdip),
	    ddi_driver_name(dip), ddi_get_instance(dip), op);
}

/*
 * Calls the nexus' entry, and answers `failed' for one that has none.
 */
#define	ASK_NEXUS(dip, rdip, op, failed, args)				\
	struct bus_ops *bops = bus_ops_of(dip);				\
	if (bops == NULL || bops->op == NULL) {				\
		no_bus_op(dip, rdip, #op);				\
		return (failed);					\
	}								\
	return (bops->op args)

int
ddi_dma_allochdl(dev_info_t *dip, dev_info_t *rdip, ddi_dma_attr_t *attr,
    int (*waitfp)(caddr_t), caddr_t arg, ddi_dma_handle_t *handlep)
{
	if ((dip = nexus_of(dip)) == NULL)
		return (root_allochdl(rdip, attr, waitfp, arg, handlep));
	ASK_NEXUS(dip, rdip, bus_dma_allochdl, DDI_DMA_NORESOURCES,
	    (dip, rdip, attr, waitfp, arg, handlep));
}

int
ddi_dma_freehdl(dev_info_t *dip, dev_info_t *rdip, ddi_dma_handle_t handle)
{
	if ((dip = nexus_of(dip)) == NULL)
		return (root_freehdl(handle));
	ASK_NEXUS(dip, rdip, bus_dma_freehdl, DDI_FAILURE,
	    (dip, rdip, handle));
}

int
ddi_dma_bindhdl(dev_info_t *dip, dev_info_t *rdip, ddi_dma_handle_t handle,
    struct ddi_dma_req *req, ddi_dma_cookie_t *cookiep, uint_t *ccountp)
{
	struct kdma *kd;

	if ((dip = nexus_of(dip)) == NULL) {
		kd = kdma_lookup(handle, "ddi_dma_bind_handle");
		return (kd == NULL ? DDI_DMA_NOMAPPING :
		    kdma_bind(kd, req, cookiep, ccountp));
	}
	ASK_NEXUS(dip, rdip, bus_dma_bindhdl, DDI_DMA_NOMAPPING,
	    (dip, rdip, handle, req, cookiep, ccountp));
}

int
ddi_dma_unbindhdl(dev_info_t *dip, dev_info_t *rdip, ddi_dma_handle_t handle)
{
	struct kdma *kd;

	if ((dip = nexus_of(dip)) == NULL) {
		kd = kdma_lookup(handle, "ddi_dma_unbind_handle");
		if (kd == NULL)
			return (DDI_FAILURE);
		if (!kd->kd_bound) {
			hc_violation("dma", "ddi_dma_unbind_handle: handle %p "
			    "of %s%d is not bound", (void *)kd, KDMA_WHO(kd));
			return (DDI_FAILURE);
		}
		kdma_unbind(kd);
		return (DDI_SUCCESS);
	}
	ASK_NEXUS(dip, rdip, bus_dma_unbindhdl, DDI_FAILURE,
	    (dip, rdip, handle));
}

int
ddi_dma_flush(dev_info_t *dip, dev_info_t *rdip, ddi_dma_handle_t handle,
    off_t off, size_t len, uint_t flags)
{
	if ((dip = nexus_of(dip)) == NULL)
		return (root_sync(handle, off, len, flags));
	ASK_NEXUS(dip, rdip, bus_dma_flush, DDI_FAILURE,
	    (dip, rdip, handle, off, len, flags));
}

int
ddi_dma_win(dev_info_t *dip, dev_info_t *rdip, ddi_dma_handle_t handle,
    uint_t win, off_t *offp, size_t *lenp, ddi_dma_cookie_t *cookiep,
    uint_t *ccountp)
{
	struct kdma *kd;

	if ((dip = nexus_of(dip)) == NULL) {
		kd = kdma_lookup(handle, "ddi_dma_getwin");
		return (kd == NULL ? DDI_FAILURE :
		    kdma_getwin(kd, win, offp, lenp, cookiep, ccountp));
	}
	ASK_NEXUS(dip, rdip, bus_dma_win, DDI_FAILURE,
	    (dip, rdip, handle, win, offp, lenp, cookiep, ccountp));
}

/*
 * Obsolete requests, which the root nexus no longer knows.
 */
int
ddi_dma_mctl(dev_info_t *dip, dev_info_t *rdip, ddi_dma_handle_t handle,
    enum ddi_dma_ctlops request, off_t *offp, size_t *lenp, caddr_t *objp,
    uint_t flags)
{
	if ((dip = nexus_of(dip)) == NULL)
		return (DDI_FAILURE);
	ASK_NEXUS(dip, rdip, bus_dma_ctl, DDI_FAILURE,
	    (dip, rdip, handle, request, offp, lenp, objp, flags));
}

/*
 * For the bus_ops of a nexus below which there is no DMA.
 */
int
ddi_no_dma_map(dev_info_t *dip, dev_info_t *rdip, struct ddi_dma_req *req,
    ddi_dma_handle_t *handlep)
{
	return (DDI_DMA_NOMAPPING);
}

int
ddi_no_dma_allochdl(dev_info_t *dip, dev_info_t *rdip, ddi_dma_attr_t *attr,
    int (*waitfp)(caddr_t), caddr_t arg, ddi_dma_handle_t *handlep)
{
	return (DDI_DMA_BADATTR);
}

int
ddi_no_dma_freehdl(dev_info_t *dip, dev_info_t *rdip, ddi_dma_handle_t handle)
{
	return (DDI_FAILURE);
}

int
ddi_no_dma_bindhdl(dev_info_t *dip, dev_info_t *rdip, ddi_dma_handle_t handle,
    struct ddi_dma_req *req, ddi_dma_cookie_t *cookiep, uint_t *ccountp)
{
	return (DDI_DMA_NOMAPPING);
}

int
ddi_no_dma_unbindhdl(dev_info_t *dip, dev_info_t *rdip,
    ddi_dma_handle_t handle)
{
	return (DDI_FAILURE);
}

int
ddi_no_dma_flush(dev_info_t *dip, dev_info_t *rdip, ddi_dma_handle_t handle,
    off_t off, size_t len, uint_t flags)
{
	return (DDI_FAILURE);
}

int
ddi_no_dma_win(dev_info_t *dip, dev_info_t *rdip, ddi_dma_handle_t handle,
    uint_t win, off_t *offp, size_t *lenp, ddi_dma_cookie_t *cookiep,
    uint_t *ccountp)
{
	return (DDI_FAILURE);
}

int
ddi_no_dma_mctl(dev_info_t *dip, dev_info_t *rdip, ddi_dma_handle_t handle,
    enum ddi_dma_ctlops request, off_t *offp, size_t *lenp, caddr_t *objp,
    uint_t flags)
{
	return (DDI_FAILURE);
}
