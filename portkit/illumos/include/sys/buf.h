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
#define	B_BUSY	0x1
#define	B_DONE	0x2
#define	B_ERROR	0x4
#define	B_PAGEIO	0x10
#define	B_PHYS	0x20
#define	B_READ	0x40
#define	B_WRITE	0x100
#define	B_ASYNC	0x400
int biowait(struct buf *);
void biodone(struct buf *);
void bioinit(struct buf *);
void biofini(struct buf *);
void bioerror(struct buf *, int);
void bioreset(struct buf *);
size_t biosize(void);
int biomodified(struct buf *);
void bp_mapin(struct buf *);
void bp_mapout(struct buf *);
int geterror(struct buf *);
struct buf *getrbuf(int);
void freerbuf(struct buf *);

/* What else a driver may expect from this header. */
#include <sys/types32.h>

#endif	/* _SYS_BUF_H */
