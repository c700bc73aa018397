/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * In which context a thread is: whether it may sleep, how long it has spun,
 * and whether an entry point of a driver leaves it as it found it.
 */

#include "ksync.h"

/* Spinning for longer, where it could sleep, is a waste of a processor. */
#define	SPIN_ALLOWED	(10L * 1000000L)

extern int do_polled_io;

/*
 * Formats as cmn_err(9F) does, without a precision for strings: what is too
 * long is cut at the end of the buffer, or by kclip().
 */
char *
kclip(char *buf, size_t len, const char *text)
{
	size_t i;

	for (i = 0; i + 1 < len && text != NULL && text[i] != '\0'; i++)
		buf[i] = text[i];
	buf[i] = '\0';
	return (buf);
}

char *
kformat(char *buf, size_t len, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void) kprintf_format(buf, len, fmt, args);
	va_end(args);
	return (buf);
}

void
kpoint(void)
{
	if (hc_self() != NULL)
		hc_point();
}

int
kctx_interrupt_level(void)
{
	return (hc_self() != NULL ? hc_interrupt_level() : 0);
}

/*
 * Preemption may be disabled, and mutexes held: sleeping is then unwise, but
 * allowed.
 */
const char *
kctx_reason(const struct ksync *except)
{
	static char reason[128];
	struct kthr *kt = kthr_self();
	int level = kctx_interrupt_level();
	uint_t i;

	if (level != 0) {
		return (kformat(reason, sizeof (reason),
		    "in an interrupt handler of level %d", level));
	}
	for (i = 0; i < kt->kt_nheld; i++) {
		struct ksync *ks = kt->kt_held[i].kh_sync;

		if (KSYNC_SPIN(ks) && ks != except) {
			return (kformat(reason, sizeof (reason),
			    "while spin mutex %s is held", ks->ks_label));
		}
	}
	if (kt->kt_cli)
		return ("with interrupts disabled");
	if (kt->kt_nosleep != NULL)
		return (kt->kt_nosleep);
	if (hc_self() == NULL)
		return (NULL);
	level = hc_level();
	if (except != NULL && KSYNC_SPIN(except))
		level = except->ks_oldlevel;
	if (level > LOCK_LEVEL) {
		return (kformat(reason, sizeof (reason),
		    "at interrupt priority level %d", level));
	}
	return (NULL);
}

boolean_t
kctx_can_sleep(void)
{
	return (kctx_reason(NULL) == NULL);
}

boolean_t
kctx_may_sleep(const char *called)
{
	const char *reason = kctx_reason(NULL);

	if (reason == NULL)
		return (B_TRUE);
	hc_violation("context", "%s: called %s", called, reason);
	return (B_FALSE);
}

int
kblock(hc_time deadline, const char *why, const void *what)
{
	struct kthr *kt = kthr_self();

	kt->kt_spun = 0;
	kt->kt_spun_told = B_FALSE;
	return (hc_block(deadline, why, what));
}

void
kctx_spun(hc_time length)
{
	struct kthr *kt = kthr_self();

	/* In a dump the kernel wants all commands polled, whoever sends them. */
	if (!kctx_can_sleep() || do_polled_io != 0)
		return;
	kt->kt_spun += length;
	if (kt->kt_spun > SPIN_ALLOWED && !kt->kt_spun_told) {
		kt->kt_spun_told = B_TRUE;
		hc_violation("busywait", "%s has spun for %ld microseconds "
		    "without sleeping, where it may sleep", kt->kt_name,
		    kt->kt_spun / 1000);
	}
}

void
kentry_enter(struct kentry *ke, const char *what)
{
	struct kthr *kt = kthr_self();

	ke->ke_what = what;
	ke->ke_locks = kt->kt_nheld;
	ke->ke_level = hc_level();
	ke->ke_preempt = kt->kt_thread.t_preempt;
	ke->ke_cli = kt->kt_cli;
	kt->kt_spun = 0;
	kt->kt_spun_told = B_FALSE;
}

/*
 * What is wrong is mended as well, or the rest of the run would show this one
 * error many times over.
 */
void
kentry_leave(struct kentry *ke)
{
	struct kthr *kt = kthr_self();
	uint_t i;

	for (i = ke->ke_locks; i < kt->kt_nheld; i++) {
		struct khold *kh = &kt->kt_held[i];

		hc_violation_at(&kh->kh_trace, "lock", "%s returns with %s %s "
		    "held, which was taken here", ke->ke_what,
		    ksync_word(kh->kh_sync), kh->kh_sync->ks_label);
	}
	klock_break(kt, ke->ke_locks);
	if (kt->kt_thread.t_preempt != ke->ke_preempt) {
		hc_violation("context", "%s returns with kpreempt_disable "
		    "called %d times more than kpreempt_enable", ke->ke_what,
		    kt->kt_thread.t_preempt - ke->ke_preempt);
		kt->kt_thread.t_preempt = (char)ke->ke_preempt;
	}
	if (kt->kt_cli != ke->ke_cli) {
		hc_violation("context", "%s returns with interrupts %s",
		    ke->ke_what, kt->kt_cli ? "disabled" : "enabled");
		kt->kt_cli = ke->ke_cli;
		(void) hc_interrupts(!ke->ke_cli);
	}
	if (hc_level() != ke->ke_level) {
		hc_violation("context", "%s returns at interrupt priority "
		    "level %d and was called at %d", ke->ke_what, hc_level(),
		    ke->ke_level);
		(void) hc_set_level(ke->ke_level);
	}
}
