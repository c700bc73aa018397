/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Messages and panics: cmn_err(9F), dev_err(9F).
 */

#ifndef _SYS_CMN_ERR_H
#define	_SYS_CMN_ERR_H

#include <sys/types.h>
#include <sys/dditypes.h>
#include <sys/va_list.h>
#include <sys/ccompile.h>

/* Levels. All but CE_CONT end the line by themselves. */
#define	CE_CONT	0
#define	CE_NOTE	1
#define	CE_WARN	2
#define	CE_PANIC	3
#define	CE_IGNORE	4

void cmn_err(int, const char *, ...) __KPRINTFLIKE(2);
void vcmn_err(int, const char *, __va_list) __KVPRINTFLIKE(2);
void zcmn_err(zoneid_t, int, const char *, ...) __KPRINTFLIKE(3);
void dev_err(dev_info_t *, int, char *, ...) __KPRINTFLIKE(3);
void vdev_err(dev_info_t *, int, const char *, __va_list) __KVPRINTFLIKE(3);
void printf(const char *, ...) __KPRINTFLIKE(1);
void vprintf(const char *, __va_list) __KVPRINTFLIKE(1);
void uprintf(const char *, ...) __KPRINTFLIKE(1);
size_t snprintf(char *, size_t, const char *, ...) __KPRINTFLIKE(3);
size_t vsnprintf(char *, size_t, const char *, __va_list) __KVPRINTFLIKE(3);
char *sprintf(char *, const char *, ...) __KPRINTFLIKE(2);
char *vsprintf(char *, const char *, __va_list) __KVPRINTFLIKE(2);
void panic(const char *, ...) __KPRINTFLIKE(1) __NORETURN;
void vpanic(const char *, __va_list) __KVPRINTFLIKE(1) __NORETURN;

#endif	/* _SYS_CMN_ERR_H */
