/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The general form of a socket's address. Unlike the BSDs', it does not hold
 * its own length.
 */

#ifndef _SYS_SOCKET_IMPL_H
#define	_SYS_SOCKET_IMPL_H

#include <sys/types.h>

#ifndef	_SA_FAMILY_T
#define	_SA_FAMILY_T
typedef unsigned short sa_family_t;
#endif

struct sockaddr {
	sa_family_t sa_family;
	char sa_data[14];
};

/* Large and aligned enough for the address of any family. */
typedef double sockaddr_maxalign_t;
struct sockaddr_storage {
	sa_family_t ss_family;
	char _ss_pad1[6];
	sockaddr_maxalign_t _ss_align;
	char _ss_pad2[240];
};

#endif	/* _SYS_SOCKET_IMPL_H */
