/*
 * Puts three elements into each kind of queue, takes them out again by every
 * way there is, and says nothing unless something is out of order.
 */
#include <sys/queue.h>

/* The host's: its own headers would clash with the kernel's types. */
int printf(const char *, ...);

struct elem {
	int n;
	LIST_ENTRY(elem) list;
	SLIST_ENTRY(elem) slist;
	STAILQ_ENTRY(elem) stailq;
	SIMPLEQ_ENTRY(elem) simpleq;
	TAILQ_ENTRY(elem) tailq;
};

LIST_HEAD(list_head, elem);
SLIST_HEAD(slist_head, elem);
STAILQ_HEAD(stailq_head, elem);
SIMPLEQ_HEAD(simpleq_head, elem);
TAILQ_HEAD(tailq_head, elem);

static int failed;

static void
expect(const char *what, int got, int wanted)
{
	if (got != wanted) {
		(void) printf("%s: %d, not %d\n", what, got, wanted);
		failed = 1;
	}
}

/* The elements' numbers as one decimal number, in the order of the queue. */
#define	NUMBER(result, foreach, head, field) do {			\
	struct elem *_e;						\
	(result) = 0;							\
	foreach(_e, head, field)					\
		(result) = (result) * 10 + _e->n;			\
} while (0)

int
main(void)
{
	struct elem a = { .n = 1 }, b = { .n = 2 }, c = { .n = 3 }, *e, *next;
	struct list_head lh = LIST_HEAD_INITIALIZER(lh);
	struct slist_head sh = SLIST_HEAD_INITIALIZER(sh);
	struct stailq_head qh = STAILQ_HEAD_INITIALIZER(qh);
	struct simpleq_head mh = SIMPLEQ_HEAD_INITIALIZER(mh);
	struct tailq_head th = TAILQ_HEAD_INITIALIZER(th);
	int n;

	LIST_INSERT_HEAD(&lh, &b, list);
	LIST_INSERT_AFTER(&b, &c, list);
	LIST_INSERT_BEFORE(&b, &a, list);
	NUMBER(n, LIST_FOREACH, &lh, list);
	expect("list", n, 123);
	LIST_REMOVE(&b, list);
	NUMBER(n, LIST_FOREACH, &lh, list);
	expect("list without the middle", n, 13);
	LIST_REMOVE(&a, list);
	expect("list first", LIST_FIRST(&lh)->n, 3);
	LIST_REMOVE(&c, list);
	expect("list empty", LIST_EMPTY(&lh), 1);

	SLIST_INSERT_HEAD(&sh, &c, slist);
	SLIST_INSERT_HEAD(&sh, &a, slist);
	SLIST_INSERT_AFTER(&a, &b, slist);
	NUMBER(n, SLIST_FOREACH, &sh, slist);
	expect("slist", n, 123);
	SLIST_REMOVE(&sh, &b, elem, slist);
	SLIST_REMOVE_HEAD(&sh, slist);
	NUMBER(n, SLIST_FOREACH, &sh, slist);
	expect("slist last", n, 3);

	STAILQ_INSERT_TAIL(&qh, &b, stailq);
	STAILQ_INSERT_HEAD(&qh, &a, stailq);
	STAILQ_INSERT_AFTER(&qh, &b, &c, stailq);
	NUMBER(n, STAILQ_FOREACH, &qh, stailq);
	expect("stailq", n, 123);
	STAILQ_REMOVE(&qh, &c, elem, stailq);
	STAILQ_INSERT_TAIL(&qh, &c, stailq);
	n = 0;
	STAILQ_FOREACH_SAFE(e, &qh, stailq, next) {
		n = n * 10 + e->n;
		STAILQ_REMOVE_HEAD(&qh, stailq);
		STAILQ_NEXT(e, stailq) = NULL;
	}
	expect("stailq taken apart", n, 123);
	expect("stailq empty", STAILQ_EMPTY(&qh), 1);
	STAILQ_INSERT_TAIL(&qh, &a, stailq);
	expect("stailq used again", STAILQ_FIRST(&qh)->n, 1);

	SIMPLEQ_INSERT_TAIL(&mh, &b, simpleq);
	SIMPLEQ_INSERT_TAIL(&mh, &c, simpleq);
	SIMPLEQ_INSERT_HEAD(&mh, &a, simpleq);
	NUMBER(n, SIMPLEQ_FOREACH, &mh, simpleq);
	expect("simpleq", n, 123);
	SIMPLEQ_REMOVE_HEAD(&mh, simpleq);
	expect("simpleq first", SIMPLEQ_FIRST(&mh)->n, 2);

	TAILQ_INSERT_TAIL(&th, &b, tailq);
	TAILQ_INSERT_HEAD(&th, &a, tailq);
	TAILQ_INSERT_AFTER(&th, &b, &c, tailq);
	NUMBER(n, TAILQ_FOREACH, &th, tailq);
	expect("tailq", n, 123);
	n = 0;
	TAILQ_FOREACH_REVERSE(e, &th, tailq_head, tailq)
		n = n * 10 + e->n;
	expect("tailq backwards", n, 321);
	TAILQ_REMOVE(&th, &c, tailq);
	expect("tailq last", TAILQ_LAST(&th, tailq_head)->n, 2);
	TAILQ_INSERT_BEFORE(&a, &c, tailq);
	NUMBER(n, TAILQ_FOREACH, &th, tailq);
	expect("tailq before the first", n, 312);
	TAILQ_REMOVE(&th, &c, tailq);
	TAILQ_REMOVE(&th, &b, tailq);
	expect("tailq previous of the first",
	    TAILQ_PREV(&a, tailq_head, tailq) == NULL, 1);
	TAILQ_REMOVE(&th, &a, tailq);
	expect("tailq empty", TAILQ_EMPTY(&th), 1);
	return (failed);
}
