/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

#ifndef _KVMEM_H
#define	_KVMEM_H

#include "kern.h"

/* An arena of the kernel's own, for which no module answers. */
vmem_t	*kvmem_create(const char *name, void *base, size_t size,
	    size_t quantum, vmem_alloc_t *, vmem_free_t *, vmem_t *source);

#endif	/* _KVMEM_H */
