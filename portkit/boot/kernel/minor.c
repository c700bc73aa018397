/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Minor nodes: ddi_create_minor_node(9F).
 */

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "kfile.h"

/* Their strings are const in some releases' headers and not in others'. */
int	minor_create(dev_info_t *, const char *, int, minor_t, const char *,
    int) __asm__("ddi_create_minor_node");
int	minor_create_priv(dev_info_t *, const char *, int, minor_t,
    const char *, int, const char *, const char *, mode_t)
    __asm__("ddi_create_priv_minor_node");
extern void minor_remove(dev_info_t *, const char *)
    __asm__("ddi_remove_minor_node");

static struct kminor *minors;

/*
 * What devfs(7FS) makes of the name is a file.
 */
static void
check_name(dev_info_t *dip, const char *name)
{
	const struct kminor *km;

	if (name[0] == '\0' || strchr(name, '/') != NULL ||
	    strchr(name, '@') != NULL || strchr(name, ' ') != NULL)
		hc_violation("leak", "ddi_create_minor_node(%s%d): \"%s\" "
		    "cannot be a name: it is empty, or has a slash, an at-sign "
		    "or a space", ddi_driver_name(dip), ddi_get_instance(dip),
		    name);
	else if (strlen(name) >= MAXNAMELEN)
		hc_violation("leak", "ddi_create_minor_node(%s%d): a name of "
		    "%d characters", ddi_driver_name(dip),
		    ddi_get_instance(dip), (int)strlen(name));
	for (km = minors; km != NULL; km = km->km_next) {
		if (km->km_dip != dip || strcmp(km->km_name, name) != 0)
			continue;
		hc_violation("leak", "ddi_create_minor_node(%s%d): \"%s\" "
		    "exists already; nobody will find this one",
		    ddi_driver_name(dip), ddi_get_instance(dip), name);
		break;
	}
}

int
minor_create(dev_info_t *dip, const char *name, int spec_type,
    minor_t minor_num, const char *node_type, int flag)
{
	struct kminor **kmp, *km;

	hc_point();
	(void) kctx_may_sleep("ddi_create_minor_node");
	if ((spec_type != S_IFCHR && spec_type != S_IFBLK) || name == NULL)
		return (DDI_FAILURE);
	if (minor_num > L_MAXMIN32) {
		cmn_err(CE_WARN, "%s%d:%s minor 0x%x too big for 32-bit "
		    "applications", ddi_driver_name(dip),
		    ddi_get_instance(dip), name, minor_num);
		return (DDI_FAILURE);
	}
	check_name(dip, name);
	if (hc_fail("minor"))
		return (DDI_FAILURE);

	km = hc_alloc(sizeof (*km));
	km->km_name = hc_alloc(strlen(name) + 1);
	(void) strcpy(km->km_name, name);
	km->km_dip = dip;
	km->km_type = spec_type;
	km->km_clone = (flag & CLONE_DEV) != 0;
	km->km_dev = makedevice(ddi_driver_major(dip), minor_num);
	for (kmp = &minors; *kmp != NULL; kmp = &(*kmp)->km_next)
		continue;
	*kmp = km;
	kr_add(KR_MINOR, km, 0, km->km_name);
	return (DDI_SUCCESS);
}

int
minor_create_priv(dev_info_t *dip, const char *name, int spec_type,
    minor_t minor_num, const char *node_type, int flag, const char *rdpriv,
    const char *wrpriv, mode_t priv_mode)
{
	return (minor_create(dip, name, spec_type, minor_num, node_type,
	    flag));
}

/*
 * Removes the node's minor of that name, or all; returns how many went.
 */
static int
remove_minors(dev_info_t *dip, const char *name)
{
	struct kminor **kmp = &minors, *km;
	int n = 0;

	while ((km = *kmp) != NULL) {
		if (km->km_dip != dip ||
		    (name != NULL && strcmp(km->km_name, name) != 0)) {
			kmp = &km->km_next;
			continue;
		}
		*kmp = km->km_next;
		(void) kr_remove(KR_MINOR, km);
		hc_free(km->km_name);
		hc_free(km);
		n++;
		if (name != NULL)
			break;
	}
	return (n);
}

void
minor_remove(dev_info_t *dip, const char *name)
{
	hc_point();
	(void) kctx_may_sleep("ddi_remove_minor_node");
	(void) remove_minors(dip, name);
}

/*
 * After a detach or a failed attach the kernel removes what the driver left.
 */
int
kminor_gone(dev_info_t *dip, const char *after)
{
	const struct hc_trace *made;
	const struct kminor *km;

	for (km = minors; km != NULL; km = km->km_next) {
		if (km->km_dip != dip)
			continue;
		made = kr_trace(KR_MINOR, km);
		if (made != NULL)
			hc_violation_at(made, "leak", "minor node \"%s\" is "
			    "left after %s (ddi_remove_minor_node(9F))",
			    km->km_name, after);
		else
			hc_violation("leak", "minor node \"%s\" is left after "
			    "%s (ddi_remove_minor_node(9F))", km->km_name,
			    after);
	}
	return (remove_minors(dip, NULL));
}

int
kminor_open_count(dev_info_t *dip)
{
	return ((int)kopen_count(dip));
}

/*
 * "driver:minor", and for one of the same name behind it "driver1:minor".
 */
static void
full_name(const struct kminor *km, char *name, size_t len)
{
	const char *driver = ddi_driver_name(km->km_dip);
	const struct kminor *other;

	for (other = minors; other != km; other = other->km_next) {
		if (strcmp(other->km_name, km->km_name) == 0 &&
		    strcmp(ddi_driver_name(other->km_dip), driver) == 0)
			break;
	}
	if (other == km)
		(void) snprintf(name, len, "%s:%s", driver, km->km_name);
	else
		(void) snprintf(name, len, "%s%d:%s", driver,
		    ddi_get_instance(km->km_dip), km->km_name);
}

struct kminor *
kminor_find(const char *wanted)
{
	char name[MAXNAMELEN];
	struct kminor *km;

	for (km = minors; km != NULL; km = km->km_next) {
		full_name(km, name, sizeof (name));
		if (strcmp(name, wanted) == 0)
			return (km);
		(void) snprintf(name, sizeof (name), "%s%d:%s",
		    ddi_driver_name(km->km_dip), ddi_get_instance(km->km_dip),
		    km->km_name);
		if (strcmp(name, wanted) == 0)
			return (km);
	}
	return (NULL);
}

int
kc_minor(int index, char *name, int len)
{
	const struct kminor *km;

	for (km = minors; km != NULL && index > 0; km = km->km_next)
		index--;
	if (km == NULL || index < 0)
		return (0);
	full_name(km, name, (size_t)len);
	return (1);
}
