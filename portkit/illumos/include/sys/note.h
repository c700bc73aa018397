/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Annotations for program checkers (NOTE(3EXT)): they mean nothing to the
 * compiler.
 */

#ifndef _SYS_NOTE_H
#define	_SYS_NOTE_H

#define	_NOTE(annotation)

#endif	/* _SYS_NOTE_H */
