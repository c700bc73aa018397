/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

#ifndef _BSD_CAM_H
#define	_BSD_CAM_H

/*
 * SCSI interface modules of FreeBSD's CAM(4) as host bus adapters of SCSA.
 *
 * The driver's action routine is split: its case of XPT_SCSI_IO is the
 * tran_start(9E), that of XPT_ABORT the tran_abort(9E), those of the resets the
 * tran_reset(9E); what it says of its bus is what tran_getcap(9E) answers from.
 * A CCB is a struct bsd_ccb: what SCSA's packet has no place for, and a pointer
 * to the packet.  A path is a struct scsi_address, a bus a struct bsd_sim.
 *
 * What CAM promises a driver is kept here: no more commands at a time than it
 * asked for, none while its queue is frozen, its lock held in its routines, and
 * a completion that never comes from within them: those go through a soft
 * interrupt, or the target driver would start its next command under the lock.
 */

#include <sys/types.h>
#include <sys/param.h>
#include <sys/sysmacros.h>
#include <sys/ksynch.h>
#include <sys/queue.h>
#include <sys/list.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include <sys/scsi/scsi.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The status of a CCB; it becomes the packet's reason, state and statistics. */
typedef enum {
	CAM_REQ_INPROG		= 0x00,
	CAM_REQ_CMP		= 0x01,
	CAM_REQ_ABORTED		= 0x02,
	CAM_UA_ABORT		= 0x03,
	CAM_REQ_CMP_ERR		= 0x04,
	CAM_BUSY		= 0x05,
	CAM_REQ_INVALID		= 0x06,
	CAM_PATH_INVALID	= 0x07,
	CAM_DEV_NOT_THERE	= 0x08,
	CAM_UA_TERMIO		= 0x09,
	CAM_SEL_TIMEOUT		= 0x0a,
	CAM_CMD_TIMEOUT		= 0x0b,
	CAM_SCSI_STATUS_ERROR	= 0x0c,
	CAM_MSG_REJECT_REC	= 0x0d,
	CAM_SCSI_BUS_RESET	= 0x0e,
	CAM_UNCOR_PARITY	= 0x0f,
	CAM_AUTOSENSE_FAIL	= 0x10,
	CAM_NO_HBA		= 0x11,
	CAM_DATA_RUN_ERR	= 0x12,
	CAM_UNEXP_BUSFREE	= 0x13,
	CAM_SEQUENCE_FAIL	= 0x14,
	CAM_CCB_LEN_ERR		= 0x15,
	CAM_PROVIDE_FAIL	= 0x16,
	CAM_BDR_SENT		= 0x17,
	CAM_REQ_TERMIO		= 0x18,
	CAM_UNREC_HBA_ERROR	= 0x19,
	CAM_REQ_TOO_BIG		= 0x1a,
	CAM_REQUEUE_REQ		= 0x1b,
	CAM_IDE			= 0x1c,
	CAM_RESRC_UNAVAIL	= 0x1d,
	CAM_UNACKED_EVENT	= 0x1e,
	CAM_SCSI_IT_NEXUS_LOST	= 0x1f,
	CAM_STATUS_MASK		= 0x3f,
	CAM_DEV_QFRZN		= 0x40,
	CAM_AUTOSNS_VALID	= 0x80,
	CAM_RELEASE_SIMQ	= 0x100,
	CAM_SIM_QUEUED		= 0x200
} cam_status;

#define	CAM_SUCCESS		0
#define	CAM_FAILURE		1

/*
 * The flags of a CCB: DDI_DMA_READ and DDI_DMA_WRITE for the direction, and
 * these.
 */
#define	CAM_CDB_POINTER		0x100	/* always: pkt_cdbp */
#define	CAM_TAG_ACTION_VALID	0x200
#define	CAM_DIS_DISCONNECT	0x400
#define	CAM_DIS_AUTOSENSE	0x800
#define	CAM_DATA_MASK		0x1000	/* of the data: always one buffer */
#define	CAM_DATA_VADDR		0

#define	CAM_TAG_ACTION_NONE	0	/* tag_action */

#define	CAM_TARGET_WILDCARD	0xffff	/* what a scsi_address can hold */
#define	CAM_LUN_WILDCARD	0xff
#define	CAM_BUS_WILDCARD	0xffffffffU

/* What a CCB is for. */
enum bsd_ccb_func {
	XPT_SCSI_IO, XPT_ABORT, XPT_RESET_BUS, XPT_RESET_DEV, XPT_PATH_INQ,
	XPT_GET_TRAN_SETTINGS, XPT_SET_TRAN_SETTINGS, XPT_CALC_GEOMETRY,
	XPT_SCAN_BUS, XPT_SCAN_TGT, XPT_SCAN_LUN
};

/* What a driver tells of its devices. */
#define	AC_BUS_RESET		0x001
#define	AC_SENT_BDR		0x010
#define	AC_FOUND_DEVICE		0x080
#define	AC_LOST_DEVICE		0x100

/* XPT_PATH_INQ: what a bus is like. */
#define	PI_MDP_ABLE		0x80
#define	PI_WIDE_32		0x40
#define	PI_WIDE_16		0x20
#define	PI_SDTR_ABLE		0x10
#define	PI_TAG_ABLE		0x02
#define	PI_SOFT_RST		0x01

#define	PIM_SCANHILO		0x80
#define	PIM_NOREMOVE		0x40
#define	PIM_NOINITIATOR		0x20
#define	PIM_NOBUSRESET		0x10
#define	PIM_NO_6_BYTE		0x08
#define	PIM_SEQSCAN		0x04
#define	PIM_UNMAPPED		0x02
#define	PIM_NOSCAN		0x01

#define	SIM_IDLEN		16
#define	HBA_IDLEN		16
#define	DEV_IDLEN		16

enum bsd_transport {
	XPORT_UNKNOWN, XPORT_UNSPECIFIED, XPORT_SPI, XPORT_FC, XPORT_SSA,
	XPORT_USB, XPORT_PPB, XPORT_ATA, XPORT_SAS, XPORT_SATA, XPORT_ISCSI,
	XPORT_SRP
};

enum bsd_protocol {
	PROTO_UNKNOWN, PROTO_UNSPECIFIED, PROTO_SCSI, PROTO_ATA
};

struct ccb_pathinq {
	uint8_t		version_num;
	uint8_t		hba_inquiry;	/* PI_* */
	uint16_t	target_sprt;
	uint32_t	hba_misc;	/* PIM_* */
	uint16_t	hba_eng_cnt;
	uint_t		max_target;	/* the last one */
	uint_t		max_lun;
	uint_t		initiator_id;
	uint32_t	async_flags;
	uint32_t	bus_id;
	uint32_t	base_transfer_speed;	/* KB/s */
	char		sim_vid[SIM_IDLEN];
	char		hba_vid[HBA_IDLEN];
	char		dev_name[DEV_IDLEN];
	uint32_t	unit_number;
	uint_t		protocol, protocol_version;
	uint_t		transport, transport_version;
	uint_t		maxio;		/* bytes of a command; 0: 64 KB */
	uint16_t	hba_vendor, hba_device, hba_subvendor, hba_subdevice;
	union {
		struct {
			uint_t	ppr_options;
		} spi;
		struct {
			uint64_t wwnn, wwpn;
			uint32_t port, bitrate;
		} fc;
		struct {
			uint32_t bitrate;
		} sas;
	} xport_specific;
};

/* XPT_GET_TRAN_SETTINGS, XPT_SET_TRAN_SETTINGS: how one device is spoken to. */
#define	CTS_SCSI_VALID_TQ	0x01
#define	CTS_SCSI_FLAGS_TAG_ENB	0x01

#define	CTS_SPI_VALID_SYNC_RATE		0x01
#define	CTS_SPI_VALID_SYNC_OFFSET	0x02
#define	CTS_SPI_VALID_BUS_WIDTH		0x04
#define	CTS_SPI_VALID_DISC		0x08
#define	CTS_SPI_VALID_PPR_OPTIONS	0x10
#define	CTS_SPI_FLAGS_DISC_ENB		0x01

#define	CTS_SAS_VALID_SPEED	0x01
#define	CTS_FC_VALID_SPEED	0x10

enum bsd_settings {
	CTS_TYPE_CURRENT_SETTINGS, CTS_TYPE_USER_SETTINGS
};

struct ccb_trans_settings_scsi {
	uint_t		valid, flags;
};

struct ccb_trans_settings_spi {
	uint_t		valid, flags, sync_period, sync_offset, bus_width,
			ppr_options;
};

struct ccb_trans_settings {
	enum bsd_settings type;
	uint_t		protocol, protocol_version;
	uint_t		transport, transport_version;
	struct {
		uint_t	valid;
		struct ccb_trans_settings_scsi scsi;
	} proto_specific;
	struct {
		uint_t	valid;
		struct ccb_trans_settings_spi spi;
		struct {
			uint_t	valid;
			uint32_t bitrate;
		} sas;
		struct {
			uint_t	valid;
			uint64_t wwnn, wwpn;
			uint32_t port, bitrate;
		} fc;
	} xport_specific;
};

/* XPT_CALC_GEOMETRY */
struct ccb_calc_geometry {
	uint32_t	block_size;
	uint64_t	volume_size;	/* blocks */
	uint32_t	cylinders;
	uint8_t		heads;
	uint8_t		secs_per_track;
};

struct bsd_ccb;

/* XPT_ABORT */
struct ccb_abort {
	struct bsd_ccb	*abort_ccb;
};

struct bsd_sense_data {
	uint8_t		error_code;
	uint8_t		sense_buf[251];
};

struct bsd_sim;
struct bsd_ccb;

struct bsd_ccb {
	struct bsd_sim	*sim;
	struct scsi_address *ap;	/* whom it is for */
	struct scsi_address address;	/* of one without a packet */
	struct scsi_pkt	*pkt;		/* of XPT_SCSI_IO */
	enum bsd_ccb_func func_code;
	uint32_t	status;		/* cam_status */
	uint32_t	flags;
	void		*data;		/* in the kernel's address space */
	uint8_t		tag_action;	/* MSG_SIMPLE_QTAG ... */
	uint8_t		sense_len, sense_resid;
	struct bsd_sense_data sense_data;
	union {
		struct ccb_pathinq cpi;
		struct ccb_trans_settings cts;
		struct ccb_calc_geometry ccg;
		struct ccb_abort cab;
	};

	/* The driver's own. */
	void		*spriv_ptr0, *spriv_ptr1;
	ulong_t		spriv_field0, spriv_field1;
	union {
		LIST_ENTRY(bsd_ccb) le;
		SLIST_ENTRY(bsd_ccb) sle;
		TAILQ_ENTRY(bsd_ccb) tqe;
		STAILQ_ENTRY(bsd_ccb) stqe;
	} sim_links;

	/* bsd_cam.c's own. */
	volatile uint_t	word;		/* its state, and how often used */
	volatile uint_t	deadline;	/* of the sim's ticks; 0: none */
	struct bsd_ccb	*next;		/* while it is not used */
	list_node_t	node;
};

/* The CCB of its cpi, cts, ccg or cab: they are in one place. */
#define	BSD_CCB(part)	((struct bsd_ccb *)(void *)((caddr_t)(part) - \
    offsetof(struct bsd_ccb, cpi)))

struct bsd_simq {
	int		limit;		/* commands at a time */
};

/* What a driver's action routine was split into; NULL: it has no such case. */
typedef struct bsd_sim_ops {
	int	(*start)(struct scsi_address *, struct scsi_pkt *);
	int	(*abort)(struct scsi_address *, struct scsi_pkt *);
	int	(*reset)(struct scsi_address *, int);
	void	(*path_inq)(struct bsd_sim *, struct bsd_ccb *);
	void	(*get_tran)(struct bsd_sim *, struct bsd_ccb *);
	void	(*set_tran)(struct bsd_sim *, struct bsd_ccb *);
	void	(*calc_geometry)(struct bsd_sim *, struct bsd_ccb *);
	void	(*poll)(struct bsd_sim *);
	uint_t	flags;
} bsd_sim_ops_t;

#define	BSD_SIM_DATA_PTR	0x1	/* it looks at the data itself */
#define	BSD_SIM_WATCHDOG	0x2	/* it has no timeouts of its own */

extern int bsd_cam_init(void);
extern void bsd_cam_fini(void);

extern struct bsd_simq *bsd_simq_alloc(int);
extern void bsd_simq_free(struct bsd_simq *);
extern struct bsd_sim *bsd_sim_alloc(const bsd_sim_ops_t *, const char *,
    void *, int, kmutex_t *, int, struct bsd_simq *, const ddi_dma_attr_t *);
extern void bsd_sim_free(struct bsd_sim *, int);
extern struct bsd_ccb *bsd_sim_lost(struct bsd_sim *);
extern void *bsd_sim_softc(struct bsd_sim *);
extern const char *bsd_sim_name(struct bsd_sim *);
extern int bsd_sim_unit(struct bsd_sim *);
extern int bsd_sim_bus(struct bsd_sim *);
extern uint32_t bsd_sim_path(struct bsd_sim *);

extern int bsd_bus_register(struct bsd_sim *, dev_info_t *, uint32_t);
extern int bsd_bus_deregister(uint32_t);
extern void bsd_bus_rescan(struct bsd_sim *);
extern void bsd_simq_freeze(struct bsd_sim *, int);
extern void bsd_simq_release(struct bsd_sim *, int);

extern int bsd_address_create(struct scsi_address **, uint32_t, uint_t, uint_t);
extern void bsd_address_free(struct scsi_address *);
extern struct bsd_sim *bsd_address_sim(struct scsi_address *);
extern void bsd_address_print(struct scsi_address *, const char *, ...);

extern struct bsd_ccb *bsd_ccb_start(struct scsi_address *, struct scsi_pkt *);
extern int bsd_ccb_started(struct bsd_ccb *);
extern int bsd_ccb_ask(struct scsi_address *, enum bsd_ccb_func,
    struct scsi_pkt *, void (*)(struct bsd_sim *, struct bsd_ccb *));
extern void bsd_ccb_done(struct bsd_ccb *);
extern void bsd_ccb_done_direct(struct bsd_ccb *);
extern void *bsd_ccb_data(struct bsd_ccb *);
extern struct bsd_ccb *bsd_ccb_alloc(int);
extern void bsd_ccb_free(struct bsd_ccb *);
extern void bsd_ccb_rescan(struct bsd_ccb *);
extern void bsd_calc_geometry(struct ccb_calc_geometry *, int);

#ifdef __cplusplus
}
#endif

#endif	/* _BSD_CAM_H */
