/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Copies between a driver and a program: ddi_copyin(9F), copyin(9F),
 * uiomove(9F).
 *
 * The programs are the scenarios, and a user address is one in their memory.
 * What certainly is none: the first page, addresses beyond those of a program,
 * and the kernel's heap. Those fail as a real one does, with -1 or EFAULT. The
 * copying is done by klib's bcopy(), for one end of it is the driver's memory,
 * which the sanitizers watch.
 */

#include "kheap.h"
#include <sys/file.h>
#include <sys/uio.h>

#define	USER_END	0x0000800000000000UL

int xcopyin(const void *, void *, size_t);
int xcopyout(const void *, void *, size_t);
int uiocopy(void *, size_t, enum uio_rw, uio_t *, size_t *);
int fuword8(const void *, uint8_t *);
int fuword16(const void *, uint16_t *);
int fuword32(const void *, uint32_t *);
int fuword64(const void *, uint64_t *);
int suword8(void *, uint8_t);
int suword16(void *, uint16_t);
int suword32(void *, uint32_t);
int suword64(void *, uint64_t);

static boolean_t
is_user(const void *addr, size_t n)
{
	uintptr_t a = (uintptr_t)addr;

	if (n == 0)
		return (B_TRUE);
	return (a >= PAGESIZE && a < USER_END && n <= USER_END - a &&
	    kheap_find(addr) == NULL);
}

/*
 * from or to is the program's.
 */
static int
copy_user(const void *from, void *to, size_t n, const void *user,
    const char *called)
{
	hc_point();
	/* A page of the program's may have to be brought in first. */
	(void) kctx_may_sleep(called);
	if (!is_user(user, n))
		return (-1);
	bcopy(from, to, n);
	return (0);
}

int
copyin(const void *user, void *buf, size_t n)
{
	return (copy_user(user, buf, n, user, "copyin"));
}

int
copyout(const void *buf, void *user, size_t n)
{
	return (copy_user(buf, user, n, user, "copyout"));
}

int
xcopyin(const void *user, void *buf, size_t n)
{
	return (copy_user(user, buf, n, user, "xcopyin") != 0 ? EFAULT : 0);
}

int
xcopyout(const void *buf, void *user, size_t n)
{
	return (copy_user(buf, user, n, user, "xcopyout") != 0 ? EFAULT : 0);
}

int
ddi_copyin(const void *from, void *buf, size_t n, int flags)
{
	if ((flags & FKIOCTL) != 0) {
		hc_point();
		bcopy(from, buf, n);
		return (0);
	}
	return (copy_user(from, buf, n, from, "ddi_copyin"));
}

int
ddi_copyout(const void *buf, void *to, size_t n, int flags)
{
	if ((flags & FKIOCTL) != 0) {
		hc_point();
		bcopy(buf, to, n);
		return (0);
	}
	return (copy_user(buf, to, n, to, "ddi_copyout"));
}

/*
 * A string and its NUL, in at most max bytes.
 */
int
copystr(const char *from, char *to, size_t max, size_t *lenp)
{
	size_t n = 0;

	while (n < max && from[n] != '\0')
		n++;
	if (n < max)
		n++;
	bcopy(from, to, n);
	if (lenp != NULL)
		*lenp = n;
	return (n > 0 && to[n - 1] == '\0' ? 0 : ENAMETOOLONG);
}

int
copyinstr(const char *user, char *buf, size_t max, size_t *lenp)
{
	hc_point();
	(void) kctx_may_sleep("copyinstr");
	if (!is_user(user, 1))
		return (EFAULT);
	return (copystr(user, buf, max, lenp));
}

int
copyoutstr(const char *buf, char *user, size_t max, size_t *lenp)
{
	hc_point();
	(void) kctx_may_sleep("copyoutstr");
	if (!is_user(user, max))
		return (EFAULT);
	return (copystr(buf, user, max, lenp));
}

#define	WORDS(fetch, store, word_t)					\
int									\
fetch(const void *user, word_t *word)					\
{									\
	return (copy_user(user, word, sizeof (*word), user, #fetch));	\
}									\
									\
int									\
store(void *user, word_t word)						\
{									\
	return (copy_user(&word, user, sizeof (word), user, #store));	\
}

WORDS(fuword8, suword8, uint8_t);
WORDS(fuword16, suword16, uint16_t);
WORDS(fuword32, suword32, uint32_t);
WORDS(fuword64, suword64, uint64_t);

/*
 * n bytes of the first area of a uio that has any, or all of that.
 */
static int
uio_step(char *buf, size_t n, enum uio_rw rw, uio_t *uio, size_t *donep)
{
	iovec_t *iov = uio->uio_iov;

	if (n > iov->iov_len)
		n = iov->iov_len;
	*donep = n;
	if (uio->uio_segflg != UIO_SYSSPACE && !is_user(iov->iov_base, n))
		return (EFAULT);
	if (rw == UIO_READ)
		bcopy(buf, iov->iov_base, n);
	else
		bcopy(iov->iov_base, buf, n);
	return (0);
}

static boolean_t
uio_check(uio_t *uio, size_t n, const char *called)
{
	hc_point();
	if (uio->uio_segflg != UIO_SYSSPACE)
		(void) kctx_may_sleep(called);
	return (n != 0 && uio->uio_resid > 0);
}

static void
uio_advance(uio_t *uio, size_t n)
{
	uio->uio_iov->iov_base += n;
	uio->uio_iov->iov_len -= n;
	uio->uio_resid -= n;
	uio->uio_loffset += n;
}

/*
 * With UIO_READ from buf to the program; at most what uio_resid says.
 */
int
uiomove(void *buf, size_t n, enum uio_rw rw, uio_t *uio)
{
	char *at = buf;
	size_t done;
	int error;

	if (!uio_check(uio, n, "uiomove"))
		return (0);
	while (n > 0 && uio->uio_resid > 0) {
		if (uio->uio_iov->iov_len == 0) {
			if (uio->uio_iovcnt <= 1)
				break;
			uio->uio_iov++;
			uio->uio_iovcnt--;
			continue;
		}
		if ((error = uio_step(at, n, rw, uio, &done)) != 0)
			return (error);
		uio_advance(uio, done);
		at += done;
		n -= done;
	}
	return (0);
}

/*
 * The same, and the uio stays as it was.
 */
int
uiocopy(void *buf, size_t n, enum uio_rw rw, uio_t *uio, size_t *copied)
{
	iovec_t iov;
	uio_t one = *uio;
	size_t done, all = 0;
	int i, error;

	*copied = 0;
	if (!uio_check(uio, n, "uiocopy"))
		return (0);
	for (i = 0; i < uio->uio_iovcnt && all < n; i++) {
		iov = uio->uio_iov[i];
		one.uio_iov = &iov;
		if ((error = uio_step((char *)buf + all, n - all, rw, &one,
		    &done)) != 0)
			return (error);
		all += done;
		*copied = all;
	}
	return (0);
}

void
uioskip(uio_t *uio, size_t n)
{
	size_t step;

	if (n > uio->uio_resid)
		return;
	while (n > 0) {
		step = uio->uio_iov->iov_len < n ? uio->uio_iov->iov_len : n;
		uio_advance(uio, step);
		n -= step;
		if (uio->uio_iov->iov_len == 0) {
			if (uio->uio_iovcnt <= 1)
				break;
			uio->uio_iov++;
			uio->uio_iovcnt--;
		}
	}
}

int
ureadc(int c, uio_t *uio)
{
	char byte = (char)c;

	if (uio->uio_resid <= 0)
		hc_panic("ureadc: uio_resid is %ld", uio->uio_resid);
	return (uiomove(&byte, 1, UIO_READ, uio));
}

/*
 * The next character, or -1.
 */
int
uwritec(uio_t *uio)
{
	uchar_t byte;

	if (uio->uio_resid <= 0)
		return (-1);
	if (uiomove(&byte, 1, UIO_WRITE, uio) != 0)
		return (-1);
	return (byte);
}
