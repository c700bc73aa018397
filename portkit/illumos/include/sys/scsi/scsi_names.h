/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Prefixes and lengths of SCSI names of devices.
 */

#ifndef _SYS_SCSI_SCSI_NAMES_H
#define	_SYS_SCSI_SCSI_NAMES_H

#define	SNS_EUI	"eui"
#define	SNS_IQN	"iqn"
#define	SNS_MAC	"mac"
#define	SNS_NAA	"naa"
#define	SNS_WWN	"wwn"
#define	SNS_EUI_16	16
#define	SNS_IQN_223	223
#define	SNS_MAC_12	12
#define	SNS_NAA_16	16
#define	SNS_NAA_32	32
#define	SNS_WWN_16	16

#endif	/* _SYS_SCSI_SCSI_NAMES_H */
