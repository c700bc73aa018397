/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * printf conversions for the integer types of a fixed width
 * (inttypes.h(3HEAD)).
 */

#ifndef _SYS_INT_FMTIO_H
#define	_SYS_INT_FMTIO_H

#include <sys/isa_defs.h>

#define	PRId8	"d"
#define	PRId16	"d"
#define	PRId32	"d"
#define	PRId64	"ld"
#define	PRIi32	"i"
#define	PRIi64	"li"
#define	PRIo32	"o"
#define	PRIo64	"lo"
#define	PRIu8	"u"
#define	PRIu16	"u"
#define	PRIu32	"u"
#define	PRIu64	"lu"
#define	PRIx8	"x"
#define	PRIx16	"x"
#define	PRIx32	"x"
#define	PRIx64	"lx"
#define	PRIX8	"X"
#define	PRIX16	"X"
#define	PRIX32	"X"
#define	PRIX64	"lX"
#define	PRIdMAX	PRId64
#define	PRIuMAX	PRIu64
#define	PRIxMAX	PRIx64
#define	PRIdPTR	"ld"
#define	PRIuPTR	"lu"
#define	PRIxPTR	"lx"

/* What else a driver may expect from this header. */
#include <sys/feature_tests.h>

#endif	/* _SYS_INT_FMTIO_H */
