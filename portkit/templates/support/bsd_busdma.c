/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

/*
 * What bus_dma(9) of FreeBSD does in one step and the DDI in several.
 *
 * A load is done when it returns: the DDI waits for resources if it may, where
 * FreeBSD would call back later.
 */

#include <sys/types.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/kmem.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include "bsd_busdma.h"

static ddi_device_acc_attr_t busdma_acc_attr = {
	.devacc_attr_version =		DDI_DEVICE_ATTR_V0,
	.devacc_attr_endian_flags =	DDI_NEVERSWAP_ACC,
	.devacc_attr_dataorder =	DDI_STRICTORDER_ACC
};

static int
busdma_errno(int error)
{
	switch (error) {
	case DDI_SUCCESS:	/* is DDI_DMA_MAPPED */
		return (0);
	case DDI_DMA_NORESOURCES:
		return (ENOMEM);
	case DDI_DMA_TOOBIG:
	case DDI_DMA_PARTIAL_MAP:
		return (EFBIG);
	case DDI_DMA_INUSE:
		return (EBUSY);
	case DDI_DMA_NOMAPPING:
		return (EFAULT);
	default:
		return (EINVAL);
	}
}

static int
(*busdma_wait(int flags))(caddr_t)
{
	return ((flags & KM_NOSLEEP) != 0 ? DDI_DMA_DONTWAIT : DDI_DMA_SLEEP);
}

/*
 * Allocate the most memory that the attributes let one transfer have, all
 * zeroes, and a handle for it.  flags is KM_SLEEP or KM_NOSLEEP, here and
 * below.  Returns 0 or an errno.
 */
int
bsd_dmamem_alloc(dev_info_t *dip, ddi_dma_attr_t *attr, int flags,
    void **vaddrp, ddi_dma_handle_t *handlep, ddi_acc_handle_t *accp)
{
	caddr_t vaddr;
	size_t len;
	int error;

	error = ddi_dma_alloc_handle(dip, attr, busdma_wait(flags), NULL,
	    handlep);
	if (error != DDI_SUCCESS)
		return (busdma_errno(error));
	if (ddi_dma_mem_alloc(*handlep, attr->dma_attr_maxxfer,
	    &busdma_acc_attr, DDI_DMA_CONSISTENT, busdma_wait(flags), NULL,
	    &vaddr, &len, accp) != DDI_SUCCESS) {
		ddi_dma_free_handle(handlep);
		return (ENOMEM);
	}
	bzero(vaddr, len);
	*vaddrp = vaddr;
	return (0);
}

/*
 * Bind kernel memory for both directions, and call the callback with all
 * cookies, or with none and an errno.  Returns that errno.
 */
int
bsd_dmamap_load(ddi_dma_handle_t handle, void *vaddr, size_t len,
    bsd_dmamap_callback_t *callback, void *arg, int flags)
{
	ddi_dma_cookie_t first;
	ddi_dma_cookie_t *cookies;
	uint_t ccount, i;
	int error;

	error = ddi_dma_addr_bind_handle(handle, NULL, vaddr, len,
	    DDI_DMA_RDWR | DDI_DMA_CONSISTENT, busdma_wait(flags), NULL,
	    &first, &ccount);
	if (error != DDI_DMA_MAPPED) {
		error = busdma_errno(error);
		callback(arg, NULL, 0, error);
		return (error);
	}

	cookies = kmem_alloc(ccount * sizeof (*cookies), flags & KM_NOSLEEP);
	if (cookies == NULL) {
		(void) ddi_dma_unbind_handle(handle);
		callback(arg, NULL, 0, ENOMEM);
		return (ENOMEM);
	}
	cookies[0] = first;
	for (i = 1; i < ccount; i++)
		ddi_dma_nextcookie(handle, &cookies[i]);
	callback(arg, cookies, (int)ccount, 0);
	kmem_free(cookies, ccount * sizeof (*cookies));
	return (0);
}
