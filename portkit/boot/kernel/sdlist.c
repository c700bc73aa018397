/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What disks there are, as a program and as format(8) tells it.
 */

#include "ksd.h"

#define	MEGABYTE	(1ULL << 20)
#define	GIGABYTE	(1ULL << 30)
#define	TERABYTE	(1ULL << 40)

/* Without the blanks that fill the field up. */
static void
field(char *to, size_t len, const char *from, size_t n)
{
	size_t i;

	for (i = 0; i < n && i + 1 < len && from[i] != '\0'; i++)
		to[i] = from[i] > ' ' && from[i] <= '~' ? from[i] : ' ';
	while (i > 0 && to[i - 1] == ' ')
		i--;
	to[i] = '\0';
}

static void
describe(struct sdunit *su, struct kc_disk *kc)
{
	const struct scsi_inquiry *inq = SU_INQUIRY(su);
	char path[KDEV_PATH], *devid;

	(void) memset(kc, 0, sizeof (*kc));
	(void) strcpy(kc->name, sdname_text(su));
	(void) snprintf(kc->path, sizeof (kc->path), "%s",
	    kdev_path(su->su_dip, path, sizeof (path)));
	kc->instance = su->su_instance;
	kc->target = su->su_target;
	kc->lun = su->su_lun;
	field(kc->vendor, sizeof (kc->vendor), inq->inq_vid,
	    sizeof (inq->inq_vid));
	field(kc->product, sizeof (kc->product), inq->inq_pid,
	    sizeof (inq->inq_pid));
	field(kc->revision, sizeof (kc->revision), inq->inq_revision,
	    sizeof (inq->inq_revision));
	(void) strcpy(kc->serial, su->su_serial);
	if (su->su_devid != NULL &&
	    (devid = ddi_devid_str_encode(su->su_devid, NULL)) != NULL) {
		(void) snprintf(kc->devid, sizeof (kc->devid), "%s", devid);
		ddi_devid_str_free(devid);
	}
	kc->blocks = su->su_blocks;
	kc->block_size = su->su_ever_size;
	kc->type = inq->inq_dtype;
	kc->read_only = su->su_read_only;
	kc->max_transfer = su->su_max_xfer;
}

/* The unit whose path comes after that one's; "" for the first. */
static struct sdunit *
next_by_path(const char *after, char *path, size_t len)
{
	char this[KDEV_PATH];
	struct sdunit *su, *next = NULL;

	for (su = sdunits; su != NULL; su = su->su_next) {
		(void) kdev_path(su->su_dip, this, sizeof (this));
		if (SU_USABLE(su) && strcmp(this, after) > 0 &&
		    (next == NULL || strcmp(this, path) < 0)) {
			next = su;
			(void) snprintf(path, len, "%s", this);
		}
	}
	return (next);
}

int
kc_disk(int index, struct kc_disk *kc)
{
	char path[2][KDEV_PATH];
	struct sdunit *su;
	int i;

	hc_point();
	path[0][0] = '\0';
	su = next_by_path(path[0], path[1], sizeof (path[1]));
	for (i = 0; i < index && su != NULL; i++) {
		(void) strcpy(path[0], path[1]);
		su = next_by_path(path[0], path[1], sizeof (path[1]));
	}
	if (index < 0 || su == NULL)
		return (0);
	su->su_holds++;
	describe(su, kc);
	kc->ready = sd_test_unit_ready(su, 0) == 0;
	sd_rele(su);
	return (1);
}

/*
 * With two digits behind the point, as format(8) has it.
 */
static void
size_text(const struct sdunit *su, char *text, size_t len)
{
	uint64_t bytes = su->su_blocks * su->su_block_size, unit = MEGABYTE;
	const char *name = "MB";

	if (bytes >= TERABYTE) {
		unit = TERABYTE;
		name = "TB";
	} else if (bytes >= GIGABYTE) {
		unit = GIGABYTE;
		name = "GB";
	}
	(void) snprintf(text, len, "%llu.%02llu%s",
	    (u_longlong_t)(bytes / unit),
	    (u_longlong_t)(bytes % unit * 100 / unit), name);
}

/* By controller, target and unit. */
static struct sdunit *
next_by_name(const struct sdname *after, struct sdname *name)
{
	struct sdname this;
	struct sdunit *su, *next = NULL;
	int64_t key, best = 0, least;

#define	NAME_KEY(n)	((int64_t)(n)->sn_controller << 40 | \
	(int64_t)(n)->sn_target << 20 | (n)->sn_lun)
	least = after == NULL ? -1 : NAME_KEY(after);
	for (su = sdunits; su != NULL; su = su->su_next) {
		if (su->su_cd || !SU_USABLE(su))
			continue;
		sdname_of(su, &this);
		key = NAME_KEY(&this);
		if (key > least && (next == NULL || key < best)) {
			next = su;
			best = key;
			*name = this;
		}
	}
	return (next);
}

int
kc_disk_listing(void)
{
	struct sdname after, name;
	struct kc_disk kc;
	struct sdunit *su;
	char size[32];
	int n = 0;

	hc_point();
	cmn_err(CE_CONT, "AVAILABLE DISK SELECTIONS:\n");
	for (su = next_by_name(NULL, &name); su != NULL;
	    su = next_by_name(&after, &name)) {
		su->su_holds++;
		describe(su, &kc);
		size_text(su, size, sizeof (size));
		if (!su->su_capacity_valid) {
			cmn_err(CE_CONT, "%8d. %s <drive not available>\n", n,
			    kc.name);
		} else {
			cmn_err(CE_CONT, "%8d. %s <%s-%s-%s-%s>\n", n, kc.name,
			    kc.vendor, kc.product, kc.revision, size);
		}
		cmn_err(CE_CONT, "          %s\n", kc.path);
		sd_rele(su);
		after = name;
		n++;
	}
	return (n);
}

int
kc_rescan(const char *path)
{
	dev_info_t *dip = kdev_find(path);

	if (dip == NULL || kscsi_tran_of(dip) == NULL)
		return (ENOENT);
	if (ndi_devi_config(dip, NDI_CONFIG | NDI_DEVI_PERSIST |
	    NDI_NO_EVENT | NDI_CONFIG_REPROBE) != NDI_SUCCESS)
		return (EIO);
	return (0);
}
