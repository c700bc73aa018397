/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What a scenario does to the host: the part of Hyper-V Manager and of the
 * integration services in the parent partition. Plain types.
 */

#ifndef _HOST_CTL_H
#define	_HOST_CTL_H

/* vmbus.c, channel.c */
int	hvc_add(const char *class);	/* a device, its id; at any time */
int	hvc_rescind(int id);
void	hvc_reverse(void);	/* the next connection: last offers first */
int	hvc_open(int id);		/* whether its channel is open */
int	hvc_released(int id);		/* RELID_RELEASED came for it */
int	hvc_device_guid(int id, char *instance, int len);
int	hvc_class_guid(int id, char *type, int len);
unsigned hvc_version(void);		/* negotiated; 0: none */
const char *hvc_version_text(void);	/* "4.0" */
int	hvc_contacted(void);		/* INITIATE_CONTACT accepted and not */
int	hvc_unloaded(void);		/* ... unloaded */
int	hvc_offers(void);		/* offers delivered */
int	hvc_offered(void);		/* devices that the guest has now */
int	hvc_synic_cpus(void);		/* CPUs whose SynIC is enabled now */
int	hvc_hypercall_enabled(void);
unsigned long hvc_guest_id(void);
unsigned long hvc_hypercalls(void);	/* how many came */
unsigned long hvc_interrupts(void);	/* how many were sent */
int	hvc_subchannels(int id, int n);	/* offers so many more */
void	hvc_monitors(int);	/* new offers all have monitors */

/* Manners: see struct hv_manners. */
void	hvc_delay_us(long);
void	hvc_steady(int);
void	hvc_silent(int);
void	hvc_wrong(int);		/* 2: a ring index, too, for a millisecond */
void	hvc_refuse_open(unsigned status);
void	hvc_refuse_gpadl(int);
void	hvc_busy_posts(unsigned);
void	hvc_message_storm(unsigned n);	/* so many messages that mean nothing */
void	hvc_event_storm(unsigned n);	/* so many event interrupts, also for */
					/* channels that do not exist */

/*
 * ic.c: the integration services. A request is sent to the device of that id;
 * its answer is counted when it is as specified.
 */
int	hvc_ic_ready(int id);		/* version negotiated with the guest */
int	hvc_ic_at_least(int id, int major, int minor);	/* its messages' */
int	hvc_ic_limit(int id, int major, int minor);	/* no higher one */
int	hvc_ic_pending(int id);		/* a request waits for its answer */
const char *hvc_ic_version(int id);	/* "framework 3.0 message 3.0" */
int	hvc_heartbeat(int id);		/* send one; -1: cannot */
int	hvc_heartbeats(int id);		/* answered, each as it should */
int	hvc_shutdown(int id, unsigned flags);	/* force, reboot, ... */
int	hvc_shutdown_status(int id, unsigned *status);	/* 1: answered */
int	hvc_timesync(int id, int sync, long long unix_ns); /* or a sample */
int	hvc_timesyncs(int id);		/* acknowledged */
/* KVP: keys and values are text; the reply is kept. */
int	hvc_kvp_set(int id, int pool, const char *key, const char *value);
int	hvc_kvp_get(int id, int pool, const char *key);
int	hvc_kvp_delete(int id, int pool, const char *key);
int	hvc_kvp_enumerate(int id, int pool, int index);
int	hvc_kvp_ip_info(int id, int set);
int	hvc_kvp_reply(int id, unsigned *status, char *key, int keylen,
	    char *value, int valuelen);	/* 1: answered since the last request */
/* VSS. */
#define	HVC_VSS_HOT_BACKUP	2	/* operations */
#define	HVC_VSS_GET_DM_INFO	3
#define	HVC_VSS_FREEZE		5
#define	HVC_VSS_THAW		6
int	hvc_vss(int id, int operation);
int	hvc_vss_reply(int id, unsigned *status);
unsigned hvc_vss_flags(int id);		/* of the last answer */
/* A message as wrong as `kind' says, from 0 on: too short, ... */
/* -1: cannot now; -2: there is no such kind for that device. */
int	hvc_ic_malformed(int id, int kind);

/*
 * stor*.c: storage. hvc_add("scsi") is a synthetic SCSI controller,
 * hvc_add("ide") one disk's channel of the IDE controller. A lun is named by
 * the device's id, target and lun; functions return 0 or -1 where nothing else
 * is said.
 */
/* A disk on an unlinked temporary file; before the guest boots or later. */
int	hvc_disk_add(int id, int target, int lun, long long bytes,
	    unsigned block_size, int dvd);	/* bytes 0: no medium */
int	hvc_disk_remove(int id, int target, int lun);
int	hvc_disk_read_only(int id, int target, int lun, int on);
int	hvc_user_disks(void);		/* how many files --disk named */
int	hvc_user_disk_add(int id, int target, int lun, int index);
long long hvc_user_disk_bytes(int index);	/* its size; -1 */
/*
 * Whether a scenario may write on it: all of it is zeros, or block 0 has the
 * mark of an earlier run's.
 */
int	hvc_user_disk_blank(int index);
#define	HVC_DISK_MARK	"portkit test disk\n"	/* block 0 begins with it */
/* What is in the file, whatever the guest thinks. */
int	hvc_disk_get(int id, int target, int lun, long long offset, void *,
	    long len);
int	hvc_disk_put(int id, int target, int lun, long long offset,
	    const void *, long len);
/* Commands that came; opcode -1: any; lun -1: all of the adapter. */
long	hvc_disk_commands(int id, int target, int lun, int opcode);
int	hvc_storage_pending(int id);	/* commands that wait for an answer */
int	hvc_storage_most(int id);	/* most of them, since last asked */
int	hvc_storage_channels(int id);	/* open */
long	hvc_storage_on_channel(int id, int index);	/* commands */
unsigned hvc_storage_version(int id);	/* 0x0602; 0: none */
int	hvc_storage_resets(int id);	/* of bus, target or lun, that came */
/* Each command takes so long; -1: as it comes, which is the default. */
void	hvc_storage_latency_us(long);
/*
 * The next `count' commands that match, after `skip' of them; opcode -1: any,
 * target and lun -1: any. 0; -1 when there is no such device or kind.
 */
#define	HVC_FAULT_BUSY		1	/* SCSI status BUSY */
#define	HVC_FAULT_TASK_FULL	2	/* TASK SET FULL */
#define	HVC_FAULT_RESERVED	3	/* RESERVATION CONFLICT */
#define	HVC_FAULT_CHECK		4	/* detail: key, asc, ascq: 0x052400 */
#define	HVC_FAULT_NO_SENSE	5	/* check condition, and no sense */
#define	HVC_FAULT_SRB		6	/* detail: SRB status; no SCSI status */
#define	HVC_FAULT_NEVER		7	/* no answer */
#define	HVC_FAULT_LATE		8	/* detail: milliseconds */
#define	HVC_FAULT_SHORT		9	/* detail: bytes that are transferred */
int	hvc_storage_fault(int id, int target, int lun, int opcode, int kind,
	    int skip, int count, unsigned detail);
void	hvc_storage_fault_clear(int id);
int	hvc_storage_release(int id);	/* answers what was kept: how many */
/* A notice as the host sends them; ENUMERATE_BUS (11) it says by itself. */
#define	HVC_REMOVE_DEVICE	2
int	hvc_storage_say(int id, unsigned operation);

#endif	/* _HOST_CTL_H */
