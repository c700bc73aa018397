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
 * FreeBSD's bus_dma(9), composed of the DDI's DMA functions.
 *
 * A tag is a device and its DMA attributes, ddi_dma_attr(9S); a map is a DMA
 * handle, with the access handle if the memory is ours; the segments of a
 * load are DMA cookies, ddi_dma_cookie(9S).
 */

#include <sys/types.h>
#include <sys/list.h>
#include <sys/kmem.h>
#include <sys/dditypes.h>
#include <sys/ddidmareq.h>

#ifdef __cplusplus
extern "C" {
#endif

/* With KM_SLEEP or KM_NOSLEEP, and DDI_DMA_CONSISTENT. */
#define	BSD_DMA_ZERO	0x10000

struct bsd_dma_tag {
	dev_info_t	*dt_dip;
	ddi_dma_attr_t	dt_attr;
	size_t		dt_maxsize;	/* of an allocation */
	list_node_t	dt_link;	/* of a device's own tag */
};

struct bsd_dma_map {
	ddi_dma_handle_t	dm_handle;
	ddi_acc_handle_t	dm_acc;		/* of memory we allocated */
	boolean_t		dm_bound;
};

typedef void bsd_dmamap_callback_t(void *, ddi_dma_cookie_t *, int, int);

extern int bsd_busdma_init(void);
extern void bsd_busdma_fini(void);

extern struct bsd_dma_tag *bsd_get_dma_tag(dev_info_t *);
extern int bsd_dma_tag_create(struct bsd_dma_tag *, size_t, uint64_t, uint64_t,
    size_t, int, size_t, struct bsd_dma_tag **);
extern int bsd_dma_tag_destroy(struct bsd_dma_tag *);
extern int bsd_dmamem_alloc(struct bsd_dma_tag *, void **, int,
    struct bsd_dma_map **);
extern void bsd_dmamem_free(struct bsd_dma_tag *, void *,
    struct bsd_dma_map *);
extern int bsd_dmamap_create(struct bsd_dma_tag *, int, struct bsd_dma_map **);
extern int bsd_dmamap_destroy(struct bsd_dma_tag *, struct bsd_dma_map *);
extern int bsd_dmamap_load(struct bsd_dma_tag *, struct bsd_dma_map *,
    void *, size_t, bsd_dmamap_callback_t *, void *, int);
extern void bsd_dmamap_unload(struct bsd_dma_tag *, struct bsd_dma_map *);

#ifdef __cplusplus
}
#endif

#endif	/* _BSD_BUSDMA_H */
