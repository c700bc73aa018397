/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Properties that say what INQUIRY answered.
 */

#ifndef _SYS_SCSI_IMPL_INQUIRY_H
#define	_SYS_SCSI_IMPL_INQUIRY_H

#include <sys/types.h>

#define	SUN_MIN_INQLEN	4
#define	SUN_INQSIZE	(sizeof (struct scsi_inquiry))
#define	INQUIRY_DEVICE_TYPE	"inquiry-device-type"
#define	INQUIRY_VENDOR_ID	"inquiry-vendor-id"
#define	INQUIRY_PRODUCT_ID	"inquiry-product-id"
#define	INQUIRY_REVISION_ID	"inquiry-revision-id"
#define	INQUIRY_SERIAL_NO	"inquiry-serial-no"
int scsi_ascii_inquiry_len(char *, size_t);

#endif	/* _SYS_SCSI_IMPL_INQUIRY_H */
