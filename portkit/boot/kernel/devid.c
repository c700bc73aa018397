/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Device ids: ddi_devid_init(9F), ddi_devid_register(9F), their form as text
 * ("id1,sd@n600..."), and how the identity of a SCSI device becomes one.
 */

#include "kscsi.h"

#define	HEADER	12		/* bytes before the id itself */
#define	HINT	4

/* In the order of the bytes in memory: what it is stored as on disks. */
typedef struct {
	uchar_t	di_magic[2];	/* 'i', 'd' */
	uchar_t	di_rev[2];
	uchar_t	di_type[2];
	uchar_t	di_len[2];
	char	di_driver[HINT];
	uchar_t	di_id[1];
} kdevid_t;

#define	TYPE(id)	((id)->di_type[0] << 8 | (id)->di_type[1])
#define	LENGTH(id)	((size_t)((id)->di_len[0] << 8 | (id)->di_len[1]))

/* By number; what looks like text is shown as text, its letter in capitals. */
static const char letters[] = "?wsfeatxn";
#define	NTYPES	9

static kdevid_t *
devid_new(ushort_t type, size_t len)
{
	kdevid_t *id = kmem_zalloc(HEADER + len, KM_SLEEP);

	id->di_magic[0] = 'i';
	id->di_magic[1] = 'd';
	id->di_rev[1] = 1;
	id->di_type[0] = (uchar_t)(type >> 8);
	id->di_type[1] = (uchar_t)type;
	id->di_len[0] = (uchar_t)(len >> 8);
	id->di_len[1] = (uchar_t)len;
	return (id);
}

/* The last four characters of the driver's name. */
static void
set_hint(kdevid_t *id, const char *driver)
{
	size_t n = strlen(driver);

	if (n > HINT) {
		driver += n - HINT;
		n = HINT;
	}
	memset(id->di_driver, 0, HINT);
	memcpy(id->di_driver, driver, n);
}

int
ddi_devid_valid(ddi_devid_t devid)
{
	kdevid_t *id = (kdevid_t *)devid;

	hc_point();
	return (id->di_magic[0] == 'i' && id->di_magic[1] == 'd' &&
	    id->di_rev[0] == 0 && id->di_rev[1] == 1 &&
	    TYPE(id) != DEVID_NONE && TYPE(id) < NTYPES ? DDI_SUCCESS :
	    DDI_FAILURE);
}

size_t
ddi_devid_sizeof(ddi_devid_t devid)
{
	return (devid == NULL ? HEADER : HEADER + LENGTH((kdevid_t *)devid));
}

void
ddi_devid_free(ddi_devid_t devid)
{
	kmem_free(devid, ddi_devid_sizeof(devid));
}

int
ddi_devid_init(dev_info_t *dip, ushort_t type, ushort_t len, void *bytes,
    ddi_devid_t *devid)
{
	static ushort_t generation;
	uchar_t fab[14];
	uint64_t now;
	kdevid_t *id;
	int i;

	if (!KDEV_ENTER(dip))
		return (DDI_FAILURE);
	(void) kctx_may_sleep("ddi_devid_init");
	switch (type) {
	case DEVID_SCSI3_WWN:
	case DEVID_SCSI_SERIAL:
	case DEVID_ATA_SERIAL:
	case DEVID_ENCAP:
		if (len == 0 || bytes == NULL)
			return (DDI_FAILURE);
		break;
	case DEVID_FAB:
		if (len != 0 || bytes != NULL)
			return (DDI_FAILURE);
		/* Host, time and a number: made up, and never twice. */
		memset(fab, 0, sizeof (fab));
		now = (uint64_t)hc_now();
		for (i = 0; i < 8; i++)
			fab[4 + i] = (uchar_t)(now >> (56 - 8 * i));
		fab[12] = (uchar_t)(generation >> 8);
		fab[13] = (uchar_t)generation++;
		bytes = fab;
		len = sizeof (fab);
		break;
	default:
		return (DDI_FAILURE);
	}
	id = devid_new(type, len);
	memcpy(id->di_id, bytes, len);
	set_hint(id, ddi_driver_name(dip));
	*devid = (ddi_devid_t)id;
	return (DDI_SUCCESS);
}

/*
 * As the property "devid" of the node.
 */
int
ddi_devid_register(dev_info_t *dip, ddi_devid_t devid)
{
	char *text;
	int error;

	if (!KDEV_ENTER(dip) || kdev_driver(dip) == NULL ||
	    ddi_devid_valid(devid) != DDI_SUCCESS)
		return (DDI_FAILURE);
	set_hint((kdevid_t *)devid, ddi_driver_name(dip));
	text = ddi_devid_str_encode(devid, NULL);
	error = ndi_prop_update_string(DDI_DEV_T_NONE, dip, "devid", text);
	ddi_devid_str_free(text);
	if (error != DDI_PROP_SUCCESS) {
		cmn_err(CE_WARN, "%s%d: devid property update failed",
		    KSCSI_WHO(dip));
		return (DDI_FAILURE);
	}
	return (DDI_SUCCESS);
}

void
ddi_devid_unregister(dev_info_t *dip)
{
	if (KDEV_ENTER(dip))
		(void) ndi_prop_remove(DDI_DEV_T_NONE, dip, "devid");
}

int
ddi_devid_get(dev_info_t *dip, ddi_devid_t *devid)
{
	char *text;
	int error;

	if (!KDEV_ENTER(dip) || ddi_prop_lookup_string(DDI_DEV_T_ANY, dip,
	    DDI_PROP_DONTPASS, "devid", &text) != DDI_PROP_SUCCESS)
		return (DDI_FAILURE);
	error = ddi_devid_str_decode(text, devid, NULL);
	ddi_prop_free(text);
	return (error);
}

/*
 * Page 83 ids had one type for all, once: it equals any of the newer ones.
 */
static int
compared_type(kdevid_t *id, boolean_t old)
{
	return (old && TYPE(id) >= DEVID_SCSI3_VPD_T10 &&
	    TYPE(id) <= DEVID_SCSI3_VPD_NAA ? DEVID_SCSI3_WWN : TYPE(id));
}

int
ddi_devid_compare(ddi_devid_t devid1, ddi_devid_t devid2)
{
	kdevid_t *a = (kdevid_t *)devid1, *b = (kdevid_t *)devid2;
	boolean_t old = TYPE(a) == DEVID_SCSI3_WWN ||
	    TYPE(b) == DEVID_SCSI3_WWN;
	int difference;

	hc_point();
	if ((difference = memcmp(a, b, 4)) == 0 &&
	    (difference = compared_type(a, old) - compared_type(b, old)) ==
	    0 && (difference = (int)LENGTH(a) - (int)LENGTH(b)) == 0)
		difference = memcmp(a->di_id, b->di_id, LENGTH(a));
	return (difference < 0 ? -1 : difference > 0);
}

/*
 * Text.
 */
static boolean_t
is_plain(uchar_t c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.' ||
	    c == '=' || c == ' ' || c == 0);
}

static boolean_t
as_text(const kdevid_t *id)
{
	size_t i;

	if (TYPE(id) == DEVID_SCSI3_WWN || TYPE(id) == DEVID_SCSI3_VPD_EUI ||
	    TYPE(id) == DEVID_SCSI3_VPD_NAA || TYPE(id) == DEVID_FAB)
		return (B_FALSE);
	for (i = 0; i < LENGTH(id); i++) {
		if (!is_plain(id->di_id[i]))
			return (B_FALSE);
	}
	return (B_TRUE);
}

static char *
hex(char *to, const uchar_t *from, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (; n > 0; n--, from++) {
		*to++ = digits[*from >> 4];
		*to++ = digits[*from & 0xf];
	}
	return (to);
}

static char *
text_of(const char *s, size_t len)
{
	char *copy = kmem_alloc(len + 1, KM_SLEEP);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return (copy);
}

char *
ddi_devid_str_encode(ddi_devid_t devid, char *minor)
{
	kdevid_t *id = (kdevid_t *)devid;
	char *buf, *p, *result;
	boolean_t text;
	size_t i;

	hc_point();
	(void) kctx_may_sleep("ddi_devid_str_encode");
	if (devid == NULL)
		return (text_of("id0", 3));
	if (ddi_devid_valid(devid) != DDI_SUCCESS)
		return (NULL);
	text = as_text(id);
	p = buf = hc_alloc(2 * LENGTH(id) + 64 +
	    (minor != NULL ? strlen(minor) : 0));
	*p++ = 'i';
	*p++ = 'd';
	*p++ = '1';
	*p++ = ',';
	for (i = 0; i < HINT && id->di_driver[i] != '\0'; i++)
		*p++ = id->di_driver[i];
	*p++ = '@';
	*p++ = (char)(letters[TYPE(id)] - (text ? 'a' - 'A' : 0));
	if (text) {
		for (i = 0; i < LENGTH(id); i++)
			*p++ = id->di_id[i] == ' ' ? '_' :
			    id->di_id[i] == 0 ? '~' : (char)id->di_id[i];
	} else {
		p = hex(p, id->di_id, LENGTH(id));
	}
	if (minor != NULL) {
		*p++ = '/';
		(void) strcpy(p, minor);
		p += strlen(minor);
	}
	result = text_of(buf, (size_t)(p - buf));
	hc_free(buf);
	return (result);
}

void
ddi_devid_str_free(char *text)
{
	kmem_free(text, strlen(text) + 1);
}

static int
digit(char c)
{
	return (c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ?
	    c - 'a' + 10 : -1);
}

int
ddi_devid_str_decode(char *text, ddi_devid_t *devid, char **minor)
{
	const char *at, *slash, *driver;
	boolean_t plain;
	size_t len, i;
	int type, high, low;
	kdevid_t *id;
	char c;

	hc_point();
	(void) kctx_may_sleep("ddi_devid_str_decode");
	if (devid != NULL)
		*devid = NULL;
	if (minor != NULL)
		*minor = NULL;
	if (text == NULL || strncmp(text, "id", 2) != 0)
		return (DDI_FAILURE);
	if (strcmp(text, "id0") == 0)
		return (DDI_SUCCESS);
	at = strchr(text, '@');
	slash = strchr(text, '/');
	if (strncmp(text, "id1,", 4) != 0 || at == NULL || at[1] == '\0' ||
	    at - (text + 4) > HINT)
		return (DDI_FAILURE);
	driver = text + 4;
	c = at[1];
	plain = c >= 'A' && c <= 'Z';
	for (type = 1; type < NTYPES && letters[type] !=
	    (plain ? c + 'a' - 'A' : c); type++)
		;
	if (type == NTYPES)
		return (DDI_FAILURE);
	len = slash != NULL ? (size_t)(slash - (at + 2)) : strlen(at + 2);
	if (!plain && len % 2 != 0)
		return (DDI_FAILURE);
	id = devid_new((ushort_t)type, plain ? len : len / 2);
	memcpy(id->di_driver, driver, (size_t)(at - driver));
	for (i = 0; i < LENGTH(id); i++) {
		if (plain) {
			c = at[2 + i];
			id->di_id[i] = c == '_' ? ' ' : c == '~' ? 0 :
			    (uchar_t)c;
			continue;
		}
		high = digit(at[2 + 2 * i]);
		low = digit(at[3 + 2 * i]);
		if (high < 0 || low < 0) {
			ddi_devid_free((ddi_devid_t)id);
			return (DDI_FAILURE);
		}
		id->di_id[i] = (uchar_t)(high << 4 | low);
	}
	if (minor != NULL && slash != NULL)
		*minor = text_of(slash + 1, strlen(slash + 1));
	if (devid != NULL)
		*devid = (ddi_devid_t)id;
	else
		ddi_devid_free((ddi_devid_t)id);
	return (DDI_SUCCESS);
}

int
ddi_devid_str_compare(char *text1, char *text2)
{
	ddi_devid_t a, b;
	int result;

	if (ddi_devid_str_decode(text1, &a, NULL) != DDI_SUCCESS || a == NULL)
		return (DDI_FAILURE);
	if (ddi_devid_str_decode(text2, &b, NULL) != DDI_SUCCESS || b == NULL) {
		ddi_devid_free(a);
		return (DDI_FAILURE);
	}
	result = ddi_devid_compare(a, b);
	ddi_devid_free(a);
	ddi_devid_free(b);
	return (result);
}

/*
 * A device's own identity: of page 0x83 the best name of the unit, an NAA one,
 * else an EUI-64, else a T10 one; else page 0x80's serial number with vendor
 * and product before it.
 */
static const uchar_t *
best_name(const uchar_t *page, size_t len, ushort_t *type)
{
	static const ushort_t types[] = { 0, DEVID_SCSI3_VPD_T10,
	    DEVID_SCSI3_VPD_EUI, DEVID_SCSI3_VPD_NAA };
	const uchar_t *found[4] = { NULL }, *d;
	size_t left;
	int i;

	if (len < 8)
		return (NULL);
	left = (size_t)(page[2] << 8 | page[3]);
	if (left + 4 > len)
		return (NULL);
	for (d = page + 4; left >= 4 && d[3] + 4U <= left;
	    left -= d[3] + 4U, d += d[3] + 4) {
		/* Of the unit, not of a port or the target. */
		i = d[1] & 0x3f;
		if (i >= 1 && i <= 3)
			found[i] = d;
		if (i == 3)
			break;
	}
	for (i = 3; i > 0; i--) {
		if (found[i] != NULL) {
			*type = types[i];
			return (found[i]);
		}
	}
	return (NULL);
}

static boolean_t
is_blank(const uchar_t *p, size_t n)
{
	size_t i, blanks = 0, zeroes = 0;

	for (i = 0; i < n; i++) {
		blanks += p[i] == ' ';
		zeroes += p[i] == 0;
	}
	return (blanks == n || zeroes == n);
}

int
ddi_devid_scsi_encode(int version, char *driver, uchar_t *inq, size_t inqlen,
    uchar_t *inq80, size_t len80, uchar_t *inq83, size_t len83,
    ddi_devid_t *devid)
{
	struct scsi_inquiry *si = (struct scsi_inquiry *)inq;
	const uchar_t *name = NULL, *bytes;
	size_t len, before = sizeof (si->inq_vid) + sizeof (si->inq_pid);
	ushort_t type = DEVID_NONE;
	kdevid_t *id;

	hc_point();
	(void) kctx_may_sleep("ddi_devid_scsi_encode");
	if (version > DEVID_SCSI_ENCODE_VERSION_LATEST || inqlen < 4)
		return (DDI_FAILURE);
	if (inq83 != NULL)
		name = best_name(inq83, len83, &type);
	if (name != NULL) {
		if (version == 0)
			type = DEVID_SCSI3_WWN;
		bytes = name + 4;
		len = name[3];
		if (is_blank(bytes, len))
			return (DDI_NOT_WELL_FORMED);
		id = devid_new(type, len);
		memcpy(id->di_id, bytes, len);
	} else {
		if (inq80 == NULL || inq == NULL || len80 < 4 ||
		    inq80[3] + 4U > len80 || inq80[3] == 0 ||
		    is_blank(inq80 + 4, inq80[3]))
			return (DDI_FAILURE);
		id = devid_new(DEVID_SCSI_SERIAL, before + inq80[3]);
		memcpy(id->di_id, si->inq_vid, sizeof (si->inq_vid));
		memcpy(id->di_id + sizeof (si->inq_vid), si->inq_pid,
		    sizeof (si->inq_pid));
		memcpy(id->di_id + before, inq80 + 4, inq80[3]);
	}
	if (driver != NULL)
		set_hint(id, driver);
	*devid = (ddi_devid_t)id;
	return (DDI_SUCCESS);
}

char *
ddi_devid_to_guid(ddi_devid_t devid)
{
	kdevid_t *id = (kdevid_t *)devid;
	char *guid;

	hc_point();
	if (devid == NULL || (TYPE(id) != DEVID_SCSI3_WWN &&
	    (TYPE(id) < DEVID_SCSI3_VPD_T10 ||
	    TYPE(id) > DEVID_SCSI3_VPD_NAA)))
		return (NULL);
	guid = kmem_alloc(2 * LENGTH(id) + 1, KM_SLEEP);
	*hex(guid, id->di_id, LENGTH(id)) = '\0';
	return (guid);
}

void
ddi_devid_free_guid(char *guid)
{
	if (guid != NULL)
		kmem_free(guid, strlen(guid) + 1);
}
