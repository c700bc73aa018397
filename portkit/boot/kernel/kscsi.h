/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What the parts of the SCSI framework (SCSA) share, and what a target driver
 * that is part of the kernel needs of it beyond the DDI.
 */

#ifndef _KSCSI_H
#define	_KSCSI_H

#include "kdev.h"
#include <sys/buf.h>
#include <sys/scsi/scsi.h>

/*
 * A driver that comes with the kernel: its dev_ops(9S) as a module would give
 * them to mod_install(9F), the names it is bound by beyond its own (NULL ends
 * the list; of a SCSI node "scsiclass,00" is the one for disks), and its
 * driver.conf(4) is empty. To be called once, from hc_kernel_setup(), after
 * kscsi_setup(). Its instances are nodes like others; what it allocates is not
 * on the ledger of leaks, because no module owns it.
 */
void	kscsi_target_driver(const char *name, const char *const *aliases,
    struct dev_ops *ops);

/*
 * The adapter's node above a SCSI device's, or NULL when it has no SCSI
 * transport; the transport of an adapter's node, or NULL.
 */
dev_info_t *kscsi_adapter_of(dev_info_t *target);
scsi_hba_tran_t *kscsi_tran_of(dev_info_t *adapter);

/* Packets that an adapter has accepted and not completed; any when NULL. */
uint_t	kscsi_in_transport(dev_info_t *adapter);

void	kscsi_setup(void);

/*
 * For messages: "hv_storvsc0".
 */
#define	KSCSI_WHO(dip)	ddi_driver_name(dip), ddi_get_instance(dip)

/* An entry point of the transport vector is called: see kentry_enter(). */
#define	KSCSI_CALL(what, statement)					\
	do {								\
		struct kentry ke_;					\
		kentry_enter(&ke_, (what));				\
		statement;						\
		kentry_leave(&ke_);					\
	} while (0)

/*
 * scsihba.c: a transport vector, from scsi_hba_tran_alloc(9F) on. It stays
 * known after it is freed, so that its use after that can be told from others.
 */
struct ktran {
	struct ktran	*kt_next;
	scsi_hba_tran_t	*kt_tran;
	dev_info_t	*kt_dip;	/* attached to it, or NULL */
	dev_info_t	*kt_maker;	/* scsi_hba_tran_alloc(9F) was for it */
	boolean_t	kt_freed;
	boolean_t	kt_clean;	/* scsi_size_clean() was called */
	boolean_t	kt_told;	/* of its packets' allocation */
	struct hc_trace	kt_trace;	/* where it was attached, or freed */
};
struct ktran *kscsi_ktran(dev_info_t *adapter);
extern void kscsi_log(dev_info_t *, int level, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/* scsibus.c */
extern struct bus_ops kscsi_bus_ops;
int	kscsi_unit_address(dev_info_t *, char *, size_t);

/* scsienum.c */
int	kscsi_bus_config(dev_info_t *, uint_t, ddi_bus_config_op_t, void *,
    dev_info_t **);
int	kscsi_bus_unconfig(dev_info_t *, uint_t, ddi_bus_config_op_t, void *);
void	kscsi_barrier_forget(dev_info_t *adapter);
dev_info_t *kscsi_find_child(dev_info_t *, const char *name, const char *addr,
    boolean_t init);

/* scsiluns.c: the units of a target that lun 0 knows of */
int	kscsi_enum_luns(struct scsi_device *, dev_info_t *, const char *taddr,
    int how);
struct scsi_device *kscsi_device_config(dev_info_t *, const char *name,
    const char *addr, int *circ);

/* scsinode.c */
void	kscsi_names_get(struct scsi_inquiry *, uchar_t *inq80, size_t len80,
    uchar_t *inq83, size_t len83, const char *set, int dtype,
    const char *compat0, char **nodename, char **driver, char ***compatible,
    int *ncompatible);
void	kscsi_names_free(char *nodename, char *driver, char **compatible);
dev_info_t *kscsi_make_child(dev_info_t *, const char *addr,
    struct scsi_device *probed);
int	kscsi_set_address(dev_info_t *, const char *addr);
#define	KSCSI_NODEV	"scsinodev"	/* a unit 0 that only has others */
#define	KSCSI_PROBE	"scsiprobe"

/* scsiprobe.c: what became of a command, as the bits that are asked for */
#define	KST_GOOD	0x01
#define	KST_BUSY	0x02
#define	KST_CHECK	0x04
#define	KST_OTHER	0x08
#define	KST_INCOMPLETE	0x10
#define	KST_NOTCMPLT	0x20
#define	KST_TRAN_BUSY	0x40
#define	KST_REJECTED	0x80
#define	KST_FAILED(x)	(((x) & 0xf0) != 0)
uint_t	kscsi_test(struct scsi_pkt *);
extern int do_polled_io;

/*
 * scsiledger.c: a packet, from scsi_init_pkt(9F) to scsi_destroy_pkt(9F), and
 * longer when it is destroyed while the adapter has it.
 */
typedef enum {
	KP_IDLE, KP_STARTING, KP_TRANSPORT, KP_DONE
} kpstate_t;
struct kpkt {
	struct kpkt	*kp_next;	/* in its bucket */
	struct kpkt	*kp_newer, *kp_older;	/* in transport */
	struct scsi_pkt	*kp_pkt;
	dev_info_t	*kp_hba;
	boolean_t	kp_setup;	/* tran_setup_pkt(9E) made it */
	int		kp_target, kp_lun;
	int		kp_statuslen;
	struct buf	*kp_bp;
	ssize_t		kp_left;	/* pkt_resid after scsi_init_pkt(9F) */
	size_t		kp_len;		/* bytes of this command */

	kpstate_t	kp_state;
	uint_t		kp_gen;		/* how often it was started */
	boolean_t	kp_polled;	/* FLAG_NOINTR reached the adapter */
	boolean_t	kp_waited;	/* by the framework, for FLAG_NOINTR */
	boolean_t	kp_orphan;	/* destroyed too early */
	boolean_t	kp_late;	/* has been reported */
	uchar_t		kp_op;		/* what it was started with */
	void		(*kp_comp)(struct scsi_pkt *);
	hc_time		kp_started, kp_deadline;
	struct hc_trace	kp_trace;	/* where it was started */
	kwaitq_t	kp_waiters;
};
struct kpkt *kpkt_find(const struct scsi_pkt *);
struct kpkt *kpkt_new(struct scsi_pkt *, struct scsi_address *, int statuslen);
void	kpkt_free(struct kpkt *);
void	kpkt_begins(struct kpkt *);	/* is now in transport */
void	kpkt_ends(struct kpkt *);
uint_t	kpkt_of_adapter(dev_info_t *, struct kpkt **first);
const char *kpkt_text(const struct kpkt *);	/* one at a time */
void	kpkt_check(struct kpkt *);	/* as it comes back */
void	kscsi_completed(struct scsi_pkt *);	/* what is in pkt_comp */

/* scsipkt.c */
struct scsi_pkt *kscsi_cache_init(struct scsi_address *, struct scsi_pkt *,
    struct buf *, int, int, int, int, int (*)(caddr_t), caddr_t);
void	kscsi_cache_destroy(struct scsi_address *, struct scsi_pkt *);
void	kscsi_cache_sync(struct scsi_address *, struct scsi_pkt *);
void	kscsi_cache_dmafree(struct scsi_address *, struct scsi_pkt *);
int	kscsi_cache_construct(void *, void *, int);
void	kscsi_cache_destruct(void *, void *);
size_t	kscsi_cache_size(scsi_hba_tran_t *);
#define	KSCSI_MAGIC	0x50434b54
/* What scsi_hba_pkt_alloc(9F) allocates. */
struct kscsi_wrapper {
	struct scsi_pkt	kw_pkt;
	int		kw_magic;	/* where pcw_magic is */
	int		kw_len;
};

#endif	/* _KSCSI_H */
