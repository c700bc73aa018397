/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The portkit authors
 */

/*
 * The rings of a channel.  Each has one writer and one reader, of which one is
 * the host: what it writes there is checked before it is believed.
 */

#include <sys/ccompile.h>
#include <sys/param.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <sys/systm.h>
#include <sys/cmn_err.h>
#include <sys/debug.h>
#include <sys/ksynch.h>

#include <sys/atomic.h>
#include <sys/x86_archext.h>
#include <sys/errno.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include <hvsample/bsd/bsd_atomic.h>

#include <hvsample/vmbus/hvs_var.h>

/*
 * Use `size' bytes at `addr', the first page of which holds the indices.
 */
void
hvs_ring_init(struct hvs_ring *rg, void *addr, uint32_t size)
{

	ASSERT(size > PAGESIZE && (size & PAGEOFFSET) == 0);
	mutex_init(&rg->rg_lock, NULL, MUTEX_DRIVER, NULL);
	rg->rg_page = addr;
	rg->rg_data = (uint8_t *)addr + PAGESIZE;
	rg->rg_size = size - PAGESIZE;
}

void
hvs_ring_fini(struct hvs_ring *rg)
{

	mutex_destroy(&rg->rg_lock);
	rg->rg_page = NULL;
	rg->rg_data = NULL;
}

/* Bytes that wait to be read, given both indices. */
static __inline uint32_t
hvs_ring_used(const struct hvs_ring *rg, uint32_t from, uint32_t to)
{

	return (to >= from ? to - from : rg->rg_size - (from - to));
}

static __inline uint32_t
hvs_ring_step(const struct hvs_ring *rg, uint32_t index, uint32_t len)
{

	index += len;
	return (index >= rg->rg_size ? index - rg->rg_size : index);
}

/* Copy into the ring at an index, around its end; returns the next index. */
static uint32_t
hvs_ring_put(struct hvs_ring *rg, uint32_t index, const void *from,
    uint32_t len)
{
	uint32_t upto = MIN(len, rg->rg_size - index);

	memcpy(rg->rg_data + index, from, upto);
	memcpy(rg->rg_data, (const uint8_t *)from + upto, len - upto);
	return (hvs_ring_step(rg, index, len));
}

static uint32_t
hvs_ring_get(const struct hvs_ring *rg, uint32_t index, void *to,
    uint32_t len)
{
	uint32_t upto = MIN(len, rg->rg_size - index);

	memcpy(to, rg->rg_data + index, upto);
	memcpy((uint8_t *)to + upto, rg->rg_data, len - upto);
	return (hvs_ring_step(rg, index, len));
}

/*
 * Append a packet: its header, which is as long as it states, `len' bytes of
 * data, padding to the length that the header states, and the trailer.  EAGAIN
 * where there is no room.  Sets *signal where the host has to be told.
 */
int
hvs_ring_write(struct hvs_ring *rg, const struct hvs_packet *pk,
    const void *data, uint_t len, int *signal)
{
	static const uint8_t zeros[HVS_PACKET_UNIT];
	struct hvs_ring_page *page = rg->rg_page;
	uint32_t header, index, padding, size, start, reader;
	uint64_t trailer;

	header = pk->pk_data * HVS_PACKET_UNIT;
	size = pk->pk_length * HVS_PACKET_UNIT;
	padding = size - header - len;
	ASSERT(padding < HVS_PACKET_UNIT);

	mutex_enter(&rg->rg_lock);
	start = page->rp_write;
	reader = bsd_load_acq(&page->rp_read);
	if (start >= rg->rg_size || reader >= rg->rg_size) {
		mutex_exit(&rg->rg_lock);
		return (EIO);
	}
	if (rg->rg_size - hvs_ring_used(rg, reader, start) <=
	    size + HVS_TRAILER_SIZE) {
		mutex_exit(&rg->rg_lock);
		return (EAGAIN);
	}

	trailer = HVS_TRAILER(start);
	index = hvs_ring_put(rg, start, pk, header);
	index = hvs_ring_put(rg, index, data, len);
	index = hvs_ring_put(rg, index, zeros, padding);
	index = hvs_ring_put(rg, index, &trailer, sizeof (trailer));
	bsd_store_rel(&page->rp_write, index);

	/*
	 * The host looks at the write index again after it has asked for
	 * interrupts; so we look at its wish after we have moved that index.
	 * It is only told of a ring that was empty: else it is still at work.
	 */
	membar_enter();
	*signal = page->rp_quiet == 0 && page->rp_read == start;
	mutex_exit(&rg->rg_lock);
	return (0);
}

/*
 * Take the next packet: its header into *pk, its data, padding included, into
 * `data' of *len bytes.  Returns 0 and the size in *len; EAGAIN if there is
 * none; ENOBUFS and the size needed in *len if it is larger than that, and the
 * packet stays; EIO if there is nonsense in the ring.
 */
int
hvs_ring_read(struct hvs_ring *rg, struct hvs_packet *pk, void *data,
    uint_t *len)
{
	struct hvs_ring_page *page = rg->rg_page;
	uint32_t index, used, size, skip, writer;
	int error = 0;

	mutex_enter(&rg->rg_lock);
	index = page->rp_read;
	writer = bsd_load_acq(&page->rp_write);
	if (index >= rg->rg_size || writer >= rg->rg_size) {
		error = EIO;
		goto out;
	}
	used = hvs_ring_used(rg, index, writer);
	if (used == 0) {
		error = EAGAIN;
		goto out;
	}
	if (used < sizeof (*pk) + HVS_TRAILER_SIZE) {
		error = EIO;
		goto out;
	}

	(void) hvs_ring_get(rg, index, pk, sizeof (*pk));
	skip = pk->pk_data * HVS_PACKET_UNIT;
	size = pk->pk_length * HVS_PACKET_UNIT;
	if (skip < sizeof (*pk) || size < skip ||
	    used < size + HVS_TRAILER_SIZE) {
		error = EIO;
		goto out;
	}
	if (size - skip > *len) {
		*len = size - skip;
		error = ENOBUFS;
		goto out;
	}

	*len = size - skip;
	(void) hvs_ring_get(rg, hvs_ring_step(rg, index, skip), data, *len);
	index = hvs_ring_step(rg, index, size + HVS_TRAILER_SIZE);
	bsd_store_rel(&page->rp_read, index);
out:
	mutex_exit(&rg->rg_lock);
	return (error);
}

/* No interrupts, please, while we read. */
void
hvs_ring_mask(struct hvs_ring *rg)
{

	bsd_store_rel(&rg->rg_page->rp_quiet, 1);
	membar_enter();
}

/*
 * Interrupts again.  Returns whether something has come in since the ring was
 * found empty, for which there will be none.
 */
int
hvs_ring_unmask(struct hvs_ring *rg)
{

	bsd_store_rel(&rg->rg_page->rp_quiet, 0);
	membar_enter();
	return (rg->rg_page->rp_write != rg->rg_page->rp_read);
}
