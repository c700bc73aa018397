/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Lists and queues linked through their elements, as queue(3) of the BSDs has
 * them. Only what both the 2018 and the 2022 gate have is here: of the loops
 * that allow removal, STAILQ_FOREACH_SAFE alone.
 */

#ifndef _SYS_QUEUE_H
#define	_SYS_QUEUE_H

#include <sys/note.h>
#include <sys/types.h>
#include <sys/null.h>

/* LIST: doubly linked, one pointer at the head. */
#define	LIST_HEAD(name, type)						\
struct name {								\
	struct type *lh_first;						\
}
#define	LIST_HEAD_INITIALIZER(head)	{ NULL }
#define	LIST_ENTRY(type)						\
struct {								\
	struct type *le_next;						\
	struct type **le_prev;						\
}
#define	LIST_EMPTY(head)	((head)->lh_first == NULL)
#define	LIST_FIRST(head)	((head)->lh_first)
#define	LIST_NEXT(elm, field)	((elm)->field.le_next)
#define	LIST_INIT(head)		((void)((head)->lh_first = NULL))
#define	LIST_FOREACH(var, head, field)					\
	for ((var) = LIST_FIRST(head); (var) != NULL;			\
	    (var) = LIST_NEXT(var, field))
#define	LIST_INSERT_HEAD(head, elm, field) do {				\
	if (((elm)->field.le_next = (head)->lh_first) != NULL)		\
		(head)->lh_first->field.le_prev = &(elm)->field.le_next; \
	(head)->lh_first = (elm);					\
	(elm)->field.le_prev = &(head)->lh_first;			\
_NOTE(CONSTCOND) } while (0)
#define	LIST_INSERT_AFTER(where, elm, field) do {			\
	if (((elm)->field.le_next = (where)->field.le_next) != NULL)	\
		(where)->field.le_next->field.le_prev =			\
		    &(elm)->field.le_next;				\
	(where)->field.le_next = (elm);					\
	(elm)->field.le_prev = &(where)->field.le_next;			\
_NOTE(CONSTCOND) } while (0)
#define	LIST_INSERT_BEFORE(where, elm, field) do {			\
	(elm)->field.le_prev = (where)->field.le_prev;			\
	(elm)->field.le_next = (where);					\
	*(where)->field.le_prev = (elm);				\
	(where)->field.le_prev = &(elm)->field.le_next;			\
_NOTE(CONSTCOND) } while (0)
#define	LIST_REMOVE(elm, field) do {					\
	if ((elm)->field.le_next != NULL)				\
		(elm)->field.le_next->field.le_prev =			\
		    (elm)->field.le_prev;				\
	*(elm)->field.le_prev = (elm)->field.le_next;			\
_NOTE(CONSTCOND) } while (0)

/* SLIST: singly linked, one pointer at the head. */
#define	SLIST_HEAD(name, type)						\
struct name {								\
	struct type *slh_first;						\
}
#define	SLIST_HEAD_INITIALIZER(head)	{ NULL }
#define	SLIST_ENTRY(type)						\
struct {								\
	struct type *sle_next;						\
}
#define	SLIST_EMPTY(head)	((head)->slh_first == NULL)
#define	SLIST_FIRST(head)	((head)->slh_first)
#define	SLIST_NEXT(elm, field)	((elm)->field.sle_next)
#define	SLIST_INIT(head)	((void)((head)->slh_first = NULL))
#define	SLIST_FOREACH(var, head, field)					\
	for ((var) = SLIST_FIRST(head); (var) != NULL;			\
	    (var) = SLIST_NEXT(var, field))
#define	SLIST_INSERT_HEAD(head, elm, field) do {			\
	(elm)->field.sle_next = (head)->slh_first;			\
	(head)->slh_first = (elm);					\
_NOTE(CONSTCOND) } while (0)
#define	SLIST_INSERT_AFTER(where, elm, field) do {			\
	(elm)->field.sle_next = (where)->field.sle_next;		\
	(where)->field.sle_next = (elm);				\
_NOTE(CONSTCOND) } while (0)
#define	SLIST_REMOVE_HEAD(head, field) do {				\
	(head)->slh_first = (head)->slh_first->field.sle_next;		\
_NOTE(CONSTCOND) } while (0)
#define	SLIST_REMOVE(head, elm, type, field) do {			\
	struct type **_link = &(head)->slh_first;			\
	while (*_link != (elm))						\
		_link = &(*_link)->field.sle_next;			\
	*_link = (elm)->field.sle_next;					\
_NOTE(CONSTCOND) } while (0)

/* STAILQ: singly linked, pointers to both ends. */
#define	STAILQ_HEAD(name, type)						\
struct name {								\
	struct type *stqh_first;					\
	struct type **stqh_last;					\
}
#define	STAILQ_HEAD_INITIALIZER(head)	{ NULL, &(head).stqh_first }
#define	STAILQ_ENTRY(type)						\
struct {								\
	struct type *stqe_next;						\
}
#define	STAILQ_EMPTY(head)	((head)->stqh_first == NULL)
#define	STAILQ_FIRST(head)	((head)->stqh_first)
#define	STAILQ_NEXT(elm, field)	((elm)->field.stqe_next)
#define	STAILQ_INIT(head) do {						\
	(head)->stqh_first = NULL;					\
	(head)->stqh_last = &(head)->stqh_first;			\
_NOTE(CONSTCOND) } while (0)
#define	STAILQ_FOREACH(var, head, field)				\
	for ((var) = STAILQ_FIRST(head); (var) != NULL;			\
	    (var) = STAILQ_NEXT(var, field))
#define	STAILQ_FOREACH_SAFE(var, head, field, next)			\
	for ((var) = STAILQ_FIRST(head);				\
	    (var) != NULL && ((next) = STAILQ_NEXT(var, field), 1);	\
	    (var) = (next))
#define	STAILQ_INSERT_HEAD(head, elm, field) do {			\
	if (((elm)->field.stqe_next = (head)->stqh_first) == NULL)	\
		(head)->stqh_last = &(elm)->field.stqe_next;		\
	(head)->stqh_first = (elm);					\
_NOTE(CONSTCOND) } while (0)
#define	STAILQ_INSERT_TAIL(head, elm, field) do {			\
	(elm)->field.stqe_next = NULL;					\
	*(head)->stqh_last = (elm);					\
	(head)->stqh_last = &(elm)->field.stqe_next;			\
_NOTE(CONSTCOND) } while (0)
#define	STAILQ_INSERT_AFTER(head, where, elm, field) do {		\
	if (((elm)->field.stqe_next = (where)->field.stqe_next) == NULL) \
		(head)->stqh_last = &(elm)->field.stqe_next;		\
	(where)->field.stqe_next = (elm);				\
_NOTE(CONSTCOND) } while (0)
#define	STAILQ_REMOVE_HEAD(head, field) do {				\
	(head)->stqh_first = (head)->stqh_first->field.stqe_next;	\
	if ((head)->stqh_first == NULL)					\
		(head)->stqh_last = &(head)->stqh_first;		\
_NOTE(CONSTCOND) } while (0)
#define	STAILQ_REMOVE(head, elm, type, field) do {			\
	struct type **_link = &(head)->stqh_first;			\
	while (*_link != (elm))						\
		_link = &(*_link)->field.stqe_next;			\
	if ((*_link = (elm)->field.stqe_next) == NULL)			\
		(head)->stqh_last = _link;				\
_NOTE(CONSTCOND) } while (0)

/* SIMPLEQ: the same as STAILQ under its older name. */
#define	SIMPLEQ_HEAD(name, type)					\
struct name {								\
	struct type *sqh_first;						\
	struct type **sqh_last;						\
}
#define	SIMPLEQ_HEAD_INITIALIZER(head)	{ NULL, &(head).sqh_first }
#define	SIMPLEQ_ENTRY(type)						\
struct {								\
	struct type *sqe_next;						\
}
#define	SIMPLEQ_EMPTY(head)	((head)->sqh_first == NULL)
#define	SIMPLEQ_FIRST(head)	((head)->sqh_first)
#define	SIMPLEQ_NEXT(elm, field)	((elm)->field.sqe_next)
#define	SIMPLEQ_INIT(head) do {						\
	(head)->sqh_first = NULL;					\
	(head)->sqh_last = &(head)->sqh_first;				\
_NOTE(CONSTCOND) } while (0)
#define	SIMPLEQ_FOREACH(var, head, field)				\
	for ((var) = SIMPLEQ_FIRST(head); (var) != NULL;		\
	    (var) = SIMPLEQ_NEXT(var, field))
#define	SIMPLEQ_INSERT_HEAD(head, elm, field) do {			\
	if (((elm)->field.sqe_next = (head)->sqh_first) == NULL)	\
		(head)->sqh_last = &(elm)->field.sqe_next;		\
	(head)->sqh_first = (elm);					\
_NOTE(CONSTCOND) } while (0)
#define	SIMPLEQ_INSERT_TAIL(head, elm, field) do {			\
	(elm)->field.sqe_next = NULL;					\
	*(head)->sqh_last = (elm);					\
	(head)->sqh_last = &(elm)->field.sqe_next;			\
_NOTE(CONSTCOND) } while (0)
#define	SIMPLEQ_REMOVE_HEAD(head, field) do {				\
	(head)->sqh_first = (head)->sqh_first->field.sqe_next;		\
	if ((head)->sqh_first == NULL)					\
		(head)->sqh_last = &(head)->sqh_first;			\
_NOTE(CONSTCOND) } while (0)

/* TAILQ: doubly linked, pointers to both ends. */
#define	TAILQ_HEAD(name, type)						\
struct name {								\
	struct type *tqh_first;						\
	struct type **tqh_last;						\
}
#define	TAILQ_HEAD_INITIALIZER(head)	{ NULL, &(head).tqh_first }
#define	TAILQ_ENTRY(type)						\
struct {								\
	struct type *tqe_next;						\
	struct type **tqe_prev;						\
}
#define	TAILQ_EMPTY(head)	((head)->tqh_first == NULL)
#define	TAILQ_FIRST(head)	((head)->tqh_first)
#define	TAILQ_NEXT(elm, field)	((elm)->field.tqe_next)
/*
 * The last and previous elements are reached by way of the link to them,
 * which a head and an entry keep in the same place.
 */
#define	TAILQ_LAST(head, headname)					\
	(*(((struct headname *)((head)->tqh_last))->tqh_last))
#define	TAILQ_PREV(elm, headname, field)				\
	(*(((struct headname *)((elm)->field.tqe_prev))->tqh_last))
#define	TAILQ_INIT(head) do {						\
	(head)->tqh_first = NULL;					\
	(head)->tqh_last = &(head)->tqh_first;				\
_NOTE(CONSTCOND) } while (0)
#define	TAILQ_FOREACH(var, head, field)					\
	for ((var) = TAILQ_FIRST(head); (var) != NULL;			\
	    (var) = TAILQ_NEXT(var, field))
#define	TAILQ_FOREACH_REVERSE(var, head, headname, field)		\
	for ((var) = TAILQ_LAST(head, headname); (var) != NULL;		\
	    (var) = TAILQ_PREV(var, headname, field))
#define	TAILQ_INSERT_HEAD(head, elm, field) do {			\
	if (((elm)->field.tqe_next = (head)->tqh_first) != NULL)	\
		(head)->tqh_first->field.tqe_prev =			\
		    &(elm)->field.tqe_next;				\
	else								\
		(head)->tqh_last = &(elm)->field.tqe_next;		\
	(head)->tqh_first = (elm);					\
	(elm)->field.tqe_prev = &(head)->tqh_first;			\
_NOTE(CONSTCOND) } while (0)
#define	TAILQ_INSERT_TAIL(head, elm, field) do {			\
	(elm)->field.tqe_next = NULL;					\
	(elm)->field.tqe_prev = (head)->tqh_last;			\
	*(head)->tqh_last = (elm);					\
	(head)->tqh_last = &(elm)->field.tqe_next;			\
_NOTE(CONSTCOND) } while (0)
#define	TAILQ_INSERT_AFTER(head, where, elm, field) do {		\
	if (((elm)->field.tqe_next = (where)->field.tqe_next) != NULL)	\
		(elm)->field.tqe_next->field.tqe_prev =			\
		    &(elm)->field.tqe_next;				\
	else								\
		(head)->tqh_last = &(elm)->field.tqe_next;		\
	(where)->field.tqe_next = (elm);				\
	(elm)->field.tqe_prev = &(where)->field.tqe_next;		\
_NOTE(CONSTCOND) } while (0)
#define	TAILQ_INSERT_BEFORE(where, elm, field) do {			\
	(elm)->field.tqe_prev = (where)->field.tqe_prev;		\
	(elm)->field.tqe_next = (where);				\
	*(where)->field.tqe_prev = (elm);				\
	(where)->field.tqe_prev = &(elm)->field.tqe_next;		\
_NOTE(CONSTCOND) } while (0)
#define	TAILQ_REMOVE(head, elm, field) do {				\
	if ((elm)->field.tqe_next != NULL)				\
		(elm)->field.tqe_next->field.tqe_prev =			\
		    (elm)->field.tqe_prev;				\
	else								\
		(head)->tqh_last = (elm)->field.tqe_prev;		\
	*(elm)->field.tqe_prev = (elm)->field.tqe_next;			\
_NOTE(CONSTCOND) } while (0)

#endif	/* _SYS_QUEUE_H */
