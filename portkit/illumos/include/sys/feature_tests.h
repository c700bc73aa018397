/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which interfaces a translation unit asks for. Kernel code asks for all of
 * them: standards(5) is about programs.
 */

#ifndef _SYS_FEATURE_TESTS_H
#define	_SYS_FEATURE_TESTS_H

#include <sys/ccompile.h>
#include <sys/isa_defs.h>

/* The data model of an amd64 kernel is LP64, with the large file interfaces. */
#define	_FILE_OFFSET_BITS	64
#define	_LARGEFILE64_SOURCE	1

#endif	/* _SYS_FEATURE_TESTS_H */
