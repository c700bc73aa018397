/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Monitors: the guest sets a trigger bit instead of calling, and the host
 * looks at the page once in a while. It does so only while there is an open
 * channel that has one.
 */

#include "core.h"

#define	LATENCY		(100 * HV_US)

static uint8_t used[VB_MONITORS];
static hc_timer *timer;
static bool running;

int
vb_monitor_allocate(void)
{
	int i;

	for (i = 0; i < VB_MONITORS; i++) {
		if (!used[i]) {
			used[i] = 1;
			return (i);
		}
	}
	return (-1);
}

void
vb_monitor_free(int n)
{
	struct vb_monitor_page *page = vb.monitor[1].page;

	if (n < 0)
		return;
	used[n] = 0;
	if (page != NULL)
		page->parameter[n].connection = 0;
}

/* What the page says of a channel that is offered with a monitor. */
void
vb_monitor_offer(const struct hv_channel *ch)
{
	struct vb_monitor_page *page = vb.monitor[1].page;

	page->parameter[ch->monitor].connection = ch->connection;
	page->parameter[ch->monitor].flag = 0;
	page->latency[ch->monitor] = LATENCY / 100;
	page->enabled |= 1U << ch->monitor / 32;
}

/*
 * The channels whose bits are set; how many.
 */
int
vb_monitor_look(void)
{
	volatile struct vb_monitor_page *page = vb.monitor[1].page;
	uint32_t pending, bit;
	struct hv_channel *ch;
	int found = 0, group, i;

	for (group = 0; group < VB_MONITOR_GROUPS && page != NULL; group++) {
		pending = page->trigger[group].pending;
		if (pending == 0)
			continue;
		page->trigger[group].pending = 0;
		for (i = 0; i < 32; i++) {
			bit = 1U << i;
			if ((pending & bit) == 0)
				continue;
			ch = vb_channels;
			while (ch != NULL && ch->monitor != group * 32 + i)
				ch = ch->next;
			if (ch == NULL) {
				hv_protocol("trigger %d of the monitor page is "
				    "set, which belongs to no channel",
				    group * 32 + i);
			} else if (ch->in_use) {
				vb_channel_kick(ch);
				hv_watch();
				found++;
			}
		}
	}
	return (found);
}

static void
poll(void *arg)
{
	struct hv_channel *ch;

	(void) arg;
	running = false;
	(void) vb_monitor_look();
	for (ch = vb_channels; ch != NULL; ch = ch->next) {
		if (ch->in_use && ch->monitor >= 0) {
			vb_monitor_start();
			return;
		}
	}
}

void
vb_monitor_start(void)
{
	struct hv_channel *ch;

	for (ch = vb_channels; ch != NULL; ch = ch->next) {
		if (ch->in_use && ch->monitor >= 0)
			break;
	}
	if (running || ch == NULL)
		return;
	running = true;
	if (timer == NULL)
		timer = hc_timer_new(poll, NULL, HC_TIMER_BACKGROUND);
	hc_timer_at(timer, hc_now() + LATENCY);
}

void
vb_monitor_stop(void)
{
	if (running)
		(void) hc_timer_cancel(timer);
	running = false;
}
