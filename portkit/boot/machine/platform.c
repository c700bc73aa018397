/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Instructions that leave the guest. The host acts within them, so what the guest
 * did before is in order with what it finds in interrupts ("the outside").
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

/*
 * Where the hypercall page jumps. The caller has told its compiler of few
 * registers: all but rax come back as they were, the flags and the vector
 * registers as well. The stack may be aligned anyhow. The frame is a proper one,
 * for traces.
 */
void mc_hypercall_entry(void);
__asm__(
"	.text\n"
"	.globl	mc_hypercall_entry\n"
"	.type	mc_hypercall_entry, @function\n"
"mc_hypercall_entry:\n"
"	pushq	%rbp\n"
"	movq	%rsp, %rbp\n"
"	pushfq\n"
"	pushq	%rcx\n"
"	pushq	%rdx\n"
"	pushq	%rsi\n"
"	pushq	%rdi\n"
"	pushq	%r8\n"
"	pushq	%r9\n"
"	pushq	%r10\n"
"	pushq	%r11\n"
"	subq	$512, %rsp\n"
"	andq	$-16, %rsp\n"
"	fxsave	(%rsp)\n"
"	cld\n"
"	movq	%rcx, %rdi\n"
"	movq	%rdx, %rsi\n"
"	movq	%r8, %rdx\n"
"	call	mc_hypercall\n"
"	fxrstor	(%rsp)\n"
"	movq	-72(%rbp), %r11\n"
"	movq	-64(%rbp), %r10\n"
"	movq	-56(%rbp), %r9\n"
"	movq	-48(%rbp), %r8\n"
"	movq	-40(%rbp), %rdi\n"
"	movq	-32(%rbp), %rsi\n"
"	movq	-24(%rbp), %rdx\n"
"	movq	-16(%rbp), %rcx\n"
"	leaq	-8(%rbp), %rsp\n"
"	popfq\n"
"	popq	%rbp\n"
"	ret\n"
"	.size	mc_hypercall_entry, . - mc_hypercall_entry\n");

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
