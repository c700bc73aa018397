/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Instructions that leave the guest. The host acts within them, so what the
 * guest did before is in order with what it finds in interrupts ("the
 * outside").
 */

#include "impl.h"

void
hc_set_platform(const struct hc_platform *platform)
{
	mc.platform = platform;
}

static void
leave(void)
{
	hc_point();
	hc_hb_release(&mc.outside);
	mc.quiet++;
	mc_ignore_begin();
}

static void
enter(void)
{
	mc_ignore_end();
	mc.quiet--;
	hc_point();
}

/* Whether the host has something to do after all: it may set timers. */
int
mc_platform_stuck(void)
{
	void *outer = mc.timer_frame;
	int found;

	if (mc.platform == NULL || mc.platform->stuck == NULL)
		return (0);
	mc.quiet++;
	mc.timer_frame = __builtin_frame_address(0);
	mc_ignore_begin();
	found = mc.platform->stuck();
	mc_ignore_end();
	mc.timer_frame = outer;
	mc.quiet--;
	return (found);
}

void
hc_cpuid(hc_u32 regs[4])
{
	leave();
	if (mc.platform != NULL && mc.platform->cpuid != NULL)
		mc.platform->cpuid(hc_cpu(), regs);
	enter();
}

hc_u64
hc_rdmsr(hc_u32 msr)
{
	hc_u64 value = 0;
	int gp = 1;

	leave();
	if (mc.platform != NULL && mc.platform->rdmsr != NULL)
		gp = mc.platform->rdmsr(hc_cpu(), msr, &value);
	if (gp)
		hc_panic("BAD TRAP: type=d (#gp General protection): "
		    "rdmsr of 0x%x", msr);
	enter();
	return (value);
}

void
hc_wrmsr(hc_u32 msr, hc_u64 value)
{
	int gp = 1;

	leave();
	if (mc.platform != NULL && mc.platform->wrmsr != NULL)
		gp = mc.platform->wrmsr(hc_cpu(), msr, value);
	if (gp)
		hc_panic("BAD TRAP: type=d (#gp General protection): "
		    "wrmsr of 0x%lx to 0x%x", value, msr);
	enter();
}

int
hc_rdmsr_checked(hc_u32 msr, hc_u64 *value)
{
	int gp = 1;

	leave();
	if (mc.platform != NULL && mc.platform->rdmsr != NULL)
		gp = mc.platform->rdmsr(hc_cpu(), msr, value);
	enter();
	return (gp);
}

int
hc_wrmsr_checked(hc_u32 msr, hc_u64 value)
{
	int gp = 1;

	leave();
	if (mc.platform != NULL && mc.platform->wrmsr != NULL)
		gp = mc.platform->wrmsr(hc_cpu(), msr, value);
	enter();
	return (gp);
}

hc_u64 mc_hypercall(hc_u64 rcx, hc_u64 rdx, hc_u64 r8);
hc_u64
mc_hypercall(hc_u64 rcx, hc_u64 rdx, hc_u64 r8)
{
	hc_u64 result = 2;	/* HV_STATUS_INVALID_HYPERCALL_CODE */

	leave();
	if (mc.platform != NULL && mc.platform->hypercall != NULL)
		result = mc.platform->hypercall(hc_cpu(), rcx, rdx, r8);
	enter();
	return (result);
}

void mc_hypercall_entry(void);	/* entry.S */

/* movabs $entry, %rax; jmp *%rax */
void
hc_hypercall_page(void *page)
{
	hc_u8 *p = page;
	hc_u64 entry = (hc_u64)mc_hypercall_entry;
	int i;

	p[0] = 0x48;
	p[1] = 0xb8;
	for (i = 0; i < 8; i++)
		p[2 + i] = (hc_u8)(entry >> (8 * i));
	p[10] = 0xff;
	p[11] = 0xe0;
}
