/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * list_create(9F) and its family. The list's own node is before the first
 * element and after the last; the nodes of an element in no list are NULL.
 */

#include <sys/types.h>
#include <sys/null.h>
#include <sys/list.h>

static list_node_t *
node_of(list_t *list, void *object)
{
	return ((list_node_t *)((char *)object + list->list_offset));
}

/*
 * NULL for the list's own.
 */
static void *
object_of(list_t *list, list_node_t *node)
{
	if (node == &list->list_head)
		return (NULL);
	return ((char *)node - list->list_offset);
}

static void
link_between(list_node_t *node, list_node_t *prev, list_node_t *next)
{
	node->list_prev = prev;
	node->list_next = next;
	prev->list_next = node;
	next->list_prev = node;
}

static void
take_out(list_node_t *node)
{
	node->list_prev->list_next = node->list_next;
	node->list_next->list_prev = node->list_prev;
	node->list_next = node->list_prev = NULL;
}

void
list_create(list_t *list, size_t size, size_t offset)
{
	list->list_size = size;
	list->list_offset = offset;
	list->list_head.list_next = &list->list_head;
	list->list_head.list_prev = &list->list_head;
}

void
list_destroy(list_t *list)
{
	list->list_head.list_next = list->list_head.list_prev = NULL;
}

void
list_insert_after(list_t *list, void *object, void *new)
{
	list_node_t *node;

	if (object == NULL) {
		list_insert_head(list, new);
	} else {
		node = node_of(list, object);
		link_between(node_of(list, new), node, node->list_next);
	}
}

void
list_insert_before(list_t *list, void *object, void *new)
{
	list_node_t *node;

	if (object == NULL) {
		list_insert_tail(list, new);
	} else {
		node = node_of(list, object);
		link_between(node_of(list, new), node->list_prev, node);
	}
}

void
list_insert_head(list_t *list, void *object)
{
	link_between(node_of(list, object), &list->list_head,
	    list->list_head.list_next);
}

void
list_insert_tail(list_t *list, void *object)
{
	link_between(node_of(list, object), list->list_head.list_prev,
	    &list->list_head);
}

void
list_remove(list_t *list, void *object)
{
	take_out(node_of(list, object));
}

void *
list_remove_head(list_t *list)
{
	void *object = list_head(list);

	if (object != NULL)
		list_remove(list, object);
	return (object);
}

void *
list_remove_tail(list_t *list)
{
	void *object = list_tail(list);

	if (object != NULL)
		list_remove(list, object);
	return (object);
}

/*
 * All elements of src, behind those of dst.
 */
void
list_move_tail(list_t *dst, list_t *src)
{
	list_node_t *first = src->list_head.list_next;
	list_node_t *last = src->list_head.list_prev;

	if (list_is_empty(src))
		return;
	first->list_prev = dst->list_head.list_prev;
	first->list_prev->list_next = first;
	last->list_next = &dst->list_head;
	dst->list_head.list_prev = last;
	src->list_head.list_next = src->list_head.list_prev = &src->list_head;
}

void *
list_head(list_t *list)
{
	return (object_of(list, list->list_head.list_next));
}

void *
list_tail(list_t *list)
{
	return (object_of(list, list->list_head.list_prev));
}

void *
list_next(list_t *list, void *object)
{
	return (object_of(list, node_of(list, object)->list_next));
}

void *
list_prev(list_t *list, void *object)
{
	return (object_of(list, node_of(list, object)->list_prev));
}

int
list_is_empty(list_t *list)
{
	return (list->list_head.list_next == &list->list_head);
}

void
list_link_init(list_node_t *node)
{
	node->list_next = node->list_prev = NULL;
}

/*
 * new takes the place of old.
 */
void
list_link_replace(list_node_t *old, list_node_t *new)
{
	link_between(new, old->list_prev, old->list_next);
	old->list_next = old->list_prev = NULL;
}

int
list_link_active(list_node_t *node)
{
	return (node->list_next != NULL);
}
