/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

#ifndef _BSD_BUSDMA_H
#define	_BSD_BUSDMA_H

/*
 * What bus_dma(9) of FreeBSD does in one step and the DDI in several.
 */

#include <sys/types.h>
#include <sys/kmem.h>
#include <sys/dditypes.h>
#include <sys/ddidmareq.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef void bsd_dmamap_callback_t(void *, ddi_dma_cookie_t *, int, int);

extern int bsd_dmamem_alloc(dev_info_t *, ddi_dma_attr_t *, int, void **,
    ddi_dma_handle_t *, ddi_acc_handle_t *);
extern int bsd_dmamap_load(ddi_dma_handle_t, void *, size_t,
    bsd_dmamap_callback_t *, void *, int);

#ifdef __cplusplus
}
#endif

#endif	/* _BSD_BUSDMA_H */
