/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * SCSI commands from user level: uscsi(7I).
 */

#ifndef _SYS_SCSI_IMPL_USCSI_H
#define	_SYS_SCSI_IMPL_USCSI_H

#include <sys/types.h>
#include <sys/types32.h>
#include <sys/uio.h>
#include <sys/scsi/scsi_address.h>

struct scsi_pkt;
struct buf;

struct uscsi_cmd {
	int uscsi_flags;
	short uscsi_status;
	short uscsi_timeout;
	caddr_t uscsi_cdb;
	caddr_t uscsi_bufaddr;
	size_t uscsi_buflen;
	size_t uscsi_resid;
	uchar_t uscsi_cdblen;
	uchar_t uscsi_rqlen;
	uchar_t uscsi_rqstatus;
	uchar_t uscsi_rqresid;
	caddr_t uscsi_rqbuf;
	ulong_t uscsi_path_instance;
};

struct uscsi_cmd32 {
	int uscsi_flags;
	short uscsi_status;
	short uscsi_timeout;
	caddr32_t uscsi_cdb;
	caddr32_t uscsi_bufaddr;
	size32_t uscsi_buflen;
	size32_t uscsi_resid;
	uchar_t uscsi_cdblen;
	uchar_t uscsi_rqlen;
	uchar_t uscsi_rqstatus;
	uchar_t uscsi_rqresid;
	caddr32_t uscsi_rqbuf;
	uint32_t uscsi_path_instance;
};

/* Between the forms that programs of 32 and of 64 bits use. */
#define	uscsi_cmd32touscsi_cmd(u32, u)	\
	(u)->uscsi_flags = (u32)->uscsi_flags; \
	(u)->uscsi_status = (u32)->uscsi_status; \
	(u)->uscsi_timeout = (u32)->uscsi_timeout; \
	(u)->uscsi_cdb = (caddr_t)(uintptr_t)(u32)->uscsi_cdb; \
	(u)->uscsi_bufaddr = (caddr_t)(uintptr_t)(u32)->uscsi_bufaddr; \
	(u)->uscsi_buflen = (size_t)(u32)->uscsi_buflen; \
	(u)->uscsi_resid = (size_t)(u32)->uscsi_resid; \
	(u)->uscsi_cdblen = (u32)->uscsi_cdblen; \
	(u)->uscsi_rqlen = (u32)->uscsi_rqlen; \
	(u)->uscsi_rqstatus = (u32)->uscsi_rqstatus; \
	(u)->uscsi_rqresid = (u32)->uscsi_rqresid; \
	(u)->uscsi_rqbuf = (caddr_t)(uintptr_t)(u32)->uscsi_rqbuf; \
	(u)->uscsi_path_instance = (ulong_t)(u32)->uscsi_path_instance;
#define	uscsi_cmdtouscsi_cmd32(u, u32)	\
	(u32)->uscsi_flags = (u)->uscsi_flags; \
	(u32)->uscsi_status = (u)->uscsi_status; \
	(u32)->uscsi_timeout = (u)->uscsi_timeout; \
	(u32)->uscsi_cdb = (caddr32_t)(uintptr_t)(u)->uscsi_cdb; \
	(u32)->uscsi_bufaddr = (caddr32_t)(uintptr_t)(u)->uscsi_bufaddr; \
	(u32)->uscsi_buflen = (size32_t)(u)->uscsi_buflen; \
	(u32)->uscsi_resid = (size32_t)(u)->uscsi_resid; \
	(u32)->uscsi_cdblen = (u)->uscsi_cdblen; \
	(u32)->uscsi_rqlen = (u)->uscsi_rqlen; \
	(u32)->uscsi_rqstatus = (u)->uscsi_rqstatus; \
	(u32)->uscsi_rqresid = (u)->uscsi_rqresid; \
	(u32)->uscsi_rqbuf = (caddr32_t)(uintptr_t)(u)->uscsi_rqbuf; \
	(u32)->uscsi_path_instance = (uint32_t)(u)->uscsi_path_instance;

/* Uscsi_flags. */
#define	USCSI_SILENT	0x1
#define	USCSI_DIAGNOSE	0x2
#define	USCSI_ISOLATE	0x4
#define	USCSI_READ	0x8
#define	USCSI_WRITE	0x0
#define	USCSI_RESET	0x4000
#define	USCSI_RESET_TARGET	USCSI_RESET
#define	USCSI_RESET_ALL	0x8000
#define	USCSI_RQENABLE	0x10000
#define	USCSI_RENEGOT	0x20000
#define	USCSI_RESET_LUN	0x40000
#define	USCSI_PATH_INSTANCE	0x80000
#define	USCSI_ASYNC	0x1000
#define	USCSI_SYNC	0x2000
#define	USCSI_NOINTR	0x40
#define	USCSI_NOTAG	0x100
#define	USCSI_OTAG	0x200
#define	USCSI_HTAG	0x400
#define	USCSI_HEAD	0x800
#define	USCSI_NOPARITY	0x10
#define	USCSI_NODISCON	0x20
#define	USCSI_PMFAILFAST	0x100000
#define	USCSI_RESERVED	0xffe00000

struct uscsi_rqs {
	int rqs_flags;
	ushort_t rqs_buflen;
	ushort_t rqs_resid;
	caddr_t rqs_bufaddr;
};

struct uscsi_rqs32 {
	int rqs_flags;
	ushort_t rqs_buflen;
	ushort_t rqs_resid;
	caddr32_t rqs_bufaddr;
};

/* Rqs_flags. */
#define	RQS_OVR	0x1
#define	RQS_VALID	0x2

/* Ioctl(2) commands. */
#define	USCSIIOC	(0x04 << 8)
#define	USCSICMD	(USCSIIOC | 201)
struct uscsi_cmd *scsi_uscsi_alloc();
int scsi_uscsi_copyin(intptr_t, int, struct scsi_address *, struct
    uscsi_cmd **);
int scsi_uscsi_alloc_and_copyin(intptr_t, int, struct scsi_address *, struct
    uscsi_cmd **);
int scsi_uscsi_pktinit(struct uscsi_cmd *, struct scsi_pkt *);
int scsi_uscsi_handle_cmd(dev_t, enum uio_seg, struct uscsi_cmd *,
    int (*)(struct buf *), struct buf *, void *);
int scsi_uscsi_pktfini(struct scsi_pkt *, struct uscsi_cmd *);
int scsi_uscsi_copyout(intptr_t, struct uscsi_cmd *);
void scsi_uscsi_free(struct uscsi_cmd *);
int scsi_uscsi_copyout_and_free(intptr_t, struct uscsi_cmd *);

/* What else a driver may expect from this header. */
#include <sys/scsi/scsi_types.h>

#endif	/* _SYS_SCSI_IMPL_USCSI_H */
