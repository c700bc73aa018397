/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Functions of the platform that are not for every machine.
 */

#ifndef _SYS_MACHSYSTM_H
#define	_SYS_MACHSYSTM_H

#include <sys/machparam.h>
#include <sys/varargs.h>
#include <sys/thread.h>
#include <sys/cpuvar.h>
#include <sys/cpu.h>
#include <vm/page.h>

void send_dirint(int, int);
void siron(void);
void sir_on(int);

/* What else a driver may expect from this header. */
#include <sys/ccompile.h>
#include <sys/controlregs.h>
#include <sys/systm.h>

#endif	/* _SYS_MACHSYSTM_H */
