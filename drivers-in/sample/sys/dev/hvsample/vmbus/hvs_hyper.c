/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The portkit authors
 */

/*
 * The hypervisor itself: is it there, who are we, and how to call it.
 * Also the one way in which this driver gets memory that the host will see.
 */

#include <sys/cdefs.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/malloc.h>

#include <vm/vm.h>
#include <vm/vm_extern.h>
#include <vm/pmap.h>

#include <machine/cpufunc.h>
#include <machine/md_var.h>
#include <machine/specialreg.h>

#include <dev/hvsample/vmbus/hvs_var.h>

MALLOC_DEFINE(M_HVS, "hvs", "hvs_vmbus channels and requests");

SYSCTL_NODE(_hw, OID_AUTO, hvs, CTLFLAG_RD | CTLFLAG_MPSAFE, NULL,
    "Sample VMBus");

uint32_t		hvs_features;		/* HVS_FEATURE_, 0 if absent */

static uint8_t		*hvs_hypercall_page;

static void		hvs_hyper_probe(void *);
static void		hvs_hyper_leave(void *);

/* Before any driver of the module is asked to identify its devices. */
SYSINIT(hvs_hyper, SI_SUB_DRIVERS, SI_ORDER_FIRST, hvs_hyper_probe, NULL);
SYSUNINIT(hvs_hyper, SI_SUB_DRIVERS, SI_ORDER_FIRST, hvs_hyper_leave, NULL);

/*
 * Features that the hypervisor grants us, or 0 where it is none that we know.
 */
static uint32_t
hvs_hyper_detect(void)
{
	u_int leaf[4];
	u_int last;

	if (vm_guest != VM_GUEST_HV)
		return (0);

	do_cpuid(HVS_CPUID_VENDOR, leaf);
	last = leaf[0];
	if (last < HVS_CPUID_FEATURES || leaf[1] != HVS_SIGNATURE_EBX ||
	    leaf[2] != HVS_SIGNATURE_ECX || leaf[3] != HVS_SIGNATURE_EDX)
		return (0);

	do_cpuid(HVS_CPUID_INTERFACE, leaf);
	if (leaf[0] != HVS_INTERFACE_HV1)
		return (0);

	do_cpuid(HVS_CPUID_VERSION, leaf);
	if (bootverbose) {
		printf("hvs: hypervisor %u.%u build %u\n", leaf[1] >> 16,
		    leaf[1] & 0xffff, leaf[0]);
	}

	do_cpuid(HVS_CPUID_FEATURES, leaf);
	if (bootverbose)
		printf("hvs: features 0x%b\n", leaf[0], HVS_FEATURE_BITS);
	return (leaf[0]);
}

static void
hvs_hypercall_page_free(void)
{

#if __FreeBSD_version >= 1400000
	kmem_free(hvs_hypercall_page, PAGE_SIZE);
#else
	kmem_free((vm_offset_t)hvs_hypercall_page, PAGE_SIZE);
#endif
	hvs_hypercall_page = NULL;
}

static void
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
	hvs_hypercall_page = (void *)kmem_malloc(PAGE_SIZE,
	    M_EXEC | M_WAITOK);
	msr = rdmsr(HVS_MSR_HYPERCALL) & HVS_MSR_PAGE_KEEP;
	msr |= vtophys(hvs_hypercall_page) | HVS_MSR_ENABLE;
	wrmsr(HVS_MSR_HYPERCALL, msr);

	if ((rdmsr(HVS_MSR_HYPERCALL) & HVS_MSR_ENABLE) == 0) {
		printf("hvs: the hypervisor refused the hypercall page\n");
		hvs_hypercall_page_free();
		wrmsr(HVS_MSR_GUEST_OS_ID, 0);
		return;
	}
	hvs_features = features;
}

static void
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
hvs_hypercall(uint64_t code, bus_addr_t input)
{
	uint64_t result;

	KASSERT(hvs_hypercall_page != NULL, ("hypercall without a page"));

	__asm__ __volatile__("xorl %%r8d, %%r8d; call *%3"
	    : "=a" (result), "+c" (code), "+d" (input)
	    : "m" (hvs_hypercall_page)
	    : "cc", "memory", "r8", "r9", "r10", "r11");
	return (result);
}

static void
hvs_dma_loaded(void *arg, bus_dma_segment_t *segs, int nsegs, int error)
{
	bus_addr_t *busaddr = arg;

	if (error != 0)
		return;
	KASSERT(nsegs == 1, ("%d segments instead of one", nsegs));
	*busaddr = segs[0].ds_addr;
}

/*
 * Allocate `size' zeroed bytes in one physical piece.  Returns an errno value;
 * dm_addr is NULL where there is no memory, so hvs_dma_free() is always safe.
 */
int
hvs_dma_alloc(device_t dev, bus_size_t align, bus_size_t size,
    struct hvs_dma *dma)
{
	int error;

	dma->dm_addr = NULL;
	error = bus_dma_tag_create(bus_get_dma_tag(dev), align, 0,
	    BUS_SPACE_MAXADDR, BUS_SPACE_MAXADDR, NULL, NULL, size, 1, size,
	    0, NULL, NULL, &dma->dm_tag);
	if (error != 0)
		return (error);

	error = bus_dmamem_alloc(dma->dm_tag, &dma->dm_addr,
	    BUS_DMA_WAITOK | BUS_DMA_ZERO | BUS_DMA_COHERENT, &dma->dm_map);
	if (error != 0) {
		dma->dm_addr = NULL;
		bus_dma_tag_destroy(dma->dm_tag);
		return (error);
	}

	error = bus_dmamap_load(dma->dm_tag, dma->dm_map, dma->dm_addr, size,
	    hvs_dma_loaded, &dma->dm_busaddr, BUS_DMA_NOWAIT);
	if (error != 0) {
		bus_dmamem_free(dma->dm_tag, dma->dm_addr, dma->dm_map);
		bus_dma_tag_destroy(dma->dm_tag);
		dma->dm_addr = NULL;
	}
	return (error);
}

void
hvs_dma_free(struct hvs_dma *dma)
{

	if (dma->dm_addr == NULL)
		return;
	bus_dmamap_unload(dma->dm_tag, dma->dm_map);
	bus_dmamem_free(dma->dm_tag, dma->dm_addr, dma->dm_map);
	bus_dma_tag_destroy(dma->dm_tag);
	dma->dm_addr = NULL;
}
