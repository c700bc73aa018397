/*
 * This file and its contents are supplied under the terms of the
 * BSD 2-Clause License.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Copyright 2026 The portkit authors
 */

#ifndef _BSD_KSTAT_H
#define	_BSD_KSTAT_H

/*
 * Named kstats for a driver that adds its statistics one at a time.
 *
 * A node with statistics is the kstat <driver>:<instance>:<path>, where the
 * path is what leads from the device to the node, joined with dots; that of
 * the device itself is "sysctl".  Statistics may be added at any time, and stay
 * for as long as their node, and a node for as long as its context.
 */

#include <sys/types.h>
#include <sys/kstat.h>
#include <sys/dditypes.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bsd_kstat_node;

/* Nodes that go together.  All zeroes is a context without nodes. */
struct bsd_kstat_ctx {
	struct bsd_kstat_node	*kc_nodes;	/* the latest first */
};

/*
 * Fill in the value of a statistic (KSTAT_READ), or take the one that was
 * written (KSTAT_WRITE); 0 or an errno.  A string goes to where
 * KSTAT_NAMED_STR_PTR points, which is KSTAT_NAMED_STR_BUFLEN bytes of room.
 */
typedef int bsd_kstat_handler_t(kstat_named_t *, int, void *, intptr_t);

extern int bsd_kstat_init(void);
extern void bsd_kstat_fini(void);

extern struct bsd_kstat_node *bsd_kstat_device_tree(dev_info_t *);
extern struct bsd_kstat_ctx *bsd_kstat_device_ctx(dev_info_t *);
extern void bsd_kstat_device_fini(dev_info_t *);

extern void bsd_kstat_ctx_init(struct bsd_kstat_ctx *);
extern void bsd_kstat_ctx_free(struct bsd_kstat_ctx *);
extern struct bsd_kstat_node *bsd_kstat_add_node(struct bsd_kstat_ctx *,
    struct bsd_kstat_node *, const char *);

/*
 * The type is KSTAT_DATA_INT32 and its like, KSTAT_DATA_STRING, or
 * KSTAT_DATA_CHAR for bytes, which are shown as a string of hexadecimal
 * digits; the handler sets KSTAT_NAMED_STR_BUFLEN to how many there are.
 * flags is 0 or KSTAT_FLAG_WRITABLE; strings and bytes cannot be written.
 */
extern void bsd_kstat_add_proc(struct bsd_kstat_node *, const char *, uchar_t,
    bsd_kstat_handler_t *, void *, intptr_t, uint_t);
extern void bsd_kstat_add_var(struct bsd_kstat_node *, const char *, uchar_t,
    const volatile void *, uint_t);

extern void bsd_tunable_int(dev_info_t *, const char *, int *, int, int);

#ifdef __cplusplus
}
#endif

#endif	/* _BSD_KSTAT_H */
