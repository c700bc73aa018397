/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Interrupts of devices: ddi_intr_alloc(9F) and the older ddi_add_intr(9F). No
 * device here has any, so the functions answer what they answer for such a
 * one, and no handle is ever given out.
 */

#include "ksync.h"

static int
no_handle(const void *handle, const char *called)
{
	if (handle != NULL) {
		hc_violation("memory", "%s: %p is not a handle of "
		    "ddi_intr_alloc(9F)", called, handle);
	}
	return (DDI_EINVAL);
}

int
ddi_intr_get_supported_types(dev_info_t *dip, int *types)
{
	if (dip == NULL)
		return (DDI_EINVAL);
	*types = 0;
	return (DDI_INTR_NOTFOUND);
}

int
ddi_intr_get_nintrs(dev_info_t *dip, int type, int *n)
{
	if (dip == NULL || n == NULL)
		return (DDI_EINVAL);
	*n = 0;
	return (DDI_INTR_NOTFOUND);
}

int
ddi_intr_get_navail(dev_info_t *dip, int type, int *n)
{
	return (ddi_intr_get_nintrs(dip, type, n));
}

int
ddi_intr_alloc(dev_info_t *dip, ddi_intr_handle_t *handles, int type, int inum,
    int count, int *actual, int behaviour)
{
	kpoint();
	(void) kctx_may_sleep("ddi_intr_alloc");
	if (dip == NULL || handles == NULL || actual == NULL || count < 1)
		return (DDI_EINVAL);
	*actual = 0;
	return (DDI_INTR_NOTFOUND);
}

int
ddi_intr_free(ddi_intr_handle_t h)
{
	return (no_handle(h, "ddi_intr_free"));
}

int
ddi_intr_get_cap(ddi_intr_handle_t h, int *flags)
{
	return (no_handle(h, "ddi_intr_get_cap"));
}

int
ddi_intr_set_cap(ddi_intr_handle_t h, int flags)
{
	return (no_handle(h, "ddi_intr_set_cap"));
}

uint_t
ddi_intr_get_hilevel_pri(void)
{
	return (LOCK_LEVEL + 1);
}

int
ddi_intr_get_pri(ddi_intr_handle_t h, uint_t *pri)
{
	return (no_handle(h, "ddi_intr_get_pri"));
}

int
ddi_intr_set_pri(ddi_intr_handle_t h, uint_t pri)
{
	return (no_handle(h, "ddi_intr_set_pri"));
}

int
ddi_intr_add_handler(ddi_intr_handle_t h, ddi_intr_handler_t *func, void *arg1,
    void *arg2)
{
	return (no_handle(h, "ddi_intr_add_handler"));
}

int
ddi_intr_dup_handler(ddi_intr_handle_t h, int inum, ddi_intr_handle_t *dup)
{
	return (no_handle(h, "ddi_intr_dup_handler"));
}

int
ddi_intr_remove_handler(ddi_intr_handle_t h)
{
	return (no_handle(h, "ddi_intr_remove_handler"));
}

int
ddi_intr_enable(ddi_intr_handle_t h)
{
	return (no_handle(h, "ddi_intr_enable"));
}

int
ddi_intr_disable(ddi_intr_handle_t h)
{
	return (no_handle(h, "ddi_intr_disable"));
}

int
ddi_intr_block_enable(ddi_intr_handle_t *handles, int count)
{
	return (no_handle(handles, "ddi_intr_block_enable"));
}

int
ddi_intr_block_disable(ddi_intr_handle_t *handles, int count)
{
	return (no_handle(handles, "ddi_intr_block_disable"));
}

int
ddi_intr_set_mask(ddi_intr_handle_t h)
{
	return (no_handle(h, "ddi_intr_set_mask"));
}

int
ddi_intr_clr_mask(ddi_intr_handle_t h)
{
	return (no_handle(h, "ddi_intr_clr_mask"));
}

int
ddi_intr_get_pending(ddi_intr_handle_t h, int *pending)
{
	return (no_handle(h, "ddi_intr_get_pending"));
}

int
ddi_intr_set_nreq(dev_info_t *dip, int n)
{
	return (DDI_ENOTSUP);
}

/*
 * Before ddi_intr_alloc(9F).
 */
int
ddi_intr_hilevel(dev_info_t *dip, uint_t inum)
{
	return (0);
}

int
ddi_get_iblock_cookie(dev_info_t *dip, uint_t inum,
    ddi_iblock_cookie_t *cookie)
{
	return (DDI_INTR_NOTFOUND);
}

int
ddi_dev_nintrs(dev_info_t *dip, int *n)
{
	*n = 0;
	return (DDI_SUCCESS);
}

int
ddi_add_intr(dev_info_t *dip, uint_t inum, ddi_iblock_cookie_t *iblock,
    ddi_idevice_cookie_t *idevice, uint_t (*func)(caddr_t), caddr_t arg)
{
	return (DDI_INTR_NOTFOUND);
}

void
ddi_remove_intr(dev_info_t *dip, uint_t inum, ddi_iblock_cookie_t cookie)
{
	hc_violation("memory", "ddi_remove_intr: interrupt %u was not added",
	    inum);
}

uint_t
i_ddi_intr_get_current_nintrs(dev_info_t *dip)
{
	return (0);
}

uint_t
i_ddi_intr_get_supported_types(dev_info_t *dip)
{
	return (0);
}

ddi_intr_handle_t
i_ddi_get_intr_handle(dev_info_t *dip, int inum)
{
	return (NULL);
}
