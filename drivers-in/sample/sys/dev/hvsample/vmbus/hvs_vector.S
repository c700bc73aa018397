/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The portkit authors
 */

/*
 * Where the processor arrives when the SynIC interrupts: hvs_intr, and
 * hvs_intr_pti for a kernel that has page tables of its own.
 */

#include "assym.inc"

#include <machine/psl.h>
#include <machine/asmacros.h>
#include <machine/specialreg.h>

	.text
	SUPERALIGN_TEXT
	INTR_HANDLER hvs_intr
	movq	%rsp, %rdi		/* struct trapframe * */
	call	hvs_interrupt
	jmp	doreti
