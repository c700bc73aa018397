/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Segments of address spaces: what declarations elsewhere need.
 */

#ifndef _VM_SEG_H
#define	_VM_SEG_H

#include <sys/types.h>

struct seg;

/* What else a driver may expect from this header. */
#include <sys/vnode.h>
#include <vm/hat.h>

#endif	/* _VM_SEG_H */
