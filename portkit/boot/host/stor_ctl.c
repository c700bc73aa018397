/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Storage: what scenarios ask of it, and do to it.
 */

#include "stor.h"
#include "host_ctl.h"

static struct stor_lun *
find(int id, int target, int lun)
{
	struct stor *stor = stor_find(id);

	return (stor == NULL ? NULL : stor_lun(stor, target, lun));
}

/* The guest is told, and those that were there tell it, too. */
static void
changed(struct stor *stor, const struct stor_lun *added)
{
	struct stor_lun *l;

	if (stor->phase != STOR_READY)
		return;
	for (l = stor->luns; l != NULL; l = l->next) {
		if (l != added && scsi_thin())
			l->luns_changed = true;
	}
	stor_enumerate(stor);
}

int
hvc_disk_add(int id, int target, int lun, long long bytes, unsigned block_size,
    int dvd)
{
	struct stor *stor = stor_find(id);
	struct stor_lun *l;

	if (stor == NULL || bytes < 0 || (bytes == 0 && !dvd) ||
	    block_size < 512 || block_size > 4096 ||
	    (block_size & (block_size - 1)) != 0 || bytes % block_size != 0 ||
	    (l = stor_lun_add(stor, target, lun)) == NULL)
		return (-1);
	l->dvd = l->read_only = dvd != 0;
	l->block = block_size;
	if (bytes > 0 && stor_scratch(l, (uint64_t)bytes, block_size) != 0) {
		stor_lun_free(l);
		return (-1);
	}
	changed(stor, l);
	return (0);
}

int
hvc_user_disk_add(int id, int target, int lun, int index)
{
	struct stor *stor = stor_find(id);
	struct stor_lun *l;

	if (stor == NULL || (l = stor_lun_add(stor, target, lun)) == NULL)
		return (-1);
	if (stor_user(l, index) != 0) {
		stor_lun_free(l);
		return (-1);
	}
	changed(stor, l);
	return (0);
}

int
hvc_disk_remove(int id, int target, int lun)
{
	struct stor_lun *l = find(id, target, lun);
	struct stor *stor;

	if (l == NULL)
		return (-1);
	stor = l->stor;
	stor_lun_gone(l);
	stor_lun_free(l);
	changed(stor, NULL);
	return (0);
}

/* A user's disk that has something on it stays as it is. */
static bool
may_write(const struct stor_lun *l)
{
	return (l->fd >= 0 && (l->user < 0 || hvc_user_disk_blank(l->user)));
}

int
hvc_disk_read_only(int id, int target, int lun, int on)
{
	struct stor_lun *l = find(id, target, lun);

	if (l == NULL || (!on && (l->dvd || !may_write(l))))
		return (-1);
	l->read_only = on != 0;
	return (0);
}

static bool
within(const struct stor_lun *l, long long offset, long len)
{
	uint64_t size;

	if (l == NULL || l->fd < 0 || offset < 0 || len < 0)
		return (false);
	size = l->blocks * l->block;
	return ((uint64_t)offset <= size &&
	    (uint64_t)len <= size - (uint64_t)offset);
}

int
hvc_disk_get(int id, int target, int lun, long long offset, void *to, long len)
{
	struct stor_lun *l = find(id, target, lun);

	return (within(l, offset, len) && stor_read(l, (uint64_t)offset, to,
	    (uint64_t)len) ? 0 : -1);
}

int
hvc_disk_put(int id, int target, int lun, long long offset, const void *from,
    long len)
{
	struct stor_lun *l = find(id, target, lun);

	return (within(l, offset, len) && may_write(l) && stor_write(l,
	    (uint64_t)offset, from, (uint64_t)len) ? 0 : -1);
}

static long
sum(const long *counts, int opcode)
{
	long n = 0;
	int i;

	if (opcode >= 0)
		return (opcode < 256 ? counts[opcode] : 0);
	for (i = 0; i < 256; i++)
		n += counts[i];
	return (n);
}

long
hvc_disk_commands(int id, int target, int lun, int opcode)
{
	struct stor *stor = stor_find(id);
	struct stor_lun *l;

	if (stor != NULL && lun < 0)
		return (sum(stor->by_opcode, opcode));
	l = find(id, target, lun);
	return (l == NULL ? -1 : sum(l->commands, opcode));
}

int
hvc_storage_pending(int id)
{
	struct stor *stor = stor_find(id);

	return (stor == NULL ? -1 : stor->pending);
}

int
hvc_storage_most(int id)
{
	struct stor *stor = stor_find(id);
	int most;

	if (stor == NULL)
		return (-1);
	most = stor->most;
	stor->most = stor->pending;
	return (most);
}

int
hvc_storage_channels(int id)
{
	struct stor *stor = stor_find(id);
	struct hv_channel *ch;
	int n = 0;

	for (ch = vb_channels; ch != NULL && stor != NULL; ch = ch->next)
		n += ch->dev == stor->dev && hv_is_open(ch);
	return (n);
}

long
hvc_storage_on_channel(int id, int index)
{
	struct stor *stor = stor_find(id);

	return (stor == NULL || index < 0 || index >= STOR_CHANNELS ? -1 :
	    stor->by_channel[index]);
}

unsigned
hvc_storage_version(int id)
{
	struct stor *stor = stor_find(id);

	return (stor == NULL ? 0 : stor->version);
}

int
hvc_storage_resets(int id)
{
	struct stor *stor = stor_find(id);

	return (stor == NULL ? -1 : stor->resets);
}

void
hvc_storage_latency_us(long us)
{
	stor_latency = us;
}

int
hvc_storage_fault(int id, int target, int lun, int opcode, int kind, int skip,
    int count, unsigned detail)
{
	struct stor *stor = stor_find(id);
	struct stor_fault *f, **at;

	if (stor == NULL || kind < HVC_FAULT_BUSY || kind > HVC_FAULT_SHORT ||
	    skip < 0 || count < 1)
		return (-1);
	f = hv_new(sizeof (*f));
	f->target = target;
	f->lun = lun;
	f->opcode = opcode;
	f->kind = kind;
	f->skip = skip;
	f->count = count;
	f->detail = detail;
	for (at = &stor->faults; *at != NULL; at = &(*at)->next)
		;
	*at = f;
	return (0);
}

void
hvc_storage_fault_clear(int id)
{
	struct stor *stor = stor_find(id);
	struct stor_fault *f;

	while (stor != NULL && (f = stor->faults) != NULL) {
		stor->faults = f->next;
		free(f);
	}
}

int
hvc_storage_release(int id)
{
	struct stor *stor = stor_find(id);

	return (stor == NULL ? -1 : stor_release(stor));
}

/* A notice: ENUMERATE_BUS is said by the host itself. */
int
hvc_storage_say(int id, unsigned operation)
{
	struct stor *stor = stor_find(id);
	struct vs_packet notice = { .operation = operation };

	if (stor == NULL || stor->phase != STOR_READY)
		return (-1);
	return (hv_send(stor->dev->channel, VB_INBAND, 0, 0, &notice,
	    stor_has(stor, VS_5_1) ? sizeof (notice) : VS_PACKET_OLD));
}
