/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Messages of the VMBus to the guest. They leave in the order in which they
 * came about, each a while after what it answers.
 */

#include "core.h"

struct answer {
	hc_time		due;
	uint32_t	type;		/* of the SynIC's message */
	size_t		size;
	uint8_t		payload[HV_MESSAGE_MAX];
	void		(*then)(void *);
	void		*arg;
	struct answer	*next;
};

static struct answer *answers;
static hc_time newest;

static void	leave(void *);

static void
schedule(void)
{
	hc_time now = hc_now();

	hv_never(leave, NULL);
	if (answers != NULL)
		hv_later(answers->due > now ? answers->due - now : 0, leave,
		    NULL);
}

static void
leave(void *arg)
{
	struct answer *a;

	(void) arg;
	while ((a = answers) != NULL && a->due <= hc_now()) {
		answers = a->next;
		(void) hv_synic_post(vb.vp, vb.sint, a->type, 0, a->payload,
		    a->size);
		if (a->then != NULL)
			a->then(a->arg);
		free(a);
	}
	schedule();
}

static void
append(uint32_t type, const void *payload, size_t size, void (*then)(void *),
    void *arg)
{
	struct answer *a = hv_new(sizeof (*a)), **at;

	if (size > HV_MESSAGE_MAX)
		size = HV_MESSAGE_MAX;
	a->due = hc_now() + hv_manners.delay + hv_latency();
	if (a->due < newest)
		a->due = newest;
	newest = a->due;
	a->type = type;
	a->size = size;
	memcpy(a->payload, payload, size);
	a->then = then;
	a->arg = arg;
	for (at = &answers; *at != NULL; at = &(*at)->next)
		;
	*at = a;
	schedule();
}

/*
 * `then' is called when the message has been given to the guest's processor.
 */
void
vb_send(const void *message, size_t size, void (*then)(void *), void *arg)
{
	append(HV_TYPE_VMBUS, message, size, then, arg);
}

void
vb_send_raw(uint32_t type, const void *payload, size_t size)
{
	append(type, payload, size, NULL, NULL);
}

static void
cancel(const void *arg, bool all)
{
	struct answer **at = &answers, *a;

	while ((a = *at) != NULL) {
		if (all || a->arg == arg) {
			*at = a->next;
			free(a);
		} else {
			at = &a->next;
		}
	}
	if (answers == NULL)
		newest = 0;
	schedule();
}

void
vb_cancel(const void *arg)
{
	cancel(arg, false);
}

void
vb_cancel_all(void)
{
	cancel(NULL, true);
}
