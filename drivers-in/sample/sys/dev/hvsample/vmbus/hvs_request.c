/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The portkit authors
 */

/*
 * Messages to the host, and the answers to those that have one.
 *
 * A request is begun before its message goes out, so that no answer comes too
 * early; any number of them may wait at a time.
 */

#include <sys/cdefs.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/malloc.h>

#include <dev/hvsample/vmbus/hvs_var.h>

#define	HVS_POST_TRIES		40

/*
 * Post `len' bytes to the host.  It may be short of buffers for a while, so
 * this sleeps and tries again.  EBUSY if that goes on, EIO if it refuses.
 */
int
hvs_post(struct hvs_softc *sc, const void *message, size_t len)
{
	struct hvs_post_input *input;
	uint64_t status;
	int error, tries;

	KASSERT(len <= HVS_MESSAGE_PAYLOAD, ("message of %zu bytes", len));

	error = EBUSY;
	sx_xlock(&sc->hs_post_lock);
	input = sc->hs_post.dm_addr;
	for (tries = 0; tries < HVS_POST_TRIES; tries++) {
		memset(input, 0, sizeof(*input));
		input->pi_connection = HVS_CONNECTION_MESSAGE;
		input->pi_type = HVS_MESSAGE_CHANNEL;
		input->pi_size = len;
		memcpy(input->pi_payload, message, len);

		status = HVS_STATUS(hvs_hypercall(HVS_CALL_POST_MESSAGE,
		    sc->hs_post.dm_busaddr));
		if (status == HVS_STATUS_SUCCESS) {
			error = 0;
			break;
		}
		if (status != HVS_STATUS_NO_MEMORY &&
		    status != HVS_STATUS_NO_BUFFERS) {
			error = EIO;
			break;
		}
		pause("hvspost", MAX(hz / 100, 1));
	}
	sx_xunlock(&sc->hs_post_lock);

	if (error != 0) {
		device_printf(sc->hs_dev, "message %u was not taken: %d\n",
		    ((const struct hvs_ctl *)message)->ct_type, error);
	}
	return (error);
}

/*
 * Expect a message of type `answer' that names `key'.  relid: the channel whose
 * rescind means that it will not come, or 0.
 */
struct hvs_request *
hvs_request_begin(struct hvs_softc *sc, uint32_t answer, uint32_t key,
    uint32_t relid)
{
	struct hvs_request *rq;

	rq = malloc(sizeof(struct hvs_request), M_HVS, M_WAITOK | M_ZERO);
	rq->rq_answer = answer;
	rq->rq_key = key;
	rq->rq_relid = relid;

	mtx_lock(&sc->hs_lock);
	TAILQ_INSERT_TAIL(&sc->hs_requests, rq, rq_link);
	mtx_unlock(&sc->hs_lock);
	return (rq);
}

/*
 * Sleep until the answer is in rq_reply.  ETIMEDOUT if it is not within so many
 * seconds; ENXIO if its channel is rescinded.
 */
int
hvs_request_wait(struct hvs_softc *sc, struct hvs_request *rq, int seconds)
{
	int error = 0;

	mtx_lock(&sc->hs_lock);
	while (rq->rq_done == 0 && error == 0) {
		error = mtx_sleep(&rq->rq_done, &sc->hs_lock, 0, "hvsreq",
		    seconds * hz);
	}
	if (rq->rq_done != 0)
		error = rq->rq_error;
	else
		error = ETIMEDOUT;
	mtx_unlock(&sc->hs_lock);
	return (error);
}

void
hvs_request_end(struct hvs_softc *sc, struct hvs_request *rq)
{

	mtx_lock(&sc->hs_lock);
	TAILQ_REMOVE(&sc->hs_requests, rq, rq_link);
	mtx_unlock(&sc->hs_lock);
	free(rq, M_HVS);
}

/* An answer has come in: hand it to the first request that expects it. */
void
hvs_request_answer(struct hvs_softc *sc, uint32_t answer, uint32_t key,
    const void *payload, size_t len)
{
	struct hvs_request *rq;

	mtx_lock(&sc->hs_lock);
	TAILQ_FOREACH(rq, &sc->hs_requests, rq_link) {
		if (rq->rq_answer == answer && rq->rq_key == key &&
		    rq->rq_done == 0)
			break;
	}
	if (rq != NULL) {
		memcpy(rq->rq_reply, payload, MIN(len, sizeof(rq->rq_reply)));
		rq->rq_done = 1;
		wakeup(&rq->rq_done);
	}
	mtx_unlock(&sc->hs_lock);

	if (rq == NULL && bootverbose) {
		device_printf(sc->hs_dev, "answer %u about %u, unasked\n",
		    answer, key);
	}
}

/* A channel is gone, and with it every answer about it. */
void
hvs_request_abort(struct hvs_softc *sc, uint32_t relid)
{
	struct hvs_request *rq;

	mtx_lock(&sc->hs_lock);
	TAILQ_FOREACH(rq, &sc->hs_requests, rq_link) {
		if (rq->rq_relid == relid && rq->rq_done == 0) {
			rq->rq_error = ENXIO;
			rq->rq_done = 1;
			wakeup(&rq->rq_done);
		}
	}
	mtx_unlock(&sc->hs_lock);
}
