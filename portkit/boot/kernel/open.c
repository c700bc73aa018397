/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * open(9E) and close(9E) of a device, by the rules of specfs: getinfo(9E) says
 * which instance a dev_t belongs to; a device counts as open from the moment
 * that its open(9E) is entered; close(9E) comes when the last one has gone, and
 * holds up whoever opens meanwhile; open(9E) may change the minor number.
 */

#include <sys/open.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "kfile.h"

static struct kopen *opens;

static char *
entry_name(char *what, size_t len, const char *entry, dev_info_t *dip)
{
	(void) snprintf(what, len, "%s of %s%d", entry, ddi_driver_name(dip),
	    ddi_get_instance(dip));
	return (what);
}

/*
 * The attached node that a device belongs to, NULL when there is none.
 */
static dev_info_t *
dip_of(struct dev_ops *ops, dev_t dev)
{
	void *instance = NULL;
	struct kentry entry;
	dev_info_t *dip;
	int error;

	if (ops->devo_getinfo == NULL)
		return (NULL);
	kentry_enter(&entry, "getinfo(9E)");
	error = ops->devo_getinfo(NULL, DDI_INFO_DEVT2INSTANCE, (void *)dev,
	    &instance);
	kentry_leave(&entry);
	if (error != DDI_SUCCESS)
		return (NULL);
	dip = kdev_of_instance(getmajor(dev), (int)(uintptr_t)instance);
	/* Who opens a device that is being attached waits for it. */
	while (dip != NULL && kcall_is_attaching(dip)) {
		(void) kblock(hc_now() + 1000000L, "open", dip);
		dip = kdev_of_instance(getmajor(dev),
		    (int)(uintptr_t)instance);
	}
	return (dip != NULL && i_ddi_devi_attached(dip) ? dip : NULL);
}

static struct kopen *
hold(dev_t dev, dev_info_t *dip, struct cb_ops *cb)
{
	struct kopen **kop, *ko;

	for (kop = &opens; (ko = *kop) != NULL; kop = &ko->ko_next) {
		if (ko->ko_dev == dev)
			break;
	}
	if (ko == NULL) {
		ko = hc_alloc(sizeof (*ko));
		ko->ko_dev = dev;
		ko->ko_dip = dip;
		ko->ko_cb = cb;
		*kop = ko;
	}
	ko->ko_count++;
	while (ko->ko_closing)
		(void) kblock(hc_now() + 1000000L, "open", ko);
	return (ko);
}

static int
rele(struct kopen *ko, int flag)
{
	char what[MODMAXNAMELEN + 32];
	struct kentry entry;
	struct kopen **kop;
	int error = 0;

	/* Those who wait to open count already, but have not opened. */
	if (ko->ko_count == 1 && ko->ko_opened && !ko->ko_closing) {
		ko->ko_closing = B_TRUE;
		ko->ko_opened = B_FALSE;
		hc_hb_acquire(KORDER_OPEN(ko->ko_dip));
		hc_hb_acquire(KORDER_CALL(ko->ko_dip));
		kentry_enter(&entry, entry_name(what, sizeof (what),
		    "close(9E)", ko->ko_dip));
		error = ko->ko_cb->cb_close(ko->ko_dev, flag, OTYP_CHR, kcred);
		kentry_leave(&entry);
		hc_hb_release(KORDER_OPEN(ko->ko_dip));
		ko->ko_closing = B_FALSE;
	}
	if (--ko->ko_count > 0)
		return (error);
	for (kop = &opens; *kop != ko; kop = &(*kop)->ko_next)
		continue;
	*kop = ko->ko_next;
	hc_free(ko);
	return (error);
}

int
kopen_open(const struct kminor *km, int flag, struct kopen **kop)
{
	char what[MODMAXNAMELEN + 32];
	dev_t dev = km->km_dev, newdev = dev;
	struct dev_ops *ops = kdev_ops_of_major(getmajor(dev));
	struct kopen *ko, *newko;
	struct kentry entry;
	struct cb_ops *cb;
	dev_info_t *dip;
	int error;

	/* Streams, and clones through the clone driver, are not played here. */
	if (ops == NULL || (cb = ops->devo_cb_ops) == NULL ||
	    cb->cb_str != NULL || km->km_clone || km->km_type != S_IFCHR)
		return (ENXIO);
	if ((dip = dip_of(ops, dev)) == NULL)
		return (ENXIO);

	ko = hold(dev, dip, cb);
	if (!i_ddi_devi_attached(dip)) {
		(void) rele(ko, flag);
		return (ENXIO);
	}
	hc_hb_acquire(KORDER_OPEN(dip));
	kentry_enter(&entry, entry_name(what, sizeof (what), "open(9E)", dip));
	error = cb->cb_open(&newdev, flag, OTYP_CHR, kcred);
	kentry_leave(&entry);
	hc_hb_release(KORDER_OPEN(dip));
	if (error == 0 && getmajor(newdev) != getmajor(dev))
		error = ENXIO;
	if (error != 0) {
		(void) rele(ko, flag);
		return (error);
	}
	if (newdev != dev) {
		newko = hold(newdev, dip, cb);
		(void) rele(ko, flag);
		ko = newko;
	}
	ko->ko_opened = B_TRUE;
	*kop = ko;
	return (0);
}

int
kopen_close(struct kopen *ko, int flag)
{
	return (rele(ko, flag));
}

uint_t
kopen_count(dev_info_t *dip)
{
	const struct kopen *ko;
	uint_t n = 0;

	for (ko = opens; ko != NULL; ko = ko->ko_next) {
		if (ko->ko_dip == dip)
			n += ko->ko_count;
	}
	return (n);
}
