/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The Solaris DDI: intro(9F). Device information and properties, register
 * access, DMA, interrupts, soft state, minor nodes, task queues, strings.
 */

#ifndef _SYS_SUNDDI_H
#define	_SYS_SUNDDI_H

#include <sys/types.h>
#include <sys/errno.h>
#include <sys/model.h>
#include <sys/signal.h>
#include <sys/dditypes.h>
#include <sys/ddidmareq.h>
#include <sys/ddimapreq.h>
#include <sys/ddipropdefs.h>
#include <sys/devops.h>
#include <sys/time.h>
#include <sys/cmn_err.h>
#include <sys/ddi_intr.h>
#include <sys/open.h>
#include <sys/kmem.h>
#include <sys/nvpair.h>
#include <sys/sysevent.h>
#include <sys/thread.h>
#include <sys/ddi_hp.h>
#include <sys/proc.h>

#define	DDI_SUCCESS	0
#define	DDI_FAILURE	(-1)
#define	DDI_NOT_WELL_FORMED	(-2)
#define	DDI_EAGAIN	(-3)
#define	DDI_EINVAL	(-4)
#define	DDI_ENOTSUP	(-5)
#define	DDI_EPENDING	(-6)
#define	DDI_EALREADY	(-7)
#define	DDI_ENOMEM	1
#define	DDI_EBUSY	2
#define	DDI_ETRANSPORT	3
#define	DDI_ECONTEXT	4
#define	DDI_SLEEP	0
#define	DDI_NOSLEEP	1

/* Nodes by where they come from: ndi_devi_alloc() takes these. */
#define	DEVI_PSEUDO_NODEID	((int)(-1))
#define	DEVI_SID_NODEID	((int)(-2))
#define	DEVI_SID_HIDDEN_NODEID	((int)(-3))
#define	DEVI_PSEUDO_NEXNAME	"pseudo"
#define	DEVI_ISA_NEXNAME	"isa"
#define	CLONE_DEV	1
#define	PRIVONLY_DEV	0x10

/* Minor node types: ddi_create_minor_node(9F). */
#define	DDI_NT_SERIAL	"ddi_serial"
#define	DDI_NT_SERIAL_MB	"ddi_serial:mb"
#define	DDI_NT_SERIAL_DO	"ddi_serial:dialout"
#define	DDI_NT_BLOCK	"ddi_block"
#define	DDI_NT_BLOCK_CHAN	"ddi_block:channel"
#define	DDI_NT_BLOCK_WWN	"ddi_block:wwn"
#define	DDI_NT_CD	"ddi_block:cdrom"
#define	DDI_NT_CD_CHAN	"ddi_block:cdrom:channel"
#define	DDI_NT_FD	"ddi_block:diskette"
#define	DDI_NT_ENCLOSURE	"ddi_enclosure"
#define	DDI_NT_BLOCK_SAS	"ddi_block:sas"
#define	DDI_NT_BLOCK_BLKDEV	"ddi_block:blkdev"
#define	DDI_NT_TAPE	"ddi_byte:tape"
#define	DDI_NT_NET	"ddi_network"
#define	DDI_NT_DISPLAY	"ddi_display"
#define	DDI_PSEUDO	"ddi_pseudo"
#define	DDI_NT_AUDIO	"ddi_audio"
#define	DDI_NT_MOUSE	"ddi_mouse"
#define	DDI_NT_KEYBOARD	"ddi_keyboard"
#define	DDI_NT_PARALLEL	"ddi_parallel"
#define	DDI_NT_PRINTER	"ddi_printer"
#define	DDI_NT_UGEN	"ddi_generic:usb"
#define	DDI_NT_NEXUS	"ddi_ctl:devctl"
#define	DDI_NT_SCSI_NEXUS	"ddi_ctl:devctl:scsi"
#define	DDI_NT_ATTACHMENT_POINT	"ddi_ctl:attachment_point"
#define	DDI_NT_SCSI_ATTACHMENT_POINT	"ddi_ctl:attachment_point:scsi"
#define	DDI_NT_REGACC	"ddi_tool_reg"
#define	DDI_NT_INTRCTL	"ddi_tool_intr"

/* Properties that a driver.conf(4) gives to the framework. */
#define	DDI_FORCEATTACH	"ddi-forceattach"
#define	DDI_NO_AUTODETACH	"ddi-no-autodetach"
#define	DDI_KERNEL_IOCTL	"ddi-kernel-ioctl"
#define	DDI_OPEN_RETURNS_EINTR	"ddi-open-returns-eintr"

/* ddi_walk_devs(9F): what the function answers. */
#define	DDI_WALK_CONTINUE	0
#define	DDI_WALK_PRUNECHILD	(-1)
#define	DDI_WALK_PRUNESIB	(-2)
#define	DDI_WALK_TERMINATE	(-3)
#define	DDI_WALK_ERROR	(-4)

#define	DDI_MODEL_MASK	267386880
#define	DDI_MODEL_ILP32	1048576
#define	DDI_MODEL_LP64	2097152
#define	DDI_MODEL_NATIVE	2097152
#define	DDI_MODEL_NONE	0
#define	DDI_REGS_ACC_CONFLICT	(-10)
#define	DDI_DEV_NO_AUTOINCR	0x0
#define	DDI_DEV_AUTOINCR	0x1
#define	DDI_VENDOR_SUNW	"SUNW"
#define	TASKQ_DEFAULTPRI	(-1)
#define	DDI_IPL_0	0
#define	DDI_IPL_1	1
#define	DDI_IPL_2	2
#define	DDI_IPL_3	3
#define	DDI_IPL_4	4
#define	DDI_IPL_5	5
#define	DDI_IPL_6	6
#define	DDI_IPL_7	7
#define	DDI_IPL_8	8
#define	DDI_IPL_9	9
#define	DDI_IPL_10	10

/* Faults of a device: ddi_dev_report_fault(9F), ddi_get_devstate(9F). */
typedef enum {
	DDI_SERVICE_LOST = -32,
	DDI_SERVICE_DEGRADED = -16,
	DDI_SERVICE_UNAFFECTED = 0,
	DDI_SERVICE_RESTORED = 16
} ddi_fault_impact_t;

typedef enum {
	DDI_DATAPATH_FAULT = -32,
	DDI_DEVICE_FAULT = -16,
	DDI_EXTERNAL_FAULT = 0
} ddi_fault_location_t;

typedef enum {
	DDI_DEVSTATE_OFFLINE = -32,
	DDI_DEVSTATE_DOWN = -16,
	DDI_DEVSTATE_QUIESCED = 0,
	DDI_DEVSTATE_DEGRADED = 16,
	DDI_DEVSTATE_UP = 32
} ddi_devstate_t;

struct buf;
struct as;
struct cred;
struct proc;

/* Memory and strings: bcopy(9F), string(9F), ddi_strtol(9F). */
int bcmp(const void *, const void *, size_t);
void bcopy(const void *, void *, size_t);
void bzero(void *, size_t);
int memcmp(const void *, const void *, size_t);
void *memcpy(void *, const void *, size_t);
void *memmove(void *, const void *, size_t);
void *memset(void *, int, size_t);
void *memchr(const void *, int, size_t);
size_t strlen(const char *);
size_t strnlen(const char *, size_t);
int strcmp(const char *, const char *);
int strncmp(const char *, const char *, size_t);
char *strcpy(char *, const char *);
char *strncpy(char *, const char *, size_t);
size_t strlcpy(char *, const char *, size_t);
char *strncat(char *, const char *, size_t);
size_t strlcat(char *, const char *, size_t);
char *strchr(const char *, int);
size_t strspn(const char *, const char *);
size_t strcspn(const char *, const char *);
char *strdup(const char *);
void strfree(char *);
char *strsep(char **, const char *);
int ddi_strtol(const char *, char **, int, long *);
int ddi_strtoul(const char *, char **, int, unsigned long *);
int ddi_strtoll(const char *, char **, int, longlong_t *);
int ddi_strtoull(const char *, char **, int, u_longlong_t *);
char *ddi_strdup(const char *, int);
int ddi_ffs(long);
int ddi_fls(long);
int stoi(char **);
void numtos(ulong_t, char *);
void swab(void *, void *, size_t);

/* Copying from and to a program: ddi_copyin(9F). */
int ddi_copyin(const void *, void *, size_t, int);
int ddi_copyout(const void *, void *, size_t, int);
model_t ddi_mmap_get_model(void);
model_t ddi_model_convert_from(model_t);

/* Device information: ddi_get_instance(9F), ddi_get_parent(9F). */
char *ddi_get_name(dev_info_t *);
char *ddi_binding_name(dev_info_t *);
const char *ddi_driver_name(dev_info_t *);
major_t ddi_driver_major(dev_info_t *);
char *ddi_node_name(dev_info_t *);
int ddi_get_nodeid(dev_info_t *);
int ddi_get_instance(dev_info_t *);
struct dev_ops *ddi_get_driver(dev_info_t *);
void ddi_set_driver(dev_info_t *, struct dev_ops *);
dev_info_t *ddi_get_parent(dev_info_t *);
dev_info_t *ddi_get_child(dev_info_t *);
dev_info_t *ddi_get_next_sibling(dev_info_t *);
dev_info_t *ddi_get_next(dev_info_t *);
dev_info_t *ddi_root_node(void);
dev_info_t *ddi_find_devinfo(char *, int, int);
void ddi_walk_devs(dev_info_t *, int (*)(dev_info_t *, void *), void *);
void ddi_set_driver_private(dev_info_t *, void *);
void *ddi_get_driver_private(dev_info_t *);
void ddi_set_parent_data(dev_info_t *, void *);
void *ddi_get_parent_data(dev_info_t *);
void ddi_set_name_addr(dev_info_t *, char *);
char *ddi_get_name_addr(dev_info_t *);
major_t ddi_name_to_major(char *);
char *ddi_major_to_name(major_t);
char *ddi_deviname(dev_info_t *, char *);
char *ddi_pathname(dev_info_t *, char *);
int ddi_dev_pathname(dev_t, int, char *);
dev_t ddi_pathname_to_dev_t(char *);
dev_info_t *ddi_hold_devi_by_instance(major_t, int, int);
void ddi_release_devi(dev_info_t *);
int ddi_initchild(dev_info_t *, dev_info_t *);
int ddi_uninitchild(dev_info_t *);
void ddi_report_dev(dev_info_t *);
int ddi_dev_is_sid(dev_info_t *);
int ddi_slaveonly(dev_info_t *);
int ddi_dev_affinity(dev_info_t *, dev_info_t *);
int ddi_ctlops(dev_info_t *, dev_info_t *, ddi_ctl_enum_t, void *, void *);
int ddi_in_panic(void);
int ddi_dev_is_needed(dev_info_t *, int, int);

/* Properties: ddi_prop_lookup(9F), ddi_prop_update(9F), ddi_prop_op(9F). */
int ddi_prop_get_int(dev_t, dev_info_t *, uint_t, char *, int);
int64_t ddi_prop_get_int64(dev_t, dev_info_t *, uint_t, char *, int64_t);
int ddi_prop_lookup_int_array(dev_t, dev_info_t *, uint_t, char *, int **,
    uint_t *);
int ddi_prop_lookup_int64_array(dev_t, dev_info_t *, uint_t, char *,
    int64_t **, uint_t *);
int ddi_prop_lookup_string(dev_t, dev_info_t *, uint_t, char *, char **);
int ddi_prop_lookup_string_array(dev_t, dev_info_t *, uint_t, char *,
    char ***, uint_t *);
int ddi_prop_lookup_byte_array(dev_t, dev_info_t *, uint_t, char *,
    uchar_t **, uint_t *);
void ddi_prop_free(void *);
int ddi_prop_exists(dev_t, dev_info_t *, uint_t, char *);
int ddi_prop_update_int(dev_t, dev_info_t *, char *, int);
int ddi_prop_update_int64(dev_t, dev_info_t *, char *, int64_t);
int ddi_prop_update_int_array(dev_t, dev_info_t *, char *, int *, uint_t);
int ddi_prop_update_int64_array(dev_t, dev_info_t *, char *, int64_t *,
    uint_t);
int ddi_prop_update_string(dev_t, dev_info_t *, char *, char *);
int ddi_prop_update_string_array(dev_t, dev_info_t *, char *, char **, uint_t);
int ddi_prop_update_byte_array(dev_t, dev_info_t *, char *, uchar_t *, uint_t);
int ddi_prop_op(dev_t, dev_info_t *, ddi_prop_op_t, int, char *, caddr_t,
    int *);
int ddi_prop_op_size(dev_t, dev_info_t *, ddi_prop_op_t, int, char *, caddr_t,
    int *, uint64_t);
int ddi_prop_op_nblocks(dev_t, dev_info_t *, ddi_prop_op_t, int, char *,
    caddr_t, int *, uint64_t);
int ddi_prop_create(dev_t, dev_info_t *, int, char *, caddr_t, int);
int ddi_prop_modify(dev_t, dev_info_t *, int, char *, caddr_t, int);
int ddi_prop_remove(dev_t, dev_info_t *, char *);
void ddi_prop_remove_all(dev_info_t *);
int ddi_prop_undefine(dev_t, dev_info_t *, int, char *);
int ddi_bus_prop_op(dev_t, dev_info_t *, dev_info_t *, ddi_prop_op_t, int,
    char *, caddr_t, int *);
int nopropop(dev_t, dev_info_t *, ddi_prop_op_t, int, char *, caddr_t, int *);
int ddi_getprop(dev_t, dev_info_t *, int, char *, int);
int ddi_getlongprop(dev_t, dev_info_t *, int, char *, caddr_t, int *);
int ddi_getlongprop_buf(dev_t, dev_info_t *, int, char *, caddr_t, int *);
int ddi_getproplen(dev_t, dev_info_t *, int, char *, int *);

/* Registers: ddi_regs_map_setup(9F), ddi_get8(9F), pci_config_setup(9F). */
int ddi_regs_map_setup(dev_info_t *, uint_t, caddr_t *, offset_t, offset_t,
    ddi_device_acc_attr_t *, ddi_acc_handle_t *);
void ddi_regs_map_free(ddi_acc_handle_t *);
int ddi_dev_nregs(dev_info_t *, int *);
int ddi_dev_regsize(dev_info_t *, uint_t, off_t *);
uint8_t ddi_get8(ddi_acc_handle_t, uint8_t *);
uint16_t ddi_get16(ddi_acc_handle_t, uint16_t *);
uint32_t ddi_get32(ddi_acc_handle_t, uint32_t *);
uint64_t ddi_get64(ddi_acc_handle_t, uint64_t *);
void ddi_put8(ddi_acc_handle_t, uint8_t *, uint8_t);
void ddi_put16(ddi_acc_handle_t, uint16_t *, uint16_t);
void ddi_put32(ddi_acc_handle_t, uint32_t *, uint32_t);
void ddi_put64(ddi_acc_handle_t, uint64_t *, uint64_t);
void ddi_rep_get8(ddi_acc_handle_t, uint8_t *, uint8_t *, size_t, uint_t);
void ddi_rep_get16(ddi_acc_handle_t, uint16_t *, uint16_t *, size_t, uint_t);
void ddi_rep_get32(ddi_acc_handle_t, uint32_t *, uint32_t *, size_t, uint_t);
void ddi_rep_get64(ddi_acc_handle_t, uint64_t *, uint64_t *, size_t, uint_t);
void ddi_rep_put8(ddi_acc_handle_t, uint8_t *, uint8_t *, size_t, uint_t);
void ddi_rep_put16(ddi_acc_handle_t, uint16_t *, uint16_t *, size_t, uint_t);
void ddi_rep_put32(ddi_acc_handle_t, uint32_t *, uint32_t *, size_t, uint_t);
void ddi_rep_put64(ddi_acc_handle_t, uint64_t *, uint64_t *, size_t, uint_t);
uint16_t ddi_swap16(uint16_t);
uint32_t ddi_swap32(uint32_t);
uint64_t ddi_swap64(uint64_t);
int ddi_peek8(dev_info_t *, int8_t *, int8_t *);
int ddi_peek16(dev_info_t *, int16_t *, int16_t *);
int ddi_peek32(dev_info_t *, int32_t *, int32_t *);
int ddi_peek64(dev_info_t *, int64_t *, int64_t *);
int ddi_poke8(dev_info_t *, int8_t *, int8_t);
int ddi_poke16(dev_info_t *, int16_t *, int16_t);
int ddi_poke32(dev_info_t *, int32_t *, int32_t);
int ddi_poke64(dev_info_t *, int64_t *, int64_t);
int pci_config_setup(dev_info_t *, ddi_acc_handle_t *);
void pci_config_teardown(ddi_acc_handle_t *);
uint8_t pci_config_get8(ddi_acc_handle_t, off_t);
uint16_t pci_config_get16(ddi_acc_handle_t, off_t);
uint32_t pci_config_get32(ddi_acc_handle_t, off_t);
uint64_t pci_config_get64(ddi_acc_handle_t, off_t);
void pci_config_put8(ddi_acc_handle_t, off_t, uint8_t);
void pci_config_put16(ddi_acc_handle_t, off_t, uint16_t);
void pci_config_put32(ddi_acc_handle_t, off_t, uint32_t);
void pci_config_put64(ddi_acc_handle_t, off_t, uint64_t);
int pci_save_config_regs(dev_info_t *);
int pci_restore_config_regs(dev_info_t *);
uint8_t inb(int);
uint16_t inw(int);
uint32_t inl(int);
void outb(int, uint8_t);
void outw(int, uint16_t);
void outl(int, uint32_t);
int ddi_map_fault(dev_info_t *, struct hat *, struct seg *, caddr_t,
    struct page *, pfn_t, uint_t, uint_t);
int ddi_bus_map(dev_info_t *, dev_info_t *, ddi_map_req_t *, off_t, off_t,
    caddr_t *);
int nullbusmap(dev_info_t *, dev_info_t *, ddi_map_req_t *, off_t, off_t,
    caddr_t *);
int ddi_apply_range(dev_info_t *, dev_info_t *, struct regspec *);
struct regspec *ddi_rnumber_to_regspec(dev_info_t *, int);
int ddi_check_acc_handle(ddi_acc_handle_t);
int ddi_check_dma_handle(ddi_dma_handle_t);
void ddi_dev_report_fault(dev_info_t *, ddi_fault_impact_t,
    ddi_fault_location_t, const char *);
ddi_devstate_t ddi_get_devstate(dev_info_t *);
unsigned long ddi_btop(dev_info_t *, unsigned long);
unsigned long ddi_btopr(dev_info_t *, unsigned long);
unsigned long ddi_ptob(dev_info_t *, unsigned long);
unsigned int ddi_enter_critical(void);
void ddi_exit_critical(unsigned int);

/* Memory for programs to map: devmap(9E), ddi_umem_alloc(9F). */
int ddi_devmap_segmap(dev_t, off_t, ddi_as_handle_t, caddr_t *, off_t, uint_t,
    uint_t, uint_t, struct cred *);
int devmap_setup(dev_t, offset_t, ddi_as_handle_t, caddr_t *, size_t, uint_t,
    uint_t, uint_t, struct cred *);
int ddi_segmap(dev_t, off_t, struct as *, caddr_t *, off_t, uint_t, uint_t,
    uint_t, cred_t *);

/* Direct memory access: ddi_dma_alloc_handle(9F) and after. */
int ddi_dma_alloc_handle(dev_info_t *, ddi_dma_attr_t *, int (*)(caddr_t),
    caddr_t, ddi_dma_handle_t *);
void ddi_dma_free_handle(ddi_dma_handle_t *);
int ddi_dma_mem_alloc(ddi_dma_handle_t, size_t, ddi_device_acc_attr_t *,
    uint_t, int (*)(caddr_t), caddr_t, caddr_t *, size_t *,
    ddi_acc_handle_t *);
void ddi_dma_mem_free(ddi_acc_handle_t *);
int ddi_dma_addr_bind_handle(ddi_dma_handle_t, struct as *, caddr_t, size_t,
    uint_t, int (*)(caddr_t), caddr_t, ddi_dma_cookie_t *, uint_t *);
int ddi_dma_buf_bind_handle(ddi_dma_handle_t, struct buf *, uint_t,
    int (*)(caddr_t), caddr_t, ddi_dma_cookie_t *, uint_t *);
int ddi_dma_unbind_handle(ddi_dma_handle_t);
void ddi_dma_nextcookie(ddi_dma_handle_t, ddi_dma_cookie_t *);
int ddi_dma_numwin(ddi_dma_handle_t, uint_t *);
int ddi_dma_getwin(ddi_dma_handle_t, uint_t, off_t *, size_t *,
    ddi_dma_cookie_t *, uint_t *);
int ddi_dma_sync(ddi_dma_handle_t, off_t, size_t, uint_t);
int ddi_dma_burstsizes(ddi_dma_handle_t);
int ddi_dma_allochdl(dev_info_t *, dev_info_t *, ddi_dma_attr_t *,
    int (*)(caddr_t), caddr_t, ddi_dma_handle_t *);
int ddi_dma_freehdl(dev_info_t *, dev_info_t *, ddi_dma_handle_t);
int ddi_dma_bindhdl(dev_info_t *, dev_info_t *, ddi_dma_handle_t,
    struct ddi_dma_req *, ddi_dma_cookie_t *, uint_t *);
int ddi_dma_unbindhdl(dev_info_t *, dev_info_t *, ddi_dma_handle_t);
int ddi_dma_flush(dev_info_t *, dev_info_t *, ddi_dma_handle_t, off_t, size_t,
    uint_t);
int ddi_dma_win(dev_info_t *, dev_info_t *, ddi_dma_handle_t, uint_t, off_t *,
    size_t *, ddi_dma_cookie_t *, uint_t *);
int ddi_dma_mctl(dev_info_t *, dev_info_t *, ddi_dma_handle_t,
    enum ddi_dma_ctlops, off_t *, size_t *, caddr_t *, uint_t);
int ddi_no_dma_map(dev_info_t *, dev_info_t *, struct ddi_dma_req *,
    ddi_dma_handle_t *);
int ddi_no_dma_allochdl(dev_info_t *, dev_info_t *, ddi_dma_attr_t *,
    int (*)(caddr_t), caddr_t, ddi_dma_handle_t *);
int ddi_no_dma_freehdl(dev_info_t *, dev_info_t *, ddi_dma_handle_t);
int ddi_no_dma_bindhdl(dev_info_t *, dev_info_t *, ddi_dma_handle_t,
    struct ddi_dma_req *, ddi_dma_cookie_t *, uint_t *);
int ddi_no_dma_unbindhdl(dev_info_t *, dev_info_t *, ddi_dma_handle_t);
int ddi_no_dma_flush(dev_info_t *, dev_info_t *, ddi_dma_handle_t, off_t,
    size_t, uint_t);
int ddi_no_dma_win(dev_info_t *, dev_info_t *, ddi_dma_handle_t, uint_t,
    off_t *, size_t *, ddi_dma_cookie_t *, uint_t *);
int ddi_no_dma_mctl(dev_info_t *, dev_info_t *, ddi_dma_handle_t,
    enum ddi_dma_ctlops, off_t *, size_t *, caddr_t *, uint_t);
void ddi_set_callback(int (*)(caddr_t), caddr_t, uintptr_t *);
void ddi_run_callback(uintptr_t *);
void minphys(struct buf *);
int physio(int (*)(struct buf *), struct buf *, dev_t, int,
    void (*)(struct buf *), struct uio *);
extern int maxphys;

/* Entry points that a driver may name as its own: nochpoll(9F). */
int nochpoll(dev_t, short, int, short *, struct pollhead **);
dev_info_t *nodevinfo(dev_t, int);
int ddi_no_info(dev_info_t *, ddi_info_cmd_t, void *, void **);
int ddi_getinfo_1to1(dev_info_t *, ddi_info_cmd_t, void *, void **);
int ddifail(dev_info_t *, ddi_attach_cmd_t);
void ddivoid();
int ddi_quiesce_not_needed(dev_info_t *);
int ddi_quiesce_not_supported(dev_info_t *);

/* Who calls, and the time: ddi_get_cred(9F), ddi_get_time(9F). */
cred_t *ddi_get_cred(void);
time_t ddi_get_time(void);
pid_t ddi_get_pid(void);
kt_did_t ddi_get_kt_did(void);
boolean_t ddi_can_receive_sig(void);
void *proc_ref(void);
void proc_unref(void *);
int proc_signal(void *, int);

/* Minor nodes: ddi_create_minor_node(9F). */
int ddi_create_minor_node(dev_info_t *, char *, int, minor_t, char *, int);
int ddi_create_priv_minor_node(dev_info_t *, char *, int, minor_t, char *,
    int, const char *, const char *, mode_t);
void ddi_remove_minor_node(dev_info_t *, char *);

/* Soft state, one structure an instance: ddi_soft_state_init(9F). */
int ddi_soft_state_init(void **, size_t, size_t);
int ddi_soft_state_zalloc(void *, int);
void *ddi_get_soft_state(void *, int);
void ddi_soft_state_free(void *, int);
void ddi_soft_state_fini(void **);
typedef struct __ddi_soft_state_bystr ddi_soft_state_bystr;
typedef struct __ddi_strid ddi_strid;
int ddi_soft_state_bystr_init(ddi_soft_state_bystr **, size_t, int);
int ddi_soft_state_bystr_zalloc(ddi_soft_state_bystr *, const char *);
void *ddi_soft_state_bystr_get(ddi_soft_state_bystr *, const char *);
void ddi_soft_state_bystr_free(ddi_soft_state_bystr *, const char *);
void ddi_soft_state_bystr_fini(ddi_soft_state_bystr **);
int ddi_strid_init(ddi_strid **, int);
id_t ddi_strid_alloc(ddi_strid *, char *);
id_t ddi_strid_str2id(ddi_strid *, char *);
char *ddi_strid_id2str(ddi_strid *, id_t);
void ddi_strid_free(ddi_strid *, id_t);
void ddi_strid_fini(ddi_strid **);

/* Identities of devices: ddi_devid_init(9F). */
int ddi_devid_valid(ddi_devid_t);
int ddi_devid_register(dev_info_t *, ddi_devid_t);
void ddi_devid_unregister(dev_info_t *);
int ddi_devid_init(dev_info_t *, ushort_t, ushort_t, void *, ddi_devid_t *);
int ddi_devid_get(dev_info_t *, ddi_devid_t *);
size_t ddi_devid_sizeof(ddi_devid_t);
void ddi_devid_free(ddi_devid_t);
int ddi_devid_compare(ddi_devid_t, ddi_devid_t);
int ddi_devid_scsi_encode(int, char *, uchar_t *, size_t, uchar_t *, size_t,
    uchar_t *, size_t, ddi_devid_t *);
char *ddi_devid_to_guid(ddi_devid_t);
void ddi_devid_free_guid(char *);
char *ddi_devid_str_encode(ddi_devid_t, char *);
int ddi_devid_str_decode(char *, ddi_devid_t *, char **);
void ddi_devid_str_free(char *);
int ddi_devid_str_compare(char *, char *);

/* Events: ddi_add_event_handler(9F), ddi_log_sysevent(9F). */
int ddi_add_event_handler(dev_info_t *, ddi_eventcookie_t,
    void (*)(dev_info_t *, ddi_eventcookie_t, void *, void *), void *,
    ddi_callback_id_t *);
int ddi_remove_event_handler(ddi_callback_id_t);
int ddi_get_eventcookie(dev_info_t *, char *, ddi_eventcookie_t *);
int ddi_log_sysevent(dev_info_t *, char *, char *, char *, nvlist_t *,
    sysevent_id_t *, int);

/* Task queues: ddi_taskq_create(9F). */
struct ddi_taskq;
typedef struct ddi_taskq ddi_taskq_t;
ddi_taskq_t *ddi_taskq_create(dev_info_t *, const char *, int, pri_t, uint_t);
void ddi_taskq_destroy(ddi_taskq_t *);
int ddi_taskq_dispatch(ddi_taskq_t *, void (*)(void *), void *, uint_t);
void ddi_taskq_wait(ddi_taskq_t *);
void ddi_taskq_suspend(ddi_taskq_t *);
void ddi_taskq_resume(ddi_taskq_t *);
boolean_t ddi_taskq_suspended(ddi_taskq_t *);

/* Work at intervals: ddi_periodic_add(9F). */
ddi_periodic_t ddi_periodic_add(void (*)(void *), void *, hrtime_t, int);
void ddi_periodic_delete(ddi_periodic_t);

/* What else a driver may expect from this header. */
#include <sys/isa_defs.h>
#include <sys/ddidevmap.h>
#include <sys/ddi_impldefs.h>
#include <sys/ddi_implfuncs.h>
#include <sys/va_list.h>
#include <sys/sunldi.h>
#include <sys/devctl.h>
#include <sys/stream.h>

#endif	/* _SYS_SUNDDI_H */
