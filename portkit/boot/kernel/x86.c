/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What is of this processor's kind: CPUID, model specific registers, control
 * registers and ports. There is nothing behind any port.
 */

#include <sys/types.h>
#include <sys/x86_archext.h>
#include <sys/archsystm.h>
#include <sys/controlregs.h>

#include "ksync.h"

#ifndef	NUM_X86_FEATURES
#define	NUM_X86_FEATURES	256
#endif

#define	LEAF_HV		0x40000000U

uchar_t x86_featureset[BT_SIZEOFMAP(NUM_X86_FEATURES)];
uint_t x86_vendor = X86_VENDOR_Intel;
uint_t x86_type;

static void
cpuid(uint32_t leaf, uint32_t subleaf, hc_u32 regs[4])
{
	regs[0] = leaf;
	regs[1] = 0;
	regs[2] = subleaf;
	regs[3] = 0;
	hc_cpuid(regs);
}

uint32_t
__cpuid_insn(struct cpuid_regs *cp)
{
	hc_u32 regs[4];

	regs[0] = cp->cp_eax;
	regs[1] = cp->cp_ebx;
	regs[2] = cp->cp_ecx;
	regs[3] = cp->cp_edx;
	hc_cpuid(regs);
	cp->cp_eax = regs[0];
	cp->cp_ebx = regs[1];
	cp->cp_ecx = regs[2];
	cp->cp_edx = regs[3];
	return (cp->cp_eax);
}

uint32_t
cpuid_insn(struct cpu *cp, struct cpuid_regs *regs)
{
	return (__cpuid_insn(regs));
}

/*
 * Where the system runs, by the names that hypervisors give themselves in
 * CPUID, the four registers' bytes in a row.
 */
int
get_hwenv(void)
{
	static const struct {
		char	name[13];
		int	env;
	} known[] = {
		{ "Microsoft Hv", HW_MICROSOFT },
		{ "VMwareVMware", HW_VMWARE },
		{ "KVMKVMKVM\0\0\0", HW_KVM },
		{ "XenVMMXenVMM", HW_XEN_HVM }
	};
	hc_u32 regs[4];
	uint_t i;

	cpuid(1, 0, regs);
	if ((regs[2] & CPUID_INTC_ECX_HV) == 0)
		return (HW_NATIVE);
	cpuid(LEAF_HV, 0, regs);
	for (i = 0; i < sizeof (known) / sizeof (known[0]); i++) {
		if (memcmp(&regs[1], known[i].name, 12) == 0)
			return (known[i].env);
	}
	return (HW_NATIVE);
}

int
is_controldom(void)
{
	return (0);
}

/*
 * Filled in when it is first asked for: the host may come after the kernel.
 */
boolean_t
is_x86_feature(void *set, uint_t feature)
{
	static boolean_t known;
	hc_u32 regs[4];

	if (!known) {
		known = B_TRUE;
		cpuid(1, 0, regs);
		if (regs[3] & CPUID_INTC_EDX_TSC)
			x86_featureset[X86FSET_TSC / 8] |=
			    1 << (X86FSET_TSC % 8);
		if (regs[3] & CPUID_INTC_EDX_MSR)
			x86_featureset[X86FSET_MSR / 8] |=
			    1 << (X86FSET_MSR % 8);
		if (regs[3] & CPUID_INTC_EDX_SSE2)
			x86_featureset[X86FSET_SSE2 / 8] |=
			    1 << (X86FSET_SSE2 % 8);
		if (regs[2] & CPUID_INTC_ECX_X2APIC)
			x86_featureset[X86FSET_X2APIC / 8] |=
			    1 << (X86FSET_X2APIC % 8);
	}
	return ((((uchar_t *)set)[feature / 8] >> (feature % 8)) & 1);
}

const char *
cpuid_getvendorstr(struct cpu *cp)
{
	static char name[13];
	hc_u32 regs[4];

	cpuid(0, 0, regs);
	memcpy(name, &regs[1], 4);
	memcpy(name + 4, &regs[3], 4);
	memcpy(name + 8, &regs[2], 4);
	return (name);
}

uint_t
cpuid_getvendor(struct cpu *cp)
{
	return (strcmp(cpuid_getvendorstr(cp), "AuthenticAMD") == 0 ?
	    X86_VENDOR_AMD : X86_VENDOR_Intel);
}

/* Family and model have extensions that count only at their limits. */
uint_t
cpuid_getfamily(struct cpu *cp)
{
	hc_u32 regs[4];
	uint_t family;

	cpuid(1, 0, regs);
	family = regs[0] >> 8 & 0xf;
	return (family == 0xf ? family + (regs[0] >> 20 & 0xff) : family);
}

uint_t
cpuid_getmodel(struct cpu *cp)
{
	hc_u32 regs[4];
	uint_t family, model;

	cpuid(1, 0, regs);
	family = regs[0] >> 8 & 0xf;
	model = regs[0] >> 4 & 0xf;
	if (family == 0xf || family == 6)
		model += (regs[0] >> 16 & 0xf) << 4;
	return (model);
}

uint_t
cpuid_getstep(struct cpu *cp)
{
	hc_u32 regs[4];

	cpuid(1, 0, regs);
	return (regs[0] & 0xf);
}

/* Like snprintf(9F): what it would need is returned. */
int
cpuid_getbrandstr(struct cpu *cp, char *text, size_t size)
{
	char brand[49] = "";
	hc_u32 regs[4];
	uint_t i;

	cpuid(0x80000000U, 0, regs);
	for (i = 0; i < 3 && regs[0] >= 0x80000004U; i++) {
		hc_u32 part[4];

		cpuid(0x80000002U + i, 0, part);
		memcpy(brand + 16 * i, part, 16);
	}
	(void) kformat(text, size, "%s", brand);
	return ((int)strlen(brand));
}

/*
 * Model specific registers.
 */
uint64_t
rdmsr(uint_t msr)
{
	return (hc_rdmsr(msr));
}

void
wrmsr(uint_t msr, const uint64_t value)
{
	hc_wrmsr(msr, value);
}

uint64_t
xrdmsr(uint_t msr)
{
	return (hc_rdmsr(msr));
}

void
xwrmsr(uint_t msr, const uint64_t value)
{
	hc_wrmsr(msr, value);
}

int
checked_rdmsr(uint_t msr, uint64_t *value)
{
	hc_u64 v = 0;

	if (hc_rdmsr_checked(msr, &v) != 0)
		return (EFAULT);
	*value = v;
	return (0);
}

int
checked_wrmsr(uint_t msr, uint64_t value)
{
	return (hc_wrmsr_checked(msr, value) != 0 ? EFAULT : 0);
}

/*
 * Control registers as they are in a running kernel; they do not change.
 */
ulong_t
getcr0(void)
{
	return (CR0_PG | CR0_WP | CR0_MP | CR0_PE);
}

void
setcr0(ulong_t value)
{
	if (value != getcr0())
		hc_panic("setcr0: 0x%lx", value);
}

ulong_t
getcr2(void)
{
	return (0);
}

/* The task priority: bits of 16 levels each, as interrupt vectors have them. */
ulong_t
getcr8(void)
{
	return ((ulong_t)hc_level());
}

void
setcr8(ulong_t value)
{
	(void) hc_set_level((int)(value & 0xf));
}

/*
 * Ports: reads of what is not there find all bits set.
 */
uint8_t
inb(int port)
{
	kpoint();
	return (0xff);
}

uint16_t
inw(int port)
{
	kpoint();
	return (0xffff);
}

uint32_t
inl(int port)
{
	kpoint();
	return (0xffffffffU);
}

void
outb(int port, uint8_t value)
{
	kpoint();
}

void
outw(int port, uint16_t value)
{
	kpoint();
}

void
outl(int port, uint32_t value)
{
	kpoint();
}
