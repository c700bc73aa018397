/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Control registers of the processor, and model specific registers of the
 * system call path.
 */

#ifndef _SYS_CONTROLREGS_H
#define	_SYS_CONTROLREGS_H

#include <sys/types.h>

#define	CR0_PG	0x80000000
#define	CR0_WP	0x10000
#define	CR0_TS	0x8
#define	CR0_EM	0x4
#define	CR0_MP	0x2
#define	CR0_PE	0x1
#define	CR4_PGE	0x80
#define	CR4_OSXSAVE	0x40000
#define	MSR_AMD_EFER	0xc0000080
#define	MSR_AMD_STAR	0xc0000081
#define	MSR_AMD_LSTAR	0xc0000082
#define	MSR_AMD_FSBASE	0xc0000100
#define	MSR_AMD_GSBASE	0xc0000101
#define	MSR_AMD_KGSBASE	0xc0000102

#endif	/* _SYS_CONTROLREGS_H */
