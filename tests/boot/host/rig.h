/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * What stands around the host's SCSI device when it is tested by itself: a
 * guest that puts packets where the device takes them, memory, and time.
 */

#ifndef _RIG_H
#define	_RIG_H

#include "stor.h"
#include "host_ctl.h"

#define	ADAPTER		1
#define	IN		VS_IN
#define	OUT		VS_OUT
#define	NONE		VS_NO_DATA
#define	CDB(...)	((const uint8_t [VS_CDB]) { __VA_ARGS__ })

struct answer {
	uint16_t	type;
	uint64_t	transaction;
	uint32_t	len;
	struct vs_packet packet;
};

extern int failures, nanswers, room, complaints;
extern struct answer answers[];
extern char complaint[];
extern uint32_t packet_len, data_offset;
extern struct stor *stor;

#define	CHECK(what)	check((what) != 0, #what, __FILE__, __LINE__)
void	check(int, const char *, const char *, int);
#define	COMPLAINS(text)	complains(text, __FILE__, __LINE__)
void	complains(const char *, const char *, int);

void	power_on(const char *release);
void	guest_opens(void);
void	guest_closes(void);
void	guest_connects(uint32_t version);
uint32_t guest_asks(uint32_t operation, uint32_t argument); /* the status */
struct vs_packet request(int target, int lun, const uint8_t *cdb, int len,
	    int direction, uint32_t bytes);
void	put(const struct vs_packet *, uint32_t len, uint32_t bytes);
void	put_flags(uint16_t);		/* of the packet put last */
void	put_same_transaction(void);	/* ... gets that of the one before */
void	host_takes(void);		/* what was put */
void	time_goes_on(void);		/* until nothing is left to do */
const struct vs_srb *run(int lun, const uint8_t *cdb, int len, int direction,
	    uint32_t bytes);		/* one request, to its answer */
const uint8_t *data(uint32_t bytes);	/* what is in the guest's buffer */
void	fill(const void *, uint32_t bytes);
int	good(const struct vs_srb *, uint32_t moved);
int	sense(const struct vs_srb *, uint32_t);

#endif	/* _RIG_H */
