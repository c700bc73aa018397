/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The kernel around the sample SCSI driver, for tests/test_samples_scsi.py: CAM keeps what it is told, memory is where
 * its address says, a second passes when the test wants it to, and any allocation can be made to fail.
 */
#include <dev/hvsample/scsi/hvs_scsi.c>

void *calloc(size_t, size_t);
void *aligned_alloc(size_t, size_t);

int shim_run(void);

#define	MAXDONE	512

struct cam_path { int unused; };

static struct hvscsi_softc *softc;
static union ccb *done[MAXDONE];
static struct cam_path a_path;
static int ndone, frozen, devq_frozen, asyncs, rescans, loaded, syncs, maps, tags, queues, sims, buses, paths, ccbs;
static int fail, hole;
static int (*idle)(void);

static int
failing(void)
{
	return (fail > 0 && --fail == 0);
}

size_t
strlcpy(char *to, const char *from, size_t size)
{
	size_t n = 0;

	for (; n + 1 < size && from[n] != 0; n++)
		to[n] = from[n];
	to[n] = 0;
	return (n);
}

/* Newbus */
void *device_get_softc(device_t dev) { return (softc); }
void *device_get_ivars(device_t dev) { return (dev); }
int device_get_unit(device_t dev) { return (3); }
const char *device_get_nameunit(device_t dev) { return ("hvs_scsi3"); }
device_t device_get_parent(device_t dev) { return (NULL); }
struct sysctl_ctx_list *device_get_sysctl_ctx(device_t dev) { return (NULL); }
struct sysctl_oid *device_get_sysctl_tree(device_t dev) { return (calloc(1, sizeof(struct sysctl_oid))); }
bus_dma_tag_t bus_get_dma_tag(device_t dev) { return (NULL); }

struct sysctl_oid *
sysctl_add_oid(struct sysctl_ctx_list *list, struct sysctl_oid_list *parent, int number, const char *name, int kind,
    void *arg1, intmax_t arg2, int (*handler)(SYSCTL_HANDLER_ARGS), const char *fmt, const char *descr,
    const char *label)
{
	return (NULL);
}

/* Time */
void _callout_init_lock(struct callout *c, struct lock_object *lock, int flags) { }

int
_callout_stop_safe(struct callout *c, int flags, void (*drained)(void *))
{
	c->c_func = NULL;
	return (0);
}

int
callout_reset_sbt_on(struct callout *c, sbintime_t sbt, sbintime_t pr, void (*func)(void *), void *arg, int cpu,
    int flags)
{
	c->c_func = func;
	c->c_arg = arg;
	return (0);
}

void
shim_second(void)
{
	if (softc->vs_watch.c_func != NULL)
		softc->vs_watch.c_func(softc->vs_watch.c_arg);
}

/* Memory for the host: its physical address is the one it has. */
static int map_create(bus_dma_tag_t tag, int flags, bus_dmamap_t *map)
{
	if (failing())
		return (ENOMEM);
	*map = calloc(1, 8);
	maps++;
	return (0);
}
static int map_destroy(bus_dma_tag_t tag, bus_dmamap_t map) { maps--; return (0); }
static void map_unload(bus_dma_tag_t tag, bus_dmamap_t map) { loaded--; }
static void map_sync(bus_dma_tag_t tag, bus_dmamap_t map, bus_dmasync_op_t op) { syncs = syncs * 16 + op; }

static struct bus_dma_impl impl = {
	.map_create = map_create, .map_destroy = map_destroy, .map_unload = map_unload, .map_sync = map_sync
};
static struct bus_dma_tag_common a_tag = { .impl = &impl };

int
bus_dma_tag_create(bus_dma_tag_t parent, bus_size_t alignment, bus_addr_t boundary, bus_addr_t lowaddr,
    bus_addr_t highaddr, bus_dma_filter_t *filter, void *filterarg, bus_size_t maxsize, int nsegments,
    bus_size_t maxsegsz, int flags, bus_dma_lock_t *lockfunc, void *lockfuncarg, bus_dma_tag_t *tag)
{
	if (failing())
		return (ENOMEM);
	a_tag.maxsize = maxsize;
	a_tag.nsegments = nsegments;
	a_tag.boundary = boundary;
	*tag = (bus_dma_tag_t)&a_tag;
	tags++;
	return (0);
}

int bus_dma_tag_destroy(bus_dma_tag_t tag) { tags--; return (0); }

int
bus_dmamap_load_ccb(bus_dma_tag_t tag, bus_dmamap_t map, union ccb *ccb, bus_dmamap_callback_t *callback, void *arg,
    int flags)
{
	bus_dma_segment_t segs[64];
	bus_addr_t at = (bus_addr_t)ccb->csio.data_ptr;
	bus_size_t left = ccb->csio.dxfer_len, upto;
	int n;

	if (failing()) {
		callback(arg, segs, 0, ENOMEM);
		return (ENOMEM);
	}
	if (left > a_tag.maxsize) {
		callback(arg, segs, 0, EFBIG);
		return (0);
	}
	for (n = 0; left > 0; n++) {
		upto = MIN(left, a_tag.boundary - at % a_tag.boundary);
		segs[n].ds_addr = at;
		segs[n].ds_len = upto;
		at += upto;
		left -= upto;
	}
	if (hole != 0)		/* a gather list whose second part begins within a page */
		segs[1].ds_addr += 512;
	loaded++;
	callback(arg, segs, n, n > a_tag.nsegments ? EFBIG : 0);
	return (0);
}

/* CAM */
struct cam_devq *
cam_simq_alloc(uint32_t n)
{
	if (failing())
		return (NULL);
	queues++;
	return (calloc(1, 8));
}

void cam_simq_free(struct cam_devq *devq) { queues--; }

struct cam_sim *
cam_sim_alloc(sim_action_func action, sim_poll_func poll, const char *name, void *arg, uint32_t unit, struct mtx *mtx,
    int untagged, int tagged, struct cam_devq *devq)
{
	struct cam_sim *sim;

	if (failing())
		return (NULL);
	sim = calloc(1, sizeof(*sim));
	sim->sim_action = action;
	sim->sim_poll = poll;
	sim->sim_name = name;
	sim->softc = arg;
	sim->unit_number = unit;
	sim->mtx = mtx;
	sim->max_tagged_dev_openings = tagged;
	sim->path_id = 5;
	sims++;
	return (sim);
}

/* As CAM does, this waits for those who use the bus. */
void
cam_sim_free(struct cam_sim *sim, int free_devq)
{
	while (idle != NULL && idle())
		continue;
	sims--;
	queues -= free_devq;
}

int
xpt_bus_register(struct cam_sim *sim, device_t parent, uint32_t bus)
{
	if (failing())
		return (1);
	buses++;
	return (CAM_SUCCESS);
}

int xpt_bus_deregister(path_id_t path) { buses -= path == 5; return (CAM_REQ_CMP); }

cam_status
xpt_create_path(struct cam_path **path, struct cam_periph *periph, path_id_t path_id, target_id_t target, lun_id_t lun)
{
	if (failing())
		return (CAM_RESRC_UNAVAIL);
	paths += path_id == 5 && target == CAM_TARGET_WILDCARD && lun == CAM_LUN_WILDCARD;
	*path = &a_path;
	return (CAM_REQ_CMP);
}

void xpt_free_path(struct cam_path *path) { paths--; }
void xpt_async(uint32_t code, struct cam_path *path, void *arg) { asyncs += code == AC_BUS_RESET; }
uint32_t xpt_freeze_simq(struct cam_sim *sim, u_int count) { return (frozen += count); }
void xpt_release_simq(struct cam_sim *sim, int run) { frozen--; }
uint32_t xpt_freeze_devq(struct cam_path *path, u_int count) { return (devq_frozen += count); }
void xpt_print(struct cam_path *path, const char *fmt, ...) { }
void cam_calc_geometry(struct ccb_calc_geometry *ccg, int extended) { ccg->ccb_h.status = CAM_REQ_CMP; }

union ccb *
xpt_alloc_ccb_nowait(void)
{
	if (failing())
		return (NULL);
	ccbs++;
	return (calloc(1, sizeof(union ccb)));
}

void xpt_free_ccb(union ccb *ccb) { ccbs--; }

void
xpt_rescan(union ccb *ccb)
{
	rescans++;
	xpt_free_path(ccb->ccb_h.path);
	xpt_free_ccb(ccb);
}

void
xpt_done(union ccb *ccb)
{
	if ((ccb->ccb_h.func_code & XPT_FC_QUEUED) == 0 && ccb->ccb_h.func_code != XPT_RESET_BUS)
		return;
	if ((ccb->ccb_h.status & CAM_RELEASE_SIMQ) != 0)
		frozen--;
	done[ndone++] = ccb;
}

/* What the test asks for. */
int
shim_attach(struct hvs_channel *ch, int nth)
{
	softc = calloc(1, sizeof(*softc));
	ndone = frozen = devq_frozen = asyncs = rescans = loaded = syncs = ccbs = hole = 0;
	maps = tags = queues = sims = buses = paths = 0;
	idle = NULL;
	fail = nth;
	return (hvscsi_attach((device_t)ch));
}

int shim_failed(void) { return (fail == 0); }
void shim_fail(int nth) { fail = nth; }
void shim_hole(int on) { hole = on; }
int shim_held(void) { return (maps + tags + queues + sims + buses + paths + ccbs); }
int shim_detach(int (*callback)(void)) { idle = callback; return (hvscsi_detach(NULL)); }
int shim_protocol_of_scsi(void) { return (softc->vs_protocol); }
void shim_poll(void) { softc->vs_sim->sim_poll(softc->vs_sim); }

union ccb *
shim_command(u_int target, u_int lun, const uint8_t *cdb, u_int cdb_len, u_int flags, void *data, u_int len,
    u_int timeout)
{
	union ccb *ccb = calloc(1, sizeof(*ccb));

	ccb->ccb_h.func_code = XPT_SCSI_IO;
	ccb->ccb_h.path = &a_path;
	ccb->ccb_h.target_id = target;
	ccb->ccb_h.target_lun = lun;
	ccb->ccb_h.flags = flags;
	ccb->ccb_h.timeout = timeout;
	ccb->csio.cdb_len = cdb_len;
	if ((flags & CAM_CDB_POINTER) != 0)
		ccb->csio.cdb_io.cdb_ptr = __DECONST(uint8_t *, cdb);
	else
		memcpy(ccb->csio.cdb_io.cdb_bytes, cdb, MIN(cdb_len, IOCDBLEN));
	ccb->csio.data_ptr = data;
	ccb->csio.dxfer_len = len;
	ccb->csio.sense_len = SSD_FULL_SIZE;
	softc->vs_sim->sim_action(softc->vs_sim, ccb);
	return (ccb);
}

union ccb *
shim_ask(u_int func)
{
	union ccb *ccb = calloc(1, sizeof(*ccb));

	ccb->ccb_h.func_code = func;
	ccb->ccb_h.path = &a_path;
	softc->vs_sim->sim_action(softc->vs_sim, ccb);
	return (ccb);
}

union ccb *shim_done(void)
{
	union ccb *ccb;

	if (ndone == 0)
		return (NULL);
	ccb = done[0];
	memmove(done, done + 1, --ndone * sizeof(done[0]));
	return (ccb);
}

u_int shim_status(union ccb *ccb) { return (ccb->ccb_h.status); }
u_int shim_scsi_status(union ccb *ccb) { return (ccb->csio.scsi_status); }
u_int shim_resid(union ccb *ccb) { return (ccb->csio.resid); }
u_int shim_sense_len(union ccb *ccb) { return (ccb->csio.sense_len - ccb->csio.sense_resid); }
void *shim_sense(union ccb *ccb) { return (&ccb->csio.sense_data); }
u_int shim_maxio(union ccb *ccb) { return (ccb->cpi.maxio); }
u_int shim_max_target(union ccb *ccb) { return (ccb->cpi.max_target); }
u_int shim_max_lun(union ccb *ccb) { return (ccb->cpi.max_lun); }
int shim_frozen(void) { return (frozen); }
int shim_devq_frozen(void) { return (devq_frozen); }
int shim_asyncs(void) { return (asyncs); }
int shim_rescans(void) { return (rescans); }
int shim_loaded(void) { return (loaded); }
int shim_syncs(void) { return (syncs); }
