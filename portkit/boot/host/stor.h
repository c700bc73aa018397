/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Storage devices: what stor*.c share.
 */

#ifndef _STOR_H
#define	_STOR_H

#include "core.h"
#include "stor_spec.h"

struct stor;

/* stor_lun.c: a disk or a DVD drive. */
struct stor_lun {
	struct stor	*stor;
	uint8_t		target, lun;
	bool		dvd;
	bool		medium;		/* there is one in the drive */
	bool		locked;		/* ... and it has to stay */
	bool		read_only;
	bool		write_cache;	/* as the caching page has it */
	int		user;		/* which of --disk, -1: none */
	int		fd;		/* -1: never had a medium */
	uint32_t	block;		/* bytes */
	uint64_t	blocks;
	uint8_t		identity[16];	/* stays the same over reboots */
	bool		was_reset, luns_changed;	/* to be told */
	uint32_t	sense;		/* of a command that came without */
	long		commands[256];	/* that came, by operation code */
	struct stor_lun	*next;
};
struct stor_lun *stor_lun(struct stor *, int target, int lun);
bool	stor_target(struct stor *, int target);	/* there is any lun on it */
struct stor_lun *stor_lun_add(struct stor *, int target, int lun);
void	stor_lun_free(struct stor_lun *);
int	stor_scratch(struct stor_lun *, uint64_t bytes, uint32_t block);
int	stor_user(struct stor_lun *, int index);
bool	stor_read(const struct stor_lun *, uint64_t at, void *, uint64_t len);
bool	stor_write(const struct stor_lun *, uint64_t at, const void *,
	    uint64_t len);
bool	stor_zero(const struct stor_lun *, uint64_t at, uint64_t len);
void	stor_sync(const struct stor_lun *);

/* stor_srb.c: a request of the guest's, until its answer has left. */
enum stor_state { STOR_RUNS, STOR_KEPT, STOR_LEAVES };
struct stor_command {
	struct stor	*stor;
	struct hv_channel *ch;
	uint64_t	transaction;
	struct vs_packet packet;
	uint32_t	packet_len;	/* 48 or 64 */
	uint8_t		cdb[VS_CDB];
	struct hv_range	*range;		/* NULL: no data */
	struct hv_lent	*pages;		/* that the host may touch */
	uint32_t	npages;
	struct stor_lun	*lun;		/* NULL: none there */
	enum stor_state	state;
	int		fault;		/* HVC_FAULT_*, 0: none */
	unsigned	detail;
	struct stor_command *next;
};

struct stor_fault {
	int		target, lun, opcode, kind, skip, count;
	unsigned	detail;
	struct stor_fault *next;
};

/* stor.c: a controller. */
#define	STOR_CHANNELS	9	/* the primary one, and its sub-channels */
enum stor_phase {
	STOR_CLOSED, STOR_OPENED, STOR_BEGUN, STOR_VERSIONED, STOR_QUERIED,
	STOR_READY
};
struct stor {
	struct hv_device *dev;
	bool		ide;
	enum stor_phase	phase;
	uint32_t	version;
	uint16_t	first_sub;	/* index of the first sub-channel */
	uint16_t	subs;		/* that the guest has asked for */
	struct stor_lun	*luns;		/* by target and lun */
	struct stor_command *commands;	/* oldest first */
	int		pending, most;
	long		by_opcode[256];
	long		by_channel[STOR_CHANNELS];
	int		resets;
	struct stor_fault *faults;
	int		notices;	/* ENUMERATE_BUS to be said */
	hc_timer	*retry, *background;
	int		tries;
};
struct stor *stor_find(int id);
bool	stor_has(const struct stor *, uint32_t version);
uint32_t stor_max_transfer(void);
void	stor_enumerate(struct stor *);

void	stor_answer(struct stor *, struct hv_channel *, uint64_t transaction,
	    const struct vs_packet *, uint32_t len, uint32_t status);
void	stor_execute(struct stor *, struct hv_channel *, struct hv_packet *);
bool	stor_check(const struct stor_command *, const struct hv_packet *);
void	stor_reset(struct stor *, const struct stor_lun *);	/* NULL: all */
void	stor_end_all(struct stor *, const struct stor_lun *, uint8_t status);
void	stor_lun_gone(struct stor_lun *);
void	stor_drop(struct stor *, const struct hv_channel *);
int	stor_release(struct stor *);
void	stor_flush(struct stor *);
extern hc_time stor_latency;	/* -1: as it comes */

/* stor_scsi.c, stor_block.c, stor_inquiry.c, stor_mode.c: a SCSI command. */
struct scsi_io {
	struct stor_lun	*lun;
	const uint8_t	*cdb;
	const struct hv_range *range;
	uint32_t	room;		/* bytes that the guest has data for */
	uint32_t	moved;
	bool		overrun;	/* there was more */
	uint32_t	sense;		/* key, code, qualifier; 0: good */
};
struct scsi_command {
	uint8_t		opcode;
	uint8_t		direction;	/* VS_OUT, VS_IN, VS_NO_DATA, ... */
	uint8_t		types;
	uint8_t		flags;
	void		(*run)(struct scsi_io *);
};
#define	SCSI_VERIFIES	3	/* direction: out if it has to compare */
#define	SCSI_EITHER	4	/* with parameters or without */
#define	SCSI_DISK	1	/* types */
#define	SCSI_DVD	2
#define	SCSI_ALWAYS	1	/* flags: whatever has to be told first, */
#define	SCSI_MEDIUM	2	/* ... needs one, */
#define	SCSI_THIN	4	/* ... since thin provisioning */
const struct scsi_command *scsi_command(uint8_t opcode);
int	scsi_direction(const uint8_t *cdb);	/* -1: unknown command */
unsigned scsi_cdb_length(uint8_t opcode);	/* 0: any */
void	scsi_run(struct scsi_io *);
void	scsi_fixed_sense(uint8_t to[18], uint32_t sense);
bool	scsi_thin(void);	/* this host knows of unmapping */

/* Data to the guest, no more than the command allows; from the guest. */
void	scsi_give(struct scsi_io *, const void *, uint32_t len,
	    uint32_t allowed);
bool	scsi_put(struct scsi_io *, uint32_t at, const void *, uint32_t len);
bool	scsi_take(struct scsi_io *, uint32_t at, void *, uint32_t len);

uint64_t scsi_get(const uint8_t *, int bytes);
void	scsi_set(uint8_t *, int bytes, uint64_t);

void	scsi_inquiry(struct scsi_io *);
void	scsi_report_luns(struct scsi_io *);
void	scsi_report_luns_of(struct scsi_io *, struct stor *, int target);
uint32_t scsi_inquiry_none(int lun, uint8_t to[36]);	/* length, or 0 */
void	scsi_mode_sense(struct scsi_io *);
void	scsi_mode_select(struct scsi_io *);
void	scsi_read(struct scsi_io *);
void	scsi_write(struct scsi_io *);
void	scsi_verify(struct scsi_io *);
void	scsi_synchronize(struct scsi_io *);
void	scsi_write_same(struct scsi_io *);
void	scsi_unmap(struct scsi_io *);
void	scsi_read_capacity(struct scsi_io *);
void	scsi_service_in(struct scsi_io *);
void	scsi_read_toc(struct scsi_io *);
void	scsi_get_configuration(struct scsi_io *);
void	scsi_get_event_status(struct scsi_io *);

#endif	/* _STOR_H */
