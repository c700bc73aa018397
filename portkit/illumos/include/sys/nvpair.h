/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Lists of names and values (nvlist_alloc(9F)), as events carry them.
 */

#ifndef _SYS_NVPAIR_H
#define	_SYS_NVPAIR_H

#include <sys/types.h>

struct nvlist;
typedef struct nvlist nvlist_t;
#define	NV_UNIQUE_NAME	0x1
#define	NV_UNIQUE_NAME_TYPE	0x2
int nvlist_alloc(nvlist_t **, uint_t, int);
void nvlist_free(nvlist_t *);
int nvlist_add_boolean(nvlist_t *, const char *);
int nvlist_add_byte(nvlist_t *, const char *, uchar_t);
int nvlist_add_int32(nvlist_t *, const char *, int32_t);
int nvlist_add_uint32(nvlist_t *, const char *, uint32_t);
int nvlist_add_int64(nvlist_t *, const char *, int64_t);
int nvlist_add_uint64(nvlist_t *, const char *, uint64_t);
int nvlist_add_string(nvlist_t *, const char *, const char *);
int nvlist_lookup_int32(nvlist_t *, const char *, int32_t *);
int nvlist_lookup_uint32(nvlist_t *, const char *, uint32_t *);
int nvlist_lookup_int64(nvlist_t *, const char *, int64_t *);
int nvlist_lookup_uint64(nvlist_t *, const char *, uint64_t *);
int nvlist_lookup_string(nvlist_t *, const char *, char **);

/* What else a driver may expect from this header. */
#include <sys/time.h>
#include <sys/errno.h>
#include <sys/va_list.h>
#include <sys/kmem.h>

#endif	/* _SYS_NVPAIR_H */
