#include <sys/types.h>
#include <sys/param.h>
#include <sys/errno.h>
#include <sys/uio.h>
#include <sys/cred.h>
#include <sys/file.h>
#include <sys/open.h>
#include <sys/stat.h>
#include <sys/conf.h>
#include <sys/kmem.h>
#include <sys/ksynch.h>
#include <sys/kstat.h>
#include <sys/modctl.h>
#include <sys/atomic.h>
#include <sys/sysmacros.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>

typedef struct hello {
	dev_info_t	*h_dip;
	kmutex_t	h_lock;
	kcondvar_t	h_cv;
	ddi_taskq_t	*h_tq;
	timeout_id_t	h_timeout;
	kstat_t		*h_kstat;
	uint32_t	h_reads;
	ddi_dma_handle_t h_dma;
	boolean_t	h_busy;
} hello_t;

static void *hello_state;
static ddi_dma_attr_t hello_dma = {
	.dma_attr_version = DMA_ATTR_V0,
	.dma_attr_addr_hi = 0xffffffffffffffffull,
	.dma_attr_count_max = 0xffffffff,
	.dma_attr_align = PAGESIZE,
	.dma_attr_burstsizes = 0x7f,
	.dma_attr_minxfer = 1,
	.dma_attr_maxxfer = 0xffffffff,
	.dma_attr_seg = 0xffffffff,
	.dma_attr_sgllen = 1,
	.dma_attr_granular = 1,
};

static void
hello_task(void *arg)
{
	hello_t *hp = arg;

	mutex_enter(&hp->h_lock);
	hp->h_busy = B_FALSE;
	cv_broadcast(&hp->h_cv);
	mutex_exit(&hp->h_lock);
}

static void
hello_tick(void *arg)
{
	hello_t *hp = arg;

	if (ddi_taskq_dispatch(hp->h_tq, hello_task, hp, DDI_NOSLEEP) !=
	    DDI_SUCCESS)
		dev_err(hp->h_dip, CE_WARN, "!no memory for a task");
}

static int
hello_attach(dev_info_t *dip, ddi_attach_cmd_t cmd)
{
	int instance = ddi_get_instance(dip);
	ddi_dma_cookie_t cookie;
	uint_t ncookies;
	hello_t *hp;

	if (cmd != DDI_ATTACH)
		return (DDI_FAILURE);
	if (ddi_soft_state_zalloc(hello_state, instance) != DDI_SUCCESS)
		return (DDI_FAILURE);
	hp = ddi_get_soft_state(hello_state, instance);
	hp->h_dip = dip;
	mutex_init(&hp->h_lock, NULL, MUTEX_DRIVER, DDI_INTR_PRI(5));
	cv_init(&hp->h_cv, NULL, CV_DRIVER, NULL);
	hp->h_tq = ddi_taskq_create(dip, "hello", 1, TASKQ_DEFAULTPRI, 0);
	hp->h_timeout = timeout(hello_tick, hp, drv_usectohz(100000));
	if (ddi_dma_alloc_handle(dip, &hello_dma, DDI_DMA_SLEEP, NULL,
	    &hp->h_dma) == DDI_SUCCESS &&
	    ddi_dma_addr_bind_handle(hp->h_dma, NULL, (caddr_t)hp,
	    sizeof (*hp), DDI_DMA_RDWR | DDI_DMA_CONSISTENT, DDI_DMA_DONTWAIT,
	    NULL, &cookie, &ncookies) == DDI_DMA_MAPPED) {
		dev_err(dip, CE_CONT, "?at %llx\n",
		    (u_longlong_t)cookie.dmac_laddress);
		(void) ddi_dma_unbind_handle(hp->h_dma);
	}
	mutex_enter(&hp->h_lock);
	while (hp->h_busy) {
		if (cv_reltimedwait(&hp->h_cv, &hp->h_lock, hz,
		    TR_CLOCK_TICK) == -1)
			break;
	}
	mutex_exit(&hp->h_lock);
	VERIFY0(hp->h_reads);
	ASSERT3U(hp->h_reads, ==, 0);
	hp->h_kstat = kstat_create("hello", instance, "reads", "misc",
	    KSTAT_TYPE_NAMED, 1, KSTAT_FLAG_VIRTUAL);
	if (hp->h_kstat != NULL)
		kstat_install(hp->h_kstat);
	return (ddi_create_minor_node(dip, "hello", S_IFCHR, instance,
	    DDI_PSEUDO, 0));
}

static int
hello_read(dev_t dev, struct uio *uio, cred_t *cr)
{
	hello_t *hp = ddi_get_soft_state(hello_state, (int)getminor(dev));
	char text[] = "hello";

	if (hp == NULL)
		return (ENXIO);
	if (drv_priv(cr) != 0)
		return (EPERM);
	atomic_inc_32(&hp->h_reads);
	return (uiomove(text, MIN(sizeof (text), (size_t)uio->uio_resid),
	    UIO_READ, uio));
}

static struct cb_ops hello_cb_ops = {
	.cb_open = nulldev,
	.cb_close = nulldev,
	.cb_strategy = nodev,
	.cb_print = nodev,
	.cb_dump = nodev,
	.cb_read = hello_read,
	.cb_write = nodev,
	.cb_ioctl = nodev,
	.cb_devmap = nodev,
	.cb_mmap = nodev,
	.cb_segmap = nodev,
	.cb_chpoll = nochpoll,
	.cb_prop_op = ddi_prop_op,
	.cb_flag = D_MP | D_64BIT,
	.cb_rev = CB_REV,
	.cb_aread = nodev,
	.cb_awrite = nodev,
};

static struct dev_ops hello_dev_ops = {
	.devo_rev = DEVO_REV,
	.devo_getinfo = ddi_getinfo_1to1,
	.devo_identify = nulldev,
	.devo_probe = nulldev,
	.devo_attach = hello_attach,
	.devo_detach = nodev,
	.devo_reset = nodev,
	.devo_cb_ops = &hello_cb_ops,
	.devo_quiesce = ddi_quiesce_not_needed,
};

static struct modldrv modldrv = { &mod_driverops, "hello", &hello_dev_ops };
static struct modlinkage modlinkage = { MODREV_1, { &modldrv, NULL } };

int
_init(void)
{
	int error = ddi_soft_state_init(&hello_state, sizeof (hello_t), 1);

	if (error != 0)
		return (error);
	if ((error = mod_install(&modlinkage)) != 0)
		ddi_soft_state_fini(&hello_state);
	return (error);
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
