/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where a SCSI command goes: scsi_address(9S), and the forms of unit numbers.
 */

#ifndef _SYS_SCSI_SCSI_ADDRESS_H
#define	_SYS_SCSI_SCSI_ADDRESS_H

#include <sys/types.h>
#include <sys/param.h>
#include <sys/scsi/scsi_params.h>

struct scsi_hba_tran;
struct scsi_device;

struct scsi_address {
	struct scsi_hba_tran *a_hba_tran;
	union {
		struct {
			ushort_t a_target;
			uchar_t a_lun;
			uchar_t _a_sublun;
		} spi;
		struct scsi_device *a_sd;
	} a;
};

#define	a_target	a.spi.a_target
#define	a_lun	a.spi.a_lun
#define	a_sublun	a.spi._a_sublun

/* Properties that make up a unit address. */
#define	SCSI_ADDR_PROP_TARGET	"target"
#define	SCSI_ADDR_PROP_LUN	"lun"
#define	SCSI_ADDR_PROP_TARGET_PORT	"target-port"
#define	SCSI_ADDR_PROP_LUN64	"lun64"
#define	SCSI_ADDR_PROP_SFUNC	"sfunc"
#define	SCSI_ADDR_PROP_IPORTUA	"scsi-iport"
#define	SCSI_ADDR_PROP_SATA_PHY	"sata-phy"
#define	SCSI_ADDR_PROP_INITIATOR_PORT	"initiator-port"
#define	SCSI_ADDR_PROP_ATTACHED_PORT	"attached-port"
#define	SCSI_ADDR_PROP_BRIDGE_PORT	"bridge-port"
typedef uint64_t scsi_lun64_t;
#define	PRIlun64	PRIx64
#define	SCSI_LUN64_ILLEGAL	(-1L)

struct scsi_lun {
	uchar_t sl_lun1_msb;
	uchar_t sl_lun1_lsb;
	uchar_t sl_lun2_msb;
	uchar_t sl_lun2_lsb;
	uchar_t sl_lun3_msb;
	uchar_t sl_lun3_lsb;
	uchar_t sl_lun4_msb;
	uchar_t sl_lun4_lsb;
};

typedef struct scsi_lun scsi_lun_t;

/* Addressing methods of a unit number. */
#define	SCSI_LUN_AM_MASK	0xc0
#define	SCSI_LUN_AM_PDEV	0x0
#define	SCSI_LUN_AM_FLAT	0x40
#define	SCSI_LUN_AM_LUN	0x80
#define	SCSI_LUN_AM_EFLAT	0xc0
#define	SCSI_LUN_AM_ELUN	0xc0
scsi_lun64_t scsi_lun_to_lun64(scsi_lun_t);
scsi_lun_t scsi_lun64_to_lun(scsi_lun64_t);
int scsi_wwnstr_to_wwn(const char *, uint64_t *);
char *scsi_wwn_to_wwnstr(uint64_t, int, char *);
void scsi_wwnstr_hexcase(char *, int);
const char *scsi_wwnstr_skip_ua_prefix(const char *);
void scsi_free_wwnstr(char *);
#define	SCSI_WWN_STRLEN	16
#define	SCSI_WWN_UA_STRLEN	17
#define	SCSI_WWN_BUFLEN	SCSI_MAXNAMELEN

#endif	/* _SYS_SCSI_SCSI_ADDRESS_H */
