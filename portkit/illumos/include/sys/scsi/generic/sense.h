/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Sense data: scsi_extended_sense(9S), and the descriptor format of SPC-3.
 */

#ifndef _SYS_SCSI_GENERIC_SENSE_H
#define	_SYS_SCSI_GENERIC_SENSE_H

#include <sys/types.h>

struct scsi_sense {
	uchar_t ns_code: 4;
	uchar_t ns_class: 3;
	uchar_t ns_valid: 1;
	uchar_t ns_lba_hi: 5;
	uchar_t ns_vu: 3;
	uchar_t ns_lba_mid;
	uchar_t ns_lba_lo;
};

#define	CLASS_EXTENDED_SENSE	0x7
#define	ADDL_SENSE_ADJUST	0x8
#define	MIN_FIXED_SENSE_LEN	0xe

struct scsi_extended_sense {
	uchar_t es_code: 4;
	uchar_t es_class: 3;
	uchar_t es_valid: 1;
	uchar_t es_segnum;
	uchar_t es_key: 4;
	uchar_t : 1;
	uchar_t es_ili: 1;
	uchar_t es_eom: 1;
	uchar_t es_filmk: 1;
	uchar_t es_info_1;
	uchar_t es_info_2;
	uchar_t es_info_3;
	uchar_t es_info_4;
	uchar_t es_add_len;
	uchar_t es_cmd_info[4];
	uchar_t es_add_code;
	uchar_t es_qual_code;
	uchar_t es_fru_code;
	uchar_t es_skey_specific[3];
	uchar_t es_add_info[2];
};

#define	CODE_FMT_FIXED_CURRENT	0x0
#define	CODE_FMT_FIXED_DEFERRED	0x1
#define	CODE_FMT_DESCR_CURRENT	0x2
#define	CODE_FMT_DESCR_DEFERRED	0x3
#define	CODE_FMT_VENDOR_SPECIFIC	0xf
#define	SCSI_IS_DESCR_SENSE(sense)	\
	((*(uchar_t *)(sense) & 0xe) == CODE_FMT_DESCR_CURRENT)

/* Sense keys. */
#define	KEY_NO_SENSE	0x0
#define	KEY_RECOVERABLE_ERROR	0x1
#define	KEY_NOT_READY	0x2
#define	KEY_MEDIUM_ERROR	0x3
#define	KEY_HARDWARE_ERROR	0x4
#define	KEY_ILLEGAL_REQUEST	0x5
#define	KEY_UNIT_ATTENTION	0x6
#define	KEY_WRITE_PROTECT	0x7
#define	KEY_DATA_PROTECT	KEY_WRITE_PROTECT
#define	KEY_BLANK_CHECK	0x8
#define	KEY_VENDOR_UNIQUE	0x9
#define	KEY_COPY_ABORTED	0xa
#define	KEY_ABORTED_COMMAND	0xb
#define	KEY_EQUAL	0xc
#define	KEY_VOLUME_OVERFLOW	0xd
#define	KEY_MISCOMPARE	0xe
#define	KEY_RESERVED	0xf

struct scsi_descr_sense_hdr {
	uchar_t ds_code: 4;
	uchar_t ds_class: 3;
	uchar_t ds_reserved: 1;
	uchar_t ds_key: 4;
	uchar_t ds_reserved2: 4;
	uchar_t ds_add_code;
	uchar_t ds_qual_code;
	uchar_t ds_reserved3[3];
	uchar_t ds_addl_sense_length;
};

struct scsi_information_sense_descr {
	uchar_t isd_descr_type;
	uchar_t isd_addl_length;
	uchar_t isd_reserved1: 7;
	uchar_t isd_valid: 1;
	uchar_t isd_reserved2;
	uchar_t isd_information[8];
};

struct scsi_cmd_specific_sense_descr {
	uchar_t css_descr_type;
	uchar_t css_addl_length;
	uchar_t css_reserved[2];
	uchar_t css_cmd_specific_info[8];
};

union scsi_sk_specific_data {
	struct {
		uchar_t bit_pointer: 3;
		uchar_t bpv: 1;
		uchar_t reserved: 2;
		uchar_t cd: 1;
		uchar_t sksv: 1;
		uchar_t field_pointer[2];
	} fp;
	struct {
		uchar_t sksv;
		uchar_t actual_retry_count[2];
	} arc;
	struct {
		uchar_t sksv;
		uchar_t progress_indication[2];
	} pi;
	struct {
		uchar_t bit_pointer: 3;
		uchar_t bpv: 1;
		uchar_t reserved: 1;
		uchar_t sd: 1;
		uchar_t reserved2: 1;
		uchar_t sksv: 1;
		uchar_t field_pointer[2];
	} sp;
};

struct scsi_sk_specific_sense_descr {
	uchar_t sss_descr_type;
	uchar_t sss_addl_length;
	uchar_t sss_reserved[2];
	union scsi_sk_specific_data sss_data;
	uchar_t sss_reserved2;
};

struct scsi_fru_sense_descr {
	uchar_t fs_descr_type;
	uchar_t fs_addl_length;
	uchar_t fs_reserved;
	uchar_t fs_fru_code;
};

struct scsi_stream_cmd_data {
	uchar_t scs_reserved2: 5;
	uchar_t scs_ili: 1;
	uchar_t scs_eom: 1;
	uchar_t scs_filemark: 1;
};

struct scsi_stream_cmd_sense_descr {
	uchar_t scs_descr_type;
	uchar_t scs_addl_length;
	uchar_t scs_reserved;
	struct scsi_stream_cmd_data scs_data;
};

struct scsi_block_cmd_sense_descr {
	uchar_t bcs_descr_type;
	uchar_t bcs_addl_length;
	uchar_t bcs_reserved;
	uchar_t bcs_reserved2: 5;
	uchar_t bcs_ili: 1;
	uchar_t bcs_reserved3: 2;
};

struct scsi_ata_status_ret_sense_descr {
	uchar_t ars_descr_type;
	uchar_t ars_addl_length;
	uchar_t ars_extend: 1;
	uchar_t ars_reserved1: 7;
	uchar_t ars_error;
	uchar_t ars_sec_count_msb;
	uchar_t ars_sec_count_lsb;
	uchar_t ars_lba_low_msb;
	uchar_t ars_lba_low_lsb;
	uchar_t ars_lba_mid_msb;
	uchar_t ars_lba_mid_lsb;
	uchar_t ars_lba_high_msb;
	uchar_t ars_lba_high_lsb;
	uchar_t ars_device;
	uchar_t ars_status;
};

struct scsi_vendor_specific_sense_descr {
	uchar_t vss_descr_type;
	uchar_t vss_addl_length;
	uchar_t vss_vendor_specific_info[1];
};

/* Types of sense descriptors. */
#define	DESCR_INFORMATION	0x0
#define	DESCR_COMMAND_SPECIFIC	0x1
#define	DESCR_SENSE_KEY_SPECIFIC	0x2
#define	DESCR_FRU	0x3
#define	DESCR_STREAM_COMMANDS	0x4
#define	DESCR_BLOCK_COMMANDS	0x5
#define	DESCR_OSD_OID	0x6
#define	DESCR_OSD_RESP_INTEGRITY	0x7
#define	DESCR_OSD_ATTR_ID	0x8
#define	DESCR_ATA_STATUS_RETURN	0x9

#include <sys/scsi/impl/sense.h>

#endif	/* _SYS_SCSI_GENERIC_SENSE_H */
