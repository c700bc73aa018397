/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The kernel's global functions and variables: time in ticks, timeouts
 * (timeout(9F)), memory and strings, panics.
 */

#ifndef _SYS_SYSTM_H
#define	_SYS_SYSTM_H

#include <sys/types.h>
#include <sys/t_lock.h>
#include <sys/proc.h>
#include <sys/spl.h>

extern int hz;
extern char *volatile panicstr;
extern volatile int quiesce_active;
extern pgcnt_t physmem;
extern pgcnt_t maxmem;
extern pgcnt_t freemem;
extern dev_t rootdev;

/* Deferred calls: timeout(9F), untimeout(9F), delay(9F). */
typedef uint64_t callout_id_t;
typedef uintptr_t pc_t;
timeout_id_t timeout(void (*)(void *), void *, clock_t);
timeout_id_t realtime_timeout(void (*)(void *), void *, clock_t);
clock_t untimeout(timeout_id_t);
callout_id_t timeout_default(void (*)(void *), void *, clock_t);
clock_t untimeout_default(callout_id_t, int);
callout_id_t timeout_generic(int, void (*)(void *), void *, hrtime_t,
    hrtime_t, int);
hrtime_t untimeout_generic(callout_id_t, int);
void delay(clock_t);
int delay_sig(clock_t);
void delay_random(clock_t);
int nodev();
int nulldev();
int ffs(uintmax_t);
int bcmp(const void *, const void *, size_t);
int stoi(char **);
void numtos(ulong_t, char *);
int copyin(const void *, void *, size_t);
int copyout(const void *, void *, size_t);
int copyinstr(const char *, char *, size_t, size_t *);
int copyoutstr(const char *, char *, size_t, size_t *);
int copystr(const char *, char *, size_t, size_t *);
int kcopy(const void *, void *, size_t);
int kzero(void *, size_t);
int splr(int);
int splhigh(void);
int splhi(void);
int splzs(void);
int spl0(void);
void splx(int);
void softcall(void (*)(void *), void *);
int on_fault(label_t *);
void no_fault(void);
void halt(char *);
char *kmem_asprintf(const char *, ...);
int getpcstack(pc_t *, int);
caddr_t caller(void);
caddr_t callee(void);
size_t strlen(const char *);
char *strcat(char *, const char *);
char *strncat(char *, const char *, size_t);
size_t strlcat(char *, const char *, size_t);
char *strcpy(char *, const char *);
char *strncpy(char *, const char *, size_t);
size_t strlcpy(char *, const char *, size_t);
size_t strspn(const char *, const char *);
size_t strcspn(const char *, const char *);
char *strdup(const char *);
void strfree(char *);
char *strchr(const char *, int);
char *strrchr(const char *, int);
char *strstr(const char *, const char *);
char *strnrchr(const char *, int, size_t);
int strcmp(const char *, const char *);
int strncmp(const char *, const char *, size_t);
int strcasecmp(const char *, const char *);
int strncasecmp(const char *, const char *, size_t);
char *strpbrk(const char *, const char *);
void bcopy(const void *, void *, size_t);
void bzero(void *, size_t);
void *memset(void *, int, size_t);
void *memcpy(void *, const void *, size_t);
void *memmove(void *, const void *, size_t);
int memcmp(const void *, const void *, size_t);

/* What else a driver may expect from this header. */
#include <sys/dditypes.h>
#include <sys/types32.h>
#include <sys/varargs.h>
#include <sys/uadmin.h>

#endif	/* _SYS_SYSTM_H */
