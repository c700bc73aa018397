/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Disks: where they are, and the files behind them. Files are read and written
 * by system call: libc's functions would give the thread sanitizer an order
 * that guests do not have.
 */

#define	_GNU_SOURCE		/* O_TMPFILE */

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "stor.h"
#include "host_ctl.h"

#define	CHUNK		(1UL << 20)
#define	USER_BLOCK	512

static uint8_t zeros[CHUNK];

struct stor_lun *
stor_lun(struct stor *stor, int target, int lun)
{
	struct stor_lun *l;

	for (l = stor->luns; l != NULL; l = l->next) {
		if (l->target == target && l->lun == lun)
			return (l);
	}
	return (NULL);
}

bool
stor_target(struct stor *stor, int target)
{
	struct stor_lun *l;

	for (l = stor->luns; l != NULL && l->target != target; l = l->next)
		;
	return (l != NULL);
}

/*
 * An identity that is made of what stays the same from boot to boot.
 */
static void
identify(uint8_t to[16], const void *from, size_t len)
{
	const uint8_t *p = from;
	uint64_t h = 14695981039346656037UL;
	size_t i;
	int half;

	for (half = 0; half < 2; half++) {
		for (i = 0; i < len; i++)
			h = (h ^ p[i]) * 1099511628211UL;
		h ^= h >> 29;
		memcpy(to + half * 8, &h, 8);
	}
}

struct stor_lun *
stor_lun_add(struct stor *stor, int target, int lun)
{
	struct stor_lun *l, **at;
	uint8_t place[18];

	if (target < 0 || target >= VS_TARGETS || lun < 0 || lun >= VS_LUNS ||
	    stor_lun(stor, target, lun) != NULL ||
	    (stor->ide && stor->luns != NULL))
		return (NULL);
	l = hv_new(sizeof (*l));
	l->stor = stor;
	l->target = (uint8_t)target;
	l->lun = (uint8_t)lun;
	l->write_cache = true;
	l->user = -1;
	l->fd = -1;
	memcpy(place, stor->dev->instance.b, 16);
	place[16] = l->target;
	place[17] = l->lun;
	identify(l->identity, place, sizeof (place));
	for (at = &stor->luns; *at != NULL && ((*at)->target < target ||
	    ((*at)->target == target && (*at)->lun < lun)); at = &(*at)->next)
		;
	l->next = *at;
	*at = l;
	return (l);
}

/*
 * Files that --disk names, in the order of the command line. Whoever uses one
 * has them all, until this machine is off; others wait. They are taken in an
 * order that is the same for all, so that nobody waits for one that waits.
 */
#define	MAXUSERS	64

static struct user {
	const char	*path;
	int		fd;		/* -1: cannot be used */
	struct stat	st;
	int		blank;		/* -1: not looked at yet */
	bool		attached;
} users[MAXUSERS];
static int nusers = -1;			/* -1: nobody has asked for them */

int
hvc_user_disks(void)
{
	int n = 0;

	while (n < MAXUSERS && hc_arg_at("disk", n) != NULL)
		n++;
	return (n);
}

static void
close_user(struct user *u)
{
	(void) syscall(SYS_close, u->fd);
	u->fd = -1;
}

static bool
before(const struct user *a, const struct user *b)
{
	return (a->st.st_dev < b->st.st_dev || (a->st.st_dev == b->st.st_dev &&
	    a->st.st_ino < b->st.st_ino));
}

static void
open_users(void)
{
	struct user *order[MAXUSERS], *u;
	int i, j, n = 0;

	nusers = hvc_user_disks();
	for (i = 0; i < nusers; i++) {
		u = &users[i];
		u->blank = -1;
		u->path = hc_arg_at("disk", i);
		u->fd = (int)syscall(SYS_open, u->path, O_RDWR | O_CLOEXEC);
		if (u->fd < 0)
			continue;
		if (syscall(SYS_fstat, u->fd, &u->st) < 0 ||
		    !S_ISREG(u->st.st_mode)) {
			close_user(u);
			continue;
		}
		for (j = n++; j > 0 && before(u, order[j - 1]); j--)
			order[j] = order[j - 1];
		order[j] = u;
	}
	for (i = 0; i < n; i++) {
		u = order[i];
		if (i > 0 && !before(order[i - 1], u)) {
			close_user(u);		/* the same one twice */
			continue;
		}
		while (syscall(SYS_flock, u->fd, LOCK_EX) < 0 && errno == EINTR)
			;
		/* It may have changed meanwhile. */
		if (syscall(SYS_fstat, u->fd, &u->st) < 0 ||
		    u->st.st_size <= 0 || u->st.st_size % USER_BLOCK != 0)
			close_user(u);
	}
}

static struct user *
user(int index)
{
	if (nusers < 0)
		open_users();
	return (index < 0 || index >= nusers || users[index].fd < 0 ? NULL :
	    &users[index]);
}

long long
hvc_user_disk_bytes(int index)
{
	struct user *u = user(index);

	return (u == NULL ? -1 : (long long)u->st.st_size);
}

/*
 * Whether it holds nothing, or what an earlier run has left there. Holes are
 * passed over.
 */
static bool
blank(const struct user *u)
{
	static uint8_t buffer[CHUNK];
	static const char mark[] = HVC_DISK_MARK;
	long at = 0, n, i;

	while ((at = syscall(SYS_lseek, u->fd, at, SEEK_DATA)) >= 0 &&
	    at < u->st.st_size) {
		n = syscall(SYS_pread64, u->fd, buffer, sizeof (buffer), at);
		if (n <= 0)
			return (n == 0);
		if (at == 0 && n >= 512 &&
		    memcmp(buffer, mark, sizeof (mark) - 1) == 0)
			return (true);
		for (i = 0; i < n; i++) {
			if (buffer[i] != 0)
				return (false);
		}
		at += n;
	}
	return (true);
}

int
hvc_user_disk_blank(int index)
{
	struct user *u = user(index);

	if (u == NULL)
		return (0);
	if (u->blank < 0)
		u->blank = blank(u);
	return (u->blank);
}

/* What is on it stays there, unless it is blank. */
int
stor_user(struct stor_lun *l, int index)
{
	struct user *u = user(index);

	if (u == NULL || u->attached)
		return (-1);
	u->attached = true;
	l->user = index;
	l->fd = u->fd;
	l->block = USER_BLOCK;
	l->blocks = (uint64_t)u->st.st_size / l->block;
	l->medium = true;
	l->read_only = !hvc_user_disk_blank(index);
	identify(l->identity, u->path, strlen(u->path));
	return (0);
}

/* A file that has no name, and is gone when the machine is. */
int
stor_scratch(struct stor_lun *l, uint64_t bytes, uint32_t block)
{
	const char *dir = getenv("TMPDIR");
	long fd;

	fd = syscall(SYS_open, dir != NULL && *dir != '\0' ? dir : "/tmp",
	    O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		fd = syscall(SYS_memfd_create, "disk", MFD_CLOEXEC);
	if (fd < 0)
		return (-1);
	if (syscall(SYS_ftruncate, fd, bytes) < 0) {
		(void) syscall(SYS_close, fd);
		return (-1);
	}
	l->fd = (int)fd;
	l->block = block;
	l->blocks = bytes / block;
	l->medium = true;
	return (0);
}

void
stor_lun_free(struct stor_lun *l)
{
	struct stor_lun **at = &l->stor->luns;

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	if (l->user >= 0)
		users[l->user].attached = false;
	else if (l->fd >= 0)
		(void) syscall(SYS_close, l->fd);
	free(l);
}

bool
stor_read(const struct stor_lun *l, uint64_t at, void *data, uint64_t len)
{
	uint8_t *p = data;
	long n;

	for (; len > 0; p += n, at += (uint64_t)n, len -= (uint64_t)n) {
		n = syscall(SYS_pread64, l->fd, p, len, at);
		if (n <= 0)
			return (false);	/* it has been cut short */
	}
	return (true);
}

bool
stor_write(const struct stor_lun *l, uint64_t at, const void *data,
    uint64_t len)
{
	const uint8_t *p = data;
	long n;

	for (; len > 0; p += n, at += (uint64_t)n, len -= (uint64_t)n) {
		n = syscall(SYS_pwrite64, l->fd, p, len, at);
		if (n <= 0)
			return (false);
	}
	return (true);
}

bool
stor_zero(const struct stor_lun *l, uint64_t at, uint64_t len)
{
	uint64_t n;

	if (len == 0 || syscall(SYS_fallocate, l->fd, FALLOC_FL_PUNCH_HOLE |
	    FALLOC_FL_KEEP_SIZE, at, len) == 0)
		return (true);
	for (; len > 0; at += n, len -= n) {
		n = len < CHUNK ? len : CHUNK;
		if (!stor_write(l, at, zeros, n))
			return (false);
	}
	return (true);
}

/* A user's file outlives the machine. */
void
stor_sync(const struct stor_lun *l)
{
	if (l->user >= 0)
		(void) syscall(SYS_fdatasync, l->fd);
}
