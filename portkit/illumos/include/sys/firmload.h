/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Firmware that is installed as files: opened by module and name, read, and
 * closed, each with an errno value or 0; the size is in bytes.
 */

#ifndef _SYS_FIRMLOAD_H
#define	_SYS_FIRMLOAD_H

#include <sys/types.h>

typedef struct firmware_handle *firmware_handle_t;
int firmware_open(const char *, const char *, firmware_handle_t *);
int firmware_close(firmware_handle_t);
off_t firmware_get_size(firmware_handle_t);
int firmware_read(firmware_handle_t, off_t, void *, size_t);

#endif	/* _SYS_FIRMLOAD_H */
