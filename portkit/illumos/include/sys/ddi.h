/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The driver interface of System V: getmajor(9F), drv_getparm(9F), delay(9F),
 * getrbuf(9F). It is included after the other system headers, for its
 * functions take the place of macros.
 */

#ifndef _SYS_DDI_H
#define	_SYS_DDI_H

#include <sys/types.h>
#include <sys/map.h>
#include <sys/uio.h>
#include <sys/cred.h>
#include <sys/stream.h>

/* These are functions for a driver. */
#ifdef	getmajor
#undef	getmajor
#undef	getminor
#undef	makedevice
#endif
#ifdef	btop
#undef	btop
#undef	btopr
#undef	ptob
#endif
major_t getmajor(dev_t);
minor_t getminor(dev_t);
dev_t makedevice(major_t, minor_t);
major_t getemajor(dev_t);
minor_t geteminor(dev_t);
int etoimajor(major_t);
int itoemajor(major_t, int);
o_dev_t cmpdev(dev_t);
dev_t expdev(dev_t);
unsigned long ptob(unsigned long);
unsigned long btop(unsigned long);
unsigned long btopr(unsigned long);

#ifndef	min
#define	min(x, y)	((x) <= (y) ? (x) : (y))
#endif
#ifndef	max
#define	max(x, y)	((x) >= (y) ? (x) : (y))
#endif

/* drv_getparm(9F): which parameter. */
#define	TIME	1
#define	UPROCP	2
#define	PPGRP	3
#define	LBOLT	4
#define	PPID	11
#define	PSID	12
#define	UCRED	13
#define	NOPAGE	(-1)
int drv_getparm(uint_t, void *);
int drv_setparm(uint_t, ulong_t);
void drv_usecwait(clock_t);
clock_t drv_hztousec(clock_t);
clock_t drv_usectohz(clock_t);
void delay(clock_t);
int drv_priv(struct cred *);
struct buf;
struct buf *getrbuf(int);
void freerbuf(struct buf *);

/* What else a driver may expect from this header. */
#include <sys/buf.h>

#endif	/* _SYS_DDI_H */
