/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * poll(2), chpoll(9E) and pollwakeup(9F).
 *
 * Each poll(2) has a mutex, which it holds while it asks chpoll(9E) and which
 * pollwakeup(9F) takes: a driver that holds a lock of its own across
 * pollwakeup(9F) and takes it in chpoll(9E) thus shows as what it is, locks
 * taken in both orders.
 */

#include <sys/poll.h>
#include "kfile.h"

#define	ALWAYS	(POLLERR | POLLHUP | POLLNVAL)

struct kpoller {
	struct kpoller	*po_next;
	hc_ctx		*po_ctx;
	pollhead_t	*po_head;	/* NULL: on none */
	short		po_events;
	boolean_t	po_asleep;	/* in kc_poll() itself */
	boolean_t	po_woken;
	boolean_t	po_interrupted;
	uint64_t	po_wakeup;	/* which pollwakeup() it was */
	uint_t		po_refs;
	kmutex_t	po_lock;
};

static struct kpoller *pollers;

static void
poller_rele(struct kpoller *po)
{
	struct kpoller **pop;

	if (--po->po_refs > 0)
		return;
	for (pop = &pollers; *pop != po; pop = &(*pop)->po_next)
		continue;
	*pop = po->po_next;
	mutex_destroy(&po->po_lock);
	hc_free(po);
}

static struct kpoller *
poller_make(short events)
{
	struct kpoller *po = hc_alloc(sizeof (*po));
	struct kpoller **pop;

	po->po_ctx = hc_self();
	po->po_events = events;
	po->po_refs = 1;
	mutex_init(&po->po_lock, "poll(2)", MUTEX_DEFAULT, NULL);
	for (pop = &pollers; *pop != NULL; pop = &(*pop)->po_next)
		continue;
	*pop = po;
	return (po);
}

static void
wake(struct kpoller *po)
{
	po->po_woken = B_TRUE;
	if (po->po_asleep)
		hc_wake(po->po_ctx);
}

void
kpoll_interrupt(struct kpoller *po)
{
	po->po_interrupted = B_TRUE;
	wake(po);
}

/*
 * Pollers come and go while we wait for the mutex of one.
 */
void
pollwakeup(pollhead_t *php, short events)
{
	static uint64_t wakeups;
	uint64_t wakeup = ++wakeups;
	struct kpoller *po;

	hc_point();
again:
	for (po = pollers; po != NULL; po = po->po_next) {
		if (po->po_head != php || po->po_wakeup >= wakeup ||
		    (events & (po->po_events | ALWAYS)) == 0)
			continue;
		po->po_wakeup = wakeup;
		po->po_refs++;
		mutex_enter(&po->po_lock);
		wake(po);
		mutex_exit(&po->po_lock);
		poller_rele(po);
		goto again;
	}
}

/*
 * The driver is about to free it.
 */
void
pollhead_clean(pollhead_t *php)
{
	struct kpoller *po;

	hc_point();
	for (po = pollers; po != NULL; po = po->po_next) {
		if (po->po_head != php)
			continue;
		po->po_head = NULL;
		wake(po);
	}
}

int
nochpoll(dev_t dev, short events, int anyyet, short *reventsp,
    struct pollhead **phpp)
{
	return (ENXIO);
}

/*
 * Ask the driver. In *headp what it wants to be waited on.
 */
static int
ask(kc_file *f, short events, short *revents, pollhead_t **headp)
{
	int error;

	*headp = NULL;
	*revents = 0;
	error = f->f_open->ko_cb->cb_chpoll(f->f_open->ko_dev, events, 0,
	    revents, headp);
	*revents &= events | ALWAYS;
	return (error);
}

/*
 * Returns whether the time is over.
 */
static boolean_t
poller_sleep(struct kpoller *po, hc_time deadline, const kc_file *f)
{
	int late;

	po->po_asleep = B_TRUE;
	late = kblock(deadline, "poll", f);
	po->po_asleep = B_FALSE;
	return (late != 0 && !po->po_woken);
}

int
kc_poll(kc_file *f, int events, int *revents, long timeout_ms)
{
	hc_time deadline = timeout_ms < 0 ? HC_FOREVER :
	    hc_now() + timeout_ms * 1000000L;
	boolean_t expired = B_FALSE;
	pollhead_t *head = NULL;
	struct kpoller *po;
	struct kcall call;
	short got = 0;
	int error;

	hc_point();
	*revents = 0;
	if ((error = kfile_enter(f, &call, "chpoll(9E)")) != 0)
		return (error);
	po = poller_make((short)events);
	call.kl_poller = po;
	while (error == 0 && got == 0 && !expired) {
		mutex_enter(&po->po_lock);
		po->po_woken = B_FALSE;
		error = ask(f, (short)events, &got, &head);
		if (error == 0 && got == 0 && head == NULL) {
			hc_violation("hang", "%s returned no events and no "
			    "pollhead: nobody will be woken", call.kl_what);
		} else if (error == 0 && got == 0) {
			/* What came before we were known woke nobody. */
			po->po_head = head;
			error = ask(f, (short)events, &got, &head);
		}
		mutex_exit(&po->po_lock);
		if (error != 0 || got != 0)
			break;
		if (timeout_ms == 0)
			expired = B_TRUE;
		else if (!po->po_woken && !po->po_interrupted)
			expired = poller_sleep(po, deadline, f);
		if (po->po_interrupted)
			error = EINTR;
		po->po_head = NULL;
	}
	call.kl_poller = NULL;
	poller_rele(po);
	kfile_leave(f, &call);
	if (error == 0)
		*revents = got;
	return (error);
}
