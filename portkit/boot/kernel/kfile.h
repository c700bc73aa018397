/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Minor nodes and open files: minor.c, open.c, file.c, poll.c.
 */

#ifndef _KFILE_H
#define	_KFILE_H

#include "kproc.h"
#include "kern_ctl.h"

struct kminor {
	struct kminor	*km_next;	/* in the order they were made */
	dev_info_t	*km_dip;
	dev_t		km_dev;
	int		km_type;	/* S_IFCHR, S_IFBLK */
	boolean_t	km_clone;
	char		*km_name;
};

/* By "driver:minor" or "driver<instance>:minor"; NULL. */
struct kminor *kminor_find(const char *);

/*
 * What there is of one dev_t while it is open: close(9E) is called when the
 * last one goes, and no open(9E) meanwhile.
 */
struct kopen {
	struct kopen	*ko_next;
	dev_t		ko_dev;
	dev_info_t	*ko_dip;
	struct cb_ops	*ko_cb;
	uint_t		ko_count;
	boolean_t	ko_opened;	/* an open(9E) has succeeded */
	boolean_t	ko_closing;
};

int	kopen_open(const struct kminor *, int flag, struct kopen **);
int	kopen_close(struct kopen *, int flag);
uint_t	kopen_count(dev_info_t *);

/* A thread that is in a system call on a file. */
struct kpoller;
struct kcall {
	struct kcall	*kl_next;
	kthread_t	*kl_thread;
	proc_t		*kl_oldproc;
	struct kpoller	*kl_poller;
	struct kentry	kl_entry;
	char		kl_what[MODMAXNAMELEN + 32];
};

struct kc_file {
	struct kc_file	*f_next;
	struct kopen	*f_open;
	proc_t		*f_proc;
	hc_ctx		*f_opener;
	int		f_flag;
	boolean_t	f_closing;
	struct kcall	*f_calls;
};

/*
 * Around a call of an entry point ("read(9E)") for a file. An errno when the
 * call must not be made: EBADF, EINTR.
 */
int	kfile_enter(kc_file *, struct kcall *, const char *entry);
void	kfile_leave(kc_file *, struct kcall *);

/* poll.c: wakes the thread that waits there, whatever for. */
void	kpoll_interrupt(struct kpoller *);

#endif	/* _KFILE_H */
