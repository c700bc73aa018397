/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The portkit authors
 */

/*
 * What the hvs_vmbus module offers to the drivers of its children.
 */

#ifndef _DEV_HVSAMPLE_HVS_H_
#define	_DEV_HVSAMPLE_HVS_H_

#include <sys/param.h>
#include <sys/sysmacros.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include <sys/types.h>
#include <sys/dditypes.h>
#include <sys/debug.h>

/*
 * A GUID as it travels: the first three fields are little endian, so the
 * first eight bytes are not in the order in which people write them.
 */
struct hvs_guid {
	uint8_t		g_byte[16];
};
CTASSERT(sizeof (struct hvs_guid) == 16);

#define	HVS_GUID_TEXT	37		/* characters, with the final NUL */

/* Protocol versions: major in the upper half, minor in the lower. */
#define	HVS_PROTOCOL(major, minor)	(((major) << 16) | (minor))
#define	HVS_PROTOCOL_MAJOR(version)	((version) >> 16)
#define	HVS_PROTOCOL_MINOR(version)	((version) & 0xffff)

#define	HVS_PROTOCOL_2008	HVS_PROTOCOL(0, 13)
#define	HVS_PROTOCOL_2008R2	HVS_PROTOCOL(1, 1)
#define	HVS_PROTOCOL_2012	HVS_PROTOCOL(2, 4)
#define	HVS_PROTOCOL_2012R2	HVS_PROTOCOL(3, 0)

/* Instance variables of a child. */
enum hvs_ivar {
	HVS_IVAR_CHANNEL,		/* struct hvs_channel * */
	HVS_IVAR_RELID,			/* number of the channel */
	HVS_IVAR_INSTANCE		/* const struct hvs_guid * */
};

struct hvs_channel;

/*
 * Memory for the host to read or write: pg_length bytes, which begin pg_offset
 * bytes into the first page and fill those in between.
 */
#define	HVS_PAGES	33		/* 128 kB, wherever they begin */

struct hvs_pages {
	uint32_t	pg_length;
	uint32_t	pg_offset;
	uint64_t	pg_page[HVS_PAGES];	/* physical page numbers */
};

/*
 * Called in a taskqueue thread, never twice at a time for one channel, when
 * the host has put something into the channel's ring.  It has to read until
 * hvs_channel_receive() returns an error.
 */
typedef void	hvs_channel_input_t(struct hvs_channel *, void *);

static __inline struct hvs_channel *
hvs_get_channel(dev_info_t *dev)
{

	return (ddi_get_parent_data(dev));
}

int	hvs_channel_open(struct hvs_channel *, uint_t, uint_t,
	    hvs_channel_input_t *, void *);
void	hvs_channel_close(struct hvs_channel *);
int	hvs_channel_send(struct hvs_channel *, const void *, uint_t, uint64_t);
int	hvs_channel_request(struct hvs_channel *, const struct hvs_pages *,
	    const void *, uint_t, uint64_t);
int	hvs_channel_receive(struct hvs_channel *, void *, uint_t *, uint64_t *);
int	hvs_channel_gone(struct hvs_channel *);
int	hvs_guid_text(const struct hvs_guid *, char *, size_t);

#endif	/* !_DEV_HVSAMPLE_HVS_H_ */
