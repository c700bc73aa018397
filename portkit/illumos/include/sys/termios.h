/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Terminal lines: termios(3C) and the ioctl(2) commands of termio(7I).
 */

#ifndef _SYS_TERMIOS_H
#define	_SYS_TERMIOS_H

#include <sys/types.h>
#include <sys/feature_tests.h>

typedef unsigned int tcflag_t;
typedef unsigned char cc_t;
typedef unsigned int speed_t;
#define	NCCS	19
struct termios {
	tcflag_t c_iflag;
	tcflag_t c_oflag;
	tcflag_t c_cflag;
	tcflag_t c_lflag;
	cc_t c_cc[19];
};

struct winsize {
	unsigned short ws_row;
	unsigned short ws_col;
	unsigned short ws_xpixel;
	unsigned short ws_ypixel;
};

/* Places in c_cc. VMIN and VTIME are used without ICANON. */
#define	VINTR	0
#define	VQUIT	1
#define	VERASE	2
#define	VKILL	3
#define	VEOF	4
#define	VEOL	5
#define	VEOL2	6
#define	VMIN	4
#define	VTIME	5
#define	VSWTCH	7
#define	VSTART	8
#define	VSTOP	9
#define	VSUSP	10
#define	VDSUSP	11
#define	VREPRINT	12
#define	VDISCARD	13
#define	VWERASE	14
#define	VLNEXT	15
#define	VSTATUS	16

/* Input: c_iflag. */
#define	IGNBRK	0x1
#define	BRKINT	0x2
#define	IGNPAR	0x4
#define	PARMRK	0x8
#define	INPCK	0x10
#define	ISTRIP	0x20
#define	INLCR	0x40
#define	IGNCR	0x80
#define	ICRNL	0x100
#define	IUCLC	0x200
#define	IXON	0x400
#define	IXANY	0x800
#define	IXOFF	0x1000
#define	IMAXBEL	0x2000

/* Output: c_oflag. */
#define	OPOST	0x1
#define	OLCUC	0x2
#define	ONLCR	0x4
#define	OCRNL	0x8
#define	ONOCR	0x10
#define	ONLRET	0x20
#define	OFILL	0x40
#define	OFDEL	0x80
#define	TABDLY	0x1800
#define	TAB0	0x0
#define	TAB3	0x1800
#define	XTABS	0x1800

/* The line: c_cflag, whose lowest bits are the speed. */
#define	CBAUD	0xf
#define	CSIZE	0x30
#define	CS5	0x0
#define	CS6	0x10
#define	CS7	0x20
#define	CS8	0x30
#define	CSTOPB	0x40
#define	CREAD	0x80
#define	PARENB	0x100
#define	PARODD	0x200
#define	HUPCL	0x400
#define	CLOCAL	0x800
#define	CIBAUD	0xf0000
#define	CBAUDEXT	0x200000
#define	CIBAUDEXT	0x400000
#define	CRTSXOFF	0x40000000
#define	CRTSCTS	0x80000000
#define	PAREXT	0x100000
#define	B0	0
#define	B50	1
#define	B75	2
#define	B110	3
#define	B134	4
#define	B150	5
#define	B200	6
#define	B300	7
#define	B600	8
#define	B1200	9
#define	B1800	10
#define	B2400	11
#define	B4800	12
#define	B9600	13
#define	B19200	14
#define	B38400	15
#define	B57600	16
#define	B76800	17
#define	B115200	18
#define	B153600	19
#define	B230400	20
#define	B307200	21
#define	B460800	22
#define	B921600	23

/* What the line discipline does: c_lflag. */
#define	ISIG	0x1
#define	ICANON	0x2
#define	XCASE	0x4
#define	ECHO	0x8
#define	ECHOE	0x10
#define	ECHOK	0x20
#define	ECHONL	0x40
#define	NOFLSH	0x80
#define	TOSTOP	0x100
#define	ECHOCTL	0x200
#define	ECHOPRT	0x400
#define	ECHOKE	0x800
#define	FLUSHO	0x2000
#define	PENDIN	0x4000
#define	IEXTEN	0x8000

#define	_TIOC	0x5400
#define	tIOC	0x7400
#define	TCSBRK	(_TIOC | 5)
#define	TCXONC	(_TIOC | 6)
#define	TCFLSH	(_TIOC | 7)
#define	TCGETS	(_TIOC | 13)
#define	TCSETS	(_TIOC | 14)
#define	TCSETSW	(_TIOC | 15)
#define	TCSETSF	(_TIOC | 16)
#define	TIOCGWINSZ	(_TIOC | 104)
#define	TIOCSWINSZ	(_TIOC | 103)
#define	TIOCGETD	(tIOC | 0)
#define	TIOCSETD	(tIOC | 1)
#define	TIOCEXCL	(tIOC | 13)
#define	TIOCNXCL	(tIOC | 14)
#define	TIOCFLUSH	(tIOC | 16)
#define	TIOCGPGRP	(tIOC | 20)
#define	TIOCSPGRP	(tIOC | 21)
#define	TIOCGSID	(tIOC | 22)
#define	TIOCSTI	(tIOC | 23)
#define	TIOCMSET	(tIOC | 26)
#define	TIOCMBIS	(tIOC | 27)
#define	TIOCMBIC	(tIOC | 28)
#define	TIOCMGET	(tIOC | 29)
#define	TIOCSTART	(tIOC | 110)
#define	TIOCSTOP	(tIOC | 111)
#define	TIOCNOTTY	(tIOC | 113)
#define	TIOCOUTQ	(tIOC | 115)
#define	TIOCCDTR	(tIOC | 120)
#define	TIOCSDTR	(tIOC | 121)
#define	TIOCCBRK	(tIOC | 122)
#define	TIOCSBRK	(tIOC | 123)
#define	TIOCSCTTY	(tIOC | 132)

/* The signals of a modem, for TIOCMGET and the like. */
#define	TIOCM_LE	0x1
#define	TIOCM_DTR	0x2
#define	TIOCM_RTS	0x4
#define	TIOCM_ST	0x8
#define	TIOCM_SR	0x10
#define	TIOCM_CTS	0x20
#define	TIOCM_CAR	0x40
#define	TIOCM_RNG	0x80
#define	TIOCM_DSR	0x100
#define	TIOCM_CD	TIOCM_CAR
#define	TIOCM_RI	TIOCM_RNG

#endif	/* _SYS_TERMIOS_H */
