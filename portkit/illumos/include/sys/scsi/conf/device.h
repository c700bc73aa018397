/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A SCSI device as its driver has it: scsi_device(9S), scsi_probe(9F).
 */

#ifndef _SYS_SCSI_CONF_DEVICE_H
#define	_SYS_SCSI_CONF_DEVICE_H

#include <sys/scsi/scsi_address.h>
#include <sys/dditypes.h>
#include <sys/t_lock.h>

struct scsi_inquiry;
struct scsi_extended_sense;

struct scsi_device {
	struct scsi_address sd_address;
	dev_info_t *sd_dev;
	kmutex_t sd_mutex;
	void *sd_hba_private;
	struct scsi_inquiry *sd_inq;
	struct scsi_extended_sense *sd_sense;
	void *sd_private;
	int sd_fm_capable;
	void *sd_pathinfo;
	unsigned int sd_uninit_prevent: 16;
	unsigned int sd_tran_tgt_free_done: 1;
	unsigned int sd_flags_pad: 15;
	struct scsi_hba_tran *sd_tran_safe;
};

int scsi_probe(struct scsi_device *, int (*)(void));
void scsi_unprobe(struct scsi_device *);
char *scsi_device_unit_address(struct scsi_device *);

/* Whose property. */
#define	SCSI_DEVICE_PROP_PATH	0x1
#define	SCSI_DEVICE_PROP_DEVICE	0x2
#define	SCSI_DEVICE_PROP_TYPE_MSK	0xf
int scsi_device_prop_get_int(struct scsi_device *, uint_t, char *, int);
int64_t scsi_device_prop_get_int64(struct scsi_device *, uint_t, char *,
    int64_t);
int scsi_device_prop_lookup_byte_array(struct scsi_device *, uint_t, char *,
    uchar_t **, uint_t *);
int scsi_device_prop_lookup_int_array(struct scsi_device *, uint_t, char *,
    int **, uint_t *);
int scsi_device_prop_lookup_string(struct scsi_device *, uint_t, char *,
    char **);
int scsi_device_prop_lookup_string_array(struct scsi_device *, uint_t, char *,
    char ***, uint_t *);
int scsi_device_prop_update_byte_array(struct scsi_device *, uint_t, char *,
    uchar_t *, uint_t);
int scsi_device_prop_update_int(struct scsi_device *, uint_t, char *, int);
int scsi_device_prop_update_int64(struct scsi_device *, uint_t, char *,
    int64_t);
int scsi_device_prop_update_int_array(struct scsi_device *, uint_t, char *,
    int *, uint_t);
int scsi_device_prop_update_string(struct scsi_device *, uint_t, char *,
    char *);
int scsi_device_prop_update_string_array(struct scsi_device *, uint_t, char *,
    char **, uint_t);
int scsi_device_prop_remove(struct scsi_device *, uint_t, char *);
void scsi_device_prop_free(struct scsi_device *, uint_t, void *);
struct scsi_device *scsi_address_device(struct scsi_address *);
void scsi_device_hba_private_set(struct scsi_device *, void *);
void *scsi_device_hba_private_get(struct scsi_device *);
size_t scsi_device_size();
int scsi_slave(struct scsi_device *, int (*)(void));
void scsi_unslave(struct scsi_device *);

#endif	/* _SYS_SCSI_CONF_DEVICE_H */
