/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Functions and variables of virtual memory.
 */

#ifndef _SYS_VMSYSTM_H
#define	_SYS_VMSYSTM_H

#include <sys/types.h>
#include <sys/proc.h>

extern pgcnt_t freemem;
extern pgcnt_t lotsfree;
extern pgcnt_t desfree;
extern pgcnt_t minfree;
extern pgcnt_t needfree;
struct as;
int useracc(void *, size_t, int);
caddr_t ppmapin(struct page *, uint_t, caddr_t);
void ppmapout(caddr_t);
int pf_is_memory(pfn_t);

#endif	/* _SYS_VMSYSTM_H */
