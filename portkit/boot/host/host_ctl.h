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

#endif	/* _HOST_CTL_H */
