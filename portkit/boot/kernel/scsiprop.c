/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Properties of SCSI devices, the list of who wants to hear of resets, and the
 * minor nodes of adapters.
 */

#include "kscsi.h"
#include <sys/scsi/impl/scsi_reset_notify.h>
#include <sys/file.h>
#include <sys/open.h>

/*
 * There are no paths beside the nodes: both kinds of properties are the node's.
 */
static dev_info_t *
node_of(struct scsi_device *sd, uint_t flags)
{
	hc_point();
	if ((flags & SCSI_DEVICE_PROP_TYPE_MSK) != SCSI_DEVICE_PROP_PATH &&
	    (flags & SCSI_DEVICE_PROP_TYPE_MSK) != SCSI_DEVICE_PROP_DEVICE) {
		hc_violation("scsi", "scsi_device_prop: the flags are neither "
		    "SCSI_DEVICE_PROP_PATH nor SCSI_DEVICE_PROP_DEVICE");
	}
	return (sd->sd_dev);
}

#define	HERE	(DDI_PROP_DONTPASS | DDI_PROP_NOTPROM)

int
scsi_device_prop_get_int(struct scsi_device *sd, uint_t flags, char *name,
    int value)
{
	return (ddi_prop_get_int(DDI_DEV_T_ANY, node_of(sd, flags), HERE, name,
	    value));
}

int64_t
scsi_device_prop_get_int64(struct scsi_device *sd, uint_t flags, char *name,
    int64_t value)
{
	return (ddi_prop_get_int64(DDI_DEV_T_ANY, node_of(sd, flags), HERE,
	    name, value));
}

int
scsi_device_prop_lookup_byte_array(struct scsi_device *sd, uint_t flags,
    char *name, uchar_t **data, uint_t *len)
{
	return (ddi_prop_lookup_byte_array(DDI_DEV_T_ANY, node_of(sd, flags),
	    HERE, name, data, len));
}

int
scsi_device_prop_lookup_int_array(struct scsi_device *sd, uint_t flags,
    char *name, int **data, uint_t *len)
{
	return (ddi_prop_lookup_int_array(DDI_DEV_T_ANY, node_of(sd, flags),
	    HERE, name, data, len));
}

int
scsi_device_prop_lookup_string_array(struct scsi_device *sd, uint_t flags,
    char *name, char ***data, uint_t *len)
{
	return (ddi_prop_lookup_string_array(DDI_DEV_T_ANY, node_of(sd, flags),
	    HERE, name, data, len));
}

int
scsi_device_prop_lookup_string(struct scsi_device *sd, uint_t flags,
    char *name, char **data)
{
	return (ddi_prop_lookup_string(DDI_DEV_T_ANY, node_of(sd, flags), HERE,
	    name, data));
}

int
scsi_device_prop_update_byte_array(struct scsi_device *sd, uint_t flags,
    char *name, uchar_t *data, uint_t n)
{
	return (ndi_prop_update_byte_array(DDI_DEV_T_NONE, node_of(sd, flags),
	    name, data, n));
}

int
scsi_device_prop_update_int_array(struct scsi_device *sd, uint_t flags,
    char *name, int *data, uint_t n)
{
	return (ndi_prop_update_int_array(DDI_DEV_T_NONE, node_of(sd, flags),
	    name, data, n));
}

int
scsi_device_prop_update_string_array(struct scsi_device *sd, uint_t flags,
    char *name, char **data, uint_t n)
{
	return (ndi_prop_update_string_array(DDI_DEV_T_NONE, node_of(sd, flags),
	    name, data, n));
}

int
scsi_device_prop_update_int(struct scsi_device *sd, uint_t flags, char *name,
    int value)
{
	return (ndi_prop_update_int(DDI_DEV_T_NONE, node_of(sd, flags), name,
	    value));
}

int
scsi_device_prop_update_int64(struct scsi_device *sd, uint_t flags, char *name,
    int64_t value)
{
	return (ndi_prop_update_int64(DDI_DEV_T_NONE, node_of(sd, flags), name,
	    value));
}

int
scsi_device_prop_update_string(struct scsi_device *sd, uint_t flags,
    char *name, char *value)
{
	return (ndi_prop_update_string(DDI_DEV_T_NONE, node_of(sd, flags),
	    name, value));
}

int
scsi_device_prop_remove(struct scsi_device *sd, uint_t flags, char *name)
{
	return (ndi_prop_remove(DDI_DEV_T_NONE, node_of(sd, flags), name));
}

void
scsi_device_prop_free(struct scsi_device *sd, uint_t flags, void *data)
{
	(void) node_of(sd, flags);
	ddi_prop_free(data);
}

/*
 * Resets.
 */
int
scsi_hba_reset_notify_setup(struct scsi_address *ap, int flag,
    void (*callback)(caddr_t), caddr_t arg, kmutex_t *lock,
    struct scsi_reset_notify_entry **list)
{
	struct scsi_reset_notify_entry **rnp, *rn;
	int error = DDI_FAILURE;

	hc_point();
	mutex_enter(lock);
	for (rnp = list; *rnp != NULL && (*rnp)->ap != ap;
	    rnp = &(*rnp)->next)
		;
	rn = *rnp;
	if ((flag & SCSI_RESET_CANCEL) != 0 && rn != NULL) {
		*rnp = rn->next;
		kmem_free(rn, sizeof (*rn));
		error = DDI_SUCCESS;
	} else if ((flag & SCSI_RESET_NOTIFY) != 0 && rn == NULL) {
		rn = kmem_zalloc(sizeof (*rn), KM_SLEEP);
		rn->ap = ap;
		rn->callback = callback;
		rn->arg = arg;
		rn->next = *list;
		*list = rn;
		error = DDI_SUCCESS;
	}
	mutex_exit(lock);
	return (error);
}

void
scsi_hba_reset_notify_tear_down(struct scsi_reset_notify_entry *list)
{
	struct scsi_reset_notify_entry *next;

	hc_point();
	for (; list != NULL; list = next) {
		next = list->next;
		kmem_free(list, sizeof (*list));
	}
}

/*
 * The adapter's lock is held, and released around the callbacks.
 */
void
scsi_hba_reset_notify_callback(kmutex_t *lock,
    struct scsi_reset_notify_entry **list)
{
	struct scsi_reset_notify_entry *rn, *copy;
	int n = 0, i;

	hc_point();
	for (rn = *list; rn != NULL; rn = rn->next)
		n++;
	if (n == 0)
		return;
	copy = hc_alloc((hc_u64)n * sizeof (*copy));
	for (rn = *list, i = 0; rn != NULL; rn = rn->next)
		copy[i++] = *rn;
	mutex_exit(lock);
	for (i = 0; i < n; i++) {
		if (copy[i].callback != NULL)
			copy[i].callback(copy[i].arg);
	}
	hc_free(copy);
	mutex_enter(lock);
}

/*
 * ":devctl" and ":scsi".
 */
int
scsi_hba_open(dev_t *devp, int flags, int otyp, cred_t *credp)
{
	dev_info_t *dip;
	scsi_hba_tran_t *tran;
	uint64_t bit;
	int error = 0;

	hc_point();
	if (otyp != OTYP_CHR)
		return (EINVAL);
	dip = kdev_of_instance(getmajor(*devp), (int)MINOR2INST(
	    getminor(*devp)));
	if (dip == NULL || (tran = kscsi_tran_of(dip)) == NULL)
		return (ENXIO);
	bit = 1UL << (getminor(*devp) & TRAN_MINOR_MASK);
	mutex_enter(&tran->tran_open_lock);
	if (tran->tran_open_flag == TRAN_OPEN_EXCL ||
	    ((flags & FEXCL) != 0 && tran->tran_open_flag != 0))
		error = EBUSY;
	else if ((flags & FEXCL) != 0)
		tran->tran_open_flag = TRAN_OPEN_EXCL;
	else
		tran->tran_open_flag |= bit;
	mutex_exit(&tran->tran_open_lock);
	return (error);
}

int
scsi_hba_close(dev_t dev, int flag, int otyp, cred_t *credp)
{
	dev_info_t *dip;
	scsi_hba_tran_t *tran;

	hc_point();
	if (otyp != OTYP_CHR)
		return (EINVAL);
	dip = kdev_of_instance(getmajor(dev), (int)MINOR2INST(getminor(dev)));
	if (dip == NULL || (tran = kscsi_tran_of(dip)) == NULL)
		return (ENXIO);
	mutex_enter(&tran->tran_open_lock);
	if (tran->tran_open_flag == TRAN_OPEN_EXCL)
		tran->tran_open_flag = 0;
	else
		tran->tran_open_flag &= ~(1UL << (getminor(dev) &
		    TRAN_MINOR_MASK));
	mutex_exit(&tran->tran_open_lock);
	return (0);
}

int
scsi_hba_ioctl(dev_t dev, int cmd, intptr_t arg, int mode, cred_t *credp,
    int *rvalp)
{
	dev_info_t *dip;
	scsi_hba_tran_t *tran;
	int done;

	hc_point();
	dip = kdev_of_instance(getmajor(dev), (int)MINOR2INST(getminor(dev)));
	if (dip == NULL || (tran = kscsi_tran_of(dip)) == NULL)
		return (ENXIO);
	switch (cmd) {
	case DEVCTL_BUS_CONFIGURE:
		return (ndi_devi_config(dip, NDI_DEVFS_CLEAN |
		    NDI_DEVI_PERSIST | NDI_CONFIG_REPROBE) == NDI_SUCCESS ?
		    0 : EIO);
	case DEVCTL_BUS_UNCONFIGURE:
		return (ndi_devi_unconfig(dip, NDI_DEVFS_CLEAN |
		    NDI_DEVI_REMOVE) == NDI_SUCCESS ? 0 : EBUSY);
	case DEVCTL_BUS_RESET:
	case DEVCTL_BUS_RESETALL:
		if (tran->tran_bus_reset == NULL)
			return (ENOTSUP);
		KSCSI_CALL("tran_bus_reset", done = tran->tran_bus_reset(dip,
		    RESET_BUS));
		return (done == 1 ? 0 : EIO);
	default:
		return (ENOTTY);
	}
}

/*
 * Initiator ports are not simulated: an adapter is its own.
 */
char *
scsi_hba_iport_unit_address(dev_info_t *dip)
{
	hc_point();
	return (NULL);
}

int
scsi_hba_iport_exist(dev_info_t *dip)
{
	hc_point();
	return (0);
}
