/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A host bus adapter: scsi_hba_tran(9S), scsi_hba_attach_setup(9F),
 * scsi_hba_pkt_alloc(9F).
 */

#ifndef _SYS_SCSI_IMPL_TRANSPORT_H
#define	_SYS_SCSI_IMPL_TRANSPORT_H

#include <sys/modctl.h>
#include <sys/note.h>
#include <sys/sunddi.h>
#include <sys/sunndi.h>
#include <sys/kmem.h>
#include <sys/scsi/scsi_address.h>

struct scsi_inquiry;
struct scsi_pkt;
struct buf;

typedef struct __scsi_iportmap scsi_hba_iportmap_t;
typedef struct __scsi_tgtmap scsi_hba_tgtmap_t;
typedef struct scsi_hba_tran scsi_hba_tran_t;

struct scsi_hba_tran {
	dev_info_t *tran_hba_dip;
	void *tran_hba_private;
	void *tran_tgt_private;
	struct scsi_device *tran_sd;
	int (*tran_tgt_init)(dev_info_t *, dev_info_t *, scsi_hba_tran_t *,
	    struct scsi_device *);
	int (*tran_tgt_probe)(struct scsi_device *, int (*)(void));
	void (*tran_tgt_free)(dev_info_t *, dev_info_t *, scsi_hba_tran_t *,
	    struct scsi_device *);
	int (*tran_start)(struct scsi_address *, struct scsi_pkt *);
	int (*tran_reset)(struct scsi_address *, int);
	int (*tran_abort)(struct scsi_address *, struct scsi_pkt *);
	int (*tran_getcap)(struct scsi_address *, char *, int);
	int (*tran_setcap)(struct scsi_address *, char *, int, int);
	struct scsi_pkt *(*tran_init_pkt)(struct scsi_address *, struct
	    scsi_pkt *, struct buf *, int, int, int, int, int (*)(caddr_t),
	    caddr_t);
	void (*tran_destroy_pkt)(struct scsi_address *, struct scsi_pkt *);
	void (*tran_dmafree)(struct scsi_address *, struct scsi_pkt *);
	void (*tran_sync_pkt)(struct scsi_address *, struct scsi_pkt *);
	int (*tran_reset_notify)(struct scsi_address *, int, void
	    (*)(caddr_t), caddr_t);
	int (*tran_get_bus_addr)(struct scsi_device *, char *, int);
	int (*tran_get_name)(struct scsi_device *, char *, int);
	int (*tran_clear_aca)(struct scsi_address *);
	int (*tran_clear_task_set)(struct scsi_address *);
	int (*tran_terminate_task)(struct scsi_address *, struct scsi_pkt *);
	int (*tran_get_eventcookie)(dev_info_t *, dev_info_t *, char *,
	    ddi_eventcookie_t *);
	int (*tran_add_eventcall)(dev_info_t *, dev_info_t *,
	    ddi_eventcookie_t, void (*)(dev_info_t *, ddi_eventcookie_t, void
	    *, void *), void *, ddi_callback_id_t *);
	int (*tran_remove_eventcall)(dev_info_t *, ddi_callback_id_t);
	int (*tran_post_event)(dev_info_t *, dev_info_t *, ddi_eventcookie_t,
	    void *);
	int (*tran_quiesce)(dev_info_t *);
	int (*tran_unquiesce)(dev_info_t *);
	int (*tran_bus_reset)(dev_info_t *, int);
	int tran_hba_flags;
	uint_t tran_obs1;
	uchar_t tran_obs2;
	uchar_t tran_obs3;
	kmutex_t tran_open_lock;
	uint64_t tran_open_flag;
	int (*tran_bus_config)(dev_info_t *, uint_t, ddi_bus_config_op_t,
	    void *, dev_info_t **);
	int (*tran_bus_unconfig)(dev_info_t *, uint_t, ddi_bus_config_op_t,
	    void *);
	int (*tran_bus_power)(dev_info_t *, void *, pm_bus_power_op_t, void
	    *, void *);
	int tran_interconnect_type;
	int (*tran_pkt_constructor)(struct scsi_pkt *, scsi_hba_tran_t *, int);
	void (*tran_pkt_destructor)(struct scsi_pkt *, scsi_hba_tran_t *);
	kmem_cache_t *tran_pkt_cache_ptr;
	uint_t tran_hba_len;
	int (*tran_setup_pkt)(struct scsi_pkt *, int (*)(caddr_t), caddr_t);
	void (*tran_teardown_pkt)(struct scsi_pkt *);
	ddi_dma_attr_t tran_dma_attr;
	void *tran_extension;
	int tran_fm_capable;
	dev_info_t *tran_iport_dip;
	scsi_hba_iportmap_t *tran_iportmap;
	scsi_hba_tgtmap_t *tran_tgtmap;
};

size_t scsi_hba_tran_size();
void scsi_initialize_hba_interface(void);
int scsi_hba_init(struct modlinkage *);
void scsi_hba_fini(struct modlinkage *);
int scsi_hba_attach_setup(dev_info_t *, ddi_dma_attr_t *, scsi_hba_tran_t *,
    int);
int scsi_hba_detach(dev_info_t *);
scsi_hba_tran_t *scsi_hba_tran_alloc(dev_info_t *, int);
int scsi_tran_ext_alloc(scsi_hba_tran_t *, size_t, int);
void scsi_tran_ext_free(scsi_hba_tran_t *, size_t);
void scsi_hba_tran_free(scsi_hba_tran_t *);
int scsi_hba_probe(struct scsi_device *, int (*)(void));
int scsi_hba_probe_pi(struct scsi_device *, int (*)(void), int);
int scsi_hba_ua_get_reportdev(struct scsi_device *, char *, int);
int scsi_hba_ua_get(struct scsi_device *, char *, int);
char *scsi_get_device_type_string(char *, dev_info_t *, struct scsi_device *);
int scsi_get_scsi_maxluns(struct scsi_device *);
int scsi_get_scsi_options(struct scsi_device *, int);
int scsi_get_device_type_scsi_options(dev_info_t *, struct scsi_device *, int);
struct scsi_pkt *scsi_hba_pkt_alloc(dev_info_t *, struct scsi_address *,
    int, int, int, int, int (*)(caddr_t), caddr_t);
void scsi_hba_pkt_free(struct scsi_address *, struct scsi_pkt *);
int scsi_hba_lookup_capstr(char *);
int scsi_hba_in_panic(void);
int scsi_hba_open(dev_t *, int, int, cred_t *);
int scsi_hba_close(dev_t, int, int, cred_t *);
int scsi_hba_ioctl(dev_t, int, intptr_t, int, cred_t *, int *);
void scsi_hba_nodename_compatible_get(struct scsi_inquiry *, char *, int,
    char *, char **, char ***, int *);
void scsi_hba_nodename_compatible_free(char *, char **);
int scsi_device_prop_update_inqstring(struct scsi_device *, char *, char *,
    size_t);
void scsi_hba_pkt_comp(struct scsi_pkt *);
int scsi_device_identity(struct scsi_device *, int (*)(void));
char *scsi_hba_iport_unit_address(dev_info_t *);
int scsi_hba_iport_register(dev_info_t *, char *);
int scsi_hba_iport_exist(dev_info_t *);
dev_info_t *scsi_hba_iport_find(dev_info_t *, char *);

/* Flags of scsi_hba_attach_setup(9F), and of the framework. */
#define	SCSI_HBA_TRAN_CLONE	0x1
#define	SCSI_HBA_TRAN_PHCI	0x2
#define	SCSI_HBA_TRAN_CDB	0x4
#define	SCSI_HBA_TRAN_SCB	0x8
#define	SCSI_HBA_HBA	0x10
#define	SCSI_HBA_ADDR_SPI	0x20
#define	SCSI_HBA_ADDR_COMPLEX	0x40
#define	SCSI_HBA_SCSA_PHCI	0x10000
#define	SCSI_HBA_SCSA_TA	0x20000
#define	SCSI_HBA_SCSA_FM	0x40000

/* Flags of scsi_hba_tran_alloc(9F). */
#define	SCSI_HBA_CANSLEEP	0x1

/* Kinds of children. */
#define	SCSA_FLAVOR_SCSI_DEVICE	NDI_FLAVOR_VANILLA
#define	SCSA_FLAVOR_SMP	1
#define	SCSA_FLAVOR_IPORT	2
#define	SCSA_NFLAVORS	3
#define	SCSI_HBA_MAX_IPORTS	32
int scsi_hba_iportmap_create(dev_info_t *, int, int, scsi_hba_iportmap_t **);
int scsi_hba_iportmap_iport_add(scsi_hba_iportmap_t *, char *, void *);
int scsi_hba_iportmap_iport_remove(scsi_hba_iportmap_t *, char *);
void scsi_hba_iportmap_destroy(scsi_hba_iportmap_t *);

typedef enum {
	SCSI_TM_FULLSET = 0,
	SCSI_TM_PERADDR = 1
} scsi_tgtmap_mode_t;

typedef enum {
	SCSI_TGT_SCSI_DEVICE = 0,
	SCSI_TGT_SMP_DEVICE = 1,
	SCSI_TGT_NTYPES = 2
} scsi_tgtmap_tgt_type_t;

typedef enum {
	SCSI_TGT_DEACT_RSN_GONE = 0,
	SCSI_TGT_DEACT_RSN_CFG_FAIL = 1,
	SCSI_TGT_DEACT_RSN_UNSTBL = 2
} scsi_tgtmap_deact_rsn_t;

typedef void (*scsi_tgt_activate_cb_t)(void *, char *,
    scsi_tgtmap_tgt_type_t, void **);
typedef boolean_t (*scsi_tgt_deactivate_cb_t)(void *, char *,
    scsi_tgtmap_tgt_type_t, void *, scsi_tgtmap_deact_rsn_t);
int scsi_hba_tgtmap_create(dev_info_t *, scsi_tgtmap_mode_t, int, int, void *,
    scsi_tgt_activate_cb_t, scsi_tgt_deactivate_cb_t, scsi_hba_tgtmap_t **);
int scsi_hba_tgtmap_set_begin(scsi_hba_tgtmap_t *);
int scsi_hba_tgtmap_set_add(scsi_hba_tgtmap_t *, scsi_tgtmap_tgt_type_t,
    char *, void *);
int scsi_hba_tgtmap_set_end(scsi_hba_tgtmap_t *, uint_t);
int scsi_hba_tgtmap_set_flush(scsi_hba_tgtmap_t *);
int scsi_hba_tgtmap_tgt_add(scsi_hba_tgtmap_t *, scsi_tgtmap_tgt_type_t,
    char *, void *);
int scsi_hba_tgtmap_tgt_remove(scsi_hba_tgtmap_t *, scsi_tgtmap_tgt_type_t,
    char *);
void scsi_hba_tgtmap_destroy(scsi_hba_tgtmap_t *);

/* Minor numbers of an adapter. */
#define	INST_MINOR_SHIFT	6
#define	TRAN_MINOR_MASK	((1 << INST_MINOR_SHIFT) - 1)
#define	TRAN_OPEN_EXCL	((uint64_t)-1)
#define	DEVCTL_MINOR	0
#define	SCSI_MINOR	1
#define	INST2DEVCTL(inst)	((inst) << INST_MINOR_SHIFT | DEVCTL_MINOR)
#define	INST2SCSI(inst)	((inst) << INST_MINOR_SHIFT | SCSI_MINOR)
#define	MINOR2INST(minor)	((minor) >> INST_MINOR_SHIFT)
#define	SCSI_HBA_PROP_RECEPTACLE_LABEL	"receptacle-label"

#endif	/* _SYS_SCSI_IMPL_TRANSPORT_H */
