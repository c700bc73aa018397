/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Block I/O requests: getrbuf(9F), bioinit(9F), biodone(9F), biowait(9F),
 * bp_mapin(9F). There are no page lists (B_PAGEIO) and no user memory: a
 * buffer's address is the kernel's.
 */

#include "kern.h"
#include <sys/buf.h>
#include <sys/vmem.h>

void
bioinit(struct buf *bp)
{
	hc_point();
	memset(bp, 0, sizeof (*bp));
	sema_init(&bp->b_sem, 0, NULL, SEMA_DEFAULT, NULL);
	sema_init(&bp->b_io, 0, NULL, SEMA_DEFAULT, NULL);
	bp->b_offset = -1;
}

void
biofini(struct buf *bp)
{
	hc_point();
	sema_destroy(&bp->b_io);
	sema_destroy(&bp->b_sem);
}

void
bioreset(struct buf *bp)
{
	biofini(bp);
	bioinit(bp);
}

size_t
biosize(void)
{
	return (sizeof (struct buf));
}

struct buf *
getrbuf(int sleepflag)
{
	struct buf *bp = kmem_alloc(sizeof (*bp), sleepflag);

	if (bp != NULL)
		bioinit(bp);
	return (bp);
}

void
freerbuf(struct buf *bp)
{
	biofini(bp);
	kmem_free(bp, sizeof (*bp));
}

void
bioerror(struct buf *bp, int error)
{
	hc_point();
	if (error != 0)
		bp->b_flags |= B_ERROR;
	else
		bp->b_flags &= ~B_ERROR;
	bp->b_error = error;
}

int
geterror(struct buf *bp)
{
	if ((bp->b_flags & B_ERROR) == 0)
		return (0);
	return (bp->b_error != 0 ? bp->b_error : EIO);
}

void
biodone(struct buf *bp)
{
	struct kentry ke;

	hc_point();
	bp->b_flags &= ~B_STARTED;
	if (bp->b_iodone != NULL) {
		kentry_enter(&ke, "b_iodone of buf(9S)");
		(void) bp->b_iodone(bp);
		kentry_leave(&ke);
		return;
	}
	if ((bp->b_flags & B_DONE) != 0) {
		hc_violation("memory", "biodone: buf %p is done already",
		    (void *)bp);
		return;
	}
	bp->b_flags |= B_DONE;
	sema_v(&bp->b_io);
}

int
biowait(struct buf *bp)
{
	int error;

	hc_point();
	sema_p(&bp->b_io);
	error = geterror(bp);
	if ((bp->b_flags & (B_ASYNC | B_REMAPPED)) == B_REMAPPED)
		bp_mapout(bp);
	return (error);
}

int
biomodified(struct buf *bp)
{
	return (-1);		/* no pages */
}

/*
 * Mapping: what is there already is only looked at.
 */
void *
bp_mapin_common(struct buf *bp, int flag)
{
	hc_point();
	if ((bp->b_flags & B_PAGEIO) != 0)
		hc_panic("bp_mapin: buf %p has a page list (B_PAGEIO): not "
		    "simulated", (void *)bp);
	/* Only of a process' memory something has to be allocated. */
	if ((bp->b_flags & (B_REMAPPED | B_PHYS)) == B_PHYS &&
	    bp->b_proc != NULL) {
		if (flag == VM_SLEEP)
			(void) kctx_may_sleep("bp_mapin(VM_SLEEP)");
		else if (hc_fail("memory"))
			return (NULL);
		bp->b_flags |= B_REMAPPED;
	}
	return (bp->b_un.b_addr);
}

void
bp_mapin(struct buf *bp)
{
	(void) bp_mapin_common(bp, VM_SLEEP);
}

void
bp_mapout(struct buf *bp)
{
	hc_point();
	bp->b_flags &= ~B_REMAPPED;
}

int
bp_copyin(struct buf *bp, void *to, offset_t off, size_t size)
{
	hc_point();
	if (off < 0 || (size_t)off > bp->b_bcount ||
	    size > bp->b_bcount - (size_t)off)
		hc_panic("bp_copyin: %lu bytes at %ld are not in buf %p, which "
		    "has %lu", size, (long)off, (void *)bp, bp->b_bcount);
	memcpy(to, bp->b_un.b_addr + off, size);
	return (0);
}

int
bp_copyout(void *from, struct buf *bp, offset_t off, size_t size)
{
	hc_point();
	if (off < 0 || (size_t)off > bp->b_bcount ||
	    size > bp->b_bcount - (size_t)off)
		hc_panic("bp_copyout: %lu bytes at %ld are not in buf %p, "
		    "which has %lu", size, (long)off, (void *)bp,
		    bp->b_bcount);
	memcpy(bp->b_un.b_addr + off, from, size);
	return (0);
}

void
clrbuf(struct buf *bp)
{
	hc_point();
	memset(bp->b_un.b_addr, 0, bp->b_bcount);
	bp->b_resid = 0;
}

#define	CLONED	(B_READ | B_WRITE | B_SHADOW | B_PHYS | B_PAGEIO | \
	    B_FAILFAST | B_ABRWRITE)

struct buf *
bioclone(struct buf *bp, off_t off, size_t len, dev_t dev, daddr_t blkno,
    int (*iodone)(struct buf *), struct buf *mem, int sleep)
{
	struct buf *new = mem;

	hc_point();
	if (new != NULL)
		bioreset(new);
	else if ((new = getrbuf(sleep)) == NULL)
		return (NULL);
	new->b_flags = (bp->b_flags & CLONED) | B_BUSY;
	new->b_un.b_addr = bp->b_un.b_addr + off;
	new->b_bcount = len;
	new->b_lblkno = blkno;
	new->b_iodone = iodone;
	new->b_proc = bp->b_proc;
	new->b_edev = dev;
	new->b_file = bp->b_file;
	new->b_offset = bp->b_offset;
	return (new);
}

void
minphys(struct buf *bp)
{
	hc_point();
	if (bp->b_bcount > 56 * 1024)
		bp->b_bcount = 56 * 1024;
}
