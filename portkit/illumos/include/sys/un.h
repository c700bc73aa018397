/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Addresses of local sockets: unix.h(3HEAD) calls them paths.
 */

#ifndef _SYS_UN_H
#define	_SYS_UN_H

#include <sys/types.h>
#include <sys/socket_impl.h>

struct sockaddr_un {
	sa_family_t sun_family;
	char sun_path[108];
};

#endif	/* _SYS_UN_H */
