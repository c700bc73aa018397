/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

#ifndef _BSD_CDEV_H
#define	_BSD_CDEV_H

/*
 * FreeBSD's character devices, make_dev(9), as minor nodes.
 *
 * A driver's cb_ops(9S) names the bsd_cdev_*() entry points; they find the
 * device by its dev_t and call the method with FreeBSD's arguments.
 */

#include <sys/types.h>
#include <sys/list.h>
#include <sys/stat.h>
#include <sys/file.h>
#include <sys/uio.h>
#include <sys/cred.h>
#include <sys/poll.h>
#include <sys/ioccom.h>
#include <sys/ksynch.h>
#include <sys/dditypes.h>
#include <sys/devops.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * FreeBSD's request codes have more bits for the size of the argument than
 * those of illumos, whose _IOR() and so on follow this mask.  User programs
 * must be compiled with the same mask if an argument is larger than 255 bytes.
 */
#undef	IOCPARM_MASK
#define	IOCPARM_MASK	0x1fff

#define	BSD_CDEV_NAMELEN	64

struct cdev;

typedef int d_open_t(struct cdev *, int, int, kthread_t *);
typedef int d_close_t(struct cdev *, int, int, kthread_t *);
typedef int d_read_t(struct cdev *, struct uio *, int);
typedef int d_write_t(struct cdev *, struct uio *, int);
typedef int d_ioctl_t(struct cdev *, ulong_t, caddr_t, int, kthread_t *);
typedef int d_poll_t(struct cdev *, int, struct pollhead **);

struct bsd_cdevsw {
	const char	*d_name;
	d_open_t	*d_open;
	d_close_t	*d_close;
	d_read_t	*d_read;
	d_write_t	*d_write;
	d_ioctl_t	*d_ioctl;
	d_poll_t	*d_poll;
};

struct cdev {
	/* FreeBSD's */
	int			si_drv0;
	void			*si_drv1;
	void			*si_drv2;
	char			si_name[BSD_CDEV_NAMELEN];
	/* ours */
	list_node_t		si_link;
	const struct bsd_cdevsw	*si_devsw;
	dev_info_t		*si_dip;
	major_t			si_major;
	minor_t			si_minor;
	uint_t			si_callers;	/* inside a method */
	boolean_t		si_dying;
	struct pollhead		*si_pollhead;	/* the last one it gave */
};

extern int bsd_cdev_init(void);
extern void bsd_cdev_fini(void);

extern int bsd_make_dev(dev_info_t *, const struct bsd_cdevsw *, int,
    struct cdev **, const char *, ...);
extern void bsd_destroy_dev(struct cdev *);

extern int bsd_cdev_getinfo(dev_info_t *, ddi_info_cmd_t, void *, void **);
extern int bsd_cdev_open(dev_t *, int, int, cred_t *);
extern int bsd_cdev_close(dev_t, int, int, cred_t *);
extern int bsd_cdev_read(dev_t, struct uio *, cred_t *);
extern int bsd_cdev_write(dev_t, struct uio *, cred_t *);
extern int bsd_cdev_ioctl(dev_t, int, intptr_t, int, cred_t *, int *);
extern int bsd_cdev_chpoll(dev_t, short, int, short *, struct pollhead **);

#ifdef __cplusplus
}
#endif

#endif	/* _BSD_CDEV_H */
