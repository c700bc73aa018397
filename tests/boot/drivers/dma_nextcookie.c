/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * ddi_dma_nextcookie(9F): not past the last cookie that the binding returned.
 */

#include "trial.h"

int
trial_attach(dev_info_t *dip)
{
	ddi_dma_handle_t handle;
	ddi_dma_cookie_t cookie;
	uint_t count, i;
	char *p = kmem_alloc(4 * PAGESIZE, KM_SLEEP);

	if (ddi_dma_alloc_handle(dip, &trial_dma_attr, DDI_DMA_SLEEP, NULL, &handle) !=
	    DDI_SUCCESS)
		return (ENOMEM);
	if (ddi_dma_addr_bind_handle(handle, NULL, p, 4 * PAGESIZE,
	    DDI_DMA_RDWR, DDI_DMA_SLEEP, NULL, &cookie, &count) !=
	    DDI_DMA_MAPPED)
		return (ENOMEM);
	for (i = 1; i < count; i++)
		ddi_dma_nextcookie(handle, &cookie);
#ifdef BROKEN
	ddi_dma_nextcookie(handle, &cookie);	/* HERE dma */
#endif
	(void) ddi_dma_unbind_handle(handle);
	ddi_dma_free_handle(&handle);
	kmem_free(p, 4 * PAGESIZE);
	return (0);
}

/*ARGSUSED*/
int
trial_detach(dev_info_t *dip)
{
	return (0);
}
