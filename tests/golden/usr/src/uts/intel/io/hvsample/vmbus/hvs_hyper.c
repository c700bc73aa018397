/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The portkit authors
 */

/*
 * The hypervisor itself: is it there, who are we, and how to call it.
 * Also the one way in which this driver gets memory that the host will see.
 */

#include <sys/ccompile.h>
#include <sys/param.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <sys/systm.h>
#include <sys/cmn_err.h>
#include <sys/debug.h>
#include <sys/kmem.h>

#include <vm/hat.h>

#include <sys/x86_archext.h>
#include <sys/controlregs.h>
#include <sys/dditypes.h>
#include <sys/reboot.h>
#include <sys/vmem.h>
#include <vm/as.h>
#include <vm/seg_kmem.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include <hvsample/bsd/bsd_busdma.h>
#include <hvsample/bsd/bsd_cpu.h>

#include <hvsample/vmbus/hvs_var.h>

uint32_t		hvs_features;		/* HVS_FEATURE_, 0 if absent */

static uint8_t		*hvs_hypercall_page;

void		hvs_hyper_probe(void *);
void		hvs_hyper_leave(void *);

/* Before any driver of the module is asked to identify its devices. */

/*
 * Features that the hypervisor grants us, or 0 where it is none that we know.
 */
static uint32_t
hvs_hyper_detect(void)
{
	uint_t leaf[4];
	uint_t last;

	if (vm_guest != HW_MICROSOFT)
		return (0);

	leaf[0] = HVS_CPUID_VENDOR;
	leaf[2] = 0;
	(void) __cpuid_insn((struct cpuid_regs *)leaf);
	last = leaf[0];
	if (last < HVS_CPUID_FEATURES || leaf[1] != HVS_SIGNATURE_EBX ||
	    leaf[2] != HVS_SIGNATURE_ECX || leaf[3] != HVS_SIGNATURE_EDX)
		return (0);

	leaf[0] = HVS_CPUID_INTERFACE;
	leaf[2] = 0;
	(void) __cpuid_insn((struct cpuid_regs *)leaf);
	if (leaf[0] != HVS_INTERFACE_HV1)
		return (0);

	leaf[0] = HVS_CPUID_VERSION;
	leaf[2] = 0;
	(void) __cpuid_insn((struct cpuid_regs *)leaf);
	if (boothowto & RB_VERBOSE) {
		cmn_err(CE_CONT, "?hvs: hypervisor %u.%u build %u\n",
		    leaf[1] >> 16,
		    leaf[1] & 0xffff, leaf[0]);
	}

	leaf[0] = HVS_CPUID_FEATURES;
	leaf[2] = 0;
	(void) __cpuid_insn((struct cpuid_regs *)leaf);
	if (boothowto & RB_VERBOSE)
		cmn_err(CE_CONT, "?hvs: features 0x%b\n", leaf[0],
		    HVS_FEATURE_BITS);
	return (leaf[0]);
}

static void
hvs_hypercall_page_free(void)
{

	segkmem_free(heaptext_arena, (void *)hvs_hypercall_page, PAGESIZE);
	hvs_hypercall_page = NULL;
}

void
hvs_hyper_probe(void *arg __unused)
{
	const uint32_t needed = HVS_FEATURE_SYNIC | HVS_FEATURE_HYPERCALL;
	uint32_t features;
	uint64_t msr;

	features = hvs_hyper_detect();
	if ((features & needed) != needed)
		return;

	/* The hypervisor takes no calls from a guest that gives no name. */
	wrmsr(HVS_MSR_GUEST_OS_ID, HVS_GUEST_OS_ID);

	/*
	 * The hypervisor lays its own code over a page of ours.  The page has
	 * to be executable, which busdma(9) memory is not.
	 */
	hvs_hypercall_page = segkmem_alloc(heaptext_arena, PAGESIZE, KM_SLEEP);
	msr = rdmsr(HVS_MSR_HYPERCALL) & HVS_MSR_PAGE_KEEP;
	msr |= (ptob(hat_getpfnum(kas.a_hat, (caddr_t)hvs_hypercall_page)) |
	    ((uintptr_t)hvs_hypercall_page & PAGEOFFSET)) | HVS_MSR_ENABLE;
	wrmsr(HVS_MSR_HYPERCALL, msr);

	if ((rdmsr(HVS_MSR_HYPERCALL) & HVS_MSR_ENABLE) == 0) {
		cmn_err(CE_CONT,
		    "hvs: the hypervisor refused the hypercall page\n");
		hvs_hypercall_page_free();
		wrmsr(HVS_MSR_GUEST_OS_ID, 0);
		return;
	}
	hvs_features = features;
}

void
hvs_hyper_leave(void *arg __unused)
{

	if (hvs_hypercall_page == NULL)
		return;

	hvs_features = 0;
	wrmsr(HVS_MSR_HYPERCALL,
	    rdmsr(HVS_MSR_HYPERCALL) & HVS_MSR_PAGE_KEEP);
	hvs_hypercall_page_free();
	wrmsr(HVS_MSR_GUEST_OS_ID, 0);
}

/*
 * Call the hypervisor with an input that lies at a physical address; none of
 * the calls that we make has an output.  It follows the C calling convention,
 * but for where the arguments are.
 */
uint64_t
hvs_hypercall(uint64_t code, uint64_t input)
{
	uint64_t result;

	ASSERT(hvs_hypercall_page != NULL);

	__asm__ __volatile__("xorl %%r8d, %%r8d; call *%3"
	    : "=a" (result), "+c" (code), "+d" (input)
	    : "m" (hvs_hypercall_page)
	    : "cc", "memory", "r8", "r9", "r10", "r11");
	return (result);
}

static void
hvs_dma_loaded(void *arg, ddi_dma_cookie_t *segs, int nsegs, int error)
{
	uint64_t *busaddr = arg;

	if (error != 0)
		return;
	ASSERT(nsegs == 1);
	*busaddr = segs[0].dmac_laddress;
}

/*
 * Allocate `size' zeroed bytes in one physical piece.  Returns an errno value;
 * dm_addr is NULL where there is no memory, so hvs_dma_free() is always safe.
 */
int
hvs_dma_alloc(dev_info_t *dev, size_t align, size_t size,
    struct hvs_dma *dma)
{
	int error;

	dma->dm_addr = NULL;
	dma->dm_tag.dma_attr_version = DMA_ATTR_V0;
	dma->dm_tag.dma_attr_addr_lo = 0;
	dma->dm_tag.dma_attr_addr_hi = UINT64_MAX;
	dma->dm_tag.dma_attr_count_max = MAX(size, PAGESIZE) - 1;
	dma->dm_tag.dma_attr_align = align;
	dma->dm_tag.dma_attr_burstsizes = 0xfff;
	dma->dm_tag.dma_attr_minxfer = 1;
	dma->dm_tag.dma_attr_maxxfer = MAX(size, PAGESIZE);
	dma->dm_tag.dma_attr_seg = UINT64_MAX;
	dma->dm_tag.dma_attr_sgllen = 1;
	dma->dm_tag.dma_attr_granular = 1;
	dma->dm_tag.dma_attr_flags = 0;
	error = 0;
	if (error != 0)
		return (error);

	error = bsd_dmamem_alloc(dev, &dma->dm_tag,
	    KM_SLEEP | DDI_DMA_CONSISTENT, &dma->dm_addr, &dma->dm_map,
	    &dma->dm_map_acc);
	if (error != 0) {
		dma->dm_addr = NULL;
		return (error);
	}

	error = bsd_dmamap_load(dma->dm_map, dma->dm_addr, size, hvs_dma_loaded,
	    &dma->dm_busaddr, KM_NOSLEEP);
	if (error != 0) {
		ddi_dma_mem_free(&dma->dm_map_acc);
		ddi_dma_free_handle(&dma->dm_map);
		dma->dm_addr = NULL;
	}
	return (error);
}

void
hvs_dma_free(struct hvs_dma *dma)
{

	if (dma->dm_addr == NULL)
		return;
	(void) ddi_dma_unbind_handle(dma->dm_map);
	ddi_dma_mem_free(&dma->dm_map_acc);
	ddi_dma_free_handle(&dma->dm_map);
	dma->dm_addr = NULL;
}
