/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Virtual processors: CPUID, and which index the hypervisor gives to which of
 * them. And the platform as the machine sees it.
 */

#include "core.h"

/* A processor of some years ago, with what any 64-bit kernel expects. */
#define	CPU_SIGNATURE	0x000306f2U
#define	CPU_EDX		0x1f8bfbffU	/* fpu, tsc, msr, apic, sse2, ... */
#define	CPU_ECX		0x00180201U	/* sse3, ssse3, sse4.1, sse4.2 */
#define	CPU_HYPERVISOR	0x80000000U	/* ecx: there is one */

uint64_t
hv_time(void)
{
	return ((uint64_t)hc_now() / 100);
}

/*
 * Only the boot processor's index is known beforehand. The others count down,
 * as they may: an index is to be read from its MSR, not taken for a CPU
 * number.
 */
int
hv_vp_of(int cpu)
{
	return (cpu == 0 ? 0 : hc_ncpus() - cpu);
}

int
hv_cpu_of(int vp)
{
	if (vp < 0 || vp >= hc_ncpus())
		return (-1);
	return (hv_vp_of(vp));		/* its own inverse */
}

static void
put(hc_u32 regs[4], hc_u32 a, hc_u32 b, hc_u32 c, hc_u32 d)
{
	regs[0] = a;
	regs[1] = b;
	regs[2] = c;
	regs[3] = d;
}

static void
cpuid(int cpu, hc_u32 regs[4])
{
	const struct hv_release *r = hv_release();
	hc_u32 last = r->major > 6 || r->minor >= 2 ? HV_LEAF_HARDWARE :
	    HV_LEAF_LIMITS;
	hc_u32 leaf = regs[0];

	put(regs, 0, 0, 0, 0);
	if (leaf > HV_LEAF_FIRST && leaf < 0x50000000 && leaf > last)
		return;
	switch (leaf) {
	case 0:				/* "GenuineIntel" */
		put(regs, 0xb, 0x756e6547, 0x6c65746e, 0x49656e69);
		break;
	case 1:
		put(regs, CPU_SIGNATURE, (hc_u32)cpu << 24 |
		    (hc_u32)hc_ncpus() << 16 | 0x800, CPU_ECX | CPU_HYPERVISOR,
		    CPU_EDX);
		break;
	case 0xb:
		put(regs, 0, 1, 0, (hc_u32)cpu);
		break;
	case 0x80000000:
		put(regs, 0x80000008, 0, 0, 0);
		break;
	case 0x80000001:
		put(regs, 0, 0, 0x21, 0x2c100800);
		break;
	case 0x80000007:
		put(regs, 0, 0, 0, 0x100);	/* invariant TSC */
		break;
	case 0x80000008:
		put(regs, 0x302a, 0, 0, 0);
		break;
	case HV_LEAF_FIRST:		/* "Microsoft Hv" */
		put(regs, last, 0x7263694d, 0x666f736f, 0x76482074);
		break;
	case HV_LEAF_INTERFACE:		/* "Hv#1" */
		put(regs, 0x31237648, 0, 0, 0);
		break;
	case HV_LEAF_VERSION:
		put(regs, r->build, r->major << 16 | r->minor, r->service_pack,
		    r->service_branch << 24 | r->service_number);
		break;
	case HV_LEAF_FEATURES:
		put(regs, (hc_u32)r->features, (hc_u32)(r->features >> 32), 2,
		    r->features_edx);
		break;
	case HV_LEAF_ADVICE:
		put(regs, r->recommendations, 0xfff, 0, 0);
		break;
	case HV_LEAF_LIMITS:
		put(regs, 64, 320, 0, 0);
		break;
	case HV_LEAF_HARDWARE:
		put(regs, 0xf, 0, 0, 0);
		break;
	}
}

static void
eoi(int cpu, int vector)
{
	/*
	 * Nothing waits for it: messages are held back until an end of message,
	 * not of interrupt.
	 */
	(void) cpu;
	(void) vector;
}

static const struct hc_platform platform = {
	.cpuid = cpuid,
	.rdmsr = hv_rdmsr,
	.wrmsr = hv_wrmsr,
	.hypercall = hv_hypercall,
	.eoi = eoi,
	.freed = hv_freed,
	.shared = hv_shared,
	.stuck = hv_look,
};

void
hc_host_setup(void)
{
	hv_release_choose();
	hc_set_platform(&platform);
}
