/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a tree and a link of <sys/avl.h> hold; a program uses the functions.
 */

#ifndef _SYS_AVL_IMPL_H
#define	_SYS_AVL_IMPL_H

#include <sys/types.h>

struct avl_node {
	struct avl_node *avl_child[2];
	uintptr_t avl_pcb;
};

struct avl_tree {
	struct avl_node *avl_root;
	int (*avl_compar)(const void *, const void *);
	size_t avl_offset;
	ulong_t avl_numnodes;
	size_t avl_size;
};

void *avl_walk(struct avl_tree *, void *, int);

#endif	/* _SYS_AVL_IMPL_H */
