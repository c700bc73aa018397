/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * A driver with no device: one instance, whose attach and detach are a trial's.
 */

#include "trial.h"

ddi_dma_attr_t trial_dma_attr = {
	.dma_attr_version =	DMA_ATTR_V0,
	.dma_attr_addr_lo =	0,
	.dma_attr_addr_hi =	0xffffffffffffffffULL,
	.dma_attr_count_max =	0xffffffff,
	.dma_attr_align =	1,
	.dma_attr_burstsizes =	1,
	.dma_attr_minxfer =	1,
	.dma_attr_maxxfer =	0xffffffff,
	.dma_attr_seg =		0xffffffff,
	.dma_attr_sgllen =	64,
	.dma_attr_granular =	1
};

/* A trial may take any command for DDI_ATTACH and DDI_DETACH. */
int trial_any_command __attribute__((weak)) = 0;

static int
trial_ddi_attach(dev_info_t *dip, ddi_attach_cmd_t cmd)
{
	if (cmd != DDI_ATTACH && !trial_any_command)
		return (DDI_FAILURE);
	return (trial_attach(dip) == 0 ? DDI_SUCCESS : DDI_FAILURE);
}

static int
trial_ddi_detach(dev_info_t *dip, ddi_detach_cmd_t cmd)
{
	if (cmd == DDI_SUSPEND && trial_any_command)
		return (DDI_SUCCESS);
	if (cmd != DDI_DETACH)
		return (DDI_FAILURE);
	return (trial_detach(dip) == 0 ? DDI_SUCCESS : DDI_FAILURE);
}

static struct cb_ops trial_cb_ops = {
	.cb_open =	nulldev,
	.cb_close =	nulldev,
	.cb_strategy =	nodev,
	.cb_print =	nodev,
	.cb_dump =	nodev,
	.cb_read =	nodev,
	.cb_write =	nodev,
	.cb_ioctl =	nodev,
	.cb_devmap =	nodev,
	.cb_mmap =	nodev,
	.cb_segmap =	nodev,
	.cb_chpoll =	nochpoll,
	.cb_prop_op =	ddi_prop_op,
	.cb_flag =	D_NEW | D_MP,
	.cb_rev =	CB_REV,
	.cb_aread =	nodev,
	.cb_awrite =	nodev
};

static struct dev_ops trial_ops = {
	.devo_rev =	DEVO_REV,
	.devo_getinfo =	ddi_no_info,
	.devo_identify = nulldev,
	.devo_probe =	nulldev,
	.devo_attach =	trial_ddi_attach,
	.devo_detach =	trial_ddi_detach,
	.devo_reset =	nodev,
	.devo_cb_ops =	&trial_cb_ops,
	.devo_quiesce =	ddi_quiesce_not_needed
};

static struct modldrv trial_modldrv = {
	&mod_driverops, "Trial driver", &trial_ops
};

static struct modlinkage trial_modlinkage = {
	MODREV_1, { &trial_modldrv, NULL }
};

int
_init(void)
{
	return (mod_install(&trial_modlinkage));
}

int
_fini(void)
{
	return (mod_remove(&trial_modlinkage));
}

int
_info(struct modinfo *modinfop)
{
	return (mod_info(&trial_modlinkage, modinfop));
}
