/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Kinds of files: ddi_create_minor_node(9F) takes S_IFCHR and S_IFBLK.
 */

#ifndef _SYS_STAT_H
#define	_SYS_STAT_H

#include <sys/types.h>

#define	S_IFMT	0xf000
#define	S_IFIFO	0x1000
#define	S_IFCHR	0x2000
#define	S_IFDIR	0x4000
#define	S_IFBLK	0x6000
#define	S_IFREG	0x8000
#define	S_IFLNK	0xa000
#define	S_IFSOCK	0xc000
#define	S_IRWXU	448
#define	S_IRUSR	256
#define	S_IWUSR	128
#define	S_IXUSR	64
#define	S_IRWXG	56
#define	S_IRGRP	32
#define	S_IWGRP	16
#define	S_IXGRP	8
#define	S_IRWXO	7
#define	S_IROTH	4
#define	S_IWOTH	2
#define	S_IXOTH	1

/* What else a driver may expect from this header. */
#include <sys/feature_tests.h>
#include <sys/types32.h>

#endif	/* _SYS_STAT_H */
