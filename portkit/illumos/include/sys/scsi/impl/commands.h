/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The command block of a SCSI command as a union, and its fields by number:
 * scsi_setup_cdb(9F).
 */

#ifndef _SYS_SCSI_IMPL_COMMANDS_H
#define	_SYS_SCSI_IMPL_COMMANDS_H

#include <sys/types.h>
#include <sys/scsi/generic/commands.h>

struct scsi_pkt;
struct scsi_device;

#define	CDB_SIZE	CDB_GROUP5
#define	SCSI_CDB_SIZE	CDB_GROUP4

union scsi_cdb {
	struct {
		uchar_t cmd;
		uchar_t tag: 5;
		uchar_t lun: 3;
		union {
			uchar_t scsi[14];
			struct scsi_g0 {
				uchar_t addr1;
				uchar_t addr0;
				uchar_t count0;
				uchar_t link: 1;
				uchar_t flag: 1;
				uchar_t naca: 1;
				uchar_t rsvd: 3;
				uchar_t vu_56: 1;
				uchar_t vu_57: 1;
			} g0;
			struct scsi_g1 {
				uchar_t addr3;
				uchar_t addr2;
				uchar_t addr1;
				uchar_t addr0;
				uchar_t rsvd1;
				uchar_t count1;
				uchar_t count0;
				uchar_t link: 1;
				uchar_t flag: 1;
				uchar_t naca: 1;
				uchar_t rsvd0: 3;
				uchar_t vu_96: 1;
				uchar_t vu_97: 1;
			} g1;
			struct scsi_g4 {
				uchar_t addr3;
				uchar_t addr2;
				uchar_t addr1;
				uchar_t addr0;
				uchar_t addtl_cdb_data3;
				uchar_t addtl_cdb_data2;
				uchar_t addtl_cdb_data1;
				uchar_t addtl_cdb_data0;
				uchar_t count3;
				uchar_t count2;
				uchar_t count1;
				uchar_t count0;
				uchar_t rsvd1;
				uchar_t link: 1;
				uchar_t flag: 1;
				uchar_t naca: 1;
				uchar_t rsvd0: 3;
				uchar_t vu_156: 1;
				uchar_t vu_157: 1;
			} g4;
			struct scsi_g5 {
				uchar_t addr3;
				uchar_t addr2;
				uchar_t addr1;
				uchar_t addr0;
				uchar_t count3;
				uchar_t count2;
				uchar_t count1;
				uchar_t count0;
				uchar_t rsvd1;
				uchar_t link: 1;
				uchar_t flag: 1;
				uchar_t naca: 1;
				uchar_t rsvd0: 3;
				uchar_t vu_116: 1;
				uchar_t vu_117: 1;
			} g5;
		} sg;
	} cdb_un;
	uchar_t cdb_opaque[16];
	uint_t cdb_long[4];
};

/* Fields by group of command. */
#define	scc_cmd	cdb_un.cmd
#define	scc_lun	cdb_un.lun
#define	g0_addr2	cdb_un.tag
#define	g0_addr1	cdb_un.sg.g0.addr1
#define	g0_addr0	cdb_un.sg.g0.addr0
#define	g0_count0	cdb_un.sg.g0.count0
#define	g0_vu_1	cdb_un.sg.g0.vu_57
#define	g0_vu_0	cdb_un.sg.g0.vu_56
#define	g0_naca	cdb_un.sg.g0.naca
#define	g0_flag	cdb_un.sg.g0.flag
#define	g0_link	cdb_un.sg.g0.link
#define	t_code	cdb_un.tag
#define	high_count	cdb_un.sg.g0.addr1
#define	mid_count	cdb_un.sg.g0.addr0
#define	low_count	cdb_un.sg.g0.count0
#define	g1_reladdr	cdb_un.tag
#define	g1_rsvd0	cdb_un.sg.g1.rsvd1
#define	g1_addr3	cdb_un.sg.g1.addr3
#define	g1_addr2	cdb_un.sg.g1.addr2
#define	g1_addr1	cdb_un.sg.g1.addr1
#define	g1_addr0	cdb_un.sg.g1.addr0
#define	g1_count1	cdb_un.sg.g1.count1
#define	g1_count0	cdb_un.sg.g1.count0
#define	g1_vu_1	cdb_un.sg.g1.vu_97
#define	g1_vu_0	cdb_un.sg.g1.vu_96
#define	g1_naca	cdb_un.sg.g1.naca
#define	g1_flag	cdb_un.sg.g1.flag
#define	g1_link	cdb_un.sg.g1.link
#define	g4_reladdr	cdb_un.tag
#define	g4_addr3	cdb_un.sg.g4.addr3
#define	g4_addr2	cdb_un.sg.g4.addr2
#define	g4_addr1	cdb_un.sg.g4.addr1
#define	g4_addr0	cdb_un.sg.g4.addr0
#define	g4_addtl_cdb_data3	cdb_un.sg.g4.addtl_cdb_data3
#define	g4_addtl_cdb_data2	cdb_un.sg.g4.addtl_cdb_data2
#define	g4_addtl_cdb_data1	cdb_un.sg.g4.addtl_cdb_data1
#define	g4_addtl_cdb_data0	cdb_un.sg.g4.addtl_cdb_data0
#define	g4_count3	cdb_un.sg.g4.count3
#define	g4_count2	cdb_un.sg.g4.count2
#define	g4_count1	cdb_un.sg.g4.count1
#define	g4_count0	cdb_un.sg.g4.count0
#define	g4_rsvd0	cdb_un.sg.g4.rsvd1
#define	g4_vu_1	cdb_un.sg.g4.vu_157
#define	g4_vu_0	cdb_un.sg.g4.vu_156
#define	g4_naca	cdb_un.sg.g4.naca
#define	g4_flag	cdb_un.sg.g4.flag
#define	g4_link	cdb_un.sg.g4.link
#define	scc5_reladdr	cdb_un.tag
#define	scc5_addr3	cdb_un.sg.g5.addr3
#define	scc5_addr2	cdb_un.sg.g5.addr2
#define	scc5_addr1	cdb_un.sg.g5.addr1
#define	scc5_addr0	cdb_un.sg.g5.addr0
#define	scc5_count3	cdb_un.sg.g5.count3
#define	scc5_count2	cdb_un.sg.g5.count2
#define	scc5_count1	cdb_un.sg.g5.count1
#define	scc5_count0	cdb_un.sg.g5.count0
#define	scc5_rsvd0	cdb_un.sg.g5.rsvd1
#define	scc5_vu_1	cdb_un.sg.g5.v117
#define	scc5_vu_0	cdb_un.sg.g5.v116
#define	scc5_naca	cdb_un.sg.g5.naca
#define	scc5_flag	cdb_un.sg.g5.flag
#define	scc5_link	cdb_un.sg.g5.link

/* Numbers in a device's order of bytes, which may lie anywhere. */
#define	SCSI_READ16(p)	\
	((uint16_t)((uint8_t *)(p))[0] << 8 | \
	(uint16_t)((uint8_t *)(p))[1])
#define	SCSI_READ24(p)	\
	((uint32_t)((uint8_t *)(p))[0] << 16 | \
	(uint32_t)((uint8_t *)(p))[1] << 8 | \
	(uint32_t)((uint8_t *)(p))[2])
#define	SCSI_READ32(p)	\
	((uint32_t)((uint8_t *)(p))[0] << 24 | \
	(uint32_t)((uint8_t *)(p))[1] << 16 | \
	(uint32_t)((uint8_t *)(p))[2] << 8 | \
	(uint32_t)((uint8_t *)(p))[3])
#define	SCSI_READ40(p)	\
	((uint64_t)((uint8_t *)(p))[0] << 32 | \
	(uint64_t)((uint8_t *)(p))[1] << 24 | \
	(uint64_t)((uint8_t *)(p))[2] << 16 | \
	(uint64_t)((uint8_t *)(p))[3] << 8 | \
	(uint64_t)((uint8_t *)(p))[4])
#define	SCSI_READ48(p)	\
	((uint64_t)((uint8_t *)(p))[0] << 40 | \
	(uint64_t)((uint8_t *)(p))[1] << 32 | \
	(uint64_t)((uint8_t *)(p))[2] << 24 | \
	(uint64_t)((uint8_t *)(p))[3] << 16 | \
	(uint64_t)((uint8_t *)(p))[4] << 8 | \
	(uint64_t)((uint8_t *)(p))[5])
#define	SCSI_READ64(p)	\
	((uint64_t)((uint8_t *)(p))[0] << 56 | \
	(uint64_t)((uint8_t *)(p))[1] << 48 | \
	(uint64_t)((uint8_t *)(p))[2] << 40 | \
	(uint64_t)((uint8_t *)(p))[3] << 32 | \
	(uint64_t)((uint8_t *)(p))[4] << 24 | \
	(uint64_t)((uint8_t *)(p))[5] << 16 | \
	(uint64_t)((uint8_t *)(p))[6] << 8 | \
	(uint64_t)((uint8_t *)(p))[7])
#define	SCSI_WRITE16(p, v)	\
	((uint8_t *)(p))[0] = (uint8_t)((uint16_t)(v) >> 8), \
	((uint8_t *)(p))[1] = (uint8_t)((uint16_t)(v))
#define	SCSI_WRITE24(p, v)	\
	((uint8_t *)(p))[0] = (uint8_t)((uint32_t)(v) >> 16), \
	((uint8_t *)(p))[1] = (uint8_t)((uint32_t)(v) >> 8), \
	((uint8_t *)(p))[2] = (uint8_t)((uint32_t)(v))
#define	SCSI_WRITE32(p, v)	\
	((uint8_t *)(p))[0] = (uint8_t)((uint32_t)(v) >> 24), \
	((uint8_t *)(p))[1] = (uint8_t)((uint32_t)(v) >> 16), \
	((uint8_t *)(p))[2] = (uint8_t)((uint32_t)(v) >> 8), \
	((uint8_t *)(p))[3] = (uint8_t)((uint32_t)(v))
#define	SCSI_WRITE40(p, v)	\
	((uint8_t *)(p))[0] = (uint8_t)((uint64_t)(v) >> 32), \
	((uint8_t *)(p))[1] = (uint8_t)((uint64_t)(v) >> 24), \
	((uint8_t *)(p))[2] = (uint8_t)((uint64_t)(v) >> 16), \
	((uint8_t *)(p))[3] = (uint8_t)((uint64_t)(v) >> 8), \
	((uint8_t *)(p))[4] = (uint8_t)((uint64_t)(v))
#define	SCSI_WRITE48(p, v)	\
	((uint8_t *)(p))[0] = (uint8_t)((uint64_t)(v) >> 40), \
	((uint8_t *)(p))[1] = (uint8_t)((uint64_t)(v) >> 32), \
	((uint8_t *)(p))[2] = (uint8_t)((uint64_t)(v) >> 24), \
	((uint8_t *)(p))[3] = (uint8_t)((uint64_t)(v) >> 16), \
	((uint8_t *)(p))[4] = (uint8_t)((uint64_t)(v) >> 8), \
	((uint8_t *)(p))[5] = (uint8_t)((uint64_t)(v))
#define	SCSI_WRITE64(p, v)	\
	((uint8_t *)(p))[0] = (uint8_t)((uint64_t)(v) >> 56), \
	((uint8_t *)(p))[1] = (uint8_t)((uint64_t)(v) >> 48), \
	((uint8_t *)(p))[2] = (uint8_t)((uint64_t)(v) >> 40), \
	((uint8_t *)(p))[3] = (uint8_t)((uint64_t)(v) >> 32), \
	((uint8_t *)(p))[4] = (uint8_t)((uint64_t)(v) >> 24), \
	((uint8_t *)(p))[5] = (uint8_t)((uint64_t)(v) >> 16), \
	((uint8_t *)(p))[6] = (uint8_t)((uint64_t)(v) >> 8), \
	((uint8_t *)(p))[7] = (uint8_t)((uint64_t)(v))

/* Numbers out of pieces, each so many bits wide. */
#define	SCSI_MK8(hi, lo)	\
	((uint8_t)(hi) << 4 | (uint8_t)(lo))
#define	SCSI_MK12_4_8(hi, lo)	\
	((uint16_t)(hi) << 8 | (uint16_t)(lo))
#define	SCSI_MK12_8_4(hi, lo)	\
	((uint16_t)(hi) << 4 | (uint16_t)(lo))
#define	SCSI_MK16_4_8_4(hi, mid, lo)	\
	((uint16_t)(hi) << 12 | (uint16_t)(mid) << 4 | (uint16_t)(lo))
#define	SCSI_MK20_4_16(hi, lo)	\
	((uint32_t)(hi) << 16 | (uint32_t)(lo))
#define	SCSI_MK20_16_4(hi, lo)	\
	((uint32_t)(hi) << 4 | (uint32_t)(lo))
#define	SCSI_MK24_4_16_4(hi, mid, lo)	\
	((uint32_t)(hi) << 20 | (uint32_t)(mid) << 4 | (uint32_t)(lo))
#define	SCSI_MK36_4_32(hi, lo)	\
	((uint64_t)(hi) << 32 | (uint64_t)(lo))
#define	SCSI_MK36_32_4(hi, lo)	\
	((uint64_t)(hi) << 4 | (uint64_t)(lo))

/* Setting and getting what a command block says, by its group. */
#define	GETCMD(c)	((c)->scc_cmd & 0x1f)
#define	GETGROUP(c)	CDB_GROUPID((c)->scc_cmd)
#define	GETG0TAG(c)	((c)->g0_addr2)
#define	GETG1TAG(c)	((c)->g1_reladdr)
#define	GETG4TAG(c)	((c)->g4_reladdr)
#define	GETG5TAG(c)	((c)->scc5_reladdr)
#define	FORMG0COUNT(c, n)	(c)->g0_count0 = (n)
#define	FORMG0ADDR(c, lba)	\
	(c)->g0_addr2 = (lba) >> 16; \
	(c)->g0_addr1 = ((lba) >> 8) & 0xff; \
	(c)->g0_addr0 = (lba) & 0xff
#define	GETG0COUNT(c)	((c)->g0_count0)
#define	GETG0ADDR(c)	\
	(((c)->g0_addr2 & 0x1f) << 16 | \
	(c)->g0_addr1 << 8 | \
	(c)->g0_addr0)
#define	FORMG0COUNT_S(c, n)	\
	(c)->high_count = (n) >> 16; \
	(c)->mid_count = ((n) >> 8) & 0xff; \
	(c)->low_count = (n) & 0xff
#define	FORMG1COUNT(c, n)	\
	(c)->g1_count1 = (n) >> 8; \
	(c)->g1_count0 = (n) & 0xff
#define	FORMG1ADDR(c, lba)	\
	(c)->g1_addr3 = (lba) >> 24; \
	(c)->g1_addr2 = ((lba) >> 16) & 0xff; \
	(c)->g1_addr1 = ((lba) >> 8) & 0xff; \
	(c)->g1_addr0 = (lba) & 0xff
#define	GETG1COUNT(c)	\
	((c)->g1_count1 << 8 | \
	(c)->g1_count0)
#define	GETG1ADDR(c)	\
	((c)->g1_addr3 << 24 | \
	(c)->g1_addr2 << 16 | \
	(c)->g1_addr1 << 8 | \
	(c)->g1_addr0)
#define	FORMG4COUNT(c, n)	\
	(c)->g4_count3 = (n) >> 24; \
	(c)->g4_count2 = ((n) >> 16) & 0xff; \
	(c)->g4_count1 = ((n) >> 8) & 0xff; \
	(c)->g4_count0 = (n) & 0xff
#define	FORMG4LONGADDR(c, lba)	\
	(c)->g4_addr3 = (lba) >> 56; \
	(c)->g4_addr2 = ((lba) >> 48) & 0xff; \
	(c)->g4_addr1 = ((lba) >> 40) & 0xff; \
	(c)->g4_addr0 = ((lba) >> 32) & 0xff; \
	(c)->g4_addtl_cdb_data3 = ((lba) >> 24) & 0xff; \
	(c)->g4_addtl_cdb_data2 = ((lba) >> 16) & 0xff; \
	(c)->g4_addtl_cdb_data1 = ((lba) >> 8) & 0xff; \
	(c)->g4_addtl_cdb_data0 = (lba) & 0xff
#define	GETG4COUNT(c)	\
	((c)->g4_count3 << 24 | \
	(c)->g4_count2 << 16 | \
	(c)->g4_count1 << 8 | \
	(c)->g4_count0)
#define	GETG4LONGADDR(c)	\
	((diskaddr_t)(c)->g4_addr3 << 56 | \
	(diskaddr_t)(c)->g4_addr2 << 48 | \
	(diskaddr_t)(c)->g4_addr1 << 40 | \
	(diskaddr_t)(c)->g4_addr0 << 32 | \
	(diskaddr_t)(c)->g4_addtl_cdb_data3 << 24 | \
	(diskaddr_t)(c)->g4_addtl_cdb_data2 << 16 | \
	(diskaddr_t)(c)->g4_addtl_cdb_data1 << 8 | \
	(diskaddr_t)(c)->g4_addtl_cdb_data0)
#define	FORMG4ADDR(c, lba)	\
	(c)->g4_addr3 = (lba) >> 24; \
	(c)->g4_addr2 = ((lba) >> 16) & 0xff; \
	(c)->g4_addr1 = ((lba) >> 8) & 0xff; \
	(c)->g4_addr0 = (lba) & 0xff
#define	FORMG4ADDTL(c, data)	\
	(c)->g4_addtl_cdb_data3 = (data) >> 24; \
	(c)->g4_addtl_cdb_data2 = ((data) >> 16) & 0xff; \
	(c)->g4_addtl_cdb_data1 = ((data) >> 8) & 0xff; \
	(c)->g4_addtl_cdb_data0 = (data) & 0xff
#define	GETG4ADDR(c)	\
	((c)->g4_addr3 << 24 | \
	(c)->g4_addr2 << 16 | \
	(c)->g4_addr1 << 8 | \
	(c)->g4_addr0)
#define	GETG4ADDRTL(c)	\
	((c)->g4_addtl_cdb_data3 << 24 | \
	(c)->g4_addtl_cdb_data2 << 16 | \
	(c)->g4_addtl_cdb_data1 << 8 | \
	(c)->g4_addtl_cdb_data0)
#define	FORMG5COUNT(c, n)	\
	(c)->scc5_count3 = (n) >> 24; \
	(c)->scc5_count2 = ((n) >> 16) & 0xff; \
	(c)->scc5_count1 = ((n) >> 8) & 0xff; \
	(c)->scc5_count0 = (n) & 0xff
#define	FORMG5ADDR(c, lba)	\
	(c)->scc5_addr3 = (lba) >> 24; \
	(c)->scc5_addr2 = ((lba) >> 16) & 0xff; \
	(c)->scc5_addr1 = ((lba) >> 8) & 0xff; \
	(c)->scc5_addr0 = (lba) & 0xff
#define	GETG5ADDR(c)	\
	((c)->scc5_addr3 << 24 | \
	(c)->scc5_addr2 << 16 | \
	(c)->scc5_addr1 << 8 | \
	(c)->scc5_addr0)
#define	GETG5COUNT(c)	\
	((c)->scc5_count3 << 24 | \
	(c)->scc5_count2 << 16 | \
	(c)->scc5_count1 << 8 | \
	(c)->scc5_count0)

/* Whole commands of devices before SCSI-3, which have the unit in the block. */
#define	MAKECOM_COMMON(p, sd, flags, opcode)	\
	(p)->pkt_flags = (flags), (p)->pkt_address = (sd)->sd_address, \
	((union scsi_cdb *)(p)->pkt_cdbp)->scc_lun = (p)->pkt_address.a_lun, \
	((union scsi_cdb *)(p)->pkt_cdbp)->scc_cmd = (opcode)
#define	MAKECOM_G0(p, sd, flags, opcode, lba, n)	\
	MAKECOM_COMMON(p, sd, flags, opcode), \
	FORMG0ADDR((union scsi_cdb *)(p)->pkt_cdbp, lba), \
	FORMG0COUNT((union scsi_cdb *)(p)->pkt_cdbp, n)
#define	MAKECOM_G1(p, sd, flags, opcode, lba, n)	\
	MAKECOM_COMMON(p, sd, flags, opcode), \
	FORMG1ADDR((union scsi_cdb *)(p)->pkt_cdbp, lba), \
	FORMG1COUNT((union scsi_cdb *)(p)->pkt_cdbp, n)
#define	MAKECOM_G5(p, sd, flags, opcode, lba, n)	\
	MAKECOM_COMMON(p, sd, flags, opcode), \
	FORMG5ADDR((union scsi_cdb *)(p)->pkt_cdbp, lba), \
	FORMG5COUNT((union scsi_cdb *)(p)->pkt_cdbp, n)
#define	MAKECOM_G0_S(p, sd, flags, opcode, n, fixed)	\
	MAKECOM_COMMON(p, sd, flags, opcode), \
	FORMG0COUNT_S((union scsi_cdb *)(p)->pkt_cdbp, n), \
	((union scsi_cdb *)(p)->pkt_cdbp)->t_code = (fixed)
#define	fmt_parm_bits	g0_addr2
#define	fmt_interleave	g0_count0
#define	defect_list_descrip	g1_addr3
#define	FPB_BFI	0x4
#define	FPB_CMPLT	0x8
#define	FPB_DATA	0x10
#define	DLD_MAN_DEF_LIST	0x10
#define	DLD_GROWN_DEF_LIST	0x8
#define	DLD_BLOCK_FORMAT	0x0
#define	DLD_BFI_FORMAT	0x4
#define	DLD_PS_FORMAT	0x5
#define	CDB_FLAG_NACA	0x4
#define	RDEF_ALL	0
#define	RDEF_MANUF	1
#define	RDEF_CKLEN	2
#define	ST506_NDEFECT	127
#define	ESDI_NDEFECT	ST506_NDEFECT

struct scsi_bfi_defect {
	unsigned int cyl: 24;
	unsigned int head: 8;
	int bytes_from_index;
};

struct scsi_format_params {
	ushort_t reserved;
	ushort_t length;
	struct scsi_bfi_defect list[127];
};

struct scsi_defect_hdr {
	uchar_t reserved;
	uchar_t descriptor;
	ushort_t length;
};

struct scsi_defect_list {
	uchar_t reserved;
	uchar_t descriptor;
	ushort_t length;
	struct scsi_bfi_defect list[127];
};

struct scsi_reassign_blk {
	ushort_t reserved;
	ushort_t length;
	uint_t defect;
};

struct scsi_capacity {
	uint_t capacity;
	uint_t lbasize;
};

struct scsi_capacity_16 {
	uint64_t sc_capacity;
	uint_t sc_lbasize;
	uchar_t sc_rto_en: 1;
	uchar_t sc_prot_en: 1;
	uchar_t sc_rsvd0: 6;
	uchar_t sc_rsvd1[19];
};

void makecom_g0(struct scsi_pkt *, struct scsi_device *, int, int, int, int);
void makecom_g0_s(struct scsi_pkt *, struct scsi_device *, int, int, int, int);
void makecom_g1(struct scsi_pkt *, struct scsi_device *, int, int, int, int);
void makecom_g5(struct scsi_pkt *, struct scsi_device *, int, int, int, int);
int scsi_setup_cdb(union scsi_cdb *, uchar_t, uint_t, uint_t, uint_t);

#endif	/* _SYS_SCSI_IMPL_COMMANDS_H */
