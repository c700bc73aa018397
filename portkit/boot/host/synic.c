/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The synthetic interrupt controller of each virtual processor. A message goes
 * into the slot of its source when that is free; else it waits, the slot says
 * so (MessagePending), and the guest asks for it by an end of message (EOM)
 * once it has freed the slot. An event flag interrupts when it was not set
 * before.
 */

#include "core.h"

#define	GP		1
#define	PAGE_KEPT	0xffeUL		/* reserved bits of SIMP and SIEFP */
#define	NO_EOM_AFTER	(500 * HV_MS)
#define	NOT_TAKEN_AFTER	(10000 * HV_MS)

struct message {
	uint32_t	type;
	uint64_t	origin;
	uint8_t		size;
	uint8_t		payload[HV_MESSAGE_MAX];
	struct message	*next;
};

struct source {
	uint64_t	msr;
	struct message	*first;
	hc_time		delivered;	/* the message in the slot */
	hc_time		freed;		/* when the slot was seen free, 0 */
	bool		complained;
};

static struct synic {
	uint64_t	control, simp, siefp;
	struct hv_lent	messages, events;
	struct source	source[HV_SINTS];
} synics[HC_MAXCPU];

unsigned long hv_interrupts;

/* The newest end of message, for the case that it was another processor's. */
static int eom_vp;
static hc_time eom_time;

/* Sources are masked when the machine is switched on. */
static struct synic *
synic_of(int vp)
{
	static bool ready;
	int v, s;

	if (!ready) {
		ready = true;
		for (v = 0; v < HC_MAXCPU; v++) {
			for (s = 0; s < HV_SINTS; s++)
				synics[v].source[s].msr = HV_SINT_MASKED;
		}
	}
	return (&synics[vp]);
}

static bool
enabled(const struct synic *sy)
{
	return ((sy->control & HV_ENABLE) != 0 && sy->messages.page != NULL &&
	    sy->events.page != NULL);
}

bool
hv_synic_ready(int vp, int sint)
{
	(void) sint;
	return (hv_cpu_of(vp) >= 0 && enabled(synic_of(vp)));
}

int
hv_synic_cpus(void)
{
	int vp, n = 0;

	for (vp = 0; vp < hc_ncpus(); vp++)
		n += enabled(synic_of(vp));
	return (n);
}

void
hv_synic_interrupt(int vp, int sint)
{
	struct synic *sy = synic_of(vp);
	uint64_t msr = sy->source[sint].msr;

	if ((sy->control & HV_ENABLE) == 0 || (msr & HV_SINT_MASKED) != 0)
		return;
	hv_interrupts++;
	hc_interrupt(hv_cpu_of(vp), (int)(msr & HV_SINT_VECTOR));
}

static void
forget(struct source *so)
{
	struct message *m;

	while ((m = so->first) != NULL) {
		so->first = m->next;
		free(m);
	}
	so->freed = 0;
}

/* Puts the next message into the slot, or marks that there is one. */
static void
deliver(int vp, int sint)
{
	struct synic *sy = synic_of(vp);
	struct source *so = &sy->source[sint];
	struct message *m = so->first;
	volatile struct hv_slot *slot;

	if (m == NULL || sy->messages.page == NULL)
		return;
	slot = (struct hv_slot *)sy->messages.page + sint;
	if (slot->type != HV_TYPE_NONE) {
		slot->flags |= HV_SLOT_PENDING;
		return;
	}
	so->first = m->next;
	so->delivered = hc_now();
	so->freed = 0;
	so->complained = false;
	slot->size = m->size;
	slot->flags = so->first != NULL ? HV_SLOT_PENDING : 0;
	slot->reserved = 0;
	slot->origin = m->origin;
	memcpy((void *)slot->payload, m->payload, HV_MESSAGE_MAX);
	slot->type = m->type;
	free(m);
	hv_synic_interrupt(vp, sint);
	hv_watch();
}

/*
 * False when nothing arrives at that processor.
 */
bool
hv_synic_post(int vp, int sint, uint32_t type, uint64_t origin,
    const void *payload, size_t size)
{
	struct source *so;
	struct message *m, **at;

	if (!hv_synic_ready(vp, sint))
		return (false);
	so = &synic_of(vp)->source[sint];
	m = hv_new(sizeof (*m));
	m->type = type;
	m->origin = origin;
	m->size = (uint8_t)(size > HV_MESSAGE_MAX ? HV_MESSAGE_MAX : size);
	memcpy(m->payload, payload, m->size);
	for (at = &so->first; *at != NULL; at = &(*at)->next)
		;
	*at = m;
	/* Others wait: it waits behind them, for their EOM. */
	if (so->first == m)
		deliver(vp, sint);
	return (true);
}

bool
hv_synic_queued(int vp, int sint, uint32_t type, uint64_t origin)
{
	struct message *m = synic_of(vp)->source[sint].first;

	for (; m != NULL; m = m->next) {
		if (m->type == type && m->origin == origin)
			return (true);
	}
	return (false);
}

void
hv_synic_forget(int sint)
{
	int vp;

	for (vp = 0; vp < hc_ncpus(); vp++)
		forget(&synic_of(vp)->source[sint]);
}

void
hv_synic_signal(int vp, int sint, unsigned flag)
{
	struct synic *sy = synic_of(vp);
	volatile uint8_t *flags = sy->events.page;
	uint8_t bit = (uint8_t)(1U << flag % 8);

	if (!enabled(sy) || flag >= HV_EVENT_FLAGS)
		return;
	flags += sint * HV_EVENT_BYTES + flag / 8;
	if ((*flags & bit) != 0)
		return;			/* it knows already */
	*flags |= bit;
	hv_synic_interrupt(vp, sint);
	hv_watch();
}

/*
 * The host's look at slots that messages wait for.
 */
static bool
watch_source(int vp, int sint, bool now, int *found)
{
	struct synic *sy = synic_of(vp);
	struct source *so = &sy->source[sint];
	volatile struct hv_slot *slot;

	if (!enabled(sy))
		return (false);
	slot = (struct hv_slot *)sy->messages.page + sint;
	if (slot->type != HV_TYPE_NONE) {
		so->freed = 0;
		if (hc_now() - so->delivered > NOT_TAKEN_AFTER &&
		    !so->complained && (so->msr & HV_SINT_MASKED) == 0) {
			so->complained = true;
			hv_protocol("SINT%d of virtual processor %d: a message "
			    "of type 0x%x has been in its slot for %ld ms, the "
			    "guest does not take it", sint, vp, slot->type,
			    (long)((hc_now() - so->delivered) / HV_MS));
		}
		return (true);
	}
	if (so->first == NULL)
		return (false);
	if (so->freed == 0)
		so->freed = hc_now();
	if (now || hc_now() - so->freed > NO_EOM_AFTER) {
		if (eom_vp != vp && eom_time > so->delivered)
			hv_protocol("SINT%d of virtual processor %d: "
			    "MessagePending was set when the slot was freed, "
			    "and no EOM followed there: one was written on "
			    "processor %d", sint, vp, eom_vp);
		else
			hv_protocol("SINT%d of virtual processor %d: "
			    "MessagePending was set when the slot was freed, "
			    "and no EOM followed", sint, vp);
		deliver(vp, sint);
		(*found)++;
	}
	return (true);
}

bool
hv_synic_watch(bool now, int *found)
{
	bool more = false;
	int vp, sint;

	for (vp = 0; vp < hc_ncpus(); vp++) {
		for (sint = 0; sint < HV_SINTS; sint++)
			more |= watch_source(vp, sint, now, found);
	}
	return (more);
}

/*
 * MSRs.
 */
static int
write_page(int vp, uint64_t *msr, struct hv_lent *lent, const char *what,
    uint64_t value)
{
	uint64_t pfn = value / HC_PAGE;
	int other;

	if (((value ^ *msr) & PAGE_KEPT) != 0)
		hv_protocol("%s of virtual processor %d: reserved bits 0x%lx "
		    "are changed, they are to be preserved", what, vp,
		    (value ^ *msr) & PAGE_KEPT);
	*msr = value;
	if ((value & HV_ENABLE) != 0 && lent->page != NULL && lent->pfn == pfn)
		return (0);
	hv_give_back(lent);
	if ((value & HV_ENABLE) == 0)
		return (0);
	for (other = 0; other < hc_ncpus(); other++) {
		struct synic *sy = synic_of(other);

		if ((sy->messages.page != NULL && sy->messages.pfn == pfn) ||
		    (sy->events.page != NULL && sy->events.pfn == pfn))
			hv_protocol("%s of virtual processor %d: page 0x%lx is "
			    "already in use by processor %d", what, vp,
			    value & HV_PAGE_MASK, other);
	}
	if (!hv_lend(lent, pfn, what, (unsigned)vp)) {
		hv_protocol("%s of virtual processor %d: there is no page at "
		    "0x%lx", what, vp, value & HV_PAGE_MASK);
		*msr &= ~HV_ENABLE;
		return (GP);
	}
	/* The hypervisor's own page lies there now, and it begins empty. */
	memset(lent->page, 0, HC_PAGE);
	return (0);
}

static int
write_control(int vp, uint64_t value)
{
	struct synic *sy = synic_of(vp);
	static bool all;
	int s;

	if (((value ^ sy->control) & ~HV_ENABLE) != 0)
		hv_protocol("SCONTROL of virtual processor %d: reserved bits "
		    "0x%lx are changed, they are to be preserved", vp,
		    (value ^ sy->control) & ~HV_ENABLE);
	sy->control = value;
	if ((value & HV_ENABLE) == 0) {
		for (s = 0; s < HV_SINTS; s++)
			forget(&sy->source[s]);
	} else if (!all && hv_synic_cpus() == hc_ncpus()) {
		all = true;
		hc_milestone("synic", 1, "enabled on %d CPU%s, message page of "
		    "the last at 0x%lx", hc_ncpus(), hc_ncpus() == 1 ? "" : "s",
		    sy->simp & HV_PAGE_MASK);
	}
	return (0);
}

static int
write_source(int vp, int sint, uint64_t value)
{
	struct source *so = &synic_of(vp)->source[sint];

	if (((value ^ so->msr) & HV_SINT_RESERVED) != 0)
		hv_protocol("SINT%d of virtual processor %d: reserved bits "
		    "0x%lx are changed, they are to be preserved", sint, vp,
		    (value ^ so->msr) & HV_SINT_RESERVED);
	if ((value & HV_SINT_MASKED) == 0 && (value & HV_SINT_VECTOR) < 16) {
		hv_protocol("SINT%d of virtual processor %d: vector %lu is "
		    "below 16", sint, vp, value & HV_SINT_VECTOR);
		return (GP);
	}
	so->msr = value;
	return (0);
}

int
hv_synic_rdmsr(int vp, uint32_t n, uint64_t *value)
{
	struct synic *sy = synic_of(vp);

	switch (n) {
	case HV_MSR_SCONTROL:
		*value = sy->control;
		return (0);
	case HV_MSR_SVERSION:
		*value = 1;
		return (0);
	case HV_MSR_SIEFP:
		*value = sy->siefp;
		return (0);
	case HV_MSR_SIMP:
		*value = sy->simp;
		return (0);
	case HV_MSR_EOM:
		*value = 0;
		return (0);
	}
	*value = sy->source[n - HV_MSR_SINT0].msr;
	return (0);
}

int
hv_synic_wrmsr(int vp, uint32_t n, uint64_t value)
{
	struct synic *sy = synic_of(vp);
	int sint;

	switch (n) {
	case HV_MSR_SCONTROL:
		return (write_control(vp, value));
	case HV_MSR_SVERSION:
		return (GP);
	case HV_MSR_SIEFP:
		return (write_page(vp, &sy->siefp, &sy->events,
		    "event flags page (SIEFP)", value));
	case HV_MSR_SIMP:
		return (write_page(vp, &sy->simp, &sy->messages,
		    "message page (SIMP)", value));
	case HV_MSR_EOM:
		eom_vp = vp;
		eom_time = hc_now();
		for (sint = 0; sint < HV_SINTS; sint++)
			deliver(vp, sint);
		return (0);
	}
	return (write_source(vp, (int)(n - HV_MSR_SINT0), value));
}
