/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The part of a thread that runs a program.
 */

#ifndef _SYS_KLWP_H
#define	_SYS_KLWP_H

#include <sys/types.h>

struct _klwp;
typedef struct _klwp klwp_t;
typedef struct _klwp *klwp_id_t;

/* What else a driver may expect from this header. */
#include <sys/condvar.h>
#include <sys/thread.h>
#include <sys/signal.h>
#include <sys/feature_tests.h>
#include <sys/types32.h>
#include <sys/regset.h>
#include <sys/time.h>
#include <sys/int_types.h>
#include <sys/machparam.h>

#endif	/* _SYS_KLWP_H */
