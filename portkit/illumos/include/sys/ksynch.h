/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * All of the kernel's locks: the header that the manual pages of mutex(9F),
 * rwlock(9F), semaphore(9F) and condvar(9F) name.
 */

#ifndef _SYS_KSYNCH_H
#define	_SYS_KSYNCH_H

#include <sys/t_lock.h>

#endif	/* _SYS_KSYNCH_H */
