/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Synthetic MSRs that are not the interrupt controller's: who the guest is,
 * the hypercall page, time. One that the release does not announce does not
 * exist: it raises #GP, as does a value that its specification does not allow.
 */

#include "core.h"

#define	GP		1
#define	HYPERCALL_KEPT	0xffcUL		/* reserved bits, to be preserved */
#define	CRASH_MSRS	6

static struct {
	uint64_t	guest_id;
	uint64_t	hypercall, ref_tsc;
	struct hv_lent	hypercall_page, tsc_page;
	uint8_t		under[HC_PAGE];	/* what the hypercall page covers */
	uint64_t	crash[CRASH_MSRS];
	uint64_t	assist[HC_MAXCPU], tpr[HC_MAXCPU];
} msr;

bool
hv_hypercall_on(void)
{
	return ((msr.hypercall & HV_ENABLE) != 0);
}

uint64_t
hv_guest_id(void)
{
	return (msr.guest_id);
}

static void
hypercall_off(void)
{
	msr.hypercall &= ~HV_ENABLE;
	/* The page lay over the guest's own, which comes to light again. */
	if (msr.hypercall_page.page != NULL)
		memcpy(msr.hypercall_page.page, msr.under, HC_PAGE);
	hv_give_back(&msr.hypercall_page);
}

static int
write_guest_id(uint64_t value)
{
	static const char *const types[] = {
		"an unknown system", "Linux", "FreeBSD", "Xen", "illumos"
	};
	unsigned type = (unsigned)(value >> 56) & 0x7f;
	static bool known;

	msr.guest_id = value;
	if (value == 0) {
		if (hv_hypercall_on())
			hypercall_off();
		return (0);
	}
	if ((value >> 63) == 0) {
		if ((value >> 48) == 0)
			hv_protocol("guest OS id 0x%lx names no vendor "
			    "(bits 48-62)", value);
	} else if (type == 0) {
		hv_protocol("guest OS id 0x%lx: open source, and no OS type "
		    "(bits 56-62)", value);
	}
	if (!known) {
		known = true;
		hc_milestone("guest-id", 1, "0x%016lx: %s, version %lu", value,
		    (value >> 63) == 0 ? "not open source" :
		    types[type < 5 ? type : 0], (value >> 16) & 0xffffffff);
	}
	return (0);
}

static int
write_hypercall(uint64_t value)
{
	uint64_t pfn = value / HC_PAGE;

	if ((msr.hypercall & HV_HYPERCALL_LOCKED) != 0) {
		hv_protocol("the hypercall MSR is locked, and 0x%lx is written",
		    value);
		return (GP);
	}
	if (((value ^ msr.hypercall) & HYPERCALL_KEPT) != 0)
		hv_protocol("hypercall MSR: reserved bits 0x%lx are changed, "
		    "they are to be preserved",
		    (value ^ msr.hypercall) & HYPERCALL_KEPT);
	if (hv_hypercall_on())
		hypercall_off();
	if ((value & HV_ENABLE) == 0) {
		msr.hypercall = value;
		return (0);
	}
	if (msr.guest_id == 0) {
		/* The specification: the bit stays clear. */
		hv_protocol("the hypercall page is enabled before the guest "
		    "OS id is written");
		msr.hypercall = value & ~HV_ENABLE;
		return (0);
	}
	if (!hv_lend(&msr.hypercall_page, pfn, "hypercall page", 0)) {
		hv_protocol("hypercall MSR: there is no page at 0x%lx",
		    value & HV_PAGE_MASK);
		return (GP);
	}
	memcpy(msr.under, msr.hypercall_page.page, HC_PAGE);
	hc_hypercall_page(msr.hypercall_page.page);
	msr.hypercall = value;
	return (0);
}

static int
write_ref_tsc(uint64_t value)
{
	struct hv_tsc_page *page;

	hv_give_back(&msr.tsc_page);
	msr.ref_tsc = value;
	if ((value & HV_ENABLE) == 0)
		return (0);
	if (!hv_lend(&msr.tsc_page, value / HC_PAGE, "reference TSC page", 0)) {
		hv_protocol("reference TSC MSR: there is no page at 0x%lx",
		    value & HV_PAGE_MASK);
		return (GP);
	}
	/*
	 * The time stamp counter is the machine's own and no measure of virtual
	 * time. Sequence 0 is how a host says: use the MSR.
	 */
	page = msr.tsc_page.page;
	memset(page, 0, sizeof (*page));
	return (0);
}

static int
write_crash(unsigned n, uint64_t value)
{
	msr.crash[n] = value;
	if (n == HV_MSR_CRASH_CTL - HV_MSR_CRASH_P0 && (value >> 63) != 0)
		hc_console("host: the guest reports that it has crashed\n");
	return (0);
}

/* Whether this release has an MSR; what is not here is the SynIC's. */
static bool
exists(hc_u32 n)
{
	const struct hv_release *r = hv_release();
	uint32_t f = (uint32_t)r->features;

	switch (n) {
	case HV_MSR_GUEST_OS_ID:
	case HV_MSR_HYPERCALL:
		return ((f & HV_HAS_HYPERCALL) != 0);
	case HV_MSR_VP_INDEX:
		return ((f & HV_HAS_VP_INDEX) != 0);
	case HV_MSR_RESET:
		return ((f & HV_HAS_RESET) != 0);
	case HV_MSR_VP_RUNTIME:
		return ((f & HV_HAS_VP_RUNTIME) != 0);
	case HV_MSR_REF_COUNT:
		return ((f & HV_HAS_REF_COUNT) != 0);
	case HV_MSR_REF_TSC:
		return ((f & HV_HAS_REF_TSC) != 0);
	case HV_MSR_TSC_FREQUENCY:
	case HV_MSR_APIC_FREQUENCY:
		return ((f & HV_HAS_FREQUENCY) != 0);
	case HV_MSR_EOI:
	case HV_MSR_ICR:
	case HV_MSR_TPR:
	case HV_MSR_ASSIST_PAGE:
		return ((f & HV_HAS_APIC) != 0);
	case HV_MSR_GUEST_IDLE:
		return ((f & HV_HAS_GUEST_IDLE) != 0);
	}
	if (n >= HV_MSR_CRASH_P0 && n <= HV_MSR_CRASH_CTL)
		return ((r->features_edx & HV_MISC_CRASH) != 0);
	if (n >= HV_MSR_STIMER0 && n < HV_MSR_STIMER0 + 2 * HV_STIMERS)
		return ((f & HV_HAS_STIMERS) != 0);
	if ((n >= HV_MSR_SCONTROL && n <= HV_MSR_EOM) ||
	    (n >= HV_MSR_SINT0 && n < HV_MSR_SINT0 + HV_SINTS))
		return ((f & HV_HAS_SYNIC) != 0);
	return (false);
}

int
hv_rdmsr(int cpu, hc_u32 n, hc_u64 *value)
{
	int vp = hv_vp_of(cpu);

	*value = 0;
	if (!exists(n))
		return (GP);
	switch (n) {
	case HV_MSR_GUEST_OS_ID:
		*value = msr.guest_id;
		return (0);
	case HV_MSR_HYPERCALL:
		*value = msr.hypercall;
		return (0);
	case HV_MSR_VP_INDEX:
		*value = (hc_u64)vp;
		return (0);
	case HV_MSR_VP_RUNTIME:
	case HV_MSR_REF_COUNT:
		*value = hv_time();
		return (0);
	case HV_MSR_REF_TSC:
		*value = msr.ref_tsc;
		return (0);
	case HV_MSR_TSC_FREQUENCY:
		*value = 1000000000UL;
		return (0);
	case HV_MSR_APIC_FREQUENCY:
		*value = 200000000UL;
		return (0);
	case HV_MSR_TPR:
		*value = msr.tpr[vp];
		return (0);
	case HV_MSR_ASSIST_PAGE:
		*value = msr.assist[vp];
		return (0);
	case HV_MSR_EOI:
		return (GP);		/* to be written only */
	case HV_MSR_RESET:
	case HV_MSR_ICR:
	case HV_MSR_GUEST_IDLE:
		return (0);
	}
	if (n >= HV_MSR_CRASH_P0 && n <= HV_MSR_CRASH_CTL) {
		*value = msr.crash[n - HV_MSR_CRASH_P0];
		if (n == HV_MSR_CRASH_CTL)
			*value = 1UL << 63;
		return (0);
	}
	if (n >= HV_MSR_STIMER0 && n < HV_MSR_STIMER0 + 2 * HV_STIMERS)
		return (hv_stimer_rdmsr(vp, n - HV_MSR_STIMER0, value));
	return (hv_synic_rdmsr(vp, n, value));
}

int
hv_wrmsr(int cpu, hc_u32 n, hc_u64 value)
{
	int vp = hv_vp_of(cpu);

	if (!exists(n))
		return (GP);
	switch (n) {
	case HV_MSR_GUEST_OS_ID:
		return (write_guest_id(value));
	case HV_MSR_HYPERCALL:
		return (write_hypercall(value));
	case HV_MSR_REF_TSC:
		return (write_ref_tsc(value));
	case HV_MSR_TPR:
		msr.tpr[vp] = value & 0xff;
		return (0);
	case HV_MSR_ASSIST_PAGE:
		if ((value & HV_ENABLE) != 0 &&
		    hc_phys(value & HV_PAGE_MASK, HC_PAGE) == NULL)
			return (GP);
		msr.assist[vp] = value;
		return (0);
	case HV_MSR_EOI:
	case HV_MSR_ICR:
		return (0);
	case HV_MSR_RESET:
		if ((value & 1) != 0)
			hc_panic("the guest resets the machine");
		return (0);
	case HV_MSR_VP_INDEX:
	case HV_MSR_VP_RUNTIME:
	case HV_MSR_REF_COUNT:
	case HV_MSR_TSC_FREQUENCY:
	case HV_MSR_APIC_FREQUENCY:
	case HV_MSR_GUEST_IDLE:
		return (GP);		/* to be read only */
	}
	if (n >= HV_MSR_CRASH_P0 && n <= HV_MSR_CRASH_CTL)
		return (write_crash(n - HV_MSR_CRASH_P0, value));
	if (n >= HV_MSR_STIMER0 && n < HV_MSR_STIMER0 + 2 * HV_STIMERS)
		return (hv_stimer_wrmsr(vp, n - HV_MSR_STIMER0, value));
	return (hv_synic_wrmsr(vp, n, value));
}
