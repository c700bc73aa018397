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
 * FreeBSD's bus_dma(9), composed of the DDI's DMA functions.
 *
 * A load is done when it returns: the DDI waits for resources if it may, where
 * FreeBSD would call back later.
 */

#include <sys/types.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/sysmacros.h>
#include <sys/errno.h>
#include <sys/kmem.h>
#include <sys/list.h>
#include <sys/ksynch.h>
#include <sys/debug.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include "bsd_busdma.h"

static kmutex_t busdma_lock;
static list_t busdma_tags;	/* one a device */

/* Any memory, in any number of pieces. */
static const ddi_dma_attr_t busdma_attr = {
	.dma_attr_version =	DMA_ATTR_V0,
	.dma_attr_addr_lo =	0,
	.dma_attr_addr_hi =	UINT64_MAX,
	.dma_attr_count_max =	UINT32_MAX,
	.dma_attr_align =	1,
	.dma_attr_burstsizes =	0xfff,
	.dma_attr_minxfer =	1,
	.dma_attr_maxxfer =	UINT32_MAX,
	.dma_attr_seg =		UINT64_MAX,
	.dma_attr_sgllen =	INT_MAX,
	.dma_attr_granular =	1,
	.dma_attr_flags =	0
};

static ddi_device_acc_attr_t busdma_acc_attr = {
	.devacc_attr_version =		DDI_DEVICE_ATTR_V0,
	.devacc_attr_endian_flags =	DDI_NEVERSWAP_ACC,
	.devacc_attr_dataorder =	DDI_STRICTORDER_ACC
};

/*
 * To be called once before any other function here, and once after the last.
 */
int
bsd_busdma_init(void)
{
	mutex_init(&busdma_lock, NULL, MUTEX_DRIVER, NULL);
	list_create(&busdma_tags, sizeof (struct bsd_dma_tag),
	    offsetof(struct bsd_dma_tag, dt_link));
	return (0);
}

void
bsd_busdma_fini(void)
{
	struct bsd_dma_tag *tag;

	while ((tag = list_remove_head(&busdma_tags)) != NULL)
		kmem_free(tag, sizeof (*tag));
	list_destroy(&busdma_tags);
	mutex_destroy(&busdma_lock);
}

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
 * The tag that says no more than which device it is for.  It stays until the
 * module is unloaded.
 */
struct bsd_dma_tag *
bsd_get_dma_tag(dev_info_t *dip)
{
	struct bsd_dma_tag *tag, *new;

	new = kmem_zalloc(sizeof (*new), KM_SLEEP);
	mutex_enter(&busdma_lock);
	for (tag = list_head(&busdma_tags); tag != NULL;
	    tag = list_next(&busdma_tags, tag)) {
		if (tag->dt_dip == dip)
			break;
	}
	if (tag == NULL) {
		tag = new;
		new = NULL;
		tag->dt_dip = dip;
		tag->dt_attr = busdma_attr;
		tag->dt_maxsize = SIZE_MAX;
		list_insert_tail(&busdma_tags, tag);
	}
	mutex_exit(&busdma_lock);
	if (new != NULL)
		kmem_free(new, sizeof (*new));
	return (tag);
}

/*
 * FreeBSD's restrictions, narrowed to those of the parent, as DMA attributes.
 * lowaddr is the highest address the device can use; boundary, if not 0, is
 * what no segment crosses.
 *
 * The DDI deals in whole pages: limits below a page are rounded up to one,
 * which is no loss for memory that is as small, since it is within a page if
 * it is aligned to its size.
 *
 * Sleeps.  A tag without a parent is for the root of the device tree.
 */
int
bsd_dma_tag_create(struct bsd_dma_tag *parent, size_t align, uint64_t boundary,
    uint64_t lowaddr, size_t maxsize, int nsegments, size_t maxsegsz,
    struct bsd_dma_tag **tagp)
{
	struct bsd_dma_tag *tag;
	ddi_dma_attr_t *attr;

	if (parent == NULL)
		parent = bsd_get_dma_tag(ddi_root_node());
	tag = kmem_zalloc(sizeof (*tag), KM_SLEEP);
	tag->dt_dip = parent->dt_dip;
	tag->dt_maxsize = MIN(maxsize, parent->dt_maxsize);
	tag->dt_attr = parent->dt_attr;

	attr = &tag->dt_attr;
	attr->dma_attr_addr_hi = MIN(attr->dma_attr_addr_hi, lowaddr);
	attr->dma_attr_align = MAX(attr->dma_attr_align, MAX(align, 1));
	attr->dma_attr_count_max = MIN(attr->dma_attr_count_max,
	    MAX(maxsegsz, PAGESIZE) - 1);
	attr->dma_attr_maxxfer = MIN(attr->dma_attr_maxxfer,
	    MAX(maxsize, PAGESIZE));
	if (boundary != 0) {
		attr->dma_attr_seg = MIN(attr->dma_attr_seg,
		    MAX(boundary, PAGESIZE) - 1);
	}
	/* Not more than 0 is FreeBSD's way to say any number. */
	if (nsegments > 0)
		attr->dma_attr_sgllen = MIN(attr->dma_attr_sgllen, nsegments);
	*tagp = tag;
	return (0);
}

int
bsd_dma_tag_destroy(struct bsd_dma_tag *tag)
{
	if (tag != NULL)
		kmem_free(tag, sizeof (*tag));
	return (0);
}

/*
 * A map of its own for memory that comes from elsewhere.  flags is KM_SLEEP or
 * KM_NOSLEEP here and below.
 */
int
bsd_dmamap_create(struct bsd_dma_tag *tag, int flags,
    struct bsd_dma_map **mapp)
{
	struct bsd_dma_map *map;
	int error;

	map = kmem_zalloc(sizeof (*map), flags & KM_NOSLEEP);
	if (map == NULL)
		return (ENOMEM);
	error = ddi_dma_alloc_handle(tag->dt_dip, &tag->dt_attr,
	    busdma_wait(flags), NULL, &map->dm_handle);
	if (error != DDI_SUCCESS) {
		kmem_free(map, sizeof (*map));
		return (busdma_errno(error));
	}
	*mapp = map;
	return (0);
}

/*ARGSUSED*/
int
bsd_dmamap_destroy(struct bsd_dma_tag *tag, struct bsd_dma_map *map)
{
	if (map == NULL)
		return (0);
	if (map->dm_bound)
		return (EBUSY);
	ddi_dma_free_handle(&map->dm_handle);
	kmem_free(map, sizeof (*map));
	return (0);
}

/*
 * Allocate memory as the tag says, of its maximum size.  BSD_DMA_ZERO in flags
 * asks for zeroes.  Returns 0 or an errno.
 */
int
bsd_dmamem_alloc(struct bsd_dma_tag *tag, void **vaddrp, int flags,
    struct bsd_dma_map **mapp)
{
	struct bsd_dma_map *map;
	caddr_t vaddr;
	size_t len;
	int error;

	if ((error = bsd_dmamap_create(tag, flags, &map)) != 0)
		return (error);
	if (ddi_dma_mem_alloc(map->dm_handle, tag->dt_maxsize,
	    &busdma_acc_attr, DDI_DMA_CONSISTENT, busdma_wait(flags), NULL,
	    &vaddr, &len, &map->dm_acc) != DDI_SUCCESS) {
		(void) bsd_dmamap_destroy(tag, map);
		return (ENOMEM);
	}
	if ((flags & BSD_DMA_ZERO) != 0)
		bzero(vaddr, len);
	*vaddrp = vaddr;
	*mapp = map;
	return (0);
}

/*ARGSUSED*/
void
bsd_dmamem_free(struct bsd_dma_tag *tag, void *vaddr, struct bsd_dma_map *map)
{
	bsd_dmamap_unload(tag, map);
	ddi_dma_mem_free(&map->dm_acc);
	(void) bsd_dmamap_destroy(tag, map);
}

/*
 * Bind kernel memory for both directions, and call the callback with all
 * cookies, or with none and an errno.  Returns that errno.
 */
/*ARGSUSED*/
int
bsd_dmamap_load(struct bsd_dma_tag *tag, struct bsd_dma_map *map, void *vaddr,
    size_t len, bsd_dmamap_callback_t *callback, void *arg, int flags)
{
	ddi_dma_cookie_t first;
	ddi_dma_cookie_t *cookies;
	uint_t ccount, i;
	int error;

	error = ddi_dma_addr_bind_handle(map->dm_handle, NULL, vaddr, len,
	    DDI_DMA_RDWR | DDI_DMA_CONSISTENT, busdma_wait(flags), NULL,
	    &first, &ccount);
	if (error != DDI_DMA_MAPPED) {
		error = busdma_errno(error);
		callback(arg, NULL, 0, error);
		return (error);
	}

	cookies = kmem_alloc(ccount * sizeof (*cookies), flags & KM_NOSLEEP);
	if (cookies == NULL) {
		(void) ddi_dma_unbind_handle(map->dm_handle);
		callback(arg, NULL, 0, ENOMEM);
		return (ENOMEM);
	}
	cookies[0] = first;
	for (i = 1; i < ccount; i++)
		ddi_dma_nextcookie(map->dm_handle, &cookies[i]);
	map->dm_bound = B_TRUE;
	callback(arg, cookies, (int)ccount, 0);
	kmem_free(cookies, ccount * sizeof (*cookies));
	return (0);
}

/*
 * It is no error if nothing is loaded.
 */
/*ARGSUSED*/
void
bsd_dmamap_unload(struct bsd_dma_tag *tag, struct bsd_dma_map *map)
{
	if (map != NULL && map->dm_bound) {
		(void) ddi_dma_unbind_handle(map->dm_handle);
		map->dm_bound = B_FALSE;
	}
}
