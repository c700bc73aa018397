/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Work that the host does after a while, and the watch: the host looks around
 * for what a guest should have done and did not.
 */

#include "core.h"

#define	WATCH_PERIOD	(20 * HV_MS)
#define	ATTENTION	(300 * HV_MS)
#define	LATENCY_LEAST	3	/* microseconds */
#define	LATENCY_SPREAD	40

struct work {
	hc_time		at;
	void		(*run)(void *);
	void		*arg;
	struct work	*next;
};

static struct work *works;
static hc_timer *work_timer, *watch_timer, *background_timer;
static bool watching;
static hc_time attention;

void *
hv_new(size_t size)
{
	void *p = calloc(1, size == 0 ? 1 : size);

	if (p == NULL)
		abort();
	return (p);
}

hc_time
hv_latency(void)
{
	hc_time more = hv_manners.steady ? LATENCY_SPREAD / 2 :
	    hc_random(LATENCY_SPREAD);

	return ((LATENCY_LEAST + more) * HV_US);
}

static void
work_run(void *arg)
{
	struct work *w;

	(void) arg;
	while ((w = works) != NULL && w->at <= hc_now()) {
		works = w->next;
		w->run(w->arg);
		free(w);
	}
	if (works != NULL)
		hc_timer_at(work_timer, works->at);
}

void
hv_later(hc_time delay, void (*run)(void *), void *arg)
{
	struct work *w = hv_new(sizeof (*w)), **at;

	w->at = hc_now() + delay;
	w->run = run;
	w->arg = arg;
	for (at = &works; *at != NULL && (*at)->at <= w->at; at = &(*at)->next)
		;
	w->next = *at;
	*at = w;
	if (work_timer == NULL)
		work_timer = hc_timer_new(work_run, NULL, 0);
	hc_timer_at(work_timer, works->at);
}

void
hv_never(void (*run)(void *), void *arg)
{
	struct work **at = &works, *w;

	while ((w = *at) != NULL) {
		if (w->run == run && w->arg == arg) {
			*at = w->next;
			free(w);
		} else {
			at = &w->next;
		}
	}
	/* Nothing left to do: a hang is then seen as one. */
	if (works == NULL && work_timer != NULL)
		(void) hc_timer_cancel(work_timer);
}

/*
 * The watch runs in the foreground for a while after guest and host have had
 * to do with one another: when everything waits for what a guest forgot, that
 * is not yet a hang. After that nobody waits for the watch.
 */
static void
watch_run(void *arg)
{
	int found = 0;
	bool synic = hv_synic_watch(false, &found);
	bool channels = vb_channel_watch(false, &found);

	(void) arg;
	watching = synic || channels;
	if (watching)
		hc_timer_at(hc_now() < attention ? watch_timer :
		    background_timer, hc_now() + WATCH_PERIOD);
}

void
hv_watch(void)
{
	attention = hc_now() + ATTENTION;
	if (watch_timer == NULL) {
		watch_timer = hc_timer_new(watch_run, NULL, 0);
		background_timer = hc_timer_new(watch_run, NULL,
		    HC_TIMER_BACKGROUND);
	}
	if (watching && !hc_timer_cancel(background_timer))
		return;
	watching = true;
	hc_timer_at(watch_timer, hc_now() + WATCH_PERIOD);
}

int
hv_look(void)
{
	int found = 0;

	found += vb_monitor_look();
	(void) hv_synic_watch(true, &found);
	(void) vb_channel_watch(true, &found);
	return (found != 0);
}
