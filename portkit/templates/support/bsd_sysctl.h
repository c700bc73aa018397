/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

#ifndef _BSD_SYSCTL_H
#define	_BSD_SYSCTL_H

/*
 * A driver's sysctl(9) tree as named kstats.
 *
 * Each node that has leaves is a kstat <driver>:<instance>:<path>, where the
 * path is what leads from the device's root to the node, joined with dots
 * (the root itself is "sysctl").  Each leaf is a statistic of that kstat, and
 * reading it calls the leaf's handler.  A leaf of type opaque is a raw kstat
 * of its own.  Integer leaves with CTLFLAG_WR can be written.
 */

#include <sys/types.h>
#include <sys/inttypes.h>
#include <sys/list.h>
#include <sys/kstat.h>
#include <sys/dditypes.h>

#ifdef __cplusplus
extern "C" {
#endif

#define	CTLTYPE		0xf	/* mask of the type */
#define	CTLTYPE_NODE	1
#define	CTLTYPE_INT	2
#define	CTLTYPE_STRING	3
#define	CTLTYPE_S64	4
#define	CTLTYPE_OPAQUE	5
#define	CTLTYPE_STRUCT	CTLTYPE_OPAQUE
#define	CTLTYPE_UINT	6
#define	CTLTYPE_LONG	7
#define	CTLTYPE_ULONG	8
#define	CTLTYPE_U64	9
#define	CTLTYPE_U8	0xa
#define	CTLTYPE_U16	0xb
#define	CTLTYPE_S8	0xc
#define	CTLTYPE_S16	0xd
#define	CTLTYPE_S32	0xe
#define	CTLTYPE_U32	0xf

#define	CTLFLAG_RD	0x80000000
#define	CTLFLAG_WR	0x40000000
#define	CTLFLAG_RW	(CTLFLAG_RD | CTLFLAG_WR)
/* Of no effect here: every handler is MP safe, tunables have a function. */
#define	CTLFLAG_SKIP	0x01000000
#define	CTLFLAG_TUN	0x00080000
#define	CTLFLAG_RDTUN	(CTLFLAG_RD | CTLFLAG_TUN)
#define	CTLFLAG_RWTUN	(CTLFLAG_RW | CTLFLAG_TUN)
#define	CTLFLAG_MPSAFE	0x00040000
#define	CTLFLAG_STATS	0x00002000

#define	OID_AUTO	(-1)

struct sysctl_oid;
struct sysctl_root;

struct sysctl_oid_list {
	list_t			ol_list;	/* struct sysctl_oid */
	struct sysctl_oid	*ol_parent;
};

struct sysctl_ctx_entry;

/* All zeroes is an empty list. */
struct sysctl_ctx_list {
	struct sysctl_ctx_entry	*ctx_head;
};

struct sysctl_req {
	void		*oldptr;	/* where the value goes, or NULL */
	size_t		oldlen;
	size_t		oldidx;
	const void	*newptr;	/* the value to set, or NULL */
	size_t		newlen;
	size_t		newidx;
};

#define	SYSCTL_HANDLER_ARGS	struct sysctl_oid *oidp, void *arg1,	\
	intmax_t arg2, struct sysctl_req *req

struct sysctl_oid {
	struct sysctl_oid_list	oid_children;
	struct sysctl_oid_list	*oid_parent;
	list_node_t		oid_link;
	struct sysctl_root	*oid_root;
	char			*oid_name;
	const char		*oid_descr;
	uint_t			oid_kind;
	uint_t			oid_refcnt;	/* contexts that added it */
	uint_t			oid_running;	/* calls of its handler */
	int			(*oid_handler)(SYSCTL_HANDLER_ARGS);
	void			*oid_arg1;
	intmax_t		oid_arg2;
	struct sysctl_kstat	*oid_kstat;
};

#define	SYSCTL_CHILDREN(oid)	(&(oid)->oid_children)

#define	SYSCTL_OUT(req, p, l)	bsd_sysctl_out((req), (p), (l))
#define	SYSCTL_IN(req, p, l)	bsd_sysctl_in((req), (p), (l))

extern int bsd_sysctl_init(void);
extern void bsd_sysctl_fini(void);

extern struct sysctl_ctx_list *bsd_device_sysctl_ctx(dev_info_t *);
extern struct sysctl_oid *bsd_device_sysctl_tree(dev_info_t *);
extern void bsd_device_sysctl_fini(dev_info_t *);
extern void bsd_tunable_int(dev_info_t *, const char *, int *, int, int);

extern int sysctl_ctx_init(struct sysctl_ctx_list *);
extern int sysctl_ctx_free(struct sysctl_ctx_list *);
extern struct sysctl_oid *bsd_sysctl_add_oid(struct sysctl_ctx_list *,
    struct sysctl_oid_list *, const char *, uint_t, void *, intmax_t,
    int (*)(SYSCTL_HANDLER_ARGS), const char *);

extern int bsd_sysctl_out(struct sysctl_req *, const void *, size_t);
extern int bsd_sysctl_in(struct sysctl_req *, void *, size_t);
extern int sysctl_handle_8(SYSCTL_HANDLER_ARGS);
extern int sysctl_handle_16(SYSCTL_HANDLER_ARGS);
extern int sysctl_handle_int(SYSCTL_HANDLER_ARGS);
extern int sysctl_handle_32(SYSCTL_HANDLER_ARGS);
extern int sysctl_handle_long(SYSCTL_HANDLER_ARGS);
extern int sysctl_handle_64(SYSCTL_HANDLER_ARGS);
extern int sysctl_handle_string(SYSCTL_HANDLER_ARGS);
extern int sysctl_handle_opaque(SYSCTL_HANDLER_ARGS);

/*
 * FreeBSD's argument lists.  The number of an oid has no meaning here, and the
 * format string says nothing that the type does not.
 */
#define	SYSCTL_ADD_NODE(ctx, parent, nbr, name, access, handler, descr)	\
	bsd_sysctl_add_oid((ctx), (parent), (name),			\
	    CTLTYPE_NODE | (access), NULL, 0, (handler), (descr))
#define	SYSCTL_ADD_PROC(ctx, parent, nbr, name, access, ptr, arg,	\
    handler, fmt, descr)						\
	bsd_sysctl_add_oid((ctx), (parent), (name), (access), (ptr),	\
	    (arg), (handler), (descr))
#define	SYSCTL_ADD_STRING(ctx, parent, nbr, name, access, ptr, len, descr) \
	bsd_sysctl_add_oid((ctx), (parent), (name),			\
	    CTLTYPE_STRING | (access), (ptr), (len),			\
	    sysctl_handle_string, (descr))
#define	SYSCTL_ADD_OPAQUE(ctx, parent, nbr, name, access, ptr, len,	\
    fmt, descr)								\
	bsd_sysctl_add_oid((ctx), (parent), (name),			\
	    CTLTYPE_OPAQUE | (access), (ptr), (len),			\
	    sysctl_handle_opaque, (descr))
#define	SYSCTL_ADD_U8(ctx, parent, nbr, name, access, ptr, val, descr)	\
	bsd_sysctl_add_oid((ctx), (parent), (name),			\
	    CTLTYPE_U8 | (access), (ptr), (val), sysctl_handle_8, (descr))
#define	SYSCTL_ADD_U16(ctx, parent, nbr, name, access, ptr, val, descr)	\
	bsd_sysctl_add_oid((ctx), (parent), (name),			\
	    CTLTYPE_U16 | (access), (ptr), (val), sysctl_handle_16, (descr))
#define	SYSCTL_ADD_U32(ctx, parent, nbr, name, access, ptr, val, descr)	\
	bsd_sysctl_add_oid((ctx), (parent), (name),			\
	    CTLTYPE_U32 | (access), (ptr), (val), sysctl_handle_32, (descr))
#define	SYSCTL_ADD_INT(ctx, parent, nbr, name, access, ptr, val, descr)	\
	bsd_sysctl_add_oid((ctx), (parent), (name),			\
	    CTLTYPE_INT | (access), (ptr), (val), sysctl_handle_int, (descr))
#define	SYSCTL_ADD_UINT(ctx, parent, nbr, name, access, ptr, val, descr) \
	bsd_sysctl_add_oid((ctx), (parent), (name),			\
	    CTLTYPE_UINT | (access), (ptr), (val), sysctl_handle_int, (descr))
#define	SYSCTL_ADD_LONG(ctx, parent, nbr, name, access, ptr, descr)	\
	bsd_sysctl_add_oid((ctx), (parent), (name),			\
	    CTLTYPE_LONG | (access), (ptr), 0, sysctl_handle_long, (descr))
#define	SYSCTL_ADD_ULONG(ctx, parent, nbr, name, access, ptr, descr)	\
	bsd_sysctl_add_oid((ctx), (parent), (name),			\
	    CTLTYPE_ULONG | (access), (ptr), 0, sysctl_handle_long, (descr))
#define	SYSCTL_ADD_QUAD(ctx, parent, nbr, name, access, ptr, descr)	\
	bsd_sysctl_add_oid((ctx), (parent), (name),			\
	    CTLTYPE_S64 | (access), (ptr), 0, sysctl_handle_64, (descr))
#define	SYSCTL_ADD_UQUAD(ctx, parent, nbr, name, access, ptr, descr)	\
	bsd_sysctl_add_oid((ctx), (parent), (name),			\
	    CTLTYPE_U64 | (access), (ptr), 0, sysctl_handle_64, (descr))
#define	SYSCTL_ADD_U64(ctx, parent, nbr, name, access, ptr, val, descr)	\
	bsd_sysctl_add_oid((ctx), (parent), (name),			\
	    CTLTYPE_U64 | (access), (ptr), (val), sysctl_handle_64, (descr))

#ifdef __cplusplus
}
#endif

#endif	/* _BSD_SYSCTL_H */
