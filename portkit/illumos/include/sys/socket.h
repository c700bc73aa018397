/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Sockets: socket.h(3HEAD). Families, types, options and messages; there are
 * no functions for a driver here.
 */

#ifndef _SYS_SOCKET_H
#define	_SYS_SOCKET_H

#include <sys/types.h>
#include <sys/uio.h>
#include <sys/feature_tests.h>
#include <sys/socket_impl.h>

#ifndef	_SOCKLEN_T
#define	_SOCKLEN_T
typedef uint32_t socklen_t;
#endif

#define	SOCK_STREAM	2
#define	SOCK_DGRAM	1
#define	SOCK_RAW	4
#define	SOCK_RDM	5
#define	SOCK_SEQPACKET	6
#define	SOCK_TYPE_MASK	0xffff
#define	SOCK_CLOEXEC	0x80000
#define	SOCK_NONBLOCK	0x100000
#define	SOCK_NDELAY	0x200000

#define	AF_UNSPEC	0
#define	AF_UNIX	1
#define	AF_INET	2
#define	AF_APPLETALK	16
#define	AF_802	18
#define	AF_X25	20
#define	AF_IPX	23
#define	AF_ROUTE	24
#define	AF_LINK	25
#define	AF_INET6	26
#define	AF_KEY	27
#define	AF_PACKET	32
#define	AF_MAX	32
#define	AF_LOCAL	AF_UNIX
#define	PF_UNSPEC	AF_UNSPEC
#define	PF_UNIX		AF_UNIX
#define	PF_LOCAL	AF_LOCAL
#define	PF_INET		AF_INET
#define	PF_INET6	AF_INET6
#define	PF_ROUTE	AF_ROUTE
#define	PF_LINK		AF_LINK
#define	PF_KEY		AF_KEY
#define	PF_PACKET	AF_PACKET

/* Levels of options, and the options of SOL_SOCKET. */
#define	SOL_SOCKET	0xffff
#define	SOL_ROUTE	0xfffe
#define	SOL_PACKET	0xfffd
#define	SO_DEBUG	0x1
#define	SO_ACCEPTCONN	0x2
#define	SO_REUSEADDR	0x4
#define	SO_KEEPALIVE	0x8
#define	SO_DONTROUTE	0x10
#define	SO_BROADCAST	0x20
#define	SO_USELOOPBACK	0x40
#define	SO_LINGER	0x80
#define	SO_OOBINLINE	0x100
#define	SO_SNDBUF	0x1001
#define	SO_RCVBUF	0x1002
#define	SO_SNDLOWAT	0x1003
#define	SO_RCVLOWAT	0x1004
#define	SO_SNDTIMEO	0x1005
#define	SO_RCVTIMEO	0x1006
#define	SO_ERROR	0x1007
#define	SO_TYPE	0x1008
#define	SO_PROTOTYPE	0x1009
#define	SO_DOMAIN	0x100c
#define	SO_TIMESTAMP	0x1013
struct linger {
	int l_onoff;
	int l_linger;
};

#define	SOMAXCONN	128

#define	MSG_OOB	0x1
#define	MSG_PEEK	0x2
#define	MSG_DONTROUTE	0x4
#define	MSG_EOR	0x8
#define	MSG_CTRUNC	0x10
#define	MSG_TRUNC	0x20
#define	MSG_WAITALL	0x40
#define	MSG_DONTWAIT	0x80
#define	MSG_NOSIGNAL	0x200
#define	SHUT_RD	0
#define	SHUT_WR	1
#define	SHUT_RDWR	2

struct msghdr {
	void *msg_name;
	socklen_t msg_namelen;
	struct iovec *msg_iov;
	int msg_iovlen;
	void *msg_control;
	socklen_t msg_controllen;
	int msg_flags;
};

/* Ahead of each piece of msg_control. */
struct cmsghdr {
	socklen_t cmsg_len;
	int cmsg_level;
	int cmsg_type;
};

#define	SCM_RIGHTS	0x1010
#define	SCM_UCRED	0x1012
#define	SCM_TIMESTAMP	0x1013

#endif	/* _SYS_SOCKET_H */
