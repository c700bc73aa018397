/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the instruction set makes of the C language: byte order, sizes and
 * alignments of amd64, and that it runs programs of both data models.
 */

#ifndef _SYS_ISA_DEFS_H
#define	_SYS_ISA_DEFS_H

#define	_LITTLE_ENDIAN
#define	_BIT_FIELDS_LTOH
#define	_STACK_GROWS_DOWNWARD
#define	_LONG_LONG_LTOH
#define	_IEEE_754
#define	_CHAR_IS_SIGNED
#ifndef	_LP64
#define	_LP64
#endif
#define	_MULTI_DATAMODEL
#define	_I32LPx
#define	_SUNOS_VTOC_16
#define	_DMA_USES_PHYSADDR
#define	_CHAR_ALIGNMENT	1
#define	_SHORT_ALIGNMENT	2
#define	_INT_ALIGNMENT	4
#define	_LONG_ALIGNMENT	8
#define	_LONG_LONG_ALIGNMENT	8
#define	_POINTER_ALIGNMENT	8
#define	_MAX_ALIGNMENT	16

#endif	/* _SYS_ISA_DEFS_H */
