/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What the scenarios about disks share. Each disk has a copy of what ought to
 * be on it, kept here: a read is compared with that, and what a write was
 * acknowledged for is looked up in the host's file.
 */

#ifndef _DISK_H
#define	_DISK_H

#include "scenario.h"

#define	KIB	1024L
#define	MIB	(1024L * KIB)
#define	TIB	(1LL << 40)

/* CDB operation codes; a target driver chooses among those that fit */
#define	READ_6		0x08
#define	READ_10		0x28
#define	SYNC_CACHE_10	0x35
#define	READ_16		0x88

/* A lun as the host has it, as the guest calls it, and what is on it. */
struct disk {
	int		id, target, lun;	/* id: the adapter's */
	long long	bytes;
	unsigned	block;
	char		name[16];	/* "c0t0d0"; "": not seen yet */
	long long	from;		/* the part of it that is kept here */
	long		kept;
	unsigned char	*want;
};

/* disk_kit.c: the disks of host and guest. */
int	disk_add(struct disk *, int id, int target, int lun, long long bytes,
	    unsigned block);	/* filled with noise if it is not too large */
int	disk_window(struct disk *, long long from, long len);
void	disk_forget(struct disk *);
int	disk_find(struct disk *, struct kc_disk *);	/* 1: the guest has */
				/* it, as large as it is, and ready */
int	disks_wait(struct disk *, int n, long timeout_ms);
void	disks_rescan(int id);
/* world_up(), and until all are there: 0; 1: no driver took the adapter. */
int	disks_up(struct disk *, int n);
int	disks_listed(const char *milestone);	/* format(8): how many */
void	noise(void *, long len, unsigned long seed);

/* disk_io.c: one command at a time, checked. 0; -1: see disk_fault(). */
#define	DISK_MOST	(1024 * KIB)	/* of a command */
void	*disk_memory(long len, int offset);	/* as it was, if it suffices */
void	disk_memory_free(void);
int	disk_write(struct disk *, long long at, long len, int offset);
int	disk_read(struct disk *, long long at, long len, int offset);
int	disk_both(struct disk *, long long at, long len, int offset);
int	disk_same(struct disk *, long long at, long len, const void *got,
	    const char *what);	/* got NULL: what the host has */
void	disk_complain(const char *fmt, ...) HC_PRINTF(1, 2);
const char *disk_fault(void);	/* the first one since it was asked for */
int	disk_faulty(void);
/* A milestone that is reached when there was no fault. */
int	disk_report(const char *id, const char *fmt, ...) HC_PRINTF(2, 3);
long long disk_where(const struct disk *, long len);	/* random, aligned */

/* disk_flight.c: many commands at once; each has a part of a disk to itself. */
#define	MAXSLOTS	512
#define	MAXPILOTS	32

struct flight;
struct slot {
	struct pilot	*pilot;
	struct disk	*disk;
	long long	home;		/* its part of the disk */
	long long	at;		/* the command that is under way */
	long		len;
	int		write, busy, ended, error;
	int		unknown;	/* a write of it has failed */
	unsigned	turn;
	unsigned char	*memory;
};

struct pilot {
	struct flight	*flight;
	hc_ctx		*ctx;
	int		index, waits, gone;
};

struct flight {
	/* What the caller says: */
	struct disk	*disks;
	int		ndisks;
	int		depth;		/* commands at once */
	int		pilots;		/* threads that start them */
	long		region;		/* bytes for each command at most */
	long		total;		/* commands in all; 0: until told */
	int		may_fail;	/* a command may end in an error */
	int		reads;		/* only those */
	/* What came of it: */
	long		started, ended, failed;
	int		stop, gone;
	struct slot	*slots;
	struct pilot	crew[MAXPILOTS];
};
int	flight_begin(struct flight *);
int	flight_end(struct flight *, long timeout_ms);	/* waits for all */
int	flight_wait(struct flight *, long ended, long timeout_ms);
long	flight_aloft(const struct flight *);
/* After errors: what is on the disk now is right. */
void	flight_settle(struct flight *);
void	flight_free(struct flight *);
/* All of it: begins, waits for the total, and ends. */
int	flight(struct flight *, long timeout_ms);

/* disk_user.c: the files of --disk. */
#define	USER_LUN	16
int	user_disks_add(int id, int first_lun);	/* how many */
void	user_disks_check(int id, int first_lun);

/* disk_kinds.c: each reports its milestone. */
void	disk_identity(struct disk *, int n);
void	disk_flushes(struct disk *);
void	disk_protected(struct disk *);
void	cdrom_add(int id);
void	cdrom_check(int id);
void	ide_add(int id);
void	ide_check(int id);

#endif	/* _DISK_H */
