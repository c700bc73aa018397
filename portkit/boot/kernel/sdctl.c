/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What scenarios do with disks: read(2), write(2), uscsi(4I), and the crash
 * dump.
 */

#include <sys/archsystm.h>
#include "ksd.h"

#define	STOP_PRI	169
#define	STOP_STEP	2000	/* nanoseconds */

/* Commands that one call of kc_disk_start() has become. */
struct request {
	int	r_left;
	int	r_error;
	struct sdunit *r_unit;
	void	(*r_done)(void *, int);
	void	*r_arg;
};

/*
 * As open(2) does: ready, and not written to when it cannot be. Who may not
 * sleep goes without.
 */
static int
check(struct sdunit *su, boolean_t writes, uint64_t byte, const void *buf,
    long len)
{
	int error;

	if (writes && su->su_cd)
		return (EROFS);
	if (!su->su_opened && kctx_can_sleep() && (error = sd_ready(su)) != 0)
		return (error);
	if (len <= 0 || byte % su->su_block_size != 0 ||
	    len % su->su_block_size != 0 ||
	    byte / su->su_block_size + len / su->su_block_size > su->su_blocks)
		return (EINVAL);
	if (!sdmem_is_kernel(buf, (size_t)len))
		return (EFAULT);
	return (0);
}

static struct sdcmd *
transfer(struct sdunit *su, boolean_t writes, uint64_t byte, void *buf,
    size_t len)
{
	struct sdcmd *sc = sdcmd_new(su);

	sc->sc_bp->b_flags |= writes ? B_WRITE : B_READ;
	sc->sc_bp->b_un.b_addr = buf;
	sc->sc_bp->b_bcount = sc->sc_bp->b_bufsize = len;
	sc->sc_block = byte / su->su_block_size;
	sc->sc_bp->b_lblkno = (diskaddr_t)(byte / DEV_BSIZE);
	return (sc);
}

static size_t
piece(const struct sdunit *su, size_t len)
{
	size_t most = su->su_max_xfer - su->su_max_xfer % su->su_block_size;

	return (MIN(len, MAX(most, su->su_block_size)));
}

/* physio(9F): one piece after the other. */
int
kc_disk_io(const char *name, int write, unsigned long long byte, void *buf,
    long len)
{
	struct sdunit *su = sd_hold(name);
	struct sdcmd *sc;
	size_t n;
	int error;

	hc_point();
	if (su == NULL)
		return (ENXIO);
	error = check(su, write != 0, byte, buf, len);
	while (error == 0 && len > 0) {
		n = piece(su, (size_t)len);
		sc = transfer(su, write != 0, byte, buf, n);
		sd_strategy(sc);
		error = sd_wait(sc);
		sdcmd_free(sc);
		byte += n;
		buf = (char *)buf + n;
		len -= (long)n;
	}
	sd_rele(su);
	return (error);
}

static void
started_done(struct sdcmd *sc)
{
	struct request *r = sc->sc_arg;
	struct request done;
	int error = geterror(sc->sc_bp);

	sdcmd_free(sc);
	if (error != 0)
		r->r_error = error;
	if (--r->r_left > 0)
		return;
	done = *r;
	hc_free(r);
	sd_rele(done.r_unit);
	done.r_done(done.r_arg, done.r_error);
}

int
kc_disk_start(const char *name, int write, unsigned long long byte, void *buf,
    long len, void (*done)(void *, int), void *arg)
{
	struct sdunit *su = sd_hold(name);
	struct sdcmd *sc, *first = NULL, **last = &first;
	struct request *r;
	size_t n;
	int error;

	hc_point();
	if (su == NULL)
		return (ENXIO);
	if ((error = check(su, write != 0, byte, buf, len)) != 0) {
		sd_rele(su);
		return (error);
	}
	r = hc_alloc(sizeof (*r));
	r->r_unit = su;
	r->r_done = done;
	r->r_arg = arg;
	while (len > 0) {
		n = piece(su, (size_t)len);
		sc = transfer(su, write != 0, byte, buf, n);
		sc->sc_done = started_done;
		sc->sc_arg = r;
		*last = sc;
		last = &sc->sc_next;
		r->r_left++;
		byte += n;
		buf = (char *)buf + n;
		len -= (long)n;
	}
	while ((sc = first) != NULL) {
		first = sc->sc_next;
		sc->sc_next = NULL;
		sd_strategy(sc);
	}
	return (0);
}

/*
 * The other CPUs stand still in a panic: what runs there is taken off them, as
 * far as it can be, and stays away until the dump is over.
 */
struct stop {
	int		s_cpu;
	boolean_t	s_stopped, s_over, s_gone;
};

static void
stop_cpu(void *arg)
{
	struct stop *s = arg;
	ulong_t flags;

	hc_bind(hc_self(), s->s_cpu);
	while (hc_cpu() != s->s_cpu)
		hc_yield();
	flags = intr_clear();
	s->s_stopped = B_TRUE;
	while (!s->s_over)
		hc_spend(STOP_STEP);
	intr_restore(flags);
	s->s_gone = B_TRUE;
}

static void
stop_cpus(struct stop *stops)
{
	int i;

	for (i = 0; i < hc_ncpus(); i++) {
		stops[i].s_cpu = i;
		stops[i].s_gone = i == hc_cpu();
		if (stops[i].s_gone)
			continue;
		if (kthread_spawn("panic_idle", stop_cpu, &stops[i],
		    STOP_PRI) == NULL)
			hc_panic("no thread to stop CPU %d with", i);
		while (!stops[i].s_stopped)
			(void) kblock(hc_now() + 10000, "panic", NULL);
	}
}

static void
release_cpus(struct stop *stops)
{
	int i;

	for (i = 0; i < hc_ncpus(); i++)
		stops[i].s_over = B_TRUE;
	for (i = 0; i < hc_ncpus(); i++) {
		while (!stops[i].s_gone)
			(void) kblock(hc_now() + 10000, "panic", NULL);
	}
}

int
kc_disk_dump(const char *name, unsigned long long byte, void *buf, long len,
    int panicking)
{
	static char dumping[] = "panic for a crash dump";
	struct sdunit *su = sd_hold(name);
	struct stop stops[HC_MAXCPU];
	ulong_t flags;
	int error;

	hc_point();
	if (su == NULL)
		return (ENXIO);
	if ((error = check(su, B_TRUE, byte, buf, len)) != 0) {
		sd_rele(su);
		return (error);
	}
	(void) memset(stops, 0, sizeof (stops));
	sd_hold_all();
	hc_bind(hc_self(), hc_cpu());
	if (panicking) {
		stop_cpus(stops);
		panicstr = dumping;
	}
	do_polled_io = 1;
	flags = intr_clear();
	error = sd_dump(su, byte / su->su_block_size, buf, (size_t)len);
	/* What has waited for interrupts finds no panic any more. */
	if (panicking)
		panicstr = NULL;
	do_polled_io = 0;
	intr_restore(flags);
	if (panicking)
		release_cpus(stops);
	hc_bind(hc_self(), -1);
	sd_dump_over(su);
	sd_go_on();
	sd_rele(su);
	return (error);
}

int
kc_disk_command(const char *name, const unsigned char *cdb, int cdblen,
    int write, void *buf, long len, int seconds, struct kc_scsi *result)
{
	struct sdunit *su = sd_hold(name);
	int error;

	hc_point();
	if (su == NULL)
		return (ENXIO);
	error = sd_command(su, cdb, (uint_t)cdblen, buf, (size_t)len,
	    SDU_SILENT | (write ? 0 : SDU_READ), (uint_t)seconds, result);
	sd_rele(su);
	return (error);
}

int
kc_disk_reset(const char *name, int level)
{
	struct sdunit *su = sd_hold(name);
	int done;

	hc_point();
	if (su == NULL)
		return (-1);
	done = scsi_reset(SU_ADDRESS(su), level == 1 ? RESET_ALL :
	    level == 2 ? RESET_TARGET : RESET_LUN);
	sd_rele(su);
	return (done);
}

int
kc_disk_abort(const char *name)
{
	struct sdunit *su = sd_hold(name);
	int done;

	hc_point();
	if (su == NULL)
		return (-1);
	done = scsi_abort(SU_ADDRESS(su), NULL);
	sd_rele(su);
	return (done);
}

int
kc_disk_flush(const char *name)
{
	struct sdunit *su = sd_hold(name);
	int error;

	hc_point();
	if (su == NULL)
		return (ENXIO);
	error = sd_sync_cache(su);
	sd_rele(su);
	return (error);
}

long
kc_disk_retries(const char *name)
{
	struct sdunit *su = sd_hold(name);
	long n = su != NULL ? su->su_n_retries : -1;

	if (su != NULL)
		sd_rele(su);
	return (n);
}

long
kc_disk_timeouts(const char *name)
{
	struct sdunit *su = sd_hold(name);
	long n = su != NULL ? su->su_n_timeouts : -1;

	if (su != NULL)
		sd_rele(su);
	return (n);
}

long
kc_disk_errors(const char *name)
{
	struct sdunit *su = sd_hold(name);
	long n = su != NULL ? su->su_n_errors : -1;

	if (su != NULL)
		sd_rele(su);
	return (n);
}
