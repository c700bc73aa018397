/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

	.text

/*
 * Where the hypercall page jumps. The caller has told its compiler of few
 * registers: all but rax come back as they were, the flags and the vector
 * registers as well. The stack may be aligned anyhow. The frame is a proper
 * one, for traces.
 */
	.globl	mc_hypercall_entry
	.type	mc_hypercall_entry, @function
mc_hypercall_entry:
	pushq	%rbp
	movq	%rsp, %rbp
	pushfq
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	subq	$512, %rsp
	andq	$-16, %rsp
	fxsave	(%rsp)
	cld
	movq	%rcx, %rdi
	movq	%rdx, %rsi
	movq	%r8, %rdx
	call	mc_hypercall
	fxrstor	(%rsp)
	movq	-72(%rbp), %r11
	movq	-64(%rbp), %r10
	movq	-56(%rbp), %r9
	movq	-48(%rbp), %r8
	movq	-40(%rbp), %rdi
	movq	-32(%rbp), %rsi
	movq	-24(%rbp), %rdx
	movq	-16(%rbp), %rcx
	leaq	-8(%rbp), %rsp
	popfq
	popq	%rbp
	ret
	.size	mc_hypercall_entry, . - mc_hypercall_entry

/*
 * Where signal handlers return to: rt_sigreturn(2).
 */
	.globl	mc_sigreturn
	.type	mc_sigreturn, @function
mc_sigreturn:
	movq	$15, %rax
	syscall
	.size	mc_sigreturn, . - mc_sigreturn

	.section .note.GNU-stack, "", @progbits
