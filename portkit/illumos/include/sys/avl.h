/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Balanced binary trees with the link at a fixed offset in each element,
 * which are ordered by a function that returns -1, 0 or 1.
 */

#ifndef _SYS_AVL_H
#define	_SYS_AVL_H

#include <sys/types.h>
#include <sys/avl_impl.h>

typedef struct avl_tree avl_tree_t;
typedef struct avl_node avl_node_t;

/* A place for a new element, as avl_find() says when there is none. */
typedef uintptr_t avl_index_t;

/* Which side of an element. */
#define	AVL_BEFORE	0
#define	AVL_AFTER	1

void avl_create(avl_tree_t *, int (*)(const void *, const void *), size_t,
    size_t);
void avl_destroy(avl_tree_t *);
void *avl_destroy_nodes(avl_tree_t *, void **);
void *avl_find(avl_tree_t *, const void *, avl_index_t *);
void *avl_nearest(avl_tree_t *, avl_index_t, int);
void avl_insert(avl_tree_t *, void *, avl_index_t);
void avl_insert_here(avl_tree_t *, void *, void *, int);
void avl_add(avl_tree_t *, void *);
void avl_remove(avl_tree_t *, void *);
boolean_t avl_update(avl_tree_t *, void *);
boolean_t avl_update_lt(avl_tree_t *, void *);
boolean_t avl_update_gt(avl_tree_t *, void *);
void avl_swap(avl_tree_t *, avl_tree_t *);
void *avl_first(avl_tree_t *);
void *avl_last(avl_tree_t *);
ulong_t avl_numnodes(avl_tree_t *);
boolean_t avl_is_empty(avl_tree_t *);
#define	AVL_NEXT(root, item)	(avl_walk((root), (item), AVL_AFTER))
#define	AVL_PREV(root, item)	(avl_walk((root), (item), AVL_BEFORE))

#endif	/* _SYS_AVL_H */
