/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Messages of parallel SCSI.
 */

#ifndef _SYS_SCSI_GENERIC_MESSAGE_H
#define	_SYS_SCSI_GENERIC_MESSAGE_H

#define	MSG_COMMAND_COMPLETE	0x0
#define	MSG_SAVE_DATA_PTR	0x2
#define	MSG_RESTORE_PTRS	0x3
#define	MSG_DISCONNECT	0x4
#define	MSG_INITIATOR_ERROR	0x5
#define	MSG_ABORT	0x6
#define	MSG_REJECT	0x7
#define	MSG_NOP	0x8
#define	MSG_MSG_PARITY	0x9
#define	MSG_LINK_CMPLT	0xa
#define	MSG_LINK_CMPLT_FLAG	0xb
#define	MSG_DEVICE_RESET	0xc
#define	MSG_ABORT_TAG	0xd
#define	MSG_CLEAR_QUEUE	0xe
#define	MSG_INITIATE_RECOVERY	0xf
#define	MSG_RELEASE_RECOVERY	0x10
#define	MSG_TERMINATE_PROCESS	0x11
#define	MSG_CONTINUE_TASK	0x12
#define	MSG_TARGET_TRAN_DIS	0x13
#define	MSG_CLEAR_ACA	0x16

/* Extended messages. */
#define	MSG_EXTENDED	0x1
#define	MSG_MODIFY_DATA_PTR	0x0
#define	MSG_SYNCHRONOUS	0x1
#define	MSG_IDENTIFY_EXTENDED	0x2
#define	MSG_WIDE_DATA_XFER	0x3
#define	MSG_PARALLEL_PROTOCOL	0x4
#define	OPT_IU	0x1
#define	OPT_DT	0x2
#define	OPT_QAS_REQ	0x4

/* Messages of two bytes. */
#define	MSG_SIMPLE_QTAG	0x20
#define	MSG_HEAD_QTAG	0x21
#define	MSG_ORDERED_QTAG	0x22
#define	MSG_IGNORE_WIDE_RESID	0x23
#define	MSG_ACA	0x24
#define	MSG_LUN_RESET	0x25
#define	MSG_IDENTIFY	0x80
#define	INI_CAN_DISCON	0x40
#define	MSG_DR_IDENTIFY	(MSG_IDENTIFY | INI_CAN_DISCON)
#define	MSG_LUNTAR	0x20
#define	MSG_LUNRTN	0x7
#define	BAD_IDENTIFY	0x18
#define	IS_IDENTIFY_MSG(m)	\
	(((m) & (MSG_IDENTIFY | BAD_IDENTIFY)) == MSG_IDENTIFY)
#define	IS_IDENTIFY_MSG_SCSI3(m)	((m) & MSG_IDENTIFY)
#define	IS_EXTENDED_MSG(m)	((m) == MSG_EXTENDED)
#define	IS_2BYTE_MSG(m)	(((m) >> 4) == 2)
#define	IS_1BYTE_MSG(m)	((m) != MSG_EXTENDED && (((m) >> 4) == 0 || \
	IS_IDENTIFY_MSG(m)))

#endif	/* _SYS_SCSI_GENERIC_MESSAGE_H */
