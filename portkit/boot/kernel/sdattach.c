/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What sd(7D) finds out about a unit and its adapter when it attaches, in its
 * order; and whether a disk is ready when it is used.
 */

#include "ksd.h"

#define	PAGE_CACHING	0x08
#define	PAGE_CD		0x2a
#define	VPD_LIST	0x00
#define	VPD_SERIAL	0x80
#define	VPD_DEVICE_ID	0x83
#define	VPD_BLOCK	0xb1
#define	VPD_BYTES	240

/*
 * Units of the same target that are attached: the adapter has "tagged-qing" by
 * target.
 */
static uint_t
other_luns(const struct sdunit *su)
{
	const struct sdunit *other;
	uint_t n = 0;

	for (other = sdunits; other != NULL; other = other->su_next) {
		/* No function of the DDI here: units may go during its call. */
		if (other != su && other->su_attached &&
		    other->su_target == su->su_target &&
		    DEVI(other->su_dip)->devi_parent ==
		    DEVI(su->su_dip)->devi_parent)
			n++;
	}
	return (n);
}

/* Nobody knows in which state the adapter's settings are. */
void
sd_unit_caps_off(struct sdunit *su)
{
	struct scsi_address *ap = SU_ADDRESS(su);

	(void) scsi_ifsetcap(ap, "lun-reset", 0, 1);
	(void) scsi_ifsetcap(ap, "wide-xfer", 0, 1);
	if (!su->su_interconnect_fc)
		(void) scsi_ifsetcap(ap, "auto-rqsense", 0, 1);
	if (other_luns(su) == 0)
		(void) scsi_ifsetcap(ap, "tagged-qing", 0, 1);
}

enum wire { W_PARALLEL, W_SERIAL, W_FIBRE };

static enum wire
interconnect(struct sdunit *su)
{
	switch (scsi_ifgetcap(SU_ADDRESS(su), "interconnect-type", -1)) {
	case INTERCONNECT_SAS:
	case INTERCONNECT_SATA:
		return (W_SERIAL);
	case INTERCONNECT_SSA:
	case INTERCONNECT_FIBRE:
	case INTERCONNECT_FABRIC:
		su->su_interconnect_fc = B_TRUE;
		(void) scsi_ifgetcap(SU_ADDRESS(su), "scsi-version", 1);
		return (W_FIBRE);
	default:
		return (W_PARALLEL);
	}
}

static void
set_defaults(struct sdunit *su)
{
	su->su_max_retries = su->su_interconnect_fc ? 3 : 5;
	su->su_max_notready = su->su_cd ? su->su_max_retries * 2 :
	    su->su_max_retries / 2;
	su->su_max_busy = su->su_max_retries;
	su->su_reset_after = su->su_max_retries / 2;
	su->su_max_victims = su->su_max_retries * 2;
	su->su_max_xfer = 256 * 1024;
	su->su_reset_device = ddi_prop_get_int(DDI_DEV_T_ANY, su->su_dip,
	    DDI_PROP_DONTPASS, "allow-bus-device-reset", 1) != 0;
	su->su_reset_lun = ddi_prop_get_int(DDI_DEV_T_ANY, su->su_dip,
	    DDI_PROP_DONTPASS, "lun-reset", 0) != 0;
	su->su_throttle = su->su_full_throttle = SD_THROTTLE;
	su->su_adaptive = su->su_interconnect_fc;
	su->su_removable = SU_INQUIRY(su)->inq_rmb;
	su->su_doorlock = su->su_removable;
	su->su_block_size = 512;
}

/*
 * READ and WRITE of 6 bytes are for fixed disks of parallel SCSI; those of 16
 * not for removable media.
 */
static void
set_cdb_limits(struct sdunit *su)
{
	int most = scsi_ifgetcap(SU_ADDRESS(su), "max-cdb-length", 1);

	su->su_mincdb = su->su_interconnect_fc || su->su_removable ? 1 : 0;
	if (su->su_removable)
		su->su_maxcdb = 2;
	else if (most <= 0 || most >= CDB_GROUP4)
		su->su_maxcdb = 3;
	else if (most >= CDB_GROUP5)
		su->su_maxcdb = 2;
	else
		su->su_maxcdb = most >= CDB_GROUP1 ? 1 : 0;
	su->su_mincdb = MIN(su->su_mincdb, su->su_maxcdb);
	su->su_statuslen = su->su_arq ? sizeof (struct scsi_arq_status) : 1;
}

static void
few_at_once(struct sdunit *su)
{
	if (su->su_arq &&
	    scsi_ifgetcap(SU_ADDRESS(su), "untagged-qing", 0) == 1)
		su->su_throttle = 3;
	else
		su->su_throttle = 1;
	su->su_full_throttle = su->su_throttle;
}

static void
set_queueing(struct sdunit *su, enum wire wire)
{
	const struct scsi_inquiry *inq = SU_INQUIRY(su);
	struct scsi_address *ap = SU_ADDRESS(su);
	boolean_t wide, tagged, large = wire != W_PARALLEL;
	int most;

	if (wire == W_FIBRE) {
		su->su_tagflags = FLAG_STAG;
	} else {
		tagged = inq->inq_cmdque || ((inq->inq_ansi == 4 ||
		    inq->inq_ansi == 5) && inq->inq_bque);
		if (inq->inq_rdf == RDF_SCSI2 && tagged && su->su_arq &&
		    scsi_ifsetcap(ap, "tagged-qing", 1, 1) == 1)
			su->su_tagflags = FLAG_STAG;
		else
			few_at_once(su);
		wide = wire == W_PARALLEL && inq->inq_rdf == RDF_SCSI2 &&
		    (inq->inq_wbus16 || inq->inq_wbus32);
		(void) scsi_ifsetcap(ap, "wide-xfer", wide, 1);
		large = large || (wide && su->su_full_throttle == SD_THROTTLE);
	}
	if (large) {
		su->su_max_xfer = (uint_t)ddi_prop_get_int(DDI_DEV_T_ANY,
		    su->su_dip, 0, "sd_max_xfer_size", 1024 * 1024);
	}
	if (su->su_reset_lun && scsi_ifsetcap(ap, "lun-reset", 1, 1) != 1)
		su->su_reset_lun = B_FALSE;
	most = scsi_ifgetcap(ap, "dma-max", 1);
	if (most > 0 && most < (int)su->su_max_xfer)
		su->su_max_xfer = (uint_t)most;
	su->su_pkt_flags = PKT_DMA_PARTIAL;
}

static int
spin_up(struct sdunit *su)
{
	uchar_t *inq = hc_alloc(SUN_INQSIZE);
	size_t got;
	int started, error;

	/* That it fails is no reason to give up. */
	started = sd_start_stop(su, B_TRUE, 0);
	error = sd_inquiry(su, inq, SUN_INQSIZE, -1, &got);
	if (error == 0 && got >= SUN_MIN_INQLEN)
		(void) memcpy(SU_INQUIRY(su), inq, SUN_INQSIZE);
	hc_free(inq);
	if (error != 0)
		return (EIO);
	return (started == EACCES ? EACCES : 0);
}

static boolean_t
has_page(const uchar_t *list, size_t got, uchar_t page)
{
	size_t i;

	for (i = 4; i < got && i < 4U + list[3]; i++) {
		if (list[i] == page)
			return (B_TRUE);
	}
	return (B_FALSE);
}

static void
keep_serial(struct sdunit *su, const uchar_t *page, size_t got)
{
	size_t i, n = page[3], used = 0;

	for (i = 4; i < got && i < n + 4; i++) {
		if (used == 0 && page[i] == ' ')
			continue;
		if (used < sizeof (su->su_serial) - 1 && page[i] != '\0')
			su->su_serial[used++] = (char)page[i];
	}
	while (used > 0 && su->su_serial[used - 1] == ' ')
		used--;
	su->su_serial[used] = '\0';
	if (used > 0 && !ddi_prop_exists(DDI_DEV_T_NONE, su->su_dip,
	    DDI_PROP_NOTPROM | DDI_PROP_DONTPASS, INQUIRY_SERIAL_NO)) {
		(void) ddi_prop_update_string(DDI_DEV_T_NONE, su->su_dip,
		    INQUIRY_SERIAL_NO, su->su_serial);
	}
}

/*
 * The device's identity, of the VPD pages that it says it has.
 */
static void
register_devid(struct sdunit *su)
{
	uchar_t *list = hc_alloc(VPD_BYTES * 4);
	uchar_t *serial = list + VPD_BYTES, *id = serial + VPD_BYTES;
	uchar_t *block = id + VPD_BYTES;
	size_t got, serial_len = 0, id_len = 0;

	if (sd_inquiry(su, list, VPD_BYTES, VPD_LIST, &got) == 0) {
		if (has_page(list, got, VPD_SERIAL) && sd_inquiry(su, serial,
		    VPD_BYTES, VPD_SERIAL, &serial_len) == 0)
			keep_serial(su, serial, serial_len);
		if (has_page(list, got, VPD_DEVICE_ID))
			(void) sd_inquiry(su, id, VPD_BYTES, VPD_DEVICE_ID,
			    &id_len);
		if (has_page(list, got, VPD_BLOCK)) {
			size_t block_len;

			(void) sd_inquiry(su, block, VPD_BYTES, VPD_BLOCK,
			    &block_len);
		}
	}
	if (!su->su_removable && ddi_devid_get(su->su_dip, &su->su_devid) !=
	    DDI_SUCCESS) {
		su->su_devid = NULL;
		if (ddi_devid_scsi_encode(DEVID_SCSI_ENCODE_VERSION_LATEST,
		    (char *)(uintptr_t)ddi_driver_name(su->su_dip),
		    (uchar_t *)SU_INQUIRY(su), sizeof (struct scsi_inquiry),
		    serial_len != 0 ? serial : NULL, serial_len,
		    id_len != 0 ? id : NULL, id_len, &su->su_devid) ==
		    DDI_SUCCESS) {
			su->su_devid_ours = ddi_devid_register(su->su_dip,
			    su->su_devid) == DDI_SUCCESS;
		}
	}
	hc_free(list);
}

/*
 * Mode pages: the write cache; whether the medium is write-protected.
 */
static void
read_modes(struct sdunit *su)
{
	uchar_t data[64];
	size_t got, page;

	if (sd_mode_sense(su, su->su_cd ? PAGE_CD : PAGE_CACHING, data,
	    sizeof (data), &got) != 0)
		return;
	su->su_read_only = su->su_cd || (data[2] & 0x80) != 0;
	page = 4U + data[3];
	if (!su->su_cd && page + 2 < got && (data[page] & 0x3f) == PAGE_CACHING)
		su->su_write_cache = (data[page + 2] & 0x04) != 0;
}

/* The label, which this driver does not look at. */
static void
read_label(struct sdunit *su)
{
	uchar_t cdb[CDB_GROUP1] = { SCMD_READ_G1 };
	void *label;

	if (!su->su_capacity_valid)
		return;
	cdb[8] = 1;
	label = hc_alloc(su->su_block_size);
	(void) sd_command(su, cdb, sizeof (cdb), label, su->su_block_size,
	    SDU_READ | SDU_SILENT, SD_IO_SECONDS, NULL);
	hc_free(label);
}

static void
set_geometry(struct sdunit *su)
{
	struct scsi_address *ap = SU_ADDRESS(su);
	int most = (int)MIN(su->su_blocks, INT32_MAX);

	if (!su->su_capacity_valid)
		return;
	(void) scsi_ifsetcap(ap, "sector-size", (int)su->su_block_size, 1);
	(void) scsi_ifsetcap(ap, "total-sectors", most, 1);
	su->su_geometry = (uint_t)scsi_ifgetcap(ap, "geometry", 1);
}

static void
set_qfull(struct sdunit *su, char *name)
{
	int value = ddi_prop_get_int(DDI_DEV_T_ANY, su->su_dip, 0, name, -1);

	if (value != -1)
		(void) scsi_ifsetcap(SU_ADDRESS(su), name, value, 1);
}

/*
 * After scsi_probe(9F). DDI_SUCCESS, or DDI_FAILURE with nothing left but the
 * REQUEST SENSE packet, which sd_rqs_free() is for.
 */
int
sd_unit_attach(struct sdunit *su)
{
	enum wire wire;
	int error;

	su->su_cd = SU_INQUIRY(su)->inq_dtype == DTYPE_RODIRECT;
	wire = interconnect(su);
	if (sd_rqs_alloc(su) != 0)
		return (DDI_FAILURE);
	set_defaults(su);
	set_cdb_limits(su);
	set_queueing(su, wire);

	/* Thrown away: it is for the unit attention after power on. */
	(void) sd_test_unit_ready(su, SDU_DIAGNOSE);
	if (!su->su_cd && !su->su_removable) {
		error = spin_up(su);
		if (error == 0) {
			(void) sd_capacity(su, 0);
		} else if (error != EACCES) {
			sd_tell(su, CE_WARN, "it does not answer INQUIRY");
			return (DDI_FAILURE);
		}
	}
	set_qfull(su, "qfull-retries");
	set_qfull(su, "qfull-retry-interval");
	set_geometry(su);
	if (!su->su_removable)
		read_label(su);
	register_devid(su);
	su->su_read_only = su->su_cd;
	read_modes(su);
	su->su_scsi3_reserve = sd_reserve_keys(su) != ENOTSUP;
	return (DDI_SUCCESS);
}

/* sd(7D) forgets the medium. */
void
sd_ejected(struct sdunit *su)
{
	su->su_capacity_valid = B_FALSE;
	su->su_opened = B_FALSE;
}

/*
 * As in open(9E): 0; ENXIO for a drive without a medium, EIO for a disk that is
 * not ready or has no blocks.
 */
int
sd_ready(struct sdunit *su)
{
	int error = sd_test_unit_ready(su, 0);

	if (error == 0 && !su->su_capacity_valid)
		error = sd_capacity(su, 0);
	if (error == 0 && su->su_doorlock &&
	    sd_doorlock(su, B_TRUE, 0) != 0 && su->su_cd)
		error = EIO;
	if (error != 0 || su->su_blocks == 0) {
		if (!su->su_removable) {
			sd_tell(su, CE_WARN, error == EACCES ?
			    "the disk is reserved by others" :
			    "the drive is not ready");
		}
		return (su->su_removable ? ENXIO : EIO);
	}
	su->su_media = SDM_INSERTED;
	su->su_opened = B_TRUE;
	return (0);
}
