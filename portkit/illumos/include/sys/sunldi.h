/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Using another driver from within the kernel: ldi_open_by_name(9F).
 */

#ifndef _SYS_SUNLDI_H
#define	_SYS_SUNLDI_H

#include <sys/types.h>
#include <sys/sunddi.h>
#include <sys/uio.h>
#include <sys/poll.h>
#include <sys/cred.h>

struct modlinkage;
struct __ldi_ident;
struct __ldi_handle;
typedef struct __ldi_ident *ldi_ident_t;
typedef struct __ldi_handle *ldi_handle_t;
int ldi_ident_from_dip(dev_info_t *, ldi_ident_t *);
int ldi_ident_from_dev(dev_t, ldi_ident_t *);
int ldi_ident_from_mod(struct modlinkage *, ldi_ident_t *);
void ldi_ident_release(ldi_ident_t);
int ldi_open_by_dev(dev_t *, int, int, cred_t *, ldi_handle_t *, ldi_ident_t);
int ldi_open_by_name(char *, int, cred_t *, ldi_handle_t *, ldi_ident_t);
int ldi_open_by_devid(ddi_devid_t, char *, int, cred_t *, ldi_handle_t *,
    ldi_ident_t);
int ldi_close(ldi_handle_t, int, cred_t *);
int ldi_read(ldi_handle_t, struct uio *, cred_t *);
int ldi_write(ldi_handle_t, struct uio *, cred_t *);
int ldi_ioctl(ldi_handle_t, int, intptr_t, int, cred_t *, int *);
int ldi_poll(ldi_handle_t, short, int, short *, struct pollhead **);
int ldi_get_size(ldi_handle_t, uint64_t *);
int ldi_prop_op(ldi_handle_t, ddi_prop_op_t, int, char *, caddr_t, int *);
int ldi_strategy(ldi_handle_t, struct buf *);
int ldi_dump(ldi_handle_t, caddr_t, daddr_t, int);
int ldi_get_dev(ldi_handle_t, dev_t *);
int ldi_get_otyp(ldi_handle_t, int *);
int ldi_get_devid(ldi_handle_t, ddi_devid_t *);
int ldi_get_minor_name(ldi_handle_t, char **);
int ldi_prop_lookup_int_array(ldi_handle_t, uint_t, char *, int **, uint_t *);
int ldi_prop_lookup_string(ldi_handle_t, uint_t, char *, char **);
int ldi_prop_get_int(ldi_handle_t, uint_t, char *, int);
int ldi_prop_exists(ldi_handle_t, uint_t, char *);

/* What else a driver may expect from this header. */
#include <sys/modctl.h>
#include <sys/stream.h>
#include <sys/open.h>

#endif	/* _SYS_SUNLDI_H */
