/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Device numbers, random numbers, the system's names, and failed assertions.
 */

#include "kern.h"
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/utsname.h>

#define	MINORBITS	32
#define	OLD_MINORBITS	8	/* of an o_dev_t */
#define	OLD_MAXMAJOR	0x7f
#define	OLD_MAXMINOR	0xff

volatile int quiesce_active;
int boothowto = RB_AUTOBOOT;
dev_t rootdev = NODEV;
pid_t maxpid = DEFAULT_MAXPID;

struct utsname utsname = {
	.sysname = "SunOS",
	.nodename = "simulator",
	.release = "5.11",
	.version = "portkit",
	.machine = "i86pc"
};

char *
uts_nodename(void)
{
	return (utsname.nodename);
}

/*
 * Device numbers: getmajor(9F), getminor(9F), makedevice(9F).
 */
major_t
getmajor(dev_t dev)
{
	return ((major_t)(dev >> MINORBITS));
}

minor_t
getminor(dev_t dev)
{
	return ((minor_t)dev);
}

dev_t
makedevice(major_t major, minor_t minor)
{
	return ((dev_t)major << MINORBITS | minor);
}

/*
 * The external numbers are the internal ones.
 */
major_t
getemajor(dev_t dev)
{
	return (getmajor(dev));
}

minor_t
geteminor(dev_t dev)
{
	return (getminor(dev));
}

int
etoimajor(major_t major)
{
	return ((int)major);
}

/*ARGSUSED*/
int
itoemajor(major_t major, int last)
{
	return (last == -1 ? (int)major : -1);
}

o_dev_t
cmpdev(dev_t dev)
{
	if (getmajor(dev) > OLD_MAXMAJOR || getminor(dev) > OLD_MAXMINOR)
		return ((o_dev_t)NODEV);
	return ((o_dev_t)(getmajor(dev) << OLD_MINORBITS | getminor(dev)));
}

dev_t
expdev(dev_t dev)
{
	return (makedevice(dev >> OLD_MINORBITS & OLD_MAXMAJOR,
	    dev & OLD_MAXMINOR));
}

/*
 * The same numbers for the same seed.
 */
static int
random_fill(uint8_t *buf, size_t n)
{
	hc_point();
	while (n-- > 0)
		*buf++ = (uint8_t)hc_random(256);
	return (0);
}

int
random_get_bytes(uint8_t *buf, size_t n)
{
	return (random_fill(buf, n));
}

int
random_get_blocking_bytes(uint8_t *buf, size_t n)
{
	(void) kctx_may_sleep("random_get_blocking_bytes");
	return (random_fill(buf, n));
}

int
random_get_pseudo_bytes(uint8_t *buf, size_t n)
{
	return (random_fill(buf, n));
}

/*ARGSUSED*/
int
random_add_entropy(uint8_t *buf, size_t n, uint_t estimate)
{
	return (0);
}

/*
 * Failed assertions.
 */
int
assfail(const char *expression, const char *file, int line)
{
	panic("assertion failed: %s, file: %s, line: %d", expression, file,
	    line);
}

void
assfail3(const char *expression, uintmax_t left, const char *op,
    uintmax_t right, const char *file, int line)
{
	panic("assertion failed: %s (0x%llx %s 0x%llx), file: %s, line: %d",
	    expression, (u_longlong_t)left, op, (u_longlong_t)right, file,
	    line);
}

int
ddi_in_panic(void)
{
	return (panicstr != NULL);
}

/*
 * The program counters of the caller's stack.
 */
int
getpcstack(pc_t *pcs, int max)
{
	struct hc_trace trace;
	int i;

	hc_trace_take(&trace);
	for (i = 0; i < max && i < (int)trace.n; i++)
		pcs[i] = trace.pc[i];
	return (i);
}
