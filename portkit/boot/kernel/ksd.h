/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The disk driver of the simulated kernel: it treats a host bus adapter as
 * sd(7D) does. All of a unit is under the scsi_device(9S)'s own mutex, which
 * is never held over a call of the adapter but where sd(7D) holds it, too; so
 * an adapter that completes packets under a lock of its own deadlocks here as
 * it would there.
 */

#ifndef _KSD_H
#define	_KSD_H

#include "kscsi.h"
#include "kern_ctl.h"
#include <sys/kstat.h>

#define	SD_CDB		16
#define	SD_SENSE	20		/* bytes of sense data that are kept */
#define	SD_SENSE_ALL	252		/* that REQUEST SENSE asks for */

#define	SD_THROTTLE	256		/* commands in flight */
#define	SD_IO_SECONDS	60		/* pkt_time */
#define	SD_BUSY_TICKS	drv_usectohz(5000000)
#define	SD_RETRY_TICKS	drv_usectohz(100000)

/* Where a command is, as the kstat counts it. */
typedef enum {
	SD_NOWHERE, SD_WAITS, SD_RUNS
} sdwhere_t;

/* uscsi(4I): what is asked of a command beyond its CDB. */
#define	SDU_READ	0x01
#define	SDU_SILENT	0x02		/* FLAG_SILENT: no messages */
#define	SDU_DIAGNOSE	0x04		/* FLAG_DIAGNOSE: no retries */
#define	SDU_ISOLATE	0x08		/* FLAG_ISOLATE */
#define	SDU_PRIORITY	0x10		/* not through the queue */

struct sdunit;

/*
 * A command, from the queue to its end: a read or a write of blocks, or a CDB
 * that somebody gave (sc_uscsi).
 */
struct sdcmd {
	struct sdcmd	*sc_next;	/* in the queue */
	struct sdunit	*sc_unit;
	struct buf	*sc_bp;		/* sc_buf, but for REQUEST SENSE */
	struct buf	sc_buf;
	struct scsi_pkt	*sc_pkt;
	sdwhere_t	sc_where;
	uint64_t	sc_block;
	size_t		sc_later;	/* bytes, in DMA windows to come */
	boolean_t	sc_unbound;	/* scsi_dmafree(9F) */

	boolean_t	sc_uscsi;
	uchar_t		sc_cdb[SD_CDB];
	uint_t		sc_cdblen;
	uint_t		sc_uflags;
	uint_t		sc_seconds;

	uint_t		sc_retries;
	uint_t		sc_victims;	/* of others' resets */
	uint_t		sc_attentions;
	uint_t		sc_notready;

	uchar_t		sc_sense[SD_SENSE];
	uint_t		sc_sense_status;
	uint_t		sc_sense_state;
	size_t		sc_sense_len;
	boolean_t	sc_sensed;
	struct sdcmd	*sc_sense_for;	/* of REQUEST SENSE: whose */

	struct kc_scsi	sc_result;
	void		(*sc_done)(struct sdcmd *);	/* or sd_wait() */
	void		*sc_arg;
	boolean_t	sc_over;
	kwaitq_t	sc_waiters;
};

typedef enum {
	SDS_NORMAL, SDS_OFFLINE, SDS_RWAIT, SDS_DUMPING, SDS_SUSPENDED
} sdstate_t;

typedef enum {
	SDM_NONE, SDM_INSERTED, SDM_EJECTED, SDM_GONE
} sdmedia_t;

struct sdunit {
	struct sdunit	*su_next;	/* all, also those that come or go */
	struct scsi_device *su_devp;
	dev_info_t	*su_dip;
	int		su_instance;
	int		su_target, su_lun;
	char		su_name[16];	/* "c0t0d0", once it has one */
	int		su_controller;
	sdstate_t	su_state;
	sdmedia_t	su_media;

	boolean_t	su_cd;
	boolean_t	su_removable;
	boolean_t	su_interconnect_fc;	/* as sd(7D) sees it */
	boolean_t	su_arq;
	boolean_t	su_reset_lun;
	boolean_t	su_reset_device;
	boolean_t	su_doorlock;
	boolean_t	su_read_only;
	boolean_t	su_write_cache;
	boolean_t	su_dirty;	/* SYNCHRONIZE CACHE is owed */
	boolean_t	su_scsi3_reserve;
	uint_t		su_mincdb, su_maxcdb;
	uint_t		su_statuslen;
	uint_t		su_tagflags;
	uint_t		su_pkt_flags;
	uint_t		su_max_xfer;	/* bytes */

	uint64_t	su_blocks;
	uint_t		su_block_size;
	boolean_t	su_capacity_valid;
	uint_t		su_geometry;
	uint_t		su_ever_size;	/* su_block_size, once known */
	char		su_serial[64];
	ddi_devid_t	su_devid;
	boolean_t	su_devid_ours;

	/* How often what is tried again. */
	uint_t		su_max_retries;
	uint_t		su_max_busy;
	uint_t		su_max_victims;
	uint_t		su_max_notready;
	uint_t		su_reset_after;

	int		su_throttle;
	int		su_full_throttle;
	int		su_busy_throttle;
	boolean_t	su_adaptive;

	struct sdcmd	*su_queue;
	struct sdcmd	*su_retry;	/* goes before the queue */
	struct sdcmd	*su_rqs;	/* REQUEST SENSE */
	boolean_t	su_rqs_busy;
	struct sdcmd	*su_waits_prio;
	int		su_in_transport;
	int		su_in_driver;
	int		su_in_callback;
	int		su_in_handler;	/* timeouts and the like that run */
	int		su_tasks;	/* threads that recover from errors */
	timeout_id_t	su_retry_id;
	timeout_id_t	su_throttle_id;
	timeout_id_t	su_startstop_id;
	timeout_id_t	su_prio_id;
	kcondvar_t	su_idle;

	int		su_holds;	/* callers that use it */
	boolean_t	su_opened;	/* found ready */
	boolean_t	su_attached;
	boolean_t	su_detaching;
	boolean_t	su_quiet;	/* nothing starts any more */
	uint_t		su_last_reason;

	kstat_t		*su_stats;
	kstat_t		*su_errstats;
	long		su_n_retries, su_n_timeouts, su_n_errors;
	uint_t		su_soft, su_hard, su_tran, su_sense_errors[16];
};

#define	SU_USABLE(su)	((su)->su_attached && !(su)->su_detaching)
#define	SU_LOCK(su)	(&(su)->su_devp->sd_mutex)
#define	SU_ADDRESS(su)	(&(su)->su_devp->sd_address)
#define	SU_INQUIRY(su)	((su)->su_devp->sd_inq)
#define	SC_STATUS(sc)	(*(sc)->sc_pkt->pkt_scbp & STATUS_MASK)

extern struct sdunit *sdunits;
extern int do_polled_io;	/* FLAG_NOINTR is meant as it is said */

/* sd.c */
struct sdunit *sd_hold(const char *name);	/* "c0t0d0"; NULL */
void	sd_rele(struct sdunit *);

/* sdattach.c */
int	sd_unit_attach(struct sdunit *);
void	sd_unit_caps_off(struct sdunit *);
int	sd_ready(struct sdunit *);		/* 0 or errno */
void	sd_ejected(struct sdunit *);

/* sdcmd.c: may sleep */
int	sd_command(struct sdunit *, const uchar_t *cdb, uint_t cdblen,
	    void *buf, size_t len, uint_t flags, uint_t seconds,
	    struct kc_scsi *);
int	sd_test_unit_ready(struct sdunit *, uint_t flags);
int	sd_start_stop(struct sdunit *, boolean_t start, uint_t flags);
int	sd_inquiry(struct sdunit *, void *, size_t, int page, size_t *got);
int	sd_capacity(struct sdunit *, uint_t flags);
int	sd_mode_sense(struct sdunit *, int page, void *, size_t, size_t *got);
int	sd_sync_cache(struct sdunit *);
int	sd_doorlock(struct sdunit *, boolean_t prevent, uint_t flags);
int	sd_reserve_keys(struct sdunit *);

/* sdpkt.c: with the unit's mutex */
typedef enum {
	SDP_READY, SDP_LATER, SDP_FAILED
} sdpkt_t;
sdpkt_t	sdpkt_init(struct sdcmd *);
boolean_t sdpkt_next_window(struct sdcmd *);
void	sdpkt_fini(struct sdcmd *);
sdpkt_t	sdpkt_setup_rw(struct sdcmd *, int (*)(caddr_t), caddr_t);

/* sdqueue.c: with the unit's mutex */
struct sdcmd *sdcmd_new(struct sdunit *);
void	sdcmd_free(struct sdcmd *);
void	sd_enqueue(struct sdcmd *);
void	sd_push(struct sdcmd *);		/* to the head */
void	sd_start(struct sdunit *, struct sdcmd *now);
void	sd_reduce_throttle(struct sdunit *, boolean_t qfull);
void	sdstat_where(struct sdcmd *, sdwhere_t);
void	sd_strategy(struct sdcmd *);		/* without it */
int	sd_wait(struct sdcmd *);		/* as biowait(9F) */
/* No unit sends anything while one writes a dump. */
extern boolean_t sd_held;
void	sd_hold_all(void);
void	sd_go_on(void);
int	sd_runout(caddr_t);
/* Around what runs by itself: detach(9E) waits for it. */
void	sd_handler_enter(struct sdunit *);
void	sd_handler_leave(struct sdunit *);

/* sdretry.c: with the unit's mutex */
typedef enum {
	SDR_NOCHECK, SDR_STANDARD, SDR_VICTIM, SDR_BUSY, SDR_ATTENTION
} sdcheck_t;
#define	SD_NO_RETRY	0
#define	SD_RETRY_NOW	1
#define	SD_RETRY_LATER	2
typedef void (*sdtell_t)(struct sdcmd *, int, const void *);
void	sd_retry(struct sdcmd *, sdcheck_t, sdtell_t, const void *,
	    int error, clock_t ticks);
void	sd_set_retry(struct sdcmd *, clock_t ticks);
void	sd_return(struct sdcmd *);
void	sd_fail(struct sdcmd *, int error);
void	sd_fail_no_restart(struct sdcmd *, int error);
void	sd_reset_target(struct sdcmd *);
void	sd_start_retry(struct sdunit *);
void	sd_retry_timer(void *);
void	sd_tell_retry(struct sdcmd *, int, const void *);
void	sd_tell(struct sdunit *, int level, const char *fmt,
	    ...) HC_PRINTF(3, 4);

/* sdintr.c, sdsense.c: with the unit's mutex, but for sd_intr() */
void	sd_intr(struct scsi_pkt *);
void	sd_status_reserved(struct sdcmd *);
int	sd_rqs_alloc(struct sdunit *);
void	sd_rqs_free(struct sdunit *);
struct sdcmd *sd_rqs_idle(struct sdunit *);
void	sd_request_sense(struct sdcmd *);
void	sd_sensed(struct sdcmd *rqs);
void	sd_auto_sensed(struct sdcmd *);
void	sd_auto_sense_keep(struct sdcmd *);
void	sd_sense_decode(struct sdcmd *);
/* sdrecover.c */
void	sd_not_ready(struct sdcmd *, sdtell_t, const void *);
void	sd_start_unit_later(struct sdunit *);
boolean_t sd_task(struct sdunit *, const char *, void (*)(void *), void *);
void	sd_media_changed(struct sdcmd *);
void	sd_target_changed(struct sdunit *);

/* sddump.c */
int	sd_poll(struct sdunit *, struct scsi_pkt *);
void	sd_poll_sense(struct sdunit *);
int	sd_dump(struct sdunit *, uint64_t block, void *, size_t);
void	sd_dump_over(struct sdunit *);

/* sdmem.c: pages of the kernel's own, scattered in physical memory */
void	*sdmem_alloc(size_t, uint_t offset);
void	sdmem_free(void *);
boolean_t sdmem_is_kernel(const void *, size_t);

/* sdname.c */
struct sdname {
	int	sn_controller, sn_target, sn_lun;
};
void	sdname_of(struct sdunit *, struct sdname *);
const char *sdname_text(struct sdunit *);

#endif	/* _KSD_H */
