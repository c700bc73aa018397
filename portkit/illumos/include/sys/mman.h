/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Protection of mapped memory: mmap(9E), segmap(9E).
 */

#ifndef _SYS_MMAN_H
#define	_SYS_MMAN_H

#include <sys/types.h>

#define	PROT_READ	0x1
#define	PROT_WRITE	0x2
#define	PROT_EXEC	0x4
#define	PROT_USER	0x8
#define	PROT_NONE	0x0
#define	PROT_ALL	15
#define	MAP_SHARED	1
#define	MAP_PRIVATE	2
#define	MAP_FIXED	0x10

/* What else a driver may expect from this header. */
#include <sys/feature_tests.h>

#endif	/* _SYS_MMAN_H */
