/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

/*
 * FreeBSD's character devices, make_dev(9), as minor nodes.
 */

#include <sys/types.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/sysmacros.h>
#include <sys/errno.h>
#include <sys/kmem.h>
#include <sys/list.h>
#include <sys/ksynch.h>
#include <sys/thread.h>
#include <sys/varargs.h>
#include <sys/open.h>
#include <sys/debug.h>
#include <sys/conf.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include "bsd_cdev.h"

static kmutex_t cdev_lock;
static kcondvar_t cdev_cv;		/* a caller has left */
static list_t cdevs;

/*
 * To be called once before any other function here, and once after the last.
 */
int
bsd_cdev_init(void)
{
	mutex_init(&cdev_lock, NULL, MUTEX_DRIVER, NULL);
	cv_init(&cdev_cv, NULL, CV_DRIVER, NULL);
	list_create(&cdevs, sizeof (struct cdev),
	    offsetof(struct cdev, si_link));
	return (0);
}

void
bsd_cdev_fini(void)
{
	list_destroy(&cdevs);
	cv_destroy(&cdev_cv);
	mutex_destroy(&cdev_lock);
}

static struct cdev *
cdev_find(major_t major, minor_t minor)
{
	struct cdev *dev;

	ASSERT(MUTEX_HELD(&cdev_lock));
	for (dev = list_head(&cdevs); dev != NULL;
	    dev = list_next(&cdevs, dev)) {
		if (dev->si_major == major && dev->si_minor == minor)
			break;
	}
	return (dev);
}

/*
 * Find a device and keep it from being destroyed, or return NULL.
 */
static struct cdev *
cdev_enter(dev_t devt)
{
	struct cdev *dev;

	mutex_enter(&cdev_lock);
	dev = cdev_find(getmajor(devt), getminor(devt));
	if (dev != NULL && dev->si_dying)
		dev = NULL;
	if (dev != NULL)
		dev->si_callers++;
	mutex_exit(&cdev_lock);
	return (dev);
}

/*
 * Leave a device, with what its method returned.  Some drivers return their
 * errors negative.
 */
static int
cdev_exit(struct cdev *dev, int error)
{
	mutex_enter(&cdev_lock);
	if (--dev->si_callers == 0)
		cv_broadcast(&cdev_cv);
	mutex_exit(&cdev_lock);
	return (ABS(error));
}

/*
 * Make a device with the given name and its minor node.  Returns 0 or an
 * errno.  Who may open it is for minor_perm(4) to say, which takes the place
 * of FreeBSD's owner, group and mode.  A slash in the name, which a minor
 * node's name cannot have, becomes a dash.
 */
/*ARGSUSED*/
int
bsd_make_dev(dev_info_t *dip, const struct bsd_cdevsw *devsw, int mode,
    struct cdev **devp, const char *fmt, ...)
{
	struct cdev *dev;
	va_list ap;
	char *p;

	dev = kmem_zalloc(sizeof (*dev), KM_SLEEP);
	va_start(ap, fmt);
	(void) vsnprintf(dev->si_name, sizeof (dev->si_name), fmt, ap);
	va_end(ap);
	for (p = dev->si_name; *p != '\0'; p++) {
		if (*p == '/')
			*p = '-';
	}
	dev->si_devsw = devsw;
	dev->si_dip = dip;
	dev->si_major = ddi_driver_major(dip);

	mutex_enter(&cdev_lock);
	while (cdev_find(dev->si_major, dev->si_minor) != NULL)
		dev->si_minor++;
	list_insert_tail(&cdevs, dev);
	mutex_exit(&cdev_lock);

	/* Before the minor node: it can be opened as soon as it is there. */
	*devp = dev;
	if (ddi_create_minor_node(dip, dev->si_name, S_IFCHR, dev->si_minor,
	    DDI_PSEUDO, 0) != DDI_SUCCESS) {
		*devp = NULL;
		mutex_enter(&cdev_lock);
		list_remove(&cdevs, dev);
		mutex_exit(&cdev_lock);
		kmem_free(dev, sizeof (*dev));
		return (EEXIST);
	}
	return (0);
}

/*
 * Remove the minor node, wait for callers that are inside, and free the
 * device.
 */
void
bsd_destroy_dev(struct cdev *dev)
{
	if (dev == NULL)
		return;
	ddi_remove_minor_node(dev->si_dip, dev->si_name);
	mutex_enter(&cdev_lock);
	dev->si_dying = B_TRUE;
	while (dev->si_callers != 0)
		cv_wait(&cdev_cv, &cdev_lock);
	list_remove(&cdevs, dev);
	mutex_exit(&cdev_lock);
	kmem_free(dev, sizeof (*dev));
}

/*
 * getinfo(9E) of a driver whose minor numbers come from here.
 */
/*ARGSUSED*/
int
bsd_cdev_getinfo(dev_info_t *dip, ddi_info_cmd_t cmd, void *arg, void **result)
{
	dev_t devt = (dev_t)arg;
	struct cdev *dev;
	int ret = DDI_FAILURE;

	mutex_enter(&cdev_lock);
	if ((dev = cdev_find(getmajor(devt), getminor(devt))) != NULL) {
		switch (cmd) {
		case DDI_INFO_DEVT2DEVINFO:
			*result = dev->si_dip;
			ret = DDI_SUCCESS;
			break;
		case DDI_INFO_DEVT2INSTANCE:
			*result = (void *)(uintptr_t)ddi_get_instance(
			    dev->si_dip);
			ret = DDI_SUCCESS;
			break;
		default:
			break;
		}
	}
	mutex_exit(&cdev_lock);
	return (ret);
}

/*ARGSUSED*/
int
bsd_cdev_open(dev_t *devtp, int flag, int otyp, cred_t *cred)
{
	struct cdev *dev;
	int error = 0;

	if (otyp != OTYP_CHR)
		return (EINVAL);
	if ((dev = cdev_enter(*devtp)) == NULL)
		return (ENXIO);
	if (dev->si_devsw->d_open != NULL)
		error = dev->si_devsw->d_open(dev, flag, S_IFCHR, curthread);
	return (cdev_exit(dev, error));
}

/*
 * Called on the last close of the minor, as FreeBSD's is.
 */
/*ARGSUSED*/
int
bsd_cdev_close(dev_t devt, int flag, int otyp, cred_t *cred)
{
	struct cdev *dev;
	int error = 0;

	if ((dev = cdev_enter(devt)) == NULL)
		return (ENXIO);
	if (dev->si_devsw->d_close != NULL)
		error = dev->si_devsw->d_close(dev, flag, S_IFCHR, curthread);
	return (cdev_exit(dev, error));
}

/*ARGSUSED*/
int
bsd_cdev_read(dev_t devt, struct uio *uio, cred_t *cred)
{
	struct cdev *dev;
	int error = ENODEV;

	if ((dev = cdev_enter(devt)) == NULL)
		return (ENXIO);
	if (dev->si_devsw->d_read != NULL)
		error = dev->si_devsw->d_read(dev, uio, uio->uio_fmode);
	return (cdev_exit(dev, error));
}

/*ARGSUSED*/
int
bsd_cdev_write(dev_t devt, struct uio *uio, cred_t *cred)
{
	struct cdev *dev;
	int error = ENODEV;

	if ((dev = cdev_enter(devt)) == NULL)
		return (ENXIO);
	if (dev->si_devsw->d_write != NULL)
		error = dev->si_devsw->d_write(dev, uio, uio->uio_fmode);
	return (cdev_exit(dev, error));
}

/*
 * FreeBSD copies the argument in and out, by the size and the direction that
 * the request code holds.  The size is the caller's, so a 32-bit program whose
 * structure differs uses another code, which the method will not know.
 */
/*ARGSUSED*/
int
bsd_cdev_ioctl(dev_t devt, int cmd, intptr_t arg, int mode, cred_t *cred,
    int *rvalp)
{
	ulong_t com = (uint_t)cmd;
	size_t size = (com >> 16) & IOCPARM_MASK;
	caddr_t data = NULL;
	struct cdev *dev;
	int error;

	if ((dev = cdev_enter(devt)) == NULL)
		return (ENXIO);
	if (dev->si_devsw->d_ioctl == NULL)
		return (cdev_exit(dev, ENOTTY));

	/* No argument, or one that is not a pointer. */
	if ((com & (uint_t)IOC_INOUT) == 0 || size == 0) {
		error = dev->si_devsw->d_ioctl(dev, com, (caddr_t)&arg, mode,
		    curthread);
		return (cdev_exit(dev, error));
	}

	data = kmem_zalloc(size, KM_SLEEP);
	if ((com & (uint_t)IOC_IN) != 0 &&
	    ddi_copyin((void *)arg, data, size, mode) != 0) {
		error = EFAULT;
	} else {
		error = dev->si_devsw->d_ioctl(dev, com, data, mode,
		    curthread);
		if (error == 0 && (com & (uint_t)IOC_OUT) != 0 &&
		    ddi_copyout(data, (void *)arg, size, mode) != 0)
			error = EFAULT;
	}
	kmem_free(data, size);
	return (cdev_exit(dev, error));
}

/*
 * The method gives the pollhead to wait on if nothing is ready.  An edge-
 * triggered caller wants it even if something is; the device's last one does.
 */
int
bsd_cdev_chpoll(dev_t devt, short events, int anyyet, short *reventsp,
    struct pollhead **phpp)
{
	struct pollhead *php = NULL;
	struct cdev *dev;

	if ((dev = cdev_enter(devt)) == NULL)
		return (ENXIO);
	if (dev->si_devsw->d_poll == NULL) {
		/* Like FreeBSD: what has no method is always ready. */
		*reventsp = events & (POLLIN | POLLOUT | POLLRDNORM);
		return (cdev_exit(dev, 0));
	}
	*reventsp = (short)dev->si_devsw->d_poll(dev, events, &php);
	if (php != NULL)
		dev->si_pollhead = php;
	if ((*reventsp == 0 && !anyyet) || (events & POLLET) != 0)
		*phpp = dev->si_pollhead;
	return (cdev_exit(dev, 0));
}
