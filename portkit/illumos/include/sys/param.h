/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Fundamental constants of the system, and pages of memory: btop(9F),
 * ptob(9F).
 */

#ifndef _SYS_PARAM_H
#define	_SYS_PARAM_H

#include <sys/types.h>
#include <sys/isa_defs.h>
#include <sys/null.h>
#include <sys/machparam.h>

#define	MAXPATHLEN	1024
#define	MAXNAMELEN	256
#define	MAXSYMLINKS	20
#define	MAXLINKNAMELEN	32
#define	DEV_BSIZE	512
#define	DEV_BSHIFT	9
#define	MAXBSIZE	8192
#define	UBSIZE	512
#define	NBPSCTR	512
#define	SCTRSHFT	9
#define	NZERO	20
#define	CANBSIZ	256
#define	MAX_INPUT	512
#define	PIPE_BUF	5120
#define	UID_NOBODY	60001
#define	GID_NOBODY	60001
#define	UID_NOACCESS	60002
#define	NGROUPS_UMIN	0
#define	NGROUPS_UMAX	1024
#define	DEFAULT_MAXPID	30000
#define	MAXOFF_T	0x7fffffffffffffffL
#define	FSHIFT	8
#define	FSCALE	0x100
#define	NADDR	13
#define	NBPW	4
#ifndef	NBBY
#define	NBBY	8
#endif

#define	btodb(bytes)	((unsigned long)(bytes) >> DEV_BSHIFT)
#define	dbtob(blocks)	((unsigned long)(blocks) << DEV_BSHIFT)
#define	lobyte(x)	((x) & 0xff)
#define	hibyte(x)	(((x) >> 8) & 0xff)

/* Pages of the memory management unit to bytes and back. */
#define	mmu_ptob(pages)	((pages) << MMU_PAGESHIFT)
#define	mmu_btop(x)	((x) >> MMU_PAGESHIFT)
#define	mmu_btopr(x)	(((x) + MMU_PAGEOFFSET) >> MMU_PAGESHIFT)
#ifndef	_SYS_DDI_H
#define	ptob(pages)	((pages) << PAGESHIFT)
#define	btop(x)		((x) >> PAGESHIFT)
#define	btopr(x)	(((x) + PAGEOFFSET) >> PAGESHIFT)
#endif

/* Spins; drv_usecwait(9F) is what a driver says. */
void drv_usecwait(clock_t);
#define	DELAY(us)	drv_usecwait(us)
extern pid_t maxpid;

#endif	/* _SYS_PARAM_H */
