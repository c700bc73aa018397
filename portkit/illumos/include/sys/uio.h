/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * I/O requests: uio(9S), iovec(9S), uiomove(9F).
 */

#ifndef _SYS_UIO_H
#define	_SYS_UIO_H

#include <sys/types.h>

struct iovec {
	caddr_t iov_base;
	size_t iov_len;
};

typedef struct iovec iovec_t;
enum uio_rw {
	UIO_READ = 0,
	UIO_WRITE
};

typedef enum uio_rw uio_rw_t;
typedef enum uio_seg uio_seg_t;
enum uio_seg {
	UIO_USERSPACE = 0,
	UIO_SYSSPACE,
	UIO_USERISPACE
};

struct uio {
	iovec_t *uio_iov;
	int uio_iovcnt;
	lloff_t _uio_offset;
	uio_seg_t uio_segflg;
	uint16_t uio_fmode;
	uint16_t uio_extflg;
	lloff_t _uio_limit;
	ssize_t uio_resid;
};

typedef struct uio uio_t;
#define	uio_loffset	_uio_offset._f
#define	uio_offset	_uio_offset._p._l
#define	uio_llimit	_uio_limit._f
#define	uio_limit	_uio_limit._p._l
#define	UIO_COPY_DEFAULT	0x0
#define	UIO_COPY_CACHED	0x1
#define	UIO_ASYNC	0x2
#define	UIO_XUIO	0x4
int uiomove(void *, size_t, enum uio_rw, uio_t *);
int ureadc(int, uio_t *);
int uwritec(struct uio *);
void uioskip(uio_t *, size_t);

/* What else a driver may expect from this header. */
#include <sys/feature_tests.h>

#endif	/* _SYS_UIO_H */
