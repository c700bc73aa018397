/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The ioctl(2) commands of a disk: dkio(7I).
 */

#ifndef _SYS_DKIO_H
#define	_SYS_DKIO_H

#include <sys/types.h>

#define	DK_DEVLEN	16
/* DKIOCINFO: what a disk is attached to. */
struct dk_cinfo {
	char dki_cname[16];
	ushort_t dki_ctype;
	ushort_t dki_flags;
	ushort_t dki_cnum;
	uint_t dki_addr;
	uint_t dki_space;
	uint_t dki_prio;
	uint_t dki_vec;
	char dki_dname[16];
	uint_t dki_unit;
	uint_t dki_slave;
	ushort_t dki_partition;
	ushort_t dki_maxtransfer;
};

#define	DKC_UNKNOWN	0
#define	DKC_CDROM	1
#define	DKC_SCSI_CCS	13
#define	DKC_MD	16
#define	DKC_DIRECT	20
#define	DKC_PCMCIA_ATA	22
#define	DKC_VBD	23
#define	DKC_BLKDEV	24

/* DKIOCGGEOM: its geometry, or one made up. */
struct dk_geom {
	unsigned short dkg_ncyl;
	unsigned short dkg_acyl;
	unsigned short dkg_bcyl;
	unsigned short dkg_nhead;
	unsigned short dkg_obs1;
	unsigned short dkg_nsect;
	unsigned short dkg_intrlv;
	unsigned short dkg_obs2;
	unsigned short dkg_obs3;
	unsigned short dkg_apc;
	unsigned short dkg_rpm;
	unsigned short dkg_pcyl;
	unsigned short dkg_write_reinstruct;
	unsigned short dkg_read_reinstruct;
	unsigned short dkg_extra[7];
};

/* DKIOCGMEDIAINFO and DKIOCGMEDIAINFOEXT: sizes in bytes, and in blocks. */
struct dk_minfo {
	uint_t dki_media_type;
	uint_t dki_lbsize;
	diskaddr_t dki_capacity;
};

struct dk_minfo_ext {
	uint_t dki_media_type;
	uint_t dki_lbsize;
	diskaddr_t dki_capacity;
	uint_t dki_pbsize;
};

#define	DK_UNKNOWN	0x0
#define	DK_REMOVABLE_DISK	0x2
#define	DK_CDROM	0x8
#define	DK_CDR	0x9
#define	DK_CDRW	0xa
#define	DK_DVDROM	0x10
#define	DK_DVDR	0x11
#define	DK_DVDRAM	0x12
#define	DK_FIXED_DISK	0x10001
#define	DK_FLOPPY	0x10002
#define	DK_ZIP	0x10003
#define	DK_JAZ	0x10004

/* DKIOCFLUSHWRITECACHE from within the kernel: what to call at the end. */
struct dk_callback {
	void (*dkc_callback)(void *, int);
	void *dkc_cookie;
	int dkc_flag;
};

#define	FLUSH_VOLATILE	0x1

/* DKIOCSTATE: whether there is a medium. */
enum dkio_state {
	DKIO_NONE = 0,
	DKIO_EJECTED,
	DKIO_INSERTED,
	DKIO_DEV_GONE
};

#define	DKIOC	0x400
#define	DKIOCGGEOM	(DKIOC | 1)
#define	DKIOCSGEOM	(DKIOC | 2)
#define	DKIOCINFO	(DKIOC | 3)
#define	DKIOCSAPART	(DKIOC | 4)
#define	DKIOCGAPART	(DKIOC | 5)
#define	DKIOCEJECT	(DKIOC | 6)
#define	DKIOCLOCK	(DKIOC | 7)
#define	DKIOCUNLOCK	(DKIOC | 8)
#define	DKIOCPARTITION	(DKIOC | 9)
#define	DKIOCGVTOC	(DKIOC | 11)
#define	DKIOCSVTOC	(DKIOC | 12)
#define	DKIOCSTATE	(DKIOC | 13)
#define	DKIOCREMOVABLE	(DKIOC | 16)
#define	DKIOCSETEFI	(DKIOC | 17)
#define	DKIOCGETEFI	(DKIOC | 18)
#define	DKIOCEXTPARTINFO	(DKIOC | 19)
#define	DKIOCPARTINFO	(DKIOC | 22)
#define	DKIOCGEXTVTOC	(DKIOC | 23)
#define	DKIOCSEXTVTOC	(DKIOC | 24)
#define	DKIOCG_PHYGEOM	(DKIOC | 32)
#define	DKIOCG_VIRTGEOM	(DKIOC | 33)
#define	DKIOCFLUSHWRITECACHE	(DKIOC | 34)
#define	DKIOCHOTPLUGGABLE	(DKIOC | 35)
#define	DKIOCGETWCE	(DKIOC | 36)
#define	DKIOCSETWCE	(DKIOC | 37)
#define	DKIOCSOLIDSTATE	(DKIOC | 38)
#define	DKIOCGMEDIAINFO	(DKIOC | 42)
#define	DKIOCGMBOOT	(DKIOC | 43)
#define	DKIOCSMBOOT	(DKIOC | 44)
#define	DKIOCGMEDIAINFOEXT	(DKIOC | 48)
#define	DKIOCREADONLY	(DKIOC | 49)
#define	DKIOCFREE	(DKIOC | 50)

#endif	/* _SYS_DKIO_H */
