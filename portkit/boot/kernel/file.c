/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * open(2), close(2), pread(2), pwrite(2) and ioctl(2), for scenarios. The
 * thread that opens is a process of its own from its first open to its last
 * close, and may be signalled meanwhile.
 */

#include <sys/file.h>
#include <sys/model.h>
#include <sys/uio.h>
#include "kfile.h"

#define	USER_FLAGS	(FREAD | FWRITE | FNDELAY | FNONBLOCK | FEXCL)

static kc_file *files;

static proc_t *
opener(void)
{
	const kc_file *f;

	for (f = files; f != NULL; f = f->f_next) {
		if (f->f_opener == hc_self() && !f->f_closing)
			return (f->f_proc);
	}
	return (kproc_make(hc_name(hc_self())));
}

static void
closed(proc_t *p)
{
	const kc_file *f;

	for (f = files; f != NULL; f = f->f_next) {
		if (f->f_proc == p)
			return;
	}
	kproc_exit(p);
}

static void
forget(kc_file *f)
{
	kc_file **fp;

	for (fp = &files; *fp != f; fp = &(*fp)->f_next)
		continue;
	*fp = f->f_next;
	closed(f->f_proc);
	hc_free(f);
}

static void
become(struct kcall *call, proc_t *p)
{
	call->kl_thread = curthread;
	call->kl_oldproc = curthread->t_procp;
	curthread->t_procp = p;
	if (curthread->t_cred == NULL)
		curthread->t_cred = kcred;
}

int
kc_open(const char *minor, int flags, kc_file **filep)
{
	struct kcall call;
	struct kminor *km;
	kc_file *f;
	int error;

	hc_point();
	if ((km = kminor_find(minor)) == NULL)
		return (ENOENT);
	f = hc_alloc(sizeof (*f));
	f->f_proc = opener();
	f->f_opener = hc_self();
	f->f_flag = flags & USER_FLAGS;
	f->f_next = files;
	files = f;
	become(&call, f->f_proc);
	error = kopen_open(km, f->f_flag, &f->f_open);
	curthread->t_procp = call.kl_oldproc;
	if (error != 0) {
		forget(f);
		return (error);
	}
	*filep = f;
	return (0);
}

int
kfile_enter(kc_file *f, struct kcall *call, const char *entry)
{
	if (f->f_closing)
		return (EBADF);
	if (kproc_killed(f->f_proc))
		return (EINTR);
	call->kl_poller = NULL;
	call->kl_next = f->f_calls;
	f->f_calls = call;
	become(call, f->f_proc);
	(void) snprintf(call->kl_what, sizeof (call->kl_what), "%s of %s%d",
	    entry, ddi_driver_name(f->f_open->ko_dip),
	    ddi_get_instance(f->f_open->ko_dip));
	hc_hb_acquire(KORDER_OPEN(f->f_open->ko_dip));
	kentry_enter(&call->kl_entry, call->kl_what);
	return (0);
}

void
kfile_leave(kc_file *f, struct kcall *call)
{
	struct kcall **callp;

	kentry_leave(&call->kl_entry);
	hc_hb_release(KORDER_CALL(f->f_open->ko_dip));
	curthread->t_procp = call->kl_oldproc;
	kthread_signal(curthread, B_FALSE);
	for (callp = &f->f_calls; *callp != call; callp = &(*callp)->kl_next)
		continue;
	*callp = call->kl_next;
}

void
kc_interrupt(kc_file *f)
{
	struct kcall *call;

	for (call = f->f_calls; call != NULL; call = call->kl_next) {
		if (call->kl_poller != NULL)
			kpoll_interrupt(call->kl_poller);
		kthread_signal(call->kl_thread, B_TRUE);
	}
}

void
kfile_signal(proc_t *p)
{
	kc_file *f;

	for (f = files; f != NULL; f = f->f_next) {
		if (f->f_proc == p)
			kc_interrupt(f);
	}
}

/*
 * Who reads or waits in another thread is thrown out first, as by close(2).
 */
int
kc_close(kc_file *f)
{
	struct kcall call;
	int error;

	hc_point();
	if (f->f_closing)
		return (EBADF);
	f->f_closing = B_TRUE;
	while (f->f_calls != NULL) {
		kc_interrupt(f);
		(void) kblock(hc_now() + 1000000L, "close", f);
	}
	become(&call, f->f_proc);
	error = kopen_close(f->f_open, f->f_flag);
	curthread->t_procp = call.kl_oldproc;
	forget(f);
	return (error);
}

/*
 * pread(2) and pwrite(2) at offset 0, which is what daemons that exchange
 * messages with a driver do. What was transferred before an interruption
 * counts.
 */
static int
transfer(kc_file *f, enum uio_rw rw, void *buf, long len, long *done)
{
	struct cb_ops *cb = f->f_open->ko_cb;
	dev_t dev = f->f_open->ko_dev;
	struct kcall call;
	iovec_t iov;
	uio_t uio;
	int error;

	hc_point();
	*done = 0;
	if ((f->f_flag & (rw == UIO_READ ? FREAD : FWRITE)) == 0)
		return (EBADF);
	if (len < 0)
		return (EINVAL);
	error = kfile_enter(f, &call, rw == UIO_READ ? "read(9E)" :
	    "write(9E)");
	if (error != 0)
		return (error);
	memset(&uio, 0, sizeof (uio));
	iov.iov_base = buf;
	iov.iov_len = (size_t)len;
	uio.uio_iov = &iov;
	uio.uio_iovcnt = 1;
	uio.uio_segflg = UIO_USERSPACE;
	uio.uio_fmode = (uint16_t)f->f_flag;
	uio.uio_extflg = UIO_COPY_DEFAULT;
	uio.uio_llimit = INT64_MAX;
	uio.uio_resid = len;
	error = rw == UIO_READ ? cb->cb_read(dev, &uio, kcred) :
	    cb->cb_write(dev, &uio, kcred);
	kfile_leave(f, &call);
	if (uio.uio_resid < 0 || uio.uio_resid > len) {
		hc_violation("memory", "%s left uio_resid at %ld of %ld",
		    call.kl_what, (long)uio.uio_resid, len);
		uio.uio_resid = len;
	}
	*done = len - uio.uio_resid;
	if (error == EINTR && *done != 0)
		error = 0;
	if (error != 0)
		*done = 0;
	return (error);
}

int
kc_read(kc_file *f, void *buf, long len, long *done)
{
	return (transfer(f, UIO_READ, buf, len, done));
}

int
kc_write(kc_file *f, const void *buf, long len, long *done)
{
	return (transfer(f, UIO_WRITE, (void *)(uintptr_t)buf, len, done));
}

int
kc_ioctl(kc_file *f, int cmd, void *arg, int *rval)
{
	struct kcall call;
	int error, value = 0;

	hc_point();
	if ((error = kfile_enter(f, &call, "ioctl(9E)")) != 0)
		return (error);
	error = f->f_open->ko_cb->cb_ioctl(f->f_open->ko_dev, cmd,
	    (intptr_t)arg, f->f_flag | DATAMODEL_LP64, kcred, &value);
	kfile_leave(f, &call);
	if (error == 0 && rval != NULL)
		*rval = value;
	return (error);
}
