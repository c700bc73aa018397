/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Helpers of SCSI drivers: scsi_poll(9F), scsi_log(9F), scsi_cname(9F), names
 * of capabilities.
 */

#ifndef _SYS_SCSI_IMPL_SERVICES_H
#define	_SYS_SCSI_IMPL_SERVICES_H

#include <sys/scsi/scsi_pkt.h>
#include <sys/scsi/generic/sense.h>

struct scsi_device;

struct scsi_key_strings {
	int key;
	char *message;
};

struct scsi_asq_key_strings {
	ushort_t asc;
	ushort_t ascq;
	char *message;
};

int scsi_poll(struct scsi_pkt *);
struct scsi_pkt *get_pktiopb(struct scsi_address *, caddr_t *, int, int,
    int, int, int (*)(void));
void free_pktiopb(struct scsi_pkt *, caddr_t, int);
char *scsi_dname(int);
char *scsi_rname(uchar_t);
char *scsi_mname(uchar_t);
char *scsi_cname(uchar_t, char **);
char *scsi_cmd_name(uchar_t, struct scsi_key_strings *, char *);
char *scsi_sname(uchar_t);
char *scsi_esname(uint_t, char *);
char *scsi_asc_name(uint_t, uint_t, char *);
void scsi_generic_errmsg(struct scsi_device *, char *, int, daddr_t,
    daddr_t, uchar_t, struct scsi_key_strings *, uint8_t *, struct
    scsi_asq_key_strings *, char *(*)(struct scsi_device *, char *, int,
    uchar_t));
void scsi_vu_errmsg(struct scsi_device *, struct scsi_pkt *, char *, int,
    daddr_t, daddr_t, struct scsi_key_strings *, struct scsi_extended_sense *,
    struct scsi_asq_key_strings *, char *(*)(struct scsi_device *, char *, int,
    uchar_t));
void scsi_errmsg(struct scsi_device *, struct scsi_pkt *, char *, int, daddr_t,
    daddr_t, struct scsi_key_strings *, struct scsi_extended_sense *);
void scsi_log(dev_info_t *, char *, uint_t, const char *, ...);
extern char *scsi_state_bits;
extern char *sense_keys[23];
#define	SCSI_DEBUG	0xdeb00000

/* Severities of scsi_errmsg(9F). */
#define	SCSI_ERR_ALL	0
#define	SCSI_ERR_UNKNOWN	1
#define	SCSI_ERR_INFO	2
#define	SCSI_ERR_RECOVERED	3
#define	SCSI_ERR_RETRYABLE	4
#define	SCSI_ERR_FATAL	5
#define	SCSI_ERR_NONE	6

/* Capabilities, as scsi_hba_lookup_capstr(9F) numbers them. */
#define	SCSI_CAP_DMA_MAX	0
#define	SCSI_CAP_MSG_OUT	1
#define	SCSI_CAP_DISCONNECT	2
#define	SCSI_CAP_SYNCHRONOUS	3
#define	SCSI_CAP_WIDE_XFER	4
#define	SCSI_CAP_PARITY	5
#define	SCSI_CAP_INITIATOR_ID	6
#define	SCSI_CAP_UNTAGGED_QING	7
#define	SCSI_CAP_TAGGED_QING	8
#define	SCSI_CAP_ARQ	9
#define	SCSI_CAP_LINKED_CMDS	10
#define	SCSI_CAP_SECTOR_SIZE	11
#define	SCSI_CAP_TOTAL_SECTORS	12
#define	SCSI_CAP_GEOMETRY	13
#define	SCSI_CAP_RESET_NOTIFICATION	14
#define	SCSI_CAP_QFULL_RETRIES	15
#define	SCSI_CAP_QFULL_RETRY_INTERVAL	16
#define	SCSI_CAP_SCSI_VERSION	17
#define	SCSI_CAP_INTERCONNECT_TYPE	18
#define	SCSI_CAP_LUN_RESET	19
#define	SCSI_CAP_CDB_LEN	20
#define	SCSI_CAP_DMA_MAX_ARCH	21
#define	SCSI_CAP_TRAN_LAYER_RETRIES	22
#define	SCSI_CAP_ASCII	\
	{ "dma-max", "msg-out", "disconnect", "synchronous", "wide-xfer", \
	"parity", "initiator-id", "untagged-qing", "tagged-qing", \
	"auto-rqsense", "linked-cmds", "sector-size", "total-sectors", \
	"geometry", "reset-notification", "qfull-retries", \
	"qfull-retry-interval", "scsi-version", "interconnect-type", \
	"lun-reset", "max-cdb-length", "dma-max-arch", "tran-layer-retries", \
	NULL }

/* Values of "scsi-version". */
#define	SCSI_VERSION_1	1
#define	SCSI_VERSION_2	2
#define	SCSI_VERSION_3	3

/* Values of "interconnect-type". */
#define	INTERCONNECT_PARALLEL	1
#define	INTERCONNECT_FIBRE	2
#define	INTERCONNECT_1394	3
#define	INTERCONNECT_SSA	4
#define	INTERCONNECT_FABRIC	5
#define	INTERCONNECT_USB	6
#define	INTERCONNECT_ATAPI	7
#define	INTERCONNECT_ISCSI	8
#define	INTERCONNECT_IBSRP	9
#define	INTERCONNECT_SATA	10
#define	INTERCONNECT_SAS	11
#define	INTERCONNECT_MAX	12
#define	INTERCONNECT_PARALLEL_STR	"SPI"
#define	INTERCONNECT_FIBRE_STR	"FIBRE"
#define	INTERCONNECT_1394_STR	"1394"
#define	INTERCONNECT_SSA_STR	""
#define	INTERCONNECT_FABRIC_STR	"FABRIC"
#define	INTERCONNECT_USB_STR	"USB"
#define	INTERCONNECT_ATAPI_STR	"ATAPI"
#define	INTERCONNECT_ISCSI_STR	"iSCSI"
#define	INTERCONNECT_IBSRP_STR	"IB"
#define	INTERCONNECT_SATA_STR	"SATA"
#define	INTERCONNECT_SAS_STR	"SAS"
#define	INTERCONNECT_TYPE_ASCII	\
	{ "", INTERCONNECT_PARALLEL_STR, INTERCONNECT_FIBRE_STR, \
	INTERCONNECT_1394_STR, INTERCONNECT_SSA_STR, \
	INTERCONNECT_FABRIC_STR, INTERCONNECT_USB_STR, \
	INTERCONNECT_ATAPI_STR, INTERCONNECT_ISCSI_STR, \
	INTERCONNECT_IBSRP_STR, INTERCONNECT_SATA_STR, INTERCONNECT_SAS_STR, \
	NULL };
#define	scsi_cmd_decode	scsi_cname

#endif	/* _SYS_SCSI_IMPL_SERVICES_H */
