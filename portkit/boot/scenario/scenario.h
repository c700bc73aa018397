/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What the directors share. A scenario is a function of its own: it says what
 * devices the host has, boots the drivers, does its worst, and reports each
 * thing that it has seen as a milestone, with what proves it. It knows neither
 * the drivers' names nor how many there are: a milestone is expected where
 * there is a driver that could reach it.
 *
 * Each wait has a deadline, in virtual milliseconds.
 */

#ifndef _SCENARIO_H
#define	_SCENARIO_H

#include "../machine/machine.h"
#include "../kernel/kern_ctl.h"
#include "../host/host_ctl.h"

#define	SECOND_MS	1000L
#define	MINUTE_MS	(60 * SECOND_MS)
#define	ANSWER_MS	(20 * SECOND_MS)	/* for the guest to answer */
#define	BOOT_MS		(3 * MINUTE_MS)

/* errno values of illumos */
#define	K_EPERM		1
#define	K_ENXIO		6
#define	K_EBUSY		16
#define	K_EINVAL	22
#define	K_ETIMEDOUT	145

#define	K_FREAD		1
#define	K_FWRITE	2

/* poll(2) events */
#define	K_POLLIN	0x0001
#define	K_POLLERR	0x0008
#define	K_POLLHUP	0x0010

struct scenario {
	const char	*name;
	const char	*title;
	void		(*run)(void);
	int		alone;	/* no host behind it; it ends by itself */
};

/* What came: each is a milestone, unless they are not wanted right now. */
enum manner { LOUD, FAILURES, MUTE };
extern enum manner report_manner;
void	report(const char *id, int ok, const char *fmt, ...) HC_PRINTF(3, 4);

/* The host's devices, by the number that the host gives them; -1: none. */
struct devices {
	int	heartbeat, shutdown, timesync, kvp, vss, unknown;
	int	scsi;		/* with a disk; where a module is for storage */
};
extern struct devices devices;
int	storage_planned(void);	/* a module of the plan is for storage */
void	devices_add(void);	/* one of each */
void	devices_services(void);	/* ... but storage */
void	devices_none(void);

/*
 * world.c: up and down. world_up() is 0 when the drivers are there and those
 * attached that have something to attach to; else it has been reported. When
 * attach does not return, world_stuck is set: then nothing can be unloaded.
 */
extern int world_stuck;
int	world_up(void);
int	world_load(void);
int	world_configure(long timeout_ms);	/* -1: it did not return */
int	world_attached(long timeout_ms);
int	world_down(void);
/* Runs it in a thread of its own; -1 when it did not return in time. */
int	world_try(const char *name, int (*)(void *), void *, long timeout_ms,
	    int *result);
int	world_nexus(struct kc_node *);		/* 1: there is one */
int	world_node_of(const char *driver, struct kc_node *);	/* attached */
int	world_nodes_of(const char *driver);
int	world_children(int attached);		/* of the nexus */
const char *world_path_of(int id);	/* of the node of a host's device */
int	world_wait_open(int id, int open, long timeout_ms);

/* services.c: each reports its milestones; 0 when it went well. */
int	service_heartbeats(int id, int n, const char *milestone);
int	service_timesync(int id);
int	service_kvp(int id);
int	service_vss(int id);
int	service_shutdown(int id);
void	service_disk_add(int id);	/* before the boot */
int	service_disk_wait(int id);
int	service_disk(int id, const char *milestone);
void	services_all(void);
int	wait_answer(int id, long timeout_ms);	/* none outstanding */
int	wait_ready(int id, long timeout_ms);

/* The daemons: see daemon_kvp.c, daemon_vss.c. */
enum temper {
	DAEMON_GOOD,
	DAEMON_SLOW,		/* takes longer than a driver may wait */
	DAEMON_FAILS,		/* answers each request with an error */
	DAEMON_DIES,		/* closes with a request in its hands */
	DAEMON_KEEPS,		/* reads a request and sits on it */
	DAEMON_SHORT,		/* writes less than a message */
	DAEMON_LONG,		/* reads and writes more than one */
	DAEMON_RUBBISH,		/* fills the message with noise */
};
int	find_minor(const char *part, const char *not, int index, char *name,
	    int len);

int	kvpd_start(enum temper);	/* 0, or an errno value */
void	kvpd_stop(void);		/* waits until it is gone */
int	kvpd_running(void);
int	kvpd_served(void);		/* requests that it has read */
const char *kvpd_value(int pool, const char *key);

int	vssd_start(int application, enum temper);
void	vssd_stop(int application);
int	vssd_running(int application);
int	vssd_served(int application);
const char *vssd_log(int application);	/* what it was told: "freeze thaw" */

/* The scenarios. */
void	scenario_boot(void);
void	scenario_reload(void);
void	scenario_twins(void);
void	scenario_hotplug(void);
void	scenario_storms(void);
void	scenario_slow_host(void);
void	scenario_silent_host(void);
void	scenario_silent_device(void);
void	scenario_wrong_host(void);
void	scenario_refusals(void);
void	scenario_bad_messages(void);
void	scenario_daemons(void);
void	scenario_shutdown(void);
void	scenario_suspend(void);
void	scenario_busy(void);
void	scenario_fail_alloc(void);
void	scenario_module(void);
void	scenario_disk(void);
void	scenario_disk_names(void);
void	scenario_disk_load(void);
void	scenario_disk_errors(void);
void	scenario_disk_timeouts(void);
void	scenario_disk_dump(void);
void	scenario_disk_remove(void);
void	scenario_disk_speed(void);

#endif	/* _SCENARIO_H */
