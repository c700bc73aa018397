/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * avl(9F): binary trees whose two sides differ by at most one in height.
 *
 * avl_pcb holds the parent and, in its two lowest bits, one more than the
 * height of the right side less that of the left. An avl_index_t is the node
 * below which a new one belongs, and in its lowest bit the side; 0 for an empty
 * tree.
 */

#include <sys/types.h>
#include <sys/null.h>
#include <sys/avl.h>
#include "../machine/machine.h"

#define	LEFT	0
#define	RIGHT	1

typedef struct avl_node node_t;

static node_t *
parent_of(const node_t *n)
{
	return ((node_t *)(n->avl_pcb & ~(uintptr_t)3));
}

static int
balance_of(const node_t *n)
{
	return ((int)(n->avl_pcb & 3) - 1);
}

static void
set_parent(node_t *n, node_t *parent)
{
	n->avl_pcb = (uintptr_t)parent | (n->avl_pcb & 3);
}

static void
set_balance(node_t *n, int balance)
{
	n->avl_pcb = (n->avl_pcb & ~(uintptr_t)3) | (uintptr_t)(balance + 1);
}

static int
side_of(const node_t *n)
{
	return (parent_of(n)->avl_child[RIGHT] == n ? RIGHT : LEFT);
}

static node_t *
node_of(const avl_tree_t *tree, const void *data)
{
	return ((node_t *)((char *)data + tree->avl_offset));
}

static void *
data_of(const avl_tree_t *tree, const node_t *n)
{
	return (n == NULL ? NULL : (char *)n - tree->avl_offset);
}

static void
set_child(node_t *parent, int side, node_t *child)
{
	parent->avl_child[side] = child;
	if (child != NULL)
		set_parent(child, parent);
}

/*
 * new, which may be NULL, takes the place of old.
 */
static void
replace(avl_tree_t *tree, node_t *old, node_t *new)
{
	node_t *parent = parent_of(old);

	if (parent != NULL) {
		set_child(parent, side_of(old), new);
	} else {
		tree->avl_root = new;
		if (new != NULL)
			set_parent(new, NULL);
	}
}

/*
 * The given side of p is higher by two. Returns the root of the subtree, which
 * is lower than before, unless its balance is not 0.
 */
static node_t *
rotate(avl_tree_t *tree, node_t *p, int side)
{
	int sign = side == RIGHT ? 1 : -1;
	node_t *c = p->avl_child[side];
	node_t *g;
	int gb;

	if (balance_of(c) != -sign) {
		replace(tree, p, c);
		set_child(p, side, c->avl_child[!side]);
		set_child(c, !side, p);
		if (balance_of(c) == 0) {
			set_balance(p, sign);
			set_balance(c, -sign);
		} else {
			set_balance(p, 0);
			set_balance(c, 0);
		}
		return (c);
	}
	g = c->avl_child[!side];
	gb = balance_of(g);
	replace(tree, p, g);
	set_child(p, side, g->avl_child[!side]);
	set_child(c, !side, g->avl_child[side]);
	set_child(g, !side, p);
	set_child(g, side, c);
	set_balance(p, gb == sign ? -sign : 0);
	set_balance(c, gb == -sign ? sign : 0);
	set_balance(g, 0);
	return (g);
}

void
avl_create(avl_tree_t *tree, int (*compare)(const void *, const void *),
    size_t size, size_t offset)
{
	tree->avl_root = NULL;
	tree->avl_compar = compare;
	tree->avl_offset = offset;
	tree->avl_numnodes = 0;
	tree->avl_size = size;
}

/*ARGSUSED*/
void
avl_destroy(avl_tree_t *tree)
{
}

void *
avl_find(avl_tree_t *tree, const void *value, avl_index_t *where)
{
	node_t *n = tree->avl_root, *prev = NULL;
	int side = LEFT, diff;

	while (n != NULL) {
		diff = tree->avl_compar(value, data_of(tree, n));
		if (diff == 0) {
			if (where != NULL)
				*where = 0;
			return (data_of(tree, n));
		}
		prev = n;
		side = diff > 0 ? RIGHT : LEFT;
		n = n->avl_child[side];
	}
	if (where != NULL)
		*where = (uintptr_t)prev | side;
	return (NULL);
}

void
avl_insert(avl_tree_t *tree, void *data, avl_index_t where)
{
	node_t *n = node_of(tree, data);
	node_t *p = (node_t *)(where & ~(avl_index_t)1);
	int side = (int)(where & 1);
	int balance;

	n->avl_child[LEFT] = n->avl_child[RIGHT] = NULL;
	n->avl_pcb = (uintptr_t)p | 1;
	tree->avl_numnodes++;
	if (p == NULL) {
		tree->avl_root = n;
		return;
	}
	p->avl_child[side] = n;
	for (; p != NULL; n = p, p = parent_of(p)) {
		side = side_of(n);
		balance = balance_of(p) + (side == RIGHT ? 1 : -1);
		if (balance == 2 || balance == -2) {
			(void) rotate(tree, p, side);
			return;
		}
		set_balance(p, balance);
		if (balance == 0)
			return;
	}
}

/*
 * Directly before or behind an element.
 */
void
avl_insert_here(avl_tree_t *tree, void *data, void *here, int direction)
{
	node_t *n = node_of(tree, here);
	int side = direction;

	if (n->avl_child[side] != NULL) {
		n = n->avl_child[side];
		side = !side;
		while (n->avl_child[side] != NULL)
			n = n->avl_child[side];
	}
	avl_insert(tree, data, (uintptr_t)n | side);
}

void
avl_add(avl_tree_t *tree, void *data)
{
	avl_index_t where;

	if (avl_find(tree, data, &where) != NULL)
		hc_panic("avl_add: an equal element is in the tree already");
	avl_insert(tree, data, where);
}

/*
 * n and the element behind it, which has no left side, change places.
 */
static void
swap_with_next(avl_tree_t *tree, node_t *n)
{
	node_t *next = n->avl_child[RIGHT];
	node_t *right, *parent;
	int balance = balance_of(n);
	int side;

	while (next->avl_child[LEFT] != NULL)
		next = next->avl_child[LEFT];
	right = next->avl_child[RIGHT];
	parent = parent_of(next);
	side = side_of(next);

	replace(tree, n, next);
	set_child(next, LEFT, n->avl_child[LEFT]);
	if (parent == n) {
		set_child(next, RIGHT, n);
	} else {
		set_child(next, RIGHT, n->avl_child[RIGHT]);
		set_child(parent, side, n);
	}
	n->avl_child[LEFT] = NULL;
	set_child(n, RIGHT, right);
	set_balance(n, balance_of(next));
	set_balance(next, balance);
}

void
avl_remove(avl_tree_t *tree, void *data)
{
	node_t *n = node_of(tree, data);
	node_t *p;
	int side = LEFT, balance;

	if (n->avl_child[LEFT] != NULL && n->avl_child[RIGHT] != NULL)
		swap_with_next(tree, n);
	tree->avl_numnodes--;
	p = parent_of(n);
	if (p != NULL)
		side = side_of(n);
	replace(tree, n, n->avl_child[LEFT] != NULL ? n->avl_child[LEFT] :
	    n->avl_child[RIGHT]);
	while (p != NULL) {
		balance = balance_of(p) - (side == RIGHT ? 1 : -1);
		if (balance == 2 || balance == -2)
			p = rotate(tree, p, !side);
		else
			set_balance(p, balance);
		if (balance_of(p) != 0)
			return;
		if (parent_of(p) != NULL)
			side = side_of(p);
		p = parent_of(p);
	}
}

static void *
outermost(avl_tree_t *tree, int side)
{
	node_t *n = tree->avl_root;

	while (n != NULL && n->avl_child[side] != NULL)
		n = n->avl_child[side];
	return (data_of(tree, n));
}

void *
avl_first(avl_tree_t *tree)
{
	return (outermost(tree, LEFT));
}

void *
avl_last(avl_tree_t *tree)
{
	return (outermost(tree, RIGHT));
}

/*
 * The element before or behind one; what AVL_NEXT() and AVL_PREV() are.
 */
void *
avl_walk(avl_tree_t *tree, void *data, int direction)
{
	node_t *n;

	if (data == NULL)
		return (NULL);
	n = node_of(tree, data);
	if (n->avl_child[direction] != NULL) {
		n = n->avl_child[direction];
		while (n->avl_child[!direction] != NULL)
			n = n->avl_child[!direction];
		return (data_of(tree, n));
	}
	while (parent_of(n) != NULL && side_of(n) == direction)
		n = parent_of(n);
	return (data_of(tree, parent_of(n)));
}

void *
avl_nearest(avl_tree_t *tree, avl_index_t where, int direction)
{
	void *data = data_of(tree, (node_t *)(where & ~(avl_index_t)1));

	if ((int)(where & 1) != direction)
		return (data);
	return (avl_walk(tree, data, direction));
}

/*
 * An element has changed: to where it belongs now. B_TRUE if it has moved.
 */
boolean_t
avl_update_lt(avl_tree_t *tree, void *data)
{
	void *prev = avl_walk(tree, data, LEFT);

	if (prev == NULL || tree->avl_compar(data, prev) >= 0)
		return (B_FALSE);
	avl_remove(tree, data);
	avl_add(tree, data);
	return (B_TRUE);
}

boolean_t
avl_update_gt(avl_tree_t *tree, void *data)
{
	void *next = avl_walk(tree, data, RIGHT);

	if (next == NULL || tree->avl_compar(data, next) <= 0)
		return (B_FALSE);
	avl_remove(tree, data);
	avl_add(tree, data);
	return (B_TRUE);
}

boolean_t
avl_update(avl_tree_t *tree, void *data)
{
	return (avl_update_lt(tree, data) || avl_update_gt(tree, data) ?
	    B_TRUE : B_FALSE);
}

void
avl_swap(avl_tree_t *a, avl_tree_t *b)
{
	node_t *root = a->avl_root;
	ulong_t n = a->avl_numnodes;

	a->avl_root = b->avl_root;
	a->avl_numnodes = b->avl_numnodes;
	b->avl_root = root;
	b->avl_numnodes = n;
}

ulong_t
avl_numnodes(avl_tree_t *tree)
{
	return (tree->avl_numnodes);
}

boolean_t
avl_is_empty(avl_tree_t *tree)
{
	return (tree->avl_numnodes == 0 ? B_TRUE : B_FALSE);
}

/*
 * One element after the other, without order, which the caller may free: it is
 * not looked at again. The cookie is the parent of the last one.
 */
void *
avl_destroy_nodes(avl_tree_t *tree, void **cookie)
{
	node_t *n = *cookie != NULL ? *cookie : tree->avl_root;

	if (n == NULL)
		return (NULL);
	while (n->avl_child[LEFT] != NULL || n->avl_child[RIGHT] != NULL) {
		n = n->avl_child[LEFT] != NULL ? n->avl_child[LEFT] :
		    n->avl_child[RIGHT];
	}
	*cookie = parent_of(n);
	replace(tree, n, NULL);
	tree->avl_numnodes--;
	return (data_of(tree, n));
}
