/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Flags and commands of open(2) and fcntl(2). What open(9E) gets are the
 * flags of <sys/file.h>.
 */

#ifndef _SYS_FCNTL_H
#define	_SYS_FCNTL_H

#include <sys/feature_tests.h>
#include <sys/types.h>

#define	O_RDONLY	0
#define	O_WRONLY	1
#define	O_RDWR	2
#define	O_SEARCH	0x200000
#define	O_EXEC	0x400000
#define	O_NDELAY	0x4
#define	O_APPEND	0x8
#define	O_SYNC	0x10
#define	O_DSYNC	0x40
#define	O_RSYNC	0x8000
#define	O_NONBLOCK	0x80
#define	O_LARGEFILE	0x2000
#define	O_CREAT	0x100
#define	O_TRUNC	0x200
#define	O_EXCL	0x400
#define	O_NOCTTY	0x800
#define	O_XATTR	0x4000
#define	O_NOFOLLOW	0x20000
#define	O_NOLINKS	0x40000
#define	O_CLOEXEC	0x800000
#define	O_ACCMODE	0x600003

#define	F_DUPFD	0
#define	F_GETFD	1
#define	F_SETFD	2
#define	F_GETFL	3
#define	F_GETXFL	45
#define	F_SETFL	4
#define	F_SETLK	6
#define	F_SETLKW	7
#define	F_GETLK	14
#define	F_SETLK64	34
#define	F_SETLKW64	35
#define	F_GETLK64	33
#define	F_ALLOCSP	10
#define	F_FREESP	11
#define	F_GETOWN	23
#define	F_SETOWN	24
#define	F_DUP2FD	9
#define	F_DUPFD_CLOEXEC	37
#define	FD_CLOEXEC	1

/* A lock on a part of a file; l_type is one of the three. */
#define	F_RDLCK	1
#define	F_WRLCK	2
#define	F_UNLCK	3
struct flock {
	short l_type;
	short l_whence;
	off_t l_start;
	off_t l_len;
	int l_sysid;
	pid_t l_pid;
	char _pad0[32];
};

typedef struct flock flock_t;

struct flock64 {
	short l_type;
	short l_whence;
	off64_t l_start;
	off64_t l_len;
	int l_sysid;
	pid_t l_pid;
	char _pad0[32];
};

typedef struct flock64 flock64_t;

/* Instead of a directory's descriptor, and how to go about a last link. */
#define	AT_FDCWD	0xffd19553
#define	AT_SYMLINK_NOFOLLOW	0x1000
#define	AT_SYMLINK_FOLLOW	0x2000
#define	AT_REMOVEDIR	0x1
#define	AT_EACCESS	0x4

#endif	/* _SYS_FCNTL_H */
