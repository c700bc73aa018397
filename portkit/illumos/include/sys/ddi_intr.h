/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Interrupts: ddi_intr_alloc(9F), ddi_intr_add_handler(9F),
 * ddi_intr_add_softint(9F).
 */

#ifndef _SYS_DDI_INTR_H
#define	_SYS_DDI_INTR_H

#include <sys/types.h>
#include <sys/dditypes.h>

#define	DDI_INTR_NOTFOUND	1
#define	DDI_INTR_CLAIMED	1
#define	DDI_INTR_UNCLAIMED	0
typedef struct __ddi_intr_handle *ddi_intr_handle_t;
typedef struct __ddi_softint_handle *ddi_softint_handle_t;
typedef uint_t ddi_intr_handler_t(caddr_t, caddr_t);
#define	DDI_INTR_TYPE_FIXED	0x1
#define	DDI_INTR_TYPE_MSI	0x2
#define	DDI_INTR_TYPE_MSIX	0x4
#define	DDI_INTR_PRI_MIN	1
#define	DDI_INTR_PRI_MAX	12
#define	DDI_INTR_SOFTPRI_MIN	1
#define	DDI_INTR_SOFTPRI_MAX	9
#define	DDI_INTR_SOFTPRI_DEFAULT	1
#define	DDI_INTR_FLAG_LEVEL	0x1
#define	DDI_INTR_FLAG_EDGE	0x2
#define	DDI_INTR_FLAG_MASKABLE	0x10
#define	DDI_INTR_FLAG_PENDING	0x20
#define	DDI_INTR_FLAG_BLOCK	0x100
#define	DDI_INTR_FLAG_MSI64	0x200
#define	DDI_INTR_ALLOC_NORMAL	0
#define	DDI_INTR_ALLOC_STRICT	1

/* The priority as mutex_init(9F) and the others take it. */
#define	DDI_INTR_PRI(pri)	((void *)(uintptr_t)(pri))

int ddi_intr_get_supported_types(dev_info_t *, int *);
int ddi_intr_get_nintrs(dev_info_t *, int, int *);
int ddi_intr_get_navail(dev_info_t *, int, int *);
int ddi_intr_alloc(dev_info_t *, ddi_intr_handle_t *, int, int, int, int *,
    int);
int ddi_intr_free(ddi_intr_handle_t);
int ddi_intr_get_cap(ddi_intr_handle_t, int *);
int ddi_intr_set_cap(ddi_intr_handle_t, int);
uint_t ddi_intr_get_hilevel_pri(void);
int ddi_intr_get_pri(ddi_intr_handle_t, uint_t *);
int ddi_intr_set_pri(ddi_intr_handle_t, uint_t);
int ddi_intr_add_handler(ddi_intr_handle_t, ddi_intr_handler_t, void *,
    void *);
int ddi_intr_dup_handler(ddi_intr_handle_t, int, ddi_intr_handle_t *);
int ddi_intr_remove_handler(ddi_intr_handle_t);
int ddi_intr_enable(ddi_intr_handle_t);
int ddi_intr_disable(ddi_intr_handle_t);
int ddi_intr_block_enable(ddi_intr_handle_t *, int);
int ddi_intr_block_disable(ddi_intr_handle_t *, int);
int ddi_intr_set_mask(ddi_intr_handle_t);
int ddi_intr_clr_mask(ddi_intr_handle_t);
int ddi_intr_get_pending(ddi_intr_handle_t, int *);
int ddi_intr_set_nreq(dev_info_t *, int);
int ddi_intr_add_softint(dev_info_t *, ddi_softint_handle_t *, int,
    ddi_intr_handler_t, void *);
int ddi_intr_remove_softint(ddi_softint_handle_t);
int ddi_intr_trigger_softint(ddi_softint_handle_t, void *);
int ddi_intr_get_softint_pri(ddi_softint_handle_t, uint_t *);
int ddi_intr_set_softint_pri(ddi_softint_handle_t, uint_t);

/* Before ddi_intr_alloc(9F) there was ddi_add_intr(9F). */
#define	DDI_SOFTINT_FIXED	0
#define	DDI_SOFTINT_LOW	8
#define	DDI_SOFTINT_MED	128
#define	DDI_SOFTINT_HIGH	256
int ddi_intr_hilevel(dev_info_t *, uint_t);
int ddi_get_iblock_cookie(dev_info_t *, uint_t, ddi_iblock_cookie_t *);
int ddi_dev_nintrs(dev_info_t *, int *);
int ddi_add_intr(dev_info_t *, uint_t, ddi_iblock_cookie_t *,
    ddi_idevice_cookie_t *, uint_t (*)(caddr_t), caddr_t);
void ddi_remove_intr(dev_info_t *, uint_t, ddi_iblock_cookie_t);
int ddi_get_soft_iblock_cookie(dev_info_t *, int, ddi_iblock_cookie_t *);
int ddi_add_softintr(dev_info_t *, int, ddi_softintr_t *,
    ddi_iblock_cookie_t *, ddi_idevice_cookie_t *, uint_t (*)(caddr_t),
    caddr_t);
void ddi_remove_softintr(ddi_softintr_t);
void ddi_trigger_softintr(ddi_softintr_t);

/* What else a driver may expect from this header. */
#include <sys/ddipropdefs.h>
#include <sys/rwlock.h>
#include <sys/processor.h>
#include <sys/ddi_intr_impl.h>

#endif	/* _SYS_DDI_INTR_H */
