/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the processor can do, and where the system runs: is_x86_feature(),
 * cpuid, model specific registers, get_hwenv().
 */

#ifndef _SYS_X86_ARCHEXT_H
#define	_SYS_X86_ARCHEXT_H

#include <sys/regset.h>
#include <sys/types.h>
#include <sys/cpuvar.h>

/* get_hwenv(): bits, of which the hypervisors' are more than one. */
#define	HW_NATIVE	0x1
#define	HW_XEN_PV	0x2
#define	HW_XEN_HVM	0x4
#define	HW_VMWARE	0x8
#define	HW_KVM	0x10
#define	HW_MICROSOFT	0x20
#define	HW_VIRTUAL	60
int get_hwenv(void);
int is_controldom(void);

struct cpuid_regs {
	uint32_t cp_eax;
	uint32_t cp_ebx;
	uint32_t cp_ecx;
	uint32_t cp_edx;
};

uint32_t __cpuid_insn(struct cpuid_regs *);
uint32_t cpuid_insn(struct cpu *, struct cpuid_regs *);
uint64_t rdmsr(uint_t);
void wrmsr(uint_t, const uint64_t);
uint64_t xrdmsr(uint_t);
void xwrmsr(uint_t, const uint64_t);
int checked_rdmsr(uint_t, uint64_t *);
int checked_wrmsr(uint_t, uint64_t);

#define	CPUID_INTC_ECX_HV	0x80000000
#define	CPUID_INTC_ECX_X2APIC	0x200000
#define	CPUID_INTC_EDX_TSC	0x10
#define	CPUID_INTC_EDX_MSR	0x20
#define	CPUID_INTC_EDX_SSE2	0x4000000
#define	X86FSET_TSC	1
#define	X86FSET_MSR	2
#define	X86FSET_SSE2	14
#define	X86FSET_X2APIC	40
extern uchar_t x86_featureset[];
extern uint_t x86_vendor;
extern uint_t x86_type;
boolean_t is_x86_feature(void *, uint_t);
uint_t cpuid_getvendor(struct cpu *);
uint_t cpuid_getfamily(struct cpu *);
uint_t cpuid_getmodel(struct cpu *);
uint_t cpuid_getstep(struct cpu *);
const char *cpuid_getvendorstr(struct cpu *);
int cpuid_getbrandstr(struct cpu *, char *, size_t);
#define	X86_VENDOR_Intel	0
#define	X86_VENDOR_AMD	2

/* What else a driver may expect from this header. */
#include <sys/processor.h>
#include <vm/page.h>

#endif	/* _SYS_X86_ARCHEXT_H */
