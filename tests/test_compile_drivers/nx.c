#include <sys/types.h>
#include <sys/conf.h>
#include <sys/modctl.h>
#include <sys/cpuvar.h>
#include <sys/x_call.h>
#include <sys/x86_archext.h>
#include <sys/avintr.h>
#include <sys/smp_impldefs.h>
#include <sys/psm_types.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include <sys/sunndi.h>
#include <sys/ddi_impldefs.h>
#include <vm/hat.h>
#include <vm/seg_kmem.h>

static int
nx_onecpu(xc_arg_t a1, xc_arg_t a2, xc_arg_t a3)
{
	struct cpuid_regs regs = { .cp_eax = 1 };

	(void) __cpuid_insn(&regs);
	wrmsr((uint_t)a1, rdmsr((uint_t)a2) + CPU->cpu_id);
	return (a3 != 0);
}

static int
nx_attach(dev_info_t *dip, ddi_attach_cmd_t cmd)
{
	dev_info_t *child;
	cpuset_t set;
	pfn_t pfn;
	int circ;

	if (cmd != DDI_ATTACH || (get_hwenv() & HW_MICROSOFT) == 0)
		return (DDI_FAILURE);
	CPUSET_ZERO(set);
	CPUSET_ADD(set, 0);
	if (CPU_IN_SET(set, 0) && psm_get_ipivect != NULL)
		xc_call(1, 2, 3, CPUSET2BV(set), nx_onecpu);
	pfn = hat_getpfnum(kas.a_hat, (caddr_t)dip);
	ndi_devi_enter(dip, &circ);
	ndi_devi_alloc_sleep(dip, "child", (pnode_t)DEVI_SID_NODEID, &child);
	(void) ndi_prop_update_string(DDI_DEV_T_NONE, child, "class", "x");
	(void) ndi_prop_update_int64(DDI_DEV_T_NONE, child, "pfn",
	    (int64_t)mmu_ptob(pfn));
	if (ndi_devi_online(child, 0) != NDI_SUCCESS)
		(void) ndi_devi_free(child);
	ndi_devi_exit(dip, circ);
	return (DDI_SUCCESS);
}

static int
nx_ctl(dev_info_t *dip, dev_info_t *rdip, ddi_ctl_enum_t op, void *arg,
    void *result)
{
	switch (op) {
	case DDI_CTLOPS_REPORTDEV:
		cmn_err(CE_CONT, "?%s%d is %s%d\n", ddi_node_name(rdip),
		    ddi_get_instance(rdip), ddi_driver_name(dip),
		    ddi_get_instance(dip));
		return (DDI_SUCCESS);
	case DDI_CTLOPS_INITCHILD:
		ddi_set_name_addr(arg, "0");
		return (DDI_SUCCESS);
	case DDI_CTLOPS_UNINITCHILD:
		ddi_set_name_addr(arg, NULL);
		return (DDI_SUCCESS);
	default:
		return (ddi_ctlops(dip, rdip, op, arg, result));
	}
}

static int
nx_config(dev_info_t *dip, uint_t flags, ddi_bus_config_op_t op, void *arg,
    dev_info_t **childp)
{
	return (ndi_busop_bus_config(dip, flags, op, arg, childp, 0));
}

static struct bus_ops nx_bus_ops = {
	.busops_rev = BUSO_REV,
	.bus_map = nullbusmap,
	.bus_map_fault = i_ddi_map_fault,
	.bus_dma_allochdl = ddi_dma_allochdl,
	.bus_dma_freehdl = ddi_dma_freehdl,
	.bus_dma_bindhdl = ddi_dma_bindhdl,
	.bus_dma_unbindhdl = ddi_dma_unbindhdl,
	.bus_dma_flush = ddi_dma_flush,
	.bus_dma_win = ddi_dma_win,
	.bus_dma_ctl = ddi_dma_mctl,
	.bus_ctl = nx_ctl,
	.bus_prop_op = ddi_bus_prop_op,
	.bus_config = nx_config,
	.bus_intr_op = i_ddi_intr_ops,
};

static struct dev_ops nx_dev_ops = {
	.devo_rev = DEVO_REV,
	.devo_getinfo = ddi_no_info,
	.devo_identify = nulldev,
	.devo_probe = nulldev,
	.devo_attach = nx_attach,
	.devo_detach = nodev,
	.devo_reset = nodev,
	.devo_bus_ops = &nx_bus_ops,
	.devo_quiesce = ddi_quiesce_not_supported,
};

static struct modldrv modldrv = { &mod_driverops, "nexus", &nx_dev_ops };
static struct modlinkage modlinkage = { MODREV_1, { &modldrv, NULL } };

int
_init(void)
{
	return (mod_install(&modlinkage));
}

int
_fini(void)
{
	return (mod_remove(&modlinkage));
}

int
_info(struct modinfo *modinfop)
{
	return (mod_info(&modlinkage, modinfop));
}
