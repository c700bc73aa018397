/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Static probes (SDT(7D)), which come to nothing here: a gate makes each a
 * call, which the module loader takes out and dtrace(1M) puts back. Arguments
 * are evaluated, as they are there.
 */

#ifndef _SYS_SDT_H
#define	_SYS_SDT_H

#include <sys/stdint.h>

#define	_PORTKIT_SDT(value)	(void)(uintptr_t)(value)
#define	DTRACE_PROBE(probe)	{ }
#define	DTRACE_PROBE1(probe, t1, a1) {					\
	_PORTKIT_SDT(a1);						\
}
#define	DTRACE_PROBE2(probe, t1, a1, t2, a2) {				\
	DTRACE_PROBE1(probe, t1, a1)					\
	_PORTKIT_SDT(a2);						\
}
#define	DTRACE_PROBE3(probe, t1, a1, t2, a2, t3, a3) {			\
	DTRACE_PROBE2(probe, t1, a1, t2, a2)				\
	_PORTKIT_SDT(a3);						\
}
#define	DTRACE_PROBE4(probe, t1, a1, t2, a2, t3, a3, t4, a4) {		\
	DTRACE_PROBE3(probe, t1, a1, t2, a2, t3, a3)			\
	_PORTKIT_SDT(a4);						\
}
#define	DTRACE_PROBE5(probe, t1, a1, t2, a2, t3, a3, t4, a4,		\
    t5, a5) {								\
	DTRACE_PROBE4(probe, t1, a1, t2, a2, t3, a3, t4, a4)		\
	_PORTKIT_SDT(a5);						\
}
#define	DTRACE_PROBE6(probe, t1, a1, t2, a2, t3, a3, t4, a4,		\
    t5, a5, t6, a6) {							\
	DTRACE_PROBE5(probe, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5)	\
	_PORTKIT_SDT(a6);						\
}
#define	DTRACE_PROBE7(probe, t1, a1, t2, a2, t3, a3, t4, a4,		\
    t5, a5, t6, a6, t7, a7) {						\
	DTRACE_PROBE6(probe, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5,	\
	    t6, a6)							\
	_PORTKIT_SDT(a7);						\
}
#define	DTRACE_PROBE8(probe, t1, a1, t2, a2, t3, a3, t4, a4,		\
    t5, a5, t6, a6, t7, a7, t8, a8) {					\
	DTRACE_PROBE7(probe, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5,	\
	    t6, a6, t7, a7)						\
	_PORTKIT_SDT(a8);						\
}

#endif	/* _SYS_SDT_H */
