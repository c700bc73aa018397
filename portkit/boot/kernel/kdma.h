/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What a ddi_dma_handle_t points at. dma.c walks the bus_ops and keeps handles,
 * dmabind.c makes cookies and windows, dmacopy.c copies where a device cannot
 * reach, dmamem.c has the memory and its access handles.
 */

#ifndef _KDMA_H
#define	_KDMA_H

#include "kern.h"
#include <sys/sysmacros.h>
#include <sys/ddi_impldefs.h>

struct kdma_page {			/* of the object, in its order */
	uint64_t	dp_pa;		/* what the device is told */
	caddr_t		dp_copy;	/* page of the copy buffer, or NULL */
};

struct kdma_win {
	size_t		dw_off;		/* in the object */
	size_t		dw_len;
	uint_t		dw_first;	/* its cookies */
	uint_t		dw_n;
};

struct kdma {
	struct kdma	*kd_next;
	dev_info_t	*kd_rdip;	/* whose handle it is */
	ddi_dma_attr_t	kd_attr;
	boolean_t	kd_bound;
	boolean_t	kd_lost;	/* bound memory that has been freed */
	boolean_t	kd_partial;
	uint_t		kd_flags;	/* of the binding */
	caddr_t		kd_addr;
	size_t		kd_len;
	struct kdma_page *kd_pages;
	uint_t		kd_npages;
	caddr_t		kd_copy;	/* the copy buffer, */
	hc_u64		*kd_copypfns;	/* its page frames */
	uint_t		kd_ncopy;	/* and how many there are */
	ddi_dma_cookie_t *kd_cookies;
	struct kdma_win	*kd_wins;
	uint_t		kd_nwins;
	uint_t		kd_win;		/* the active one */
	uint_t		kd_given;	/* of its cookies, by nextcookie */
};

/* For messages: "hv_vmbus0". */
#define	KDMA_WHO(kd)	ddi_driver_name((kd)->kd_rdip),	\
			    ddi_get_instance((kd)->kd_rdip)

/*
 * The handle behind what a driver passed; NULL, after a violation, when it is
 * none, or freed.
 */
struct kdma *kdma_lookup(ddi_dma_handle_t, const char *called);
struct kdma *kdma_first(void);

int	kdma_bind(struct kdma *, struct ddi_dma_req *, ddi_dma_cookie_t *,
    uint_t *);
void	kdma_unbind(struct kdma *);
int	kdma_getwin(struct kdma *, uint_t, off_t *, size_t *,
    ddi_dma_cookie_t *, uint_t *);

int	kdma_copy_setup(struct kdma *);		/* DDI_SUCCESS or NORESOURCES */
void	kdma_copy_teardown(struct kdma *);
void	kdma_copy(struct kdma *, size_t off, size_t len, boolean_t fordev);

/*
 * A callback of the driver's, to be called once there may be resources again.
 */
void	kdma_call_later(int (*)(caddr_t), caddr_t);

#endif	/* _KDMA_H */
