/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a list_t and a link of list(9F) hold; a program uses the functions.
 */

#ifndef _SYS_LIST_IMPL_H
#define	_SYS_LIST_IMPL_H

#include <sys/types.h>

struct list_node {
	struct list_node *list_next;
	struct list_node *list_prev;
};

struct list {
	size_t list_size;
	size_t list_offset;
	struct list_node list_head;
};

#endif	/* _SYS_LIST_IMPL_H */
