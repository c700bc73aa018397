/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The system's own types (types.h(3HEAD)), and those of the kernel's
 * interfaces.
 */

#ifndef _SYS_TYPES_H
#define	_SYS_TYPES_H

#include <sys/feature_tests.h>
#include <sys/isa_defs.h>
#include <sys/machtypes.h>
#include <sys/int_types.h>
#include <sys/types32.h>

typedef long long longlong_t;
typedef unsigned long long u_longlong_t;
typedef int32_t t_scalar_t;
typedef uint32_t t_uscalar_t;
typedef unsigned char uchar_t;
typedef unsigned short ushort_t;
typedef unsigned int uint_t;
typedef unsigned long ulong_t;
typedef char *caddr_t;
typedef long daddr_t;
typedef short cnt_t;
typedef long ptrdiff_t;

/* Page frame numbers and counts of pages. */
typedef ulong_t pfn_t;
typedef ulong_t pgcnt_t;
typedef long spgcnt_t;
#define	PFN_INVALID	((pfn_t)-1)
#define	PFN_SUSPENDED	((pfn_t)-2)

typedef uchar_t use_t;
typedef short sysid_t;
typedef short index_t;
typedef void *timeout_id_t;
typedef void *bufcall_id_t;
typedef long off_t;
typedef off_t off64_t;
typedef ulong_t ino_t;
typedef long blkcnt_t;
typedef ulong_t fsblkcnt_t;
typedef ulong_t fsfilcnt_t;
typedef ino_t ino64_t;
typedef blkcnt_t blkcnt64_t;
typedef fsblkcnt_t fsblkcnt64_t;
typedef fsfilcnt_t fsfilcnt64_t;
typedef int blksize_t;

/* A truth value of the DDI: four bytes, unlike bool. */
typedef enum {
	B_FALSE = 0,
	B_TRUE
} boolean_t;

#define	VALID_BOOLEAN(x)	((x) == B_FALSE || (x) == B_TRUE)

typedef int64_t pad64_t;
typedef uint64_t upad64_t;
typedef union {
	long double _q;
	int32_t _l[4];
} pad128_t;

typedef union {
	long double _q;
	uint32_t _l[4];
} upad128_t;

typedef longlong_t offset_t;
typedef u_longlong_t u_offset_t;
typedef u_longlong_t len_t;
typedef u_longlong_t diskaddr_t;
typedef uint64_t paddr_t;
typedef union {
	offset_t _f;
	struct {
		int32_t _l;
		int32_t _u;
	} _p;
} lloff_t;

typedef union {
	longlong_t _f;
	struct {
		int32_t _l;
		int32_t _u;
	} _p;
} lldaddr_t;

typedef uint_t k_fltset_t;
typedef int id_t;
typedef id_t lgrp_id_t;
typedef uint_t useconds_t;
typedef long suseconds_t;
typedef uint_t major_t;
typedef uint_t minor_t;
typedef short pri_t;
typedef ushort_t cpu_flag_t;
typedef ushort_t o_mode_t;
typedef short o_dev_t;
typedef ushort_t o_uid_t;
typedef o_uid_t o_gid_t;
typedef short o_nlink_t;
typedef short o_pid_t;
typedef ushort_t o_ino_t;
typedef int key_t;
typedef uint_t mode_t;
typedef unsigned int uid_t;
typedef uid_t gid_t;
typedef uint32_t datalink_id_t;
typedef uint32_t vrid_t;
typedef id_t taskid_t;
typedef id_t projid_t;
typedef id_t poolid_t;
typedef id_t zoneid_t;
typedef id_t ctid_t;
typedef uint_t pthread_t;
typedef uint_t pthread_key_t;
typedef ulong_t dev_t;
typedef uint_t nlink_t;
typedef int pid_t;
typedef ulong_t size_t;
typedef long ssize_t;
typedef long time_t;
typedef long clock_t;
typedef int clockid_t;
typedef int timer_t;
typedef unsigned char unchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;
typedef unsigned char u_char;
typedef unsigned short u_short;
typedef unsigned int u_int;
typedef unsigned long u_long;

#define	NODEV	((dev_t)-1l)
#define	NOPID	((pid_t)-1)
#define	P_MYPID	((pid_t)0)
#define	P_MYID	(-1)
#define	SHRT_MIN	(-32768)
#define	SHRT_MAX	32767
#define	USHRT_MAX	65535
#define	INT_MAX	2147483647
#define	UINT_MAX	4294967295U
#define	LONG_MAX	9223372036854775807L
#define	ULONG_MAX	(-1UL)
#define	LLONG_MAX	9223372036854775807LL
#define	ULLONG_MAX	(-1ULL)
#define	INT_MIN		(-INT_MAX - 1)
#define	LONG_MIN	(-LONG_MAX - 1)
#define	LLONG_MIN	(-LLONG_MAX - 1)
#define	OFF_MAX		LONG_MAX
#define	OFF_MIN		LONG_MIN

/* What else a driver may expect from this header. */
#include <sys/inttypes.h>
#include <sys/select.h>

#endif	/* _SYS_TYPES_H */
