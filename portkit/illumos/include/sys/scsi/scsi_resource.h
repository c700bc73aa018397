/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Packets and their buffers: scsi_init_pkt(9F), scsi_dmafree(9F).
 */

#ifndef _SYS_SCSI_SCSI_RESOURCE_H
#define	_SYS_SCSI_SCSI_RESOURCE_H

#include <sys/scsi/scsi_pkt.h>

struct buf;

#define	NULL_FUNC	((int (*) ()) 0)
#define	SLEEP_FUNC	((int (*) ()) 1)

/* Flags of scsi_init_pkt(9F). */
#define	PKT_CONSISTENT	0x1
#define	PKT_DMA_PARTIAL	0x40000
#define	PKT_XARQ	0x80000
#define	PKT_CONSISTENT_OLD	0x1000
struct buf *scsi_alloc_consistent_buf(struct scsi_address *, struct buf *,
    size_t, uint_t, int (*)(caddr_t), caddr_t);
struct scsi_pkt *scsi_init_pkt(struct scsi_address *, struct scsi_pkt *,
    struct buf *, int, int, int, int, int (*)(caddr_t), caddr_t);
void scsi_destroy_pkt(struct scsi_pkt *);
void scsi_free_consistent_buf(struct buf *);
int scsi_pkt_allocated_correctly(struct scsi_pkt *);
struct scsi_pkt *scsi_dmaget(struct scsi_pkt *, opaque_t, int (*)(void));
void scsi_dmafree(struct scsi_pkt *);
void scsi_sync_pkt(struct scsi_pkt *);

struct scsi_pkt_cache_wrapper {
	struct scsi_pkt pcw_pkt;
	int pcw_magic;
	uint_t pcw_total_xfer;
	uint_t pcw_curwin;
	uint_t pcw_totalwin;
	uint_t pcw_granular;
	struct buf *pcw_bp;
	ddi_dma_cookie_t pcw_cookie;
	uint_t pcw_flags;
};

struct buf *scsi_pkt2bp(struct scsi_pkt *);
#define	PCW_NEED_EXT_CDB	0x1
#define	PCW_NEED_EXT_TGT	0x2
#define	PCW_NEED_EXT_SCB	0x4
#define	PCW_BOUND	0x20

/* What tran_setup_pkt(9E) finds in a packet without asking for more. */
#define	DEFAULT_CDBLEN	16
#define	DEFAULT_PRIVLEN	0
#define	DEFAULT_SCBLEN	(sizeof (struct scsi_arq_status))
size_t scsi_pkt_size();
void scsi_size_clean(dev_info_t *);
struct scsi_pkt *scsi_pktalloc(struct scsi_address *, int, int, int (*)(void));
struct scsi_pkt *scsi_resalloc(struct scsi_address *, int, int, opaque_t,
    int (*)(void));
void scsi_resfree(struct scsi_pkt *);
#define	scsi_pktfree	scsi_resfree

#endif	/* _SYS_SCSI_SCSI_RESOURCE_H */
