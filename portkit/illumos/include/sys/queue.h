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

/*
 * Each kind has a head, an entry to put into the elements, and operations.
 * An element is evaluated once. A "link" below is the pointer, in the head
 * or in an element, that points at the element after it. The _PORTKIT_ macros
 * are for this header alone: a gate has none of them.
 */

/* LIST: doubly linked, one pointer at the head. */
#define	LIST_HEAD(name, elem)	struct name { struct elem *lh_first; }
#define	LIST_HEAD_INITIALIZER(queue)	{ .lh_first = NULL }
#define	LIST_ENTRY(elem)						\
	struct { struct elem *le_next; struct elem **le_prev; }
#define	LIST_FIRST(queue)	((queue)->lh_first)
#define	LIST_EMPTY(queue)	(LIST_FIRST(queue) == NULL)
#define	LIST_NEXT(item, entry)	((item)->entry.le_next)
#define	LIST_INIT(queue)	((void)(LIST_FIRST(queue) = NULL))
#define	LIST_FOREACH(item, queue, entry)				\
	for ((item) = LIST_FIRST(queue); (item);			\
	    (item) = LIST_NEXT(item, entry))

/* Puts new between a link and what it points at. */
#define	_PORTKIT_LIST_PUT(link, new, entry) do {			\
	__typeof__(&(link)) _link = &(link);				\
	__typeof__(*_link) _new = (new), _after = *_link;		\
	_new->entry.le_next = _after;					\
	_new->entry.le_prev = _link;					\
	*_link = _new;							\
	if (_after)							\
		_after->entry.le_prev = &_new->entry.le_next;		\
_NOTE(CONSTCOND) } while (0)
#define	LIST_INSERT_HEAD(queue, new, entry)				\
	_PORTKIT_LIST_PUT(LIST_FIRST(queue), new, entry)
#define	LIST_INSERT_AFTER(old, new, entry)				\
	_PORTKIT_LIST_PUT(LIST_NEXT(old, entry), new, entry)
#define	LIST_INSERT_BEFORE(old, new, entry)				\
	_PORTKIT_LIST_PUT(*(old)->entry.le_prev, new, entry)
#define	LIST_REMOVE(item, entry) do {					\
	__typeof__(item) _item = (item), _after = LIST_NEXT(_item, entry); \
	*_item->entry.le_prev = _after;					\
	if (_after)							\
		_after->entry.le_prev = _item->entry.le_prev;		\
_NOTE(CONSTCOND) } while (0)

/* SLIST: singly linked, one pointer at the head. */
#define	SLIST_HEAD(name, elem)	struct name { struct elem *slh_first; }
#define	SLIST_HEAD_INITIALIZER(queue)	{ .slh_first = NULL }
#define	SLIST_ENTRY(elem)	struct { struct elem *sle_next; }
#define	SLIST_FIRST(queue)	((queue)->slh_first)
#define	SLIST_EMPTY(queue)	(SLIST_FIRST(queue) == NULL)
#define	SLIST_NEXT(item, entry)	((item)->entry.sle_next)
#define	SLIST_INIT(queue)	((void)(SLIST_FIRST(queue) = NULL))
#define	SLIST_FOREACH(item, queue, entry)				\
	for ((item) = SLIST_FIRST(queue); (item);			\
	    (item) = SLIST_NEXT(item, entry))

#define	_PORTKIT_SLIST_PUT(link, new, entry) do {			\
	__typeof__(&(link)) _link = &(link);				\
	__typeof__(*_link) _new = (new);				\
	SLIST_NEXT(_new, entry) = *_link;				\
	*_link = _new;							\
_NOTE(CONSTCOND) } while (0)
#define	SLIST_INSERT_HEAD(queue, new, entry)				\
	_PORTKIT_SLIST_PUT(SLIST_FIRST(queue), new, entry)
#define	SLIST_INSERT_AFTER(old, new, entry)				\
	_PORTKIT_SLIST_PUT(SLIST_NEXT(old, entry), new, entry)
#define	SLIST_REMOVE_HEAD(queue, entry)					\
	((void)(SLIST_FIRST(queue) = SLIST_NEXT(SLIST_FIRST(queue), entry)))
#define	SLIST_REMOVE(queue, item, type, entry) do {			\
	struct type *_item = (item), **_link = &SLIST_FIRST(queue);	\
	for (; *_link != _item; _link = &SLIST_NEXT(*_link, entry))	\
		;							\
	*_link = SLIST_NEXT(_item, entry);				\
_NOTE(CONSTCOND) } while (0)

/* STAILQ: singly linked, pointers to both ends. */
#define	STAILQ_HEAD(name, elem)						\
	struct name { struct elem *stqh_first; struct elem **stqh_last; }
#define	STAILQ_HEAD_INITIALIZER(queue)	{ NULL, &STAILQ_FIRST(&(queue)) }
#define	STAILQ_ENTRY(elem)	struct { struct elem *stqe_next; }
#define	STAILQ_FIRST(queue)	((queue)->stqh_first)
#define	STAILQ_EMPTY(queue)	(STAILQ_FIRST(queue) == NULL)
#define	STAILQ_NEXT(item, entry)	((item)->entry.stqe_next)
#define	STAILQ_INIT(queue)	((void)(STAILQ_FIRST(queue) = NULL,	\
	(queue)->stqh_last = &STAILQ_FIRST(queue)))
#define	STAILQ_FOREACH(item, queue, entry)				\
	for ((item) = STAILQ_FIRST(queue); (item);			\
	    (item) = STAILQ_NEXT(item, entry))
#define	STAILQ_FOREACH_SAFE(item, queue, entry, next)			\
	for ((item) = STAILQ_FIRST(queue);				\
	    (item) && ((next) = STAILQ_NEXT(item, entry), 1);		\
	    (item) = (next))

/* The last link moves on when what it held is no longer the end. */
#define	_PORTKIT_STAILQ_PUT(queue, link, new, entry) do {		\
	__typeof__(&(link)) _link = &(link);				\
	__typeof__(*_link) _new = (new);				\
	STAILQ_NEXT(_new, entry) = *_link;				\
	if (*_link == NULL)						\
		(queue)->stqh_last = &STAILQ_NEXT(_new, entry);		\
	*_link = _new;							\
_NOTE(CONSTCOND) } while (0)
#define	_PORTKIT_STAILQ_TAKE(queue, link, entry) do {			\
	__typeof__(&(link)) _from = &(link);				\
	*_from = STAILQ_NEXT(*_from, entry);				\
	if (*_from == NULL)						\
		(queue)->stqh_last = _from;				\
_NOTE(CONSTCOND) } while (0)
#define	STAILQ_INSERT_HEAD(queue, new, entry)				\
	_PORTKIT_STAILQ_PUT(queue, STAILQ_FIRST(queue), new, entry)
/* What is behind the last link is NULL by definition, if not in memory. */
#define	STAILQ_INSERT_TAIL(queue, new, entry) do {			\
	*(queue)->stqh_last = NULL;					\
	_PORTKIT_STAILQ_PUT(queue, *(queue)->stqh_last, new, entry);	\
_NOTE(CONSTCOND) } while (0)
#define	STAILQ_INSERT_AFTER(queue, old, new, entry)			\
	_PORTKIT_STAILQ_PUT(queue, STAILQ_NEXT(old, entry), new, entry)
#define	STAILQ_REMOVE_HEAD(queue, entry)				\
	_PORTKIT_STAILQ_TAKE(queue, STAILQ_FIRST(queue), entry)
#define	STAILQ_REMOVE(queue, item, type, entry) do {			\
	struct type *_item = (item), **_link = &STAILQ_FIRST(queue);	\
	for (; *_link != _item; _link = &STAILQ_NEXT(*_link, entry))	\
		;							\
	_PORTKIT_STAILQ_TAKE(queue, *_link, entry);			\
_NOTE(CONSTCOND) } while (0)

/* SIMPLEQ: the same as STAILQ under its older name. */
#define	SIMPLEQ_HEAD(name, elem)					\
	struct name { struct elem *sqh_first; struct elem **sqh_last; }
#define	SIMPLEQ_HEAD_INITIALIZER(queue)	{ NULL, &SIMPLEQ_FIRST(&(queue)) }
#define	SIMPLEQ_ENTRY(elem)	struct { struct elem *sqe_next; }
#define	SIMPLEQ_FIRST(queue)	((queue)->sqh_first)
#define	SIMPLEQ_EMPTY(queue)	(SIMPLEQ_FIRST(queue) == NULL)
#define	SIMPLEQ_NEXT(item, entry)	((item)->entry.sqe_next)
#define	SIMPLEQ_INIT(queue)	((void)(SIMPLEQ_FIRST(queue) = NULL,	\
	(queue)->sqh_last = &SIMPLEQ_FIRST(queue)))
#define	SIMPLEQ_FOREACH(item, queue, entry)				\
	for ((item) = SIMPLEQ_FIRST(queue); (item);			\
	    (item) = SIMPLEQ_NEXT(item, entry))
#define	_PORTKIT_SIMPLEQ_PUT(queue, link, new, entry) do {		\
	__typeof__(&(link)) _link = &(link);				\
	__typeof__(*_link) _new = (new);				\
	SIMPLEQ_NEXT(_new, entry) = *_link;				\
	if (*_link == NULL)						\
		(queue)->sqh_last = &SIMPLEQ_NEXT(_new, entry);		\
	*_link = _new;							\
_NOTE(CONSTCOND) } while (0)
#define	SIMPLEQ_INSERT_HEAD(queue, new, entry)				\
	_PORTKIT_SIMPLEQ_PUT(queue, SIMPLEQ_FIRST(queue), new, entry)
#define	SIMPLEQ_INSERT_TAIL(queue, new, entry) do {			\
	*(queue)->sqh_last = NULL;					\
	_PORTKIT_SIMPLEQ_PUT(queue, *(queue)->sqh_last, new, entry);	\
_NOTE(CONSTCOND) } while (0)
#define	SIMPLEQ_REMOVE_HEAD(queue, entry) do {				\
	SIMPLEQ_FIRST(queue) = SIMPLEQ_NEXT(SIMPLEQ_FIRST(queue), entry); \
	if (SIMPLEQ_EMPTY(queue))					\
		SIMPLEQ_INIT(queue);					\
_NOTE(CONSTCOND) } while (0)

/* TAILQ: doubly linked, pointers to both ends. */
#define	TAILQ_HEAD(name, elem)						\
	struct name { struct elem *tqh_first; struct elem **tqh_last; }
#define	TAILQ_HEAD_INITIALIZER(queue)	{ NULL, &TAILQ_FIRST(&(queue)) }
#define	TAILQ_ENTRY(elem)						\
	struct { struct elem *tqe_next; struct elem **tqe_prev; }
#define	TAILQ_FIRST(queue)	((queue)->tqh_first)
#define	TAILQ_EMPTY(queue)	(TAILQ_FIRST(queue) == NULL)
#define	TAILQ_NEXT(item, entry)	((item)->entry.tqe_next)
/*
 * A head and an entry have the same form: the link, then the place of the
 * link before it. So the link that holds an element leads, as a head, to the
 * link that holds the one before.
 */
#define	_PORTKIT_TAILQ_HOLDER(link, name)	\
	(*((struct name *)(link))->tqh_last)
#define	TAILQ_LAST(queue, name)	\
	_PORTKIT_TAILQ_HOLDER((queue)->tqh_last, name)
#define	TAILQ_PREV(item, name, entry)					\
	_PORTKIT_TAILQ_HOLDER((item)->entry.tqe_prev, name)
#define	TAILQ_INIT(queue)	((void)(TAILQ_FIRST(queue) = NULL,	\
	(queue)->tqh_last = &TAILQ_FIRST(queue)))
#define	TAILQ_FOREACH(item, queue, entry)				\
	for ((item) = TAILQ_FIRST(queue); (item);			\
	    (item) = TAILQ_NEXT(item, entry))
#define	TAILQ_FOREACH_REVERSE(item, queue, name, entry)			\
	for ((item) = TAILQ_LAST(queue, name); (item);			\
	    (item) = TAILQ_PREV(item, name, entry))

/* Puts new between a link and what it points at; at the end, into it. */
#define	_PORTKIT_TAILQ_PUT(end, link, new, entry) do {			\
	__typeof__(&(link)) _link = &(link);				\
	__typeof__(*_link) _new = (new), _after = *_link;		\
	_new->entry.tqe_next = _after;					\
	_new->entry.tqe_prev = _link;					\
	*_link = _new;							\
	*(_after ? &_after->entry.tqe_prev : (end)) =			\
	    &_new->entry.tqe_next;					\
_NOTE(CONSTCOND) } while (0)
#define	TAILQ_INSERT_HEAD(queue, new, entry)				\
	_PORTKIT_TAILQ_PUT(&(queue)->tqh_last, TAILQ_FIRST(queue), new, entry)
#define	TAILQ_INSERT_TAIL(queue, new, entry) do {			\
	*(queue)->tqh_last = NULL;					\
	_PORTKIT_TAILQ_PUT(&(queue)->tqh_last, *(queue)->tqh_last,	\
	    new, entry);						\
_NOTE(CONSTCOND) } while (0)
#define	TAILQ_INSERT_AFTER(queue, old, new, entry)			\
	_PORTKIT_TAILQ_PUT(&(queue)->tqh_last, TAILQ_NEXT(old, entry),	\
	    new, entry)
/* There is always something behind this link: the element itself. */
#define	TAILQ_INSERT_BEFORE(old, new, entry) do {			\
	__typeof__(old) _old = (old);					\
	_PORTKIT_TAILQ_PUT(&_old->entry.tqe_prev, *_old->entry.tqe_prev, \
	    new, entry);						\
_NOTE(CONSTCOND) } while (0)
#define	TAILQ_REMOVE(queue, item, entry) do {				\
	__typeof__(item) _item = (item), _after = TAILQ_NEXT(_item, entry); \
	*(_after ? &_after->entry.tqe_prev : &(queue)->tqh_last) =	\
	    _item->entry.tqe_prev;					\
	*_item->entry.tqe_prev = _after;				\
_NOTE(CONSTCOND) } while (0)

#endif	/* _SYS_QUEUE_H */
