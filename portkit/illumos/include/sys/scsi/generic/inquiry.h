/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What INQUIRY answers: scsi_inquiry(9S), device types, VPD pages.
 */

#ifndef _SYS_SCSI_GENERIC_INQUIRY_H
#define	_SYS_SCSI_GENERIC_INQUIRY_H

#include <sys/types.h>

struct scsi_inquiry {
	uchar_t inq_dtype;
	uchar_t inq_qual: 7;
	uchar_t inq_rmb: 1;
	uchar_t inq_ansi: 3;
	uchar_t inq_ecma: 3;
	uchar_t inq_iso: 2;
	uchar_t inq_rdf: 4;
	uchar_t inq_hisup: 1;
	uchar_t inq_normaca: 1;
	uchar_t inq_trmiop: 1;
	uchar_t inq_aenc: 1;
	uchar_t inq_len;
	uchar_t inq_protect: 1;
	uchar_t inq_5_1: 1;
	uchar_t inq_5_2: 1;
	uchar_t inq_3pc: 1;
	uchar_t inq_tpgs: 2;
	uchar_t inq_acc: 1;
	uchar_t inq_sccs: 1;
	uchar_t inq_addr16: 1;
	uchar_t inq_addr32: 1;
	uchar_t inq_ackqreqq: 1;
	uchar_t inq_mchngr: 1;
	uchar_t inq_dualp: 1;
	uchar_t inq_port: 1;
	uchar_t inq_encserv: 1;
	uchar_t inq_bque: 1;
	uchar_t inq_sftre: 1;
	uchar_t inq_cmdque: 1;
	uchar_t inq_trandis: 1;
	uchar_t inq_linked: 1;
	uchar_t inq_sync: 1;
	uchar_t inq_wbus16: 1;
	uchar_t inq_wbus32: 1;
	uchar_t inq_reladdr: 1;
	char inq_vid[8];
	char inq_pid[16];
	char inq_revision[4];
	char inq_serial[12];
	uchar_t __inq_48: 8;
	uchar_t __inq_49: 8;
	uchar_t __inq_50: 8;
	uchar_t __inq_51: 8;
	uchar_t __inq_52: 8;
	uchar_t __inq_53: 8;
	uchar_t __inq_54: 8;
	uchar_t __inq_55: 8;
	uchar_t inq_ius: 1;
	uchar_t inq_qas: 1;
	uchar_t inq_clk: 2;
	uchar_t __inq_56_4: 1;
	uchar_t __inq_56_5: 1;
	uchar_t __inq_56_6: 1;
	uchar_t __inq_56_7: 1;
	uchar_t __inq_57: 8;
	struct inq_vd {
		uchar_t inq_vd_msb;
		uchar_t inq_vd_lsb;
	} inq_vd[8];
	uchar_t __inq_74_127[58];
};

/* Peripheral device types. */
#define	DTYPE_DIRECT	0x0
#define	DTYPE_SEQUENTIAL	0x1
#define	DTYPE_PRINTER	0x2
#define	DTYPE_PROCESSOR	0x3
#define	DTYPE_WORM	0x4
#define	DTYPE_RODIRECT	0x5
#define	DTYPE_SCANNER	0x6
#define	DTYPE_OPTICAL	0x7
#define	DTYPE_CHANGER	0x8
#define	DTYPE_COMM	0x9
#define	DTYPE_ARRAY_CTRL	0xc
#define	DTYPE_ESI	0xd
#define	DTYPE_RBC	0xe
#define	DTYPE_OCRW	0xf
#define	DTYPE_BCC	0x10
#define	DTYPE_OSD	0x11
#define	DTYPE_ADC	0x12
#define	DTYPE_WELLKNOWN	0x1e
#define	DTYPE_UNKNOWN	0x1f
#define	DTYPE_MASK	0x1f
#define	DTYPE_ASCII	\
	{ "Direct Access", "Sequential Access", "Printer", "Processor", \
	"Write-Once/Read-Many", "Read-Only Direct Access", "Scanner", \
	"Optical", "Changer", "Communications", "Unknown-0A", "Unknown-0B", \
	"Array Controller", "Enclosure-Services", \
	"Simplified-Direct-Access", "Optical-Card", "Bridge", \
	"Object-Storage", NULL }

/* Peripheral qualifiers. */
#define	DPQ_MASK	0x60
#define	DPQ_POSSIBLE	0x0
#define	DPQ_SUPPORTED	0x20
#define	DPQ_NEVER	0x60
#define	DPQ_VUNIQ	0x80
#define	DTYPE_NOTPRESENT	(DPQ_NEVER | DTYPE_UNKNOWN)

/* Response data formats. */
#define	RDF_LEVEL0	0x0
#define	RDF_CCS	0x1
#define	RDF_SCSI2	0x2
#define	RDF_SCSI_SPC	0x3
#define	RDF_SCSI_SPC2	0x4
#define	RDF_SCSI_SPC3	0x5
#define	RDF_SCSI_SPC4	0x6
#define	TPGS_FAILOVER_NONE	0x0
#define	TPGS_FAILOVER_IMPLICIT	0x1
#define	TPGS_FAILOVER_EXPLICIT	0x2
#define	TPGS_FAILOVER_BOTH	0x3

struct vpd_hdr {
	uchar_t device_type: 4;
	uchar_t periph_qual: 4;
	uchar_t page_code;
	uchar_t page_len[2];
};

struct vpd_desc {
	uchar_t code_set: 4;
	uchar_t proto_id: 4;
	uchar_t id_type: 4;
	uchar_t association: 2;
	uchar_t : 1;
	uchar_t piv: 1;
	uchar_t resrv1;
	uchar_t len;
};

#define	PM_CAPABLE_PM_MASK	0xffff
#define	PM_CAPABLE_CCS	RDF_CCS
#define	PM_CAPABLE_SCSI2	RDF_SCSI2
#define	PM_CAPABLE_SPC	RDF_SCSI_SPC
#define	PM_CAPABLE_SPC2	RDF_SCSI_SPC2
#define	PM_CAPABLE_SPC3	RDF_SCSI_SPC3
#define	PM_CAPABLE_SPC4	RDF_SCSI_SPC4
#define	PM_CAPABLE_LOG_MASK	0xffff0000
#define	PM_CAPABLE_LOG_SUPPORTED	0x10000
#define	PM_CAPABLE_SMART_LOG	0x20000

#include <sys/scsi/impl/inquiry.h>

#endif	/* _SYS_SCSI_GENERIC_INQUIRY_H */
