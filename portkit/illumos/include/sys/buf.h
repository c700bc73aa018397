/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Block I/O requests: buf(9S), biodone(9F), bioerror(9F).
 */

#ifndef _SYS_BUF_H
#define	_SYS_BUF_H

#include <sys/types.h>
#include <sys/t_lock.h>
#include <sys/kstat.h>

struct vnode;
struct page;
struct proc;
struct buf {
	int b_flags;
	struct buf *b_forw;
	struct buf *b_back;
	struct buf *av_forw;
	struct buf *av_back;
	o_dev_t b_dev;
	size_t b_bcount;
	union {
		caddr_t b_addr;
		struct fs *b_fs;
		struct cg *b_cg;
		struct dinode *b_dino;
		daddr32_t *b_daddr;
	} b_un;
	lldaddr_t _b_blkno;
	char b_obs1;
	size_t b_resid;
	clock_t b_start;
	struct proc *b_proc;
	struct page *b_pages;
	clock_t b_obs2;
	size_t b_bufsize;
	int (*b_iodone)(struct buf *);
	struct vnode *b_vp;
	struct buf *b_chain;
	int b_obs3;
	int b_error;
	void *b_private;
	dev_t b_edev;
	ksema_t b_sem;
	ksema_t b_io;
	struct buf *b_list;
	struct page **b_shadow;
	void *b_dip;
	struct vnode *b_file;
	offset_t b_offset;
};

typedef struct buf buf_t;
#define	b_lblkno	_b_blkno._f
#define	b_blkno	_b_blkno._f
#define	b_actf	av_forw
#define	b_actl	av_back
#define	b_active	b_bcount
#define	b_errcnt	b_resid

/* b_flags; those from B_WANTED on are the kernel's own. */
#define	B_BUSY	0x1
#define	B_DONE	0x2
#define	B_ERROR	0x4
#define	B_PAGEIO	0x10
#define	B_PHYS	0x20
#define	B_READ	0x40
#define	B_WRITE	0x100
#define	B_WANTED	0x80
#define	B_AGE	0x200
#define	B_ASYNC	0x400
#define	B_DELWRI	0x800
#define	B_STALE	0x1000
#define	B_DONTNEED	0x2000
#define	B_REMAPPED	0x4000
#define	B_FREE	0x8000
#define	B_INVAL	0x10000
#define	B_FORCE	0x20000
#define	B_NOCACHE	0x80000
#define	B_TRUNC	0x100000
#define	B_SHADOW	0x200000
#define	B_RETRYWRI	0x400000
#define	B_FAILFAST	0x1000000
#define	B_STARTED	0x2000000
#define	B_ABRWRITE	0x4000000
#define	B_PAGE_NOWAIT	0x8000000
int biowait(struct buf *);
void biodone(struct buf *);
void bioinit(struct buf *);
void biofini(struct buf *);
void bioerror(struct buf *, int);
void bioreset(struct buf *);
size_t biosize(void);
int biomodified(struct buf *);
void bp_mapin(struct buf *);
void *bp_mapin_common(struct buf *, int);
void bp_mapout(struct buf *);
int bp_copyin(struct buf *, void *, offset_t, size_t);
int bp_copyout(void *, struct buf *, offset_t, size_t);
struct buf *bioclone(struct buf *, off_t, size_t, dev_t, daddr_t,
    int (*)(struct buf *), struct buf *, int);
void clrbuf(struct buf *);
int geterror(struct buf *);
struct buf *getrbuf(int);
void freerbuf(struct buf *);

/* What else a driver may expect from this header. */
#include <sys/types32.h>

#endif	/* _SYS_BUF_H */
