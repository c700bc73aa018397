/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The portkit authors
 */

/*
 * Channels: from the host's offer to its rescind, and while a driver has one
 * open, its rings and its interrupts.
 */

#include <sys/ccompile.h>
#include <sys/param.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <sys/systm.h>
#include <sys/cmn_err.h>
#include <sys/debug.h>
#include <sys/kmem.h>
#include <sys/cpuvar.h>

#include <sys/atomic.h>
#include <sys/x86_archext.h>
#include <sys/errno.h>
#include <sys/ksynch.h>
#include <sys/queue.h>
#include <sys/reboot.h>
#include <sys/stdbool.h>
#include <sys/stddef.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include <hvsample/bsd/bsd_atomic.h>
#include <hvsample/bsd/bsd_taskqueue.h>

#include <hvsample/vmbus/hvs_var.h>

#define	HVS_ANSWER_SECONDS	10	/* for any answer of the host's */
#define	HVS_PARTING_SECONDS	1	/* for one about a rescinded channel */

#define	HVS_WORD_BITS		(NBBY * sizeof (ulong_t))

static void	hvs_channel_attach_task(void *, int);
static void	hvs_channel_detach_task(void *, int);
static void	hvs_channel_input_task(void *, int);

static struct hvs_channel *
hvs_channel_find(struct hvs_softc *sc, uint32_t relid)
{
	struct hvs_channel *ch;

	ASSERT(MUTEX_HELD(&sc->hs_lock));
	TAILQ_FOREACH(ch, &sc->hs_channels, ch_link) {
		if (ch->ch_relid == relid)
			return (ch);
	}
	return (NULL);
}

static __inline bool
hvs_channel_is(struct hvs_channel *ch, uint_t state)
{

	return ((bsd_load_acq(&ch->ch_state) & state) != 0);
}

static void
hvs_channel_free(struct hvs_channel *ch)
{

	hvs_dma_free(&ch->ch_signal);
	kmem_free(ch, sizeof (*ch));
}

/*
 * The host offers a channel.  It goes on the list at once, so that a rescind
 * finds it; its child is made by the management thread, one after the other.
 */
void
hvs_channel_offer(struct hvs_softc *sc, const struct hvs_ctl_offer *offer)
{
	struct hvs_signal_input *signal;
	struct hvs_channel *ch;
	bool wanted;

	if (offer->of_relid == 0 || offer->of_relid >= HVS_EVENT_FLAGS) {
		dev_err(sc->hs_dev, CE_NOTE, "offer of channel %u ignored",
		    offer->of_relid);
		return;
	}

	ch = kmem_zalloc(sizeof (struct hvs_channel), KM_SLEEP);
	ch->ch_bus = sc;
	ch->ch_relid = offer->of_relid;
	ch->ch_class = offer->of_class;
	ch->ch_instance = offer->of_instance;
	TASK_INIT(&ch->ch_attach_task, 0, hvs_channel_attach_task, ch);
	TASK_INIT(&ch->ch_detach_task, 0, hvs_channel_detach_task, ch);
	TASK_INIT(&ch->ch_input_task, 0, hvs_channel_input_task, ch);

	if (hvs_dma_alloc(sc->hs_dev, sizeof (uint64_t),
	    sizeof (struct hvs_signal_input), &ch->ch_signal) != 0) {
		dev_err(sc->hs_dev, CE_NOTE, "no memory for channel %u",
		    ch->ch_relid);
		hvs_channel_free(ch);
		return;
	}
	signal = ch->ch_signal.dm_addr;
	if (sc->hs_protocol == HVS_PROTOCOL_2008)
		signal->si_connection = HVS_CONNECTION_EVENT;
	else
		signal->si_connection = offer->of_connection;

	mutex_enter(&sc->hs_lock);
	wanted = (sc->hs_state & HVS_BUS_LEAVING) == 0 &&
	    hvs_channel_find(sc, ch->ch_relid) == NULL;
	if (wanted) {
		TAILQ_INSERT_TAIL(&sc->hs_channels, ch, ch_link);
		sc->hs_nchannels++;
		taskqueue_enqueue(sc->hs_mgmt_tq, &ch->ch_attach_task);
	}
	mutex_exit(&sc->hs_lock);
	if (!wanted)
		hvs_channel_free(ch);
}

/*
 * The host takes a channel back.  Whoever waits for an answer about it is told
 * at once, since that may be the management thread itself.
 */
void
hvs_channel_rescind(struct hvs_softc *sc, uint32_t relid)
{
	struct hvs_channel *ch;

	mutex_enter(&sc->hs_lock);
	ch = hvs_channel_find(sc, relid);
	if (ch != NULL && !hvs_channel_is(ch, HVS_CHANNEL_RESCINDED)) {
		atomic_or_uint(&ch->ch_state, HVS_CHANNEL_RESCINDED);
		if ((sc->hs_state & HVS_BUS_LEAVING) == 0)
			taskqueue_enqueue(sc->hs_mgmt_tq, &ch->ch_detach_task);
	}
	mutex_exit(&sc->hs_lock);

	if (ch != NULL)
		hvs_request_abort(sc, relid);
	else
		dev_err(sc->hs_dev, CE_NOTE, "rescind of channel %u", relid);
}

static void
hvs_channel_attach_task(void *arg, int pending __unused)
{
	struct hvs_channel *ch = arg;

	if (!hvs_channel_is(ch, HVS_CHANNEL_RESCINDED))
		(void) hvs_bus_add(ch);
}

/* Delete the child, give the number back to the host, and forget it. */
static int
hvs_channel_remove(struct hvs_channel *ch)
{
	struct hvs_softc *sc = ch->ch_bus;
	struct hvs_ctl_relid message;
	int error;

	error = hvs_bus_remove(ch);
	if (error != 0)
		return (error);

	mutex_enter(&sc->hs_lock);
	TAILQ_REMOVE(&sc->hs_channels, ch, ch_link);
	sc->hs_nchannels--;
	mutex_exit(&sc->hs_lock);

	if (hvs_channel_is(ch, HVS_CHANNEL_RESCINDED)) {
		memset(&message, 0, sizeof (message));
		message.re_ctl.ct_type = HVS_CTL_RELEASE;
		message.re_relid = ch->ch_relid;
		(void) hvs_post(sc, &message, sizeof (message));
	}
	hvs_channel_free(ch);
	return (0);
}

static void
hvs_channel_detach_task(void *arg, int pending __unused)
{
	struct hvs_channel *ch = arg;
	struct hvs_softc *sc = ch->ch_bus;

	if (hvs_channel_remove(ch) == 0)
		return;

	/* Somebody still uses the device: try again until they do not. */
	if (!hvs_channel_is(ch, HVS_CHANNEL_LINGERS)) {
		atomic_or_uint(&ch->ch_state, HVS_CHANNEL_LINGERS);
		dev_err(sc->hs_dev, CE_NOTE,
		    "channel %u is gone, but its device is in use",
		    ch->ch_relid);
	}
	delay(MAX(hz / 10, 1));
	mutex_enter(&sc->hs_lock);
	if ((sc->hs_state & HVS_BUS_LEAVING) == 0)
		taskqueue_enqueue(sc->hs_mgmt_tq, &ch->ch_detach_task);
	mutex_exit(&sc->hs_lock);
}

/* The management thread has ended: nobody else changes the list. */
int
hvs_channel_remove_all(struct hvs_softc *sc)
{
	struct hvs_channel *ch;
	int error;

	while ((ch = TAILQ_FIRST(&sc->hs_channels)) != NULL) {
		error = hvs_channel_remove(ch);
		if (error != 0)
			return (error);
	}
	return (0);
}

/*
 * Send a message about a channel and wait for the answer, which is copied to
 * `reply' of `replylen' bytes.
 */
static int
hvs_channel_ask(struct hvs_channel *ch, const void *message, size_t len,
    uint32_t answer, uint32_t key, void *reply, size_t replylen)
{
	struct hvs_softc *sc = ch->ch_bus;
	struct hvs_request *rq;
	int error;

	/* A rescind ends the request, or it came first and shows here. */
	rq = hvs_request_begin(sc, answer, key, ch->ch_relid);
	if (hvs_channel_is(ch, HVS_CHANNEL_RESCINDED))
		error = ENXIO;
	else
		error = hvs_post(sc, message, len);
	if (error == 0)
		error = hvs_request_wait(sc, rq, HVS_ANSWER_SECONDS);
	if (error == 0)
		memcpy(reply, rq->rq_reply, replylen);
	hvs_request_end(sc, rq);
	return (error);
}

/*
 * Send the parts of a page list that do not fit into the first message.  Only
 * the whole list is answered.
 */
static int
hvs_gpadl_more(struct hvs_channel *ch, uint64_t page, uint_t left)
{
	struct hvs_ctl_gpadl_more *more;
	uint_t i, n;
	int error = 0;

	more = kmem_zalloc(HVS_MESSAGE_PAYLOAD, KM_SLEEP);
	while (left > 0 && error == 0) {
		n = MIN(left, HVS_GPADL_MORE);
		more->gm_ctl.ct_type = HVS_CTL_GPADL_MORE;
		more->gm_gpadl = ch->ch_gpadl;
		for (i = 0; i < n; i++)
			more->gm_page[i] = page++;
		error = hvs_post(ch->ch_bus, more,
		    sizeof (*more) + n * sizeof (uint64_t));
		left -= n;
	}
	kmem_free(more, HVS_MESSAGE_PAYLOAD);
	return (error);
}

/*
 * Tell the host which pages the rings are in; ch_gpadl is their name from then
 * on, and as long as the host may know it.
 */
static int
hvs_gpadl_make(struct hvs_channel *ch, uint_t pages)
{
	struct hvs_softc *sc = ch->ch_bus;
	struct hvs_ctl_gpadl_made made;
	struct hvs_ctl_gpadl *first;
	struct hvs_request *rq;
	uint64_t page;
	uint_t i, n;
	int error;

	do {
		ch->ch_gpadl = (atomic_inc_uint_nv(&sc->hs_gpadl) - 1);
	} while (ch->ch_gpadl == 0);

	page = ch->ch_rings.dm_busaddr >> PAGESHIFT;
	n = MIN(pages, HVS_GPADL_FIRST);
	first = kmem_zalloc(HVS_MESSAGE_PAYLOAD, KM_SLEEP);
	first->gp_ctl.ct_type = HVS_CTL_GPADL;
	first->gp_relid = ch->ch_relid;
	first->gp_gpadl = ch->ch_gpadl;
	first->gp_range_size = 2 * sizeof (uint32_t) +
	    pages * sizeof (uint64_t);
	first->gp_ranges = 1;
	first->gp_bytes = pages << PAGESHIFT;
	for (i = 0; i < n; i++)
		first->gp_page[i] = page++;

	rq = hvs_request_begin(sc, HVS_CTL_GPADL_MADE, ch->ch_gpadl,
	    ch->ch_relid);
	if (hvs_channel_is(ch, HVS_CHANNEL_RESCINDED)) {
		error = ENXIO;
	} else {
		error = hvs_post(sc, first,
		    sizeof (*first) + n * sizeof (uint64_t));
	}
	kmem_free(first, HVS_MESSAGE_PAYLOAD);
	if (error != 0) {
		ch->ch_gpadl = 0;
		hvs_request_end(sc, rq);
		return (error);
	}

	error = hvs_gpadl_more(ch, page, pages - n);
	if (error == 0)
		error = hvs_request_wait(sc, rq, HVS_ANSWER_SECONDS);
	if (error == 0) {
		memcpy(&made, rq->rq_reply, sizeof (made));
		if (made.ga_status != 0) {
			ch->ch_gpadl = 0;
			error = EIO;
		}
	}
	hvs_request_end(sc, rq);
	return (error);
}

/*
 * Have the host forget the pages.  An error means that it may still use them.
 * It uses none of a rescinded channel, and may not answer about one.
 */
static int
hvs_gpadl_drop(struct hvs_channel *ch)
{
	struct hvs_softc *sc = ch->ch_bus;
	struct hvs_ctl_gpadl_drop message;
	struct hvs_request *rq;
	bool parting;
	int error;

	if (ch->ch_gpadl == 0)
		return (0);

	memset(&message, 0, sizeof (message));
	message.gd_ctl.ct_type = HVS_CTL_GPADL_DROP;
	message.gd_relid = ch->ch_relid;
	message.gd_gpadl = ch->ch_gpadl;

	parting = hvs_channel_is(ch, HVS_CHANNEL_RESCINDED);
	rq = hvs_request_begin(sc, HVS_CTL_GPADL_DROPPED, ch->ch_gpadl,
	    parting ? 0 : ch->ch_relid);
	error = hvs_post(sc, &message, sizeof (message));
	if (error == 0) {
		error = hvs_request_wait(sc, rq,
		    parting ? HVS_PARTING_SECONDS : HVS_ANSWER_SECONDS);
	}
	hvs_request_end(sc, rq);

	ch->ch_gpadl = 0;
	return (hvs_channel_is(ch, HVS_CHANNEL_RESCINDED) ? 0 : error);
}

/* Give back the rings, when no interrupt reaches the channel any more. */
static void
hvs_channel_drop_rings(struct hvs_channel *ch)
{

	hvs_ring_fini(&ch->ch_tx);
	hvs_ring_fini(&ch->ch_rx);
	if (hvs_gpadl_drop(ch) != 0) {
		/* Lost memory is better than memory that the host changes. */
		dev_err(ch->ch_bus->hs_dev, CE_NOTE,
		    "channel %u: the host keeps the rings", ch->ch_relid);
		ch->ch_rings.dm_addr = NULL;
	}
	hvs_dma_free(&ch->ch_rings);
}

/* Let interrupts reach a channel, or `ch' NULL: none any more. */
static void
hvs_channel_map(struct hvs_softc *sc, uint32_t relid, struct hvs_channel *ch)
{

	mutex_enter(&sc->hs_map_lock);
	sc->hs_map[relid] = ch;
	mutex_exit(&sc->hs_map_lock);
}

/*
 * The host's number of the CPU that a channel interrupts.  Early hosts only
 * interrupt the first one.
 */
static uint32_t
hvs_channel_vcpu(struct hvs_softc *sc)
{
	uint_t turn = 0;
	int cpu;

	if (sc->hs_protocol >= HVS_PROTOCOL_2012)
		turn = (atomic_inc_uint_nv(&sc->hs_next_cpu) - 1) % ncpus;

	for (cpu = 0; cpu < max_ncpus; cpu++) {
		if (turn-- == 0)
			return (sc->hs_cpu[cpu].pc_vcpu);
	}
	return (0);
}

/*
 * Open a channel with rings of so many pages each, the one with the indices
 * among them.  `input' is called with `arg' when there is something to read.
 * Returns an errno value.
 */
int
hvs_channel_open(struct hvs_channel *ch, uint_t tx_pages, uint_t rx_pages,
    hvs_channel_input_t *input, void *arg)
{
	struct hvs_softc *sc = ch->ch_bus;
	struct hvs_ctl_open message;
	struct hvs_ctl_opened opened;
	uint8_t *rings;
	int error;

	ASSERT(tx_pages >= 2 && rx_pages >= 2);
	ASSERT(!hvs_channel_is(ch, HVS_CHANNEL_OPEN));

	error = hvs_dma_alloc(sc->hs_dev, PAGESIZE,
	    (tx_pages + rx_pages) * PAGESIZE, &ch->ch_rings);
	if (error != 0)
		return (error);
	rings = ch->ch_rings.dm_addr;
	hvs_ring_init(&ch->ch_tx, rings, tx_pages * PAGESIZE);
	hvs_ring_init(&ch->ch_rx, rings + tx_pages * PAGESIZE,
	    rx_pages * PAGESIZE);
	ch->ch_input = input;
	ch->ch_input_arg = arg;
	atomic_and_uint(&ch->ch_state, ~HVS_CHANNEL_BROKEN);

	error = hvs_gpadl_make(ch, tx_pages + rx_pages);
	if (error != 0) {
		hvs_channel_drop_rings(ch);
		return (error);
	}

	/* The first interrupt may come before the answer. */
	hvs_channel_map(sc, ch->ch_relid, ch);

	memset(&message, 0, sizeof (message));
	message.op_ctl.ct_type = HVS_CTL_OPEN;
	message.op_relid = ch->ch_relid;
	message.op_key = ch->ch_relid;
	message.op_gpadl = ch->ch_gpadl;
	message.op_vcpu = hvs_channel_vcpu(sc);
	message.op_rx_page = tx_pages;
	error = hvs_channel_ask(ch, &message, sizeof (message), HVS_CTL_OPENED,
	    ch->ch_relid, &opened, sizeof (opened));
	if (error == 0 && opened.od_status != 0)
		error = EIO;
	if (error != 0) {
		hvs_channel_map(sc, ch->ch_relid, NULL);
		taskqueue_drain(sc->hs_event_tq, &ch->ch_input_task);
		hvs_channel_drop_rings(ch);
		return (error);
	}

	atomic_or_uint(&ch->ch_state, HVS_CHANNEL_OPEN);
	if (boothowto & RB_VERBOSE) {
		dev_err(sc->hs_dev, CE_CONT, "?channel %u open for cpu %u\n",
		    ch->ch_relid, message.op_vcpu);
	}
	return (0);
}

/*
 * Close a channel; `input' does not run any more when this returns, so it must
 * not be called from there.
 */
void
hvs_channel_close(struct hvs_channel *ch)
{
	struct hvs_softc *sc = ch->ch_bus;
	struct hvs_ctl_relid message;

	if (!hvs_channel_is(ch, HVS_CHANNEL_OPEN))
		return;
	atomic_and_uint(&ch->ch_state, ~HVS_CHANNEL_OPEN);

	hvs_channel_map(sc, ch->ch_relid, NULL);
	taskqueue_drain(sc->hs_event_tq, &ch->ch_input_task);

	memset(&message, 0, sizeof (message));
	message.re_ctl.ct_type = HVS_CTL_CLOSE;
	message.re_relid = ch->ch_relid;
	(void) hvs_post(sc, &message, sizeof (message));
	hvs_channel_drop_rings(ch);
}

/* Put a packet into the ring, and tell the host if it has to be. */
static int
hvs_channel_put(struct hvs_channel *ch, const struct hvs_packet *pk,
    const void *data, uint_t len)
{
	struct hvs_softc *sc = ch->ch_bus;
	ulong_t *shared;
	int error, signal;

	error = hvs_ring_write(&ch->ch_tx, pk, data, len, &signal);
	if (error == EAGAIN)
		ch->ch_tx_full++;
	if (error != 0 || signal == 0)
		return (error);

	shared = (ulong_t *)((uint8_t *)sc->hs_shared.dm_addr +
	    HVS_SHARED_TO_HOST);
	atomic_or_ulong(&shared[ch->ch_relid / HVS_WORD_BITS],
	    1UL << (ch->ch_relid % HVS_WORD_BITS));
	(void) hvs_hypercall(HVS_CALL_SIGNAL_EVENT, ch->ch_signal.dm_busaddr);
	return (0);
}

/*
 * Send `len' bytes in a packet.  EAGAIN where the ring is full for now.
 */
int
hvs_channel_send(struct hvs_channel *ch, const void *data, uint_t len,
    uint64_t xact)
{
	struct hvs_packet pk;

	pk.pk_type = HVS_PACKET_DATA;
	pk.pk_data = sizeof (pk) / HVS_PACKET_UNIT;
	pk.pk_length = howmany(sizeof (pk) + len, HVS_PACKET_UNIT);
	pk.pk_flags = 0;
	pk.pk_xact = xact;
	return (hvs_channel_put(ch, &pk, data, len));
}

/*
 * Send `len' bytes in a packet that the host answers under the same
 * number; until then it uses `pages', unless that is NULL.  EAGAIN where the
 * ring is full for now, ENXIO where the host has taken the channel back.
 */
int
hvs_channel_request(struct hvs_channel *ch, const struct hvs_pages *pages,
    const void *data, uint_t len, uint64_t xact)
{
	struct hvs_page_packet pp;
	struct hvs_packet *pk = &pp.pp_packet;
	uint_t n, size;

	if (hvs_channel_is(ch, HVS_CHANNEL_RESCINDED))
		return (ENXIO);

	size = sizeof (*pk);
	pk->pk_type = HVS_PACKET_DATA;
	if (pages != NULL) {
		n = howmany(pages->pg_offset + pages->pg_length, PAGESIZE);
		ASSERT(n >= 1 && n <= HVS_PAGES);
		size = offsetof(struct hvs_page_packet, pp_list.pg_page) +
		    n * sizeof (uint64_t);
		pk->pk_type = HVS_PACKET_PAGES;
		pp.pp_reserved = 0;
		pp.pp_lists = 1;
		pp.pp_list.pg_length = pages->pg_length;
		pp.pp_list.pg_offset = pages->pg_offset;
		memcpy(pp.pp_list.pg_page, pages->pg_page,
		    n * sizeof (uint64_t));
	}
	pk->pk_data = size / HVS_PACKET_UNIT;
	pk->pk_length = howmany(size + len, HVS_PACKET_UNIT);
	pk->pk_flags = HVS_PACKET_FLAG_ANSWER;
	pk->pk_xact = xact;
	return (hvs_channel_put(ch, pk, data, len));
}

/* Whether the host has taken the channel back: no more answers come. */
int
hvs_channel_gone(struct hvs_channel *ch)
{

	return (hvs_channel_is(ch, HVS_CHANNEL_RESCINDED));
}

/*
 * Take the data of the next packet, at most *len bytes, which must be enough
 * for the largest that the protocol allows.  EAGAIN if there is none; any
 * other error means that the channel has come to its end.
 */
int
hvs_channel_receive(struct hvs_channel *ch, void *data, uint_t *len,
    uint64_t *xact)
{
	struct hvs_packet pk;
	int error;

	if (hvs_channel_is(ch, HVS_CHANNEL_BROKEN))
		return (EIO);
	error = hvs_ring_read(&ch->ch_rx, &pk, data, len);
	if (error == 0) {
		*xact = pk.pk_xact;
	} else if (error != EAGAIN) {
		atomic_or_uint(&ch->ch_state, HVS_CHANNEL_BROKEN);
		dev_err(ch->ch_bus->hs_dev, CE_NOTE,
		    "channel %u: cannot read the ring: %d", ch->ch_relid,
		    error);
	}
	return (error);
}

static void
hvs_channel_input_task(void *arg, int pending __unused)
{
	struct hvs_channel *ch = arg;

	do {
		hvs_ring_mask(&ch->ch_rx);
		ch->ch_input(ch, ch->ch_input_arg);
	} while (hvs_ring_unmask(&ch->ch_rx) != 0 &&
	    !hvs_channel_is(ch, HVS_CHANNEL_BROKEN));
}

/*
 * Event flags have been set, one for each channel: wake those.  Called by the
 * interrupt.
 */
void
hvs_channel_events(struct hvs_softc *sc, ulong_t *words, int nwords)
{
	struct hvs_channel *ch;
	ulong_t flags;
	int bit, word;

	for (word = 0; word < nwords; word++) {
		if (words[word] == 0)
			continue;
		flags = atomic_swap_ulong(&words[word], 0);
		while ((bit = ddi_ffs(flags)) != 0) {
			flags &= ~(1UL << (bit - 1));
			mutex_enter(&sc->hs_map_lock);
			ch = sc->hs_map[word * HVS_WORD_BITS + bit - 1];
			if (ch != NULL) {
				taskqueue_enqueue(sc->hs_event_tq,
				    &ch->ch_input_task);
			}
			mutex_exit(&sc->hs_map_lock);
		}
	}
}
