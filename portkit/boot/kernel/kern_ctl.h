/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What a scenario does to the simulated kernel: the part of an administrator,
 * init(8) and the daemons. Plain types, so that neither DDI headers nor libc
 * are needed. Errors are illumos errno values; 0 is success.
 */

#ifndef _KERN_CTL_H
#define	_KERN_CTL_H

/* Reads the plan: modules, dependencies, driver.conf files, aliases. */
void	kc_boot(void);

/*
 * modload(8) with all it depends on, modunload(8). kc_unload_all detaches and
 * unloads everything, children before parents, and checks for leaks; EBUSY when
 * a module stays.
 */
int	kc_load(const char *module);
int	kc_unload(const char *module);
int	kc_unload_all(void);
int	kc_loaded(const char *module);
int	kc_modules(int index, const char **name, const char **kind);
		/* 0 past the last one of the plan */

/*
 * devfsadm(8): makes the nodes that driver.conf files ask for, attaches them
 * and what they find below. An ENXIO names, on the console, what did not
 * attach.
 */
int	kc_configure(void);
int	kc_detach(const char *path);	/* "/hv_vmbus@0"; children go first */
int	kc_attach(const char *path);

/*
 * Suspends the machine and resumes it: how many devices were suspended, and how
 * many of them came back. EBUSY when one refused: the machine stayed up.
 */
int	kc_suspend(int *suspended, int *resumed);

/* The device tree, in prtconf(8)'s order. */
struct kc_node {
	int		depth;
	char		name[64];	/* node name */
	char		address[128];
	char		path[256];
	char		driver[64];	/* "" when none is bound */
	int		instance;
	int		attached;
};
int	kc_node(int index, struct kc_node *);	/* 0 past the last one */
int	kc_property(const char *path, const char *name, char *value, int len);
		/* text of a string property; ENOENT */
void	kc_report_tree(void);	/* the tree with all properties, as an event */

/* open(2) and so on of a minor node: "hv_kvp:hv_kvp_dev" is driver:minor. */
typedef struct kc_file kc_file;
int	kc_minor(int index, char *name, int len);	/* 0 past the last */
int	kc_open(const char *minor, int flags, kc_file **);
		/* flags of open(9E): 1 FREAD, 2 FWRITE, 0x80 FNONBLOCK */
int	kc_close(kc_file *);
/* pread(2) and pwrite(2) at offset 0, as daemons that exchange messages do. */
int	kc_read(kc_file *, void *, long len, long *done);
int	kc_write(kc_file *, const void *, long len, long *done);
int	kc_ioctl(kc_file *, int cmd, void *arg, int *rval);
int	kc_poll(kc_file *, int events, int *revents, long timeout_ms);
		/* timeout_ms: -1 waits for ever */
void	kc_interrupt(kc_file *);	/* who is in a call gets EINTR */

/* A kstat's named value as text; ENOENT. */
int	kc_kstat(const char *module, const char *name, const char *value,
	    char *text, int len);
int	kc_kstats(int index, char *name, int len);	/* "module:0:name" */
/* Write one value of a named kstat; EACCES when it is read-only. */
int	kc_kstat_set(const char *module, const char *name, const char *value,
	    const char *text);

/*
 * Disks: what sd(7D) has attached, named as devfsadm(8) names them. A name
 * stays with its device for as long as the machine runs.
 */
struct kc_disk {
	char		name[16];	/* "c0t0d0" */
	char		path[256];	/* below /devices, without a minor */
	int		instance, target, lun;
	char		vendor[9], product[17], revision[5];
	char		serial[64];	/* of VPD page 0x80, or "" */
	char		devid[256];	/* as ddi_devid_str_encode(9F) has it */
	unsigned long long blocks;
	unsigned	block_size;	/* bytes; 0: no medium was ever seen */
	int		type;		/* of INQUIRY: 0 disk, 5 CD or DVD */
	int		ready;		/* TEST UNIT READY succeeds */
	int		read_only;
	unsigned	max_transfer;	/* bytes of one command */
};
int	kc_disk(int index, struct kc_disk *);	/* by path; 0 past the last */
int	kc_disk_listing(void);	/* as format(8) begins; how many there are */

/* Kernel memory whose first byte is `offset' bytes into a page. */
void	*kc_disk_buffer(long len, int offset);
void	kc_disk_buffer_free(void *);

/*
 * read(2) and write(2) of the whole disk at a byte offset; both it and the
 * length are multiples of the block and end on the disk, EINVAL if not. EFAULT
 * for memory that is not the kernel's, ENXIO without such a disk or without a
 * medium, EROFS for a CD, EIO when the disk or its adapter failed. A transfer
 * of more than max_transfer is several commands: kc_disk_io() sends one after
 * the other, kc_disk_start() all of them; it returns at once and calls `done'
 * when they have ended, perhaps in interrupt context, unless it returns an
 * error itself.
 */
int	kc_disk_io(const char *name, int write, unsigned long long byte,
	    void *buf, long len);
int	kc_disk_start(const char *name, int write, unsigned long long byte,
	    void *buf, long len, void (*done)(void *, int error), void *arg);

/*
 * dump(9E): polled, with this CPU's interrupts off; when panicking, the other
 * CPUs stand still as well.
 */
int	kc_disk_dump(const char *name, unsigned long long byte, void *buf,
	    long len, int panicking);

/*
 * USCSICMD of uscsi(4I): EIO for a command that did not end well; what became
 * of it stands in the result, which may be a null pointer.
 */
struct kc_scsi {
	int		reason, state, statistics;	/* of scsi_pkt(9S) */
	int		status;			/* SCSI status */
	int		key, asc, ascq;		/* of sense data; -1: none */
	long		resid;			/* bytes not transferred */
};
int	kc_disk_command(const char *name, const unsigned char *cdb, int cdblen,
	    int write, void *buf, long len, int seconds, struct kc_scsi *);

/* scsi_reset(9F): 1 all, 2 target, 3 lun; scsi_abort(9F): of all commands. */
int	kc_disk_reset(const char *name, int level);	/* 1 done, 0 not, */
int	kc_disk_abort(const char *name);		/* -1 no such disk */
int	kc_disk_flush(const char *name);	/* SYNCHRONIZE CACHE; errno */

/* Since the disk was attached; -1 without such a disk. */
long	kc_disk_retries(const char *name);
long	kc_disk_timeouts(const char *name);
long	kc_disk_errors(const char *name);	/* I/O that ended in an error */

/* Configures a bus again, as cfgadm(8) does: what is new, what has gone. */
int	kc_rescan(const char *hba_path);	/* 0, ENOENT, EIO */

/* Processes: what init(8) was told, the clock that was set. */
int	kc_signals_to_init(void);	/* how many; 0: none yet */
int	kc_init_signal(void);		/* the newest one's number */
int	kc_powered_off(int *how);	/* kadmin(9F)/uadmin: 1, and its fcn */
long	kc_wall_clock(void);		/* seconds since 1970 */
long	kc_wall_clock_ns(void);		/* and its nanoseconds */
int	kc_clock_sets(void);		/* how often a driver set it */

/* A machine that more CPUs can be added to, which counts where it has one. */
void	kc_cpus_may_come(void);

/* Threads of the scenario's own, which may do all of the above. */
void	kc_spawn(const char *name, void (*)(void *), void *);
void	kc_sleep_ms(long);
int	kc_wait(int (*condition)(void *), void *arg, long timeout_ms);
		/* 0 when it came true, else -1 */

/* Finds writes to freed memory, leaked and lost resources; before power off. */
void	kc_final_checks(void);

#endif	/* _KERN_CTL_H */
