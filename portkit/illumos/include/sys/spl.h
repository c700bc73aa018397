/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Interrupt priority levels: what ddi_intr_get_pri(9F) gives, as the
 * processor level takes it.
 */

#ifndef _SYS_SPL_H
#define	_SYS_SPL_H

int splhigh(void);
int splr(int);
int splzs(void);
int spl0(void);
void splx(int);
#define	ipltospl(level)	(level)

#endif	/* _SYS_SPL_H */
