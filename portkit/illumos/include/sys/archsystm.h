/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Functions of the machine: ports, interrupt flag, control registers.
 */

#ifndef _SYS_ARCHSYSTM_H
#define	_SYS_ARCHSYSTM_H

#include <sys/types.h>
#include <sys/proc.h>

struct regs;

uint8_t inb(int);
uint16_t inw(int);
uint32_t inl(int);
void outb(int, uint8_t);
void outw(int, uint16_t);
void outl(int, uint32_t);
ulong_t getcr0(void);
void setcr0(ulong_t);
ulong_t getcr2(void);
ulong_t getcr8(void);
void setcr8(ulong_t);
ulong_t clear_int_flag(void);
void restore_int_flag(ulong_t);
ulong_t intr_clear(void);
void intr_restore(ulong_t);
int interrupts_enabled(void);
int getpil(void);
ulong_t getflags(void);
void tenmicrosec(void);

/* What else a driver may expect from this header. */
#include <vm/page.h>

#endif	/* _SYS_ARCHSYSTM_H */
