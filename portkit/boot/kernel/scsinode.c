/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Nodes for devices: their names and "compatible" strings after what INQUIRY
 * said (scsi(4)), their address, identity and device id as properties.
 */

#include "kscsi.h"

#define	FORMS	17		/* of "compatible" strings at most */
#define	LONGEST	64

/*
 * How nodes are called: by kind of device; those of a parallel bus after their
 * drivers, as they always were.
 */
static const char *const generic[] = {
	"disk", "tape", "printer", "processor", "worm", "cdrom", "scanner",
	"optical-disk", "medium-changer", "obsolete", "prepress-a",
	"prepress-b", "array-controller", "enclosure", "disk", "card-reader",
	"bridge", "object-store"
};
static const struct {
	const char	*sn_set;
	int		sn_type;
	const char	*sn_name;
} set_names[] = {
	{ "spi",	0x00,	"sd" },
	{ "spi",	0x05,	"sd" },
	{ "spi",	0x07,	"sd" },
	{ "spi",	0x01,	"st" },
	{ "spi",	0x0d,	"ses" },
	{ "atapi",	0x00,	"sd" },
	{ "atapi",	0x05,	"sd" },
	{ "atapi",	0x07,	"sd" },
	{ "atapi",	0x01,	"st" },
	{ "atapi",	0x0d,	"unknown" },
	{ "usb",	0x05,	"disk" },
	{ "usb",	0x07,	"disk" },
	{ "usb",	0x08,	"changer" },
	{ "usb",	0x09,	"comm" },
	{ "usb",	0x0c,	"array_ctlr" },
	{ "usb",	0x0d,	"esi" },
	{ "mpt",	0x00,	"sd" },
	{ "mpt",	0x05,	"sd" },
	{ "mpt",	0x07,	"sd" },
	{ "mpt",	0x01,	"st" },
	{ "mpt",	0x0d,	"ses" },
	{ "mpt",	0x08,	"sgen" }
};

static const char *
node_name(const char *set, int type)
{
	size_t i;

	for (i = 0; set != NULL && i < sizeof (set_names) /
	    sizeof (set_names[0]); i++) {
		if (set_names[i].sn_type == type &&
		    strcmp(set_names[i].sn_set, set) == 0)
			return (set_names[i].sn_name);
	}
	if (type < (int)(sizeof (generic) / sizeof (generic[0])))
		return (generic[type]);
	return (type == DTYPE_WELLKNOWN ? "well-known-lun" :
	    type == DTYPE_UNKNOWN ? "unknown" : "reserved");
}

/*
 * A field of INQUIRY as part of a name: without trailing blanks, and what a
 * name cannot have as an underscore.
 */
static void
name_part(char *to, const char *from, size_t len)
{
	size_t i;
	char c;

	memcpy(to, from, len);
	to[len] = '\0';
	while (len > 0 && (to[len - 1] == ' ' || to[len - 1] == '\0'))
		to[--len] = '\0';
	for (i = 0; i < len; i++) {
		c = to[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c == '_' || c == '+' ||
		    c == '-'))
			to[i] = '_';
	}
}

static boolean_t
has_guid(struct scsi_inquiry *inq, uchar_t *inq80, size_t len80,
    uchar_t *inq83, size_t len83)
{
	ddi_devid_t devid;
	char *guid;

	if ((inq80 == NULL && inq83 == NULL) || ddi_devid_scsi_encode(
	    DEVID_SCSI_ENCODE_VERSION_LATEST, NULL, (uchar_t *)inq,
	    sizeof (*inq), inq80, len80, inq83, len83, &devid) != DDI_SUCCESS)
		return (B_FALSE);
	guid = ddi_devid_to_guid(devid);
	ddi_devid_free(devid);
	if (guid == NULL)
		return (B_FALSE);
	ddi_devid_free_guid(guid);
	return (B_TRUE);
}

static void
add(char **list, int *n, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void) vsnprintf(list[*n], LONGEST, fmt, args);
	va_end(args);
	(*n)++;
}

static char *
string(const char *s)
{
	char *copy;

	if (s == NULL)
		return (NULL);
	copy = kmem_alloc(strlen(s) + 1, KM_SLEEP);
	(void) strcpy(copy, s);
	return (copy);
}

void
kscsi_names_get(struct scsi_inquiry *inq, uchar_t *inq80, size_t len80,
    uchar_t *inq83, size_t len83, const char *set, int dtype,
    const char *compat0, char **nodename, char **driver, char ***compatible,
    int *ncompatible)
{
	int type = inq->inq_dtype & DTYPE_MASK, n = 0, i;
	size_t room = FORMS * (sizeof (char *) + LONGEST);
	char **list = kmem_alloc(room, KM_SLEEP);
	char vid[9], pid[17], rev[5], dt[8];
	const char *r = "", *f = "";
	kmodule_t *km = NULL;
	boolean_t other = type != dtype;

	for (i = 0; i < FORMS; i++)
		list[i] = (char *)(list + FORMS) + i * LONGEST;
	name_part(vid, inq->inq_vid, sizeof (inq->inq_vid));
	name_part(pid, inq->inq_pid, sizeof (inq->inq_pid));
	name_part(rev, inq->inq_revision, sizeof (inq->inq_revision));
	if (inq->inq_rmb || type == DTYPE_WORM || type == DTYPE_RODIRECT ||
	    type == DTYPE_OPTICAL)
		r = "R";
	if (has_guid(inq, inq80, len80, inq83, len83))
		f = inq->inq_tpgs == TPGS_FAILOVER_BOTH ? "EGI" :
		    inq->inq_tpgs == TPGS_FAILOVER_EXPLICIT ? "EG" :
		    inq->inq_tpgs == TPGS_FAILOVER_IMPLICIT ? "GI" : "G";
	(void) snprintf(dt, sizeof (dt), "%02x%02x", dtype, type);

	/* From what says most to what says least. */
	if (compat0 != NULL)
		add(list, &n, "%s", compat0);
	for (i = 0; i < 2; i++) {
		const char *v = i == 0 ? ".r" : "", *w = i == 0 ? rev : "";

		if (vid[0] == '\0' || pid[0] == '\0' ||
		    (i == 0 && rev[0] == '\0'))
			continue;
		if (other && r[0] != '\0')
			add(list, &n, "scsiclass,%s%s.v%s.p%s%s%s", dt, r, vid,
			    pid, v, w);
		if (other)
			add(list, &n, "scsiclass,%s.v%s.p%s%s%s", dt, vid, pid,
			    v, w);
		if (r[0] != '\0')
			add(list, &n, "scsiclass,%02x%s.v%s.p%s%s%s", dtype, r,
			    vid, pid, v, w);
		add(list, &n, "scsiclass,%02x.v%s.p%s%s%s", dtype, vid, pid, v,
		    w);
	}
	if (set != NULL)
		add(list, &n, "scsa,%02x.b%s", dtype, set);
	if (other && r[0] != '\0')
		add(list, &n, "scsiclass,%s%s", dt, r);
	if (other)
		add(list, &n, "scsiclass,%s", dt);
	if (r[0] != '\0')
		add(list, &n, "scsiclass,%02x%s", dtype, r);
	add(list, &n, "scsiclass,%02x", dtype);
	if (f[0] != '\0')
		add(list, &n, "scsa.f%s", f);
	add(list, &n, "scsiclass");
	list[n] = NULL;

	for (i = 0; i < n && km == NULL; i++)
		km = kmodule_of_name(list[i]);
	*nodename = string(node_name(set, dtype));
	if (driver != NULL)
		*driver = string(km != NULL ? km->km_name : NULL);
	*compatible = list;
	*ncompatible = n;
}

void
kscsi_names_free(char *nodename, char *driver, char **compatible)
{
	if (nodename != NULL)
		kmem_free(nodename, strlen(nodename) + 1);
	if (driver != NULL)
		kmem_free(driver, strlen(driver) + 1);
	if (compatible != NULL)
		kmem_free(compatible, FORMS * (sizeof (char *) + LONGEST));
}

void
scsi_hba_nodename_compatible_get(struct scsi_inquiry *inq, char *set,
    int dtype, char *compat0, char **nodename, char ***compatible,
    int *ncompatible)
{
	hc_point();
	(void) kctx_may_sleep("scsi_hba_nodename_compatible_get");
	kscsi_names_get(inq, NULL, 0, NULL, 0, set, dtype, compat0, nodename,
	    NULL, compatible, ncompatible);
}

void
scsi_hba_nodename_compatible_free(char *nodename, char **compatible)
{
	hc_point();
	kscsi_names_free(nodename, NULL, compatible);
}

/*
 * "target,lun[,sfunc]" as properties of a node: 0, or -1 for what is none.
 */
static int
hex(const char **pp, uint64_t *value)
{
	const char *p = *pp;
	int digits = 0;

	for (*value = 0; ; p++, digits++) {
		if (*p >= '0' && *p <= '9')
			*value = *value << 4 | (uint64_t)(*p - '0');
		else if (*p >= 'a' && *p <= 'f')
			*value = *value << 4 | (uint64_t)(*p - 'a' + 10);
		else
			break;
	}
	*pp = p;
	return (digits != 0 ? 0 : -1);
}

int
kscsi_set_address(dev_info_t *dip, const char *addr)
{
	uint64_t target, lun = 0, sfunc = 0;
	boolean_t with_sfunc = B_FALSE;

	if (hex(&addr, &target) != 0)
		return (-1);
	if (*addr == ',') {
		addr++;
		if (hex(&addr, &lun) != 0)
			return (-1);
	}
	if (*addr == ',') {
		addr++;
		with_sfunc = B_TRUE;
		if (hex(&addr, &sfunc) != 0)
			return (-1);
	}
	if (*addr != '\0' || target > 0xffff)
		return (-1);
	if (ndi_prop_update_int(DDI_DEV_T_NONE, dip, SCSI_ADDR_PROP_TARGET,
	    (int)target) != DDI_PROP_SUCCESS ||
	    (lun < SCSI_32LUNS_PER_TARGET && ndi_prop_update_int(
	    DDI_DEV_T_NONE, dip, SCSI_ADDR_PROP_LUN, (int)lun) !=
	    DDI_PROP_SUCCESS) ||
	    ndi_prop_update_int64(DDI_DEV_T_NONE, dip, SCSI_ADDR_PROP_LUN64,
	    (int64_t)lun) != DDI_PROP_SUCCESS ||
	    (with_sfunc && ndi_prop_update_int(DDI_DEV_T_NONE, dip,
	    SCSI_ADDR_PROP_SFUNC, (int)sfunc) != DDI_PROP_SUCCESS))
		return (-1);
	return (0);
}

static void
bytes_of(dev_info_t *dip, char *name, uchar_t **data, uint_t *len)
{
	if (ddi_prop_lookup_byte_array(DDI_DEV_T_ANY, dip, DDI_PROP_DONTPASS |
	    DDI_PROP_NOTPROM, name, data, len) != DDI_PROP_SUCCESS) {
		*data = NULL;
		*len = 0;
	}
}

static int
decorate(dev_info_t *child, const char *addr, char **compatible, int n,
    uchar_t *inq80, uint_t len80, uchar_t *inq83, uint_t len83)
{
	if (kscsi_set_address(child, addr) != 0 ||
	    ndi_prop_update_string_array(DDI_DEV_T_NONE, child, "compatible",
	    compatible, (uint_t)n) != DDI_PROP_SUCCESS ||
	    (inq80 != NULL && ndi_prop_update_byte_array(DDI_DEV_T_NONE, child,
	    "inquiry-page-80", inq80, len80) != DDI_PROP_SUCCESS) ||
	    (inq83 != NULL && ndi_prop_update_byte_array(DDI_DEV_T_NONE, child,
	    "inquiry-page-83", inq83, len83) != DDI_PROP_SUCCESS) ||
	    ndi_prop_update_string(DDI_DEV_T_NONE, child, "class", "scsi") !=
	    DDI_PROP_SUCCESS)
		return (-1);
	return (0);
}

/*
 * The adapter knows each address once: what it has set up for the probe goes
 * before it sees the node for good.
 */
static void
free_probe(dev_info_t *self, struct scsi_device *sd)
{
	scsi_hba_tran_t *tran = sd->sd_tran_safe;

	if (tran->tran_tgt_free != NULL && !sd->sd_tran_tgt_free_done) {
		KSCSI_CALL("tran_tgt_free(9E)", tran->tran_tgt_free(self,
		    sd->sd_dev, tran, sd));
	}
	sd->sd_tran_tgt_free_done = 1;
}

/*
 * Whether there is a unit, or only a target that has others.
 */
static boolean_t
is_unit(struct scsi_inquiry *inq, boolean_t zero, int dtype)
{
	int type = inq->inq_dtype & DTYPE_MASK;

	if (type == DTYPE_UNKNOWN)
		return (B_FALSE);
	if (type != dtype)
		return (B_TRUE);
	if ((inq->inq_dtype & DPQ_VUNIQ) != 0)
		return (zero);
	return ((inq->inq_dtype & DPQ_MASK) == DPQ_POSSIBLE);
}

dev_info_t *
kscsi_make_child(dev_info_t *self, const char *addr, struct scsi_device *sd)
{
	struct scsi_inquiry *inq = sd->sd_inq;
	int dtype = ddi_prop_get_int(DDI_DEV_T_ANY, sd->sd_dev,
	    DDI_PROP_DONTPASS | DDI_PROP_NOTPROM, SCSI_ADDR_PROP_SFUNC,
	    inq->inq_dtype & DTYPE_MASK);
	boolean_t zero = strchr(addr, ',') != NULL &&
	    strcmp(strchr(addr, ','), ",0") == 0;
	boolean_t unit = is_unit(inq, zero, dtype);
	char *name, *driver, **compatible, *set = NULL;
	uchar_t *inq80, *inq83;
	uint_t len80, len83;
	ddi_devid_t devid;
	dev_info_t *child;
	int n;

	if (!unit && !zero)
		return (NULL);
	bytes_of(sd->sd_dev, "inquiry-page-80", &inq80, &len80);
	bytes_of(sd->sd_dev, "inquiry-page-83", &inq83, &len83);
	if (ddi_prop_lookup_string(DDI_DEV_T_ANY, self, DDI_PROP_DONTPASS |
	    DDI_PROP_NOTPROM, "scsi-binding-set", &set) != DDI_PROP_SUCCESS)
		set = NULL;
	kscsi_names_get(inq, inq80, len80, inq83, len83, set, dtype,
	    unit ? NULL : KSCSI_NODEV, &name, &driver, &compatible, &n);
	if (ddi_devid_scsi_encode(DEVID_SCSI_ENCODE_VERSION_LATEST, driver,
	    (uchar_t *)inq, sizeof (*inq), inq80, len80, inq83, len83,
	    &devid) != DDI_SUCCESS)
		devid = NULL;

	ndi_devi_alloc_sleep(self, name, (pnode_t)DEVI_SID_NODEID, &child);
	(void) kr_remove(KR_NODE, child);
	if (decorate(child, addr, compatible, n, inq80, len80, inq83, len83) !=
	    0) {
		(void) ktree_remove_child(child);
		child = NULL;
	}
	if (child != NULL && ndi_devi_bind_driver(child, 0) == NDI_SUCCESS &&
	    devid != NULL)
		(void) ddi_devid_register(child, devid);
	free_probe(self, sd);
	if (child != NULL && ndi_devi_online(child, 0) != NDI_SUCCESS) {
		if (kdev_driver(child) == NULL) {
			kscsi_log(self, CE_CONT, "?%s%d: no driver for %s@%s",
			    KSCSI_WHO(self), name, addr);
		}
		if (knode_of(child)->kn_live)
			(void) ktree_remove_child(child);
		child = NULL;
	}
	if (devid != NULL)
		ddi_devid_free(devid);
	if (set != NULL)
		ddi_prop_free(set);
	if (inq80 != NULL)
		ddi_prop_free(inq80);
	if (inq83 != NULL)
		ddi_prop_free(inq83);
	kscsi_names_free(name, driver, compatible);
	return (child);
}
