/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

#include <stdio.h>

#include "rig.h"

#define	MAXPACKETS	256
#define	PAGES		2048
#define	BUFFER		16		/* its first page */

int failures, nanswers, room, complaints;
struct answer answers[MAXPACKETS];
char complaint[512];
uint32_t packet_len, data_offset;
struct stor *stor;

static uint8_t memory[PAGES * HC_PAGE];
static struct hv_release release;
static struct hv_device device;
static struct hv_channel channel;
static struct hv_packet packets[MAXPACKETS];
static int first, last;
static uint64_t transactions;

void
check(int ok, const char *what, const char *file, int line)
{
	if (ok)
		return;
	failures++;
	(void) printf("%s:%d: %s: not so under %s (complaint: %s)\n", file,
	    line, what, release.name, complaint);
}

void
complains(const char *text, const char *file, int line)
{
	char what[600];

	(void) snprintf(what, sizeof (what), "complains of `%s'", text);
	check(complaints == 1 && strstr(complaint, text) != NULL, what, file,
	    line);
	complaints = 0;
	complaint[0] = '\0';
}

/*
 * Time: work in its order.
 */
struct work {
	hc_time		at;
	void		(*run)(void *);
	void		*arg;
	struct work	*next;
};
struct hc_timer {
	void		(*run)(void *);
	void		*arg;
};

static struct work *works;
static hc_time now;

hc_time
hc_now(void)
{
	return (now);
}

void
hv_later(hc_time delay, void (*call)(void *), void *arg)
{
	struct work *w = hv_new(sizeof (*w)), **at;

	w->at = now + delay;
	w->run = call;
	w->arg = arg;
	for (at = &works; *at != NULL && (*at)->at <= w->at; at = &(*at)->next)
		;
	w->next = *at;
	*at = w;
}

void
hv_never(void (*call)(void *), void *arg)
{
	struct work **at = &works, *w;

	while ((w = *at) != NULL) {
		if (w->run == call && w->arg == arg) {
			*at = w->next;
			free(w);
		} else {
			at = &w->next;
		}
	}
}

hc_timer *
hc_timer_new(void (*call)(void *), void *arg, unsigned flags)
{
	hc_timer *t = hv_new(sizeof (*t));

	(void) flags;
	t->run = call;
	t->arg = arg;
	return (t);
}

int
hc_timer_cancel(hc_timer *t)
{
	hv_never(t->run, t->arg);
	return (0);
}

void
hc_timer_at(hc_timer *t, hc_time when)
{
	(void) hc_timer_cancel(t);
	hv_later(when - now, t->run, t->arg);
}

void
time_goes_on(void)
{
	struct work *w;
	int steps = 0;

	/* While nobody reads the ring there is always something to do. */
	while ((w = works) != NULL && steps++ < 10000) {
		works = w->next;
		if (w->at > now)
			now = w->at;
		w->run(w->arg);
		free(w);
	}
}

hc_u32
hc_random(hc_u32 below)
{
	static uint32_t state = 1;

	state = state * 1103515245 + 12345;
	return (below == 0 ? 0 : (state >> 8) % below);
}

hc_time
hv_latency(void)
{
	return (3 * HV_US + (hc_time)hc_random(40) * HV_US);
}

/*
 * The rest of the host.
 */
struct vb_bus vb = { .version = VB_4_0 };
struct hv_channel *vb_channels = &channel;

void *
hv_new(size_t size)
{
	return (calloc(1, size == 0 ? 1 : size));
}

bool
hv_lend(struct hv_lent *l, uint64_t pfn, const char *what, unsigned id)
{
	(void) what;
	(void) id;
	l->page = memory + pfn * HC_PAGE;
	return (pfn < PAGES);
}

void
hv_give_back(struct hv_lent *l)
{
	l->page = NULL;
}

void
hv_protocol(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void) vsnprintf(complaint, sizeof (complaint), fmt, args);
	va_end(args);
	complaints++;
}

const struct hv_release *
hv_release(void)
{
	return (&release);
}

struct hv_device *
hv_device_of(const struct hv_channel *ch)
{
	return (ch->dev);
}

struct hv_device *
hv_device_find(int id)
{
	return (id == device.id ? &device : NULL);
}

bool
hv_is_open(const struct hv_channel *ch)
{
	return (ch->in_use);
}

int
hv_offer_subchannels(struct hv_channel *ch, int n)
{
	ch->nsub += (uint16_t)n;
	return (0);
}

void
hv_rescind_subchannels(const struct hv_channel *ch)
{
	(void) ch;
}

const char *
hc_arg_at(const char *name, int index)
{
	return (index == 0 ? getenv(name) : NULL);
}

static bool
copy(const struct hv_range *r, uint32_t at, uint8_t *bytes, uint32_t len,
    bool in)
{
	uint64_t where;
	uint8_t *p;

	if (at > r->length || len > r->length - at)
		return (false);
	for (where = r->offset + at; len > 0; len--, where++, bytes++) {
		p = memory + r->pfns[where / HC_PAGE] * HC_PAGE +
		    where % HC_PAGE;
		if (in)
			*p = *bytes;
		else
			*bytes = *p;
	}
	return (true);
}

bool
hv_range_read(const struct hv_range *r, uint32_t at, void *to, uint32_t len)
{
	return (copy(r, at, to, len, false));
}

bool
hv_range_write(const struct hv_range *r, uint32_t at, const void *from,
    uint32_t len)
{
	return (copy(r, at, (uint8_t *)(uintptr_t)from, len, true));
}

bool
hv_receive(struct hv_channel *ch, struct hv_packet *p)
{
	(void) ch;
	if (first == last) {
		first = last = 0;
		return (false);
	}
	*p = packets[first++];
	return (true);
}

void
hv_packet_free(struct hv_packet *p)
{
	uint32_t i;

	for (i = 0; i < p->nranges; i++)
		free(p->ranges[i].pfns);
	free(p->ranges);
	free(p->payload);
}

int
hv_send(struct hv_channel *ch, uint16_t type, uint16_t flags,
    uint64_t transaction, const void *payload, uint32_t len)
{
	struct answer *a = &answers[nanswers];

	(void) ch;
	(void) flags;
	if (nanswers >= room)
		return (-1);
	nanswers++;
	a->type = type;
	a->transaction = transaction;
	a->len = len;
	memcpy(&a->packet, payload, len);
	return (0);
}

/*
 * The guest.
 */
void
power_on(const char *name)
{
	static const struct {
		const char	*name;
		uint32_t	build;
	} builds[] = { { "2008R2", 7601 }, { "2012", 9200 },
	    { "2012R2", 9600 }, { "2016", 14393 }, { "2019", 17763 } };
	size_t i;

	for (i = 0; i < sizeof (builds) / sizeof (builds[0]); i++) {
		if (strcmp(builds[i].name, name) == 0) {
			release.name = name;
			release.build = builds[i].build;
		}
	}
	memset(&device, 0, sizeof (device));
	memset(&channel, 0, sizeof (channel));
	device.class = &stor_class_scsi;
	device.id = ADAPTER;
	memcpy(device.instance.b, "an adapter's own", 16);
	device.state = stor = hv_new(device.class->state_size);
	device.channel = &channel;
	channel.dev = &device;
	device.class->created(&device);
	complaints = nanswers = 0;
	room = MAXPACKETS;
	packet_len = VS_PACKET_OLD;
}

void
guest_opens(void)
{
	channel.in_use = true;
	device.class->opened(&channel);
}

void
guest_closes(void)
{
	channel.in_use = false;
	device.class->closed(&channel);
}

void
put(const struct vs_packet *packet, uint32_t len, uint32_t bytes)
{
	struct hv_packet *p = &packets[last++];
	struct hv_range *r;
	uint32_t i;

	memset(p, 0, sizeof (*p));
	p->type = bytes == 0 ? VB_INBAND : VB_GPA_DIRECT;
	p->flags = VB_WANTS_COMPLETION;
	p->transaction = ++transactions;
	p->len = len;
	p->payload = hv_new(sizeof (*packet));
	memcpy(p->payload, packet, sizeof (*packet));
	if (bytes == 0)
		return;
	p->nranges = 1;
	p->ranges = r = hv_new(sizeof (*r));
	r->length = bytes;
	r->offset = data_offset;
	r->npages = (uint32_t)HV_PAGES(data_offset, bytes);
	r->pfns = hv_new(r->npages * sizeof (uint64_t));
	for (i = 0; i < r->npages; i++)		/* scattered */
		r->pfns[i] = BUFFER + (i ^ 1);
}

void
put_flags(uint16_t flags)
{
	packets[last - 1].flags = flags;
}

void
put_same_transaction(void)
{
	packets[last - 1].transaction = packets[last - 2].transaction;
}

void
host_takes(void)
{
	nanswers = 0;
	device.class->readable(&channel);
}

uint32_t
guest_asks(uint32_t operation, uint32_t argument)
{
	struct vs_packet p = { .operation = operation,
	    .flags = VS_WANTS_COMPLETION };

	p.u.version.version = (uint16_t)argument;
	put(&p, packet_len, 0);
	host_takes();
	time_goes_on();
	CHECK(nanswers == 1 && answers[0].type == VB_COMPLETION &&
	    answers[0].transaction == transactions &&
	    answers[0].packet.operation == VS_COMPLETE_IO);
	return (answers[0].packet.status);
}

void
guest_connects(uint32_t version)
{
	guest_opens();
	CHECK(guest_asks(VS_BEGIN, 0) == NT_SUCCESS);
	CHECK(guest_asks(VS_QUERY_VERSION, version) == NT_SUCCESS);
	packet_len = version >= VS_5_1 ? sizeof (struct vs_packet) :
	    VS_PACKET_OLD;
	CHECK(guest_asks(VS_QUERY_PROPERTIES, 0) == NT_SUCCESS);
	CHECK(guest_asks(VS_END, 0) == NT_SUCCESS);
	CHECK(complaints == 0);
}

struct vs_packet
request(int target, int lun, const uint8_t *cdb, int len, int direction,
    uint32_t bytes)
{
	struct vs_packet p = { .operation = VS_EXECUTE_SRB,
	    .flags = VS_WANTS_COMPLETION };
	struct vs_srb *srb = &p.u.srb;
	bool longer = packet_len == sizeof (p);

	srb->length = longer ? sizeof (*srb) : VS_SRB_OLD;
	srb->sense_length = longer ? VS_SENSE : VS_SENSE_OLD;
	srb->target = (uint8_t)target;
	srb->lun = (uint8_t)lun;
	srb->cdb_length = (uint8_t)len;
	srb->direction = (uint8_t)direction;
	srb->transfer = bytes;
	srb->flags = direction == IN ? VS_FLAG_IN : direction == OUT ?
	    VS_FLAG_OUT : 0;
	memcpy(srb->u.cdb, cdb, VS_CDB);
	return (p);
}

const struct vs_srb *
run(int lun, const uint8_t *cdb, int len, int direction, uint32_t bytes)
{
	struct vs_packet p = request(0, lun, cdb, len, direction, bytes);

	put(&p, packet_len, bytes);
	host_takes();
	time_goes_on();
	CHECK(nanswers == 1 && answers[0].len == packet_len &&
	    answers[0].transaction == transactions);
	return (&answers[0].packet.u.srb);
}

static void
buffer(uint8_t *bytes, uint32_t len, bool in)
{
	uint64_t pfns[PAGES];
	struct hv_range r = { len, data_offset, PAGES, pfns };
	uint32_t i;

	for (i = 0; i < PAGES; i++)
		pfns[i] = BUFFER + (i ^ 1);
	(void) copy(&r, 0, bytes, len, in);
}

const uint8_t *
data(uint32_t bytes)
{
	static uint8_t got[1 << 20];

	buffer(got, bytes, false);
	return (got);
}

void
fill(const void *bytes, uint32_t len)
{
	buffer((uint8_t *)(uintptr_t)bytes, len, true);
}

int
good(const struct vs_srb *srb, uint32_t moved)
{
	return (srb->srb_status == SRB_SUCCESS &&
	    srb->scsi_status == SCSI_GOOD && srb->transfer == moved);
}

int
sense(const struct vs_srb *srb, uint32_t expected)
{
	return (srb->srb_status == (SRB_ERROR | SRB_SENSE_VALID) &&
	    srb->scsi_status == SCSI_CHECK && srb->sense_length == 18 &&
	    srb->u.sense[0] == 0x70 && SENSE(srb->u.sense[2],
	    srb->u.sense[12], srb->u.sense[13]) == expected);
}
