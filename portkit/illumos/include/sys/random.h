/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Random numbers of the kernel: random_get_bytes(9F).
 */

#ifndef _SYS_RANDOM_H
#define	_SYS_RANDOM_H

#include <sys/types.h>

int random_add_entropy(uint8_t *, size_t, uint_t);
int random_get_bytes(uint8_t *, size_t);
int random_get_blocking_bytes(uint8_t *, size_t);
int random_get_pseudo_bytes(uint8_t *, size_t);

/* What else a driver may expect from this header. */
#include <sys/atomic.h>

#endif	/* _SYS_RANDOM_H */
