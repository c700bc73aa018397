/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * ddi_dma_free_handle(9F): not while it is bound.
 */

#include "trial.h"

int
trial_attach(dev_info_t *dip)
{
	ddi_dma_handle_t handle;
	ddi_dma_cookie_t cookie;
	uint_t count;
	char *p = kmem_alloc(512, KM_SLEEP);

	if (ddi_dma_alloc_handle(dip, &trial_dma_attr, DDI_DMA_SLEEP, NULL, &handle) !=
	    DDI_SUCCESS)
		return (ENOMEM);
	if (ddi_dma_addr_bind_handle(handle, NULL, p, 512, DDI_DMA_RDWR,
	    DDI_DMA_SLEEP, NULL, &cookie, &count) != DDI_DMA_MAPPED)
		return (ENOMEM);
#ifndef BROKEN
	(void) ddi_dma_unbind_handle(handle);
#endif
	ddi_dma_free_handle(&handle);	/* HERE dma */
	kmem_free(p, 512);
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
