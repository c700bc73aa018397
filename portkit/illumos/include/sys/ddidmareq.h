/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a device can address (ddi_dma_attr(9S)), and what binding memory for
 * it takes and answers: ddi_dma_addr_bind_handle(9F).
 */

#ifndef _SYS_DDIDMAREQ_H
#define	_SYS_DDIDMAREQ_H

#include <sys/types.h>
#include <sys/dditypes.h>

struct ddi_dma_attr {
	uint_t dma_attr_version;
	uint64_t dma_attr_addr_lo;
	uint64_t dma_attr_addr_hi;
	uint64_t dma_attr_count_max;
	uint64_t dma_attr_align;
	uint_t dma_attr_burstsizes;
	uint32_t dma_attr_minxfer;
	uint64_t dma_attr_maxxfer;
	uint64_t dma_attr_seg;
	int dma_attr_sgllen;
	uint32_t dma_attr_granular;
	uint_t dma_attr_flags;
};

typedef struct ddi_dma_attr ddi_dma_attr_t;
#define	DMA_ATTR_V0	0
#define	DMA_ATTR_VERSION	0
#define	DDI_DMA_FORCE_PHYSICAL	0x100
#define	DDI_DMA_FLAGERR	0x200
#define	DDI_DMA_RELAXED_ORDERING	0x400

/* Where to wait: a function to call, or one of these. */
#define	DDI_DMA_DONTWAIT	((int (*)(caddr_t))0)
#define	DDI_DMA_SLEEP		((int (*)(caddr_t))1)
#define	DDI_DMA_CALLBACK_RUNOUT	0
#define	DDI_DMA_CALLBACK_DONE	1

/* Directions and kinds of a binding. */
#define	DDI_DMA_WRITE	0x1
#define	DDI_DMA_READ	0x2
#define	DDI_DMA_RDWR	3
#define	DDI_DMA_REDZONE	0x4
#define	DDI_DMA_PARTIAL	0x8
#define	DDI_DMA_CONSISTENT	0x10
#define	DDI_DMA_EXCLUSIVE	0x20
#define	DDI_DMA_STREAMING	0x40
#define	DDI_DMA_SBUS_64BIT	0x2000

/* How it went. */
#define	DDI_DMA_MAPPED	0
#define	DDI_DMA_MAPOK	0
#define	DDI_DMA_PARTIAL_MAP	1
#define	DDI_DMA_DONE	2
#define	DDI_DMA_NORESOURCES	(-1)
#define	DDI_DMA_NOMAPPING	(-2)
#define	DDI_DMA_TOOBIG	(-3)
#define	DDI_DMA_TOOSMALL	(-4)
#define	DDI_DMA_LOCKED	(-5)
#define	DDI_DMA_BADLIMITS	(-6)
#define	DDI_DMA_STALE	(-7)
#define	DDI_DMA_BADATTR	(-8)
#define	DDI_DMA_INUSE	(-9)
#define	DDI_DMA_USE_PHYSICAL	(-10)

/* ddi_dma_sync(9F): for whom. */
#define	DDI_DMA_SYNC_FORDEV	0x0
#define	DDI_DMA_SYNC_FORCPU	0x1
#define	DDI_DMA_SYNC_FORKERNEL	0x2
#define	IOMEM_DATA_CACHED	0x10000
#define	IOMEM_DATA_UC_WR_COMBINE	0x20000
#define	IOMEM_DATA_UNCACHED	0x40000
#define	IOMEM_DATA_MASK	0xf0000

/* The request as a nexus driver gets it (bus_dma_bindhdl). */
struct as;
struct page;
enum ddi_dma_ctlops {
	DDI_DMA_FREE = 0,
	DDI_DMA_SYNC,
	DDI_DMA_HTOC,
	DDI_DMA_KVADDR,
	DDI_DMA_MOVWIN,
	DDI_DMA_REPWIN,
	DDI_DMA_GETERR,
	DDI_DMA_COFF,
	DDI_DMA_NEXTWIN,
	DDI_DMA_NEXTSEG,
	DDI_DMA_SEGTOC,
	DDI_DMA_RESERVE,
	DDI_DMA_RELEASE,
	DDI_DMA_RESETH,
	DDI_DMA_CKSYNC,
	DDI_DMA_IOPB_ALLOC,
	DDI_DMA_IOPB_FREE,
	DDI_DMA_SMEM_ALLOC,
	DDI_DMA_SMEM_FREE,
	DDI_DMA_SET_SBUS64,
	DDI_DMA_REMAP,
	DDI_DMA_E_ACQUIRE,
	DDI_DMA_E_FREE,
	DDI_DMA_E_1STPTY,
	DDI_DMA_E_GETCB,
	DDI_DMA_E_FREECB,
	DDI_DMA_E_PROG,
	DDI_DMA_E_SWSETUP,
	DDI_DMA_E_SWSTART,
	DDI_DMA_E_ENABLE,
	DDI_DMA_E_STOP,
	DDI_DMA_E_DISABLE,
	DDI_DMA_E_GETCNT,
	DDI_DMA_E_GETLIM,
	DDI_DMA_E_GETATTR
};

struct v_address {
	caddr_t v_addr;
	struct as *v_as;
	void *v_priv;
};

struct pp_address {
	struct page *pp_pp;
	uint_t pp_offset;
};

struct phy_address {
	ulong_t p_addr;
	ulong_t p_memtype;
};

struct dvma_address {
	size_t dv_off;
	size_t dv_nseg;
	struct dvmaseg *dv_seg;
};

typedef union {
	struct v_address virt_obj;
	struct pp_address pp_obj;
	struct phy_address phys_obj;
	struct dvma_address dvma_obj;
} ddi_dma_aobj_t;

typedef enum {
	DMA_OTYP_VADDR = 0,
	DMA_OTYP_PAGES,
	DMA_OTYP_PADDR,
	DMA_OTYP_BUFVADDR,
	DMA_OTYP_DVADDR
} ddi_dma_atyp_t;

typedef struct {
	uint_t dmao_size;
	ddi_dma_atyp_t dmao_type;
	ddi_dma_aobj_t dmao_obj;
} ddi_dma_obj_t;

struct ddi_dma_lim {
	uint_t dlim_addr_lo;
	uint_t dlim_addr_hi;
	uint_t dlim_cntr_max;
	uint_t dlim_burstsizes;
	uint_t dlim_minxfer;
	uint_t dlim_dmaspeed;
	uint_t dlim_version;
	uint_t dlim_adreg_max;
	uint_t dlim_ctreg_max;
	uint_t dlim_granular;
	short dlim_sgllen;
	uint_t dlim_reqsize;
};

typedef struct ddi_dma_lim ddi_dma_lim_t;
struct ddi_dma_req {
	ddi_dma_lim_t *dmar_limits;
	uint_t dmar_flags;
	int (*dmar_fp)();
	caddr_t dmar_arg;
	ddi_dma_obj_t dmar_object;
};

typedef struct ddi_dma_req ddi_dma_req_t;

#endif	/* _SYS_DDIDMAREQ_H */
