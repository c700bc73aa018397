/*
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

#include <sys/ccompile.h>
#include <sys/param.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <sys/systm.h>
#include <sys/cmn_err.h>
#include <sys/debug.h>
#include <sys/kmem.h>
#include <sys/errno.h>
#include <sys/ksynch.h>
#include <sys/queue.h>
#include <sys/reboot.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>

#include <hvsample/vmbus/hvs_var.h>

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

	ASSERT(len <= HVS_MESSAGE_PAYLOAD);

	error = EBUSY;
	rw_enter(&sc->hs_post_lock, RW_WRITER);
	input = sc->hs_post.dm_addr;
	for (tries = 0; tries < HVS_POST_TRIES; tries++) {
		memset(input, 0, sizeof (*input));
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
		delay(MAX(hz / 100, 1));
	}
	rw_exit(&sc->hs_post_lock);

	if (error != 0) {
		dev_err(sc->hs_dev, CE_NOTE, "message %u was not taken: %d",
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

	rq = kmem_zalloc(sizeof (struct hvs_request), KM_SLEEP);
	cv_init(&rq->rq_done_cv, NULL, CV_DRIVER, NULL);
	rq->rq_answer = answer;
	rq->rq_key = key;
	rq->rq_relid = relid;

	mutex_enter(&sc->hs_lock);
	TAILQ_INSERT_TAIL(&sc->hs_requests, rq, rq_link);
	mutex_exit(&sc->hs_lock);
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

	mutex_enter(&sc->hs_lock);
	while (rq->rq_done == 0 && error == 0) {
		error =
		    (cv_reltimedwait(&rq->rq_done_cv, &sc->hs_lock,
		    seconds * hz, TR_CLOCK_TICK) == -1 ? EWOULDBLOCK : 0);
	}
	if (rq->rq_done != 0)
		error = rq->rq_error;
	else
		error = ETIMEDOUT;
	mutex_exit(&sc->hs_lock);
	return (error);
}

void
hvs_request_end(struct hvs_softc *sc, struct hvs_request *rq)
{

	mutex_enter(&sc->hs_lock);
	TAILQ_REMOVE(&sc->hs_requests, rq, rq_link);
	mutex_exit(&sc->hs_lock);
	cv_destroy(&rq->rq_done_cv);
	kmem_free(rq, sizeof (*rq));
}

/* An answer has come in: hand it to the first request that expects it. */
void
hvs_request_answer(struct hvs_softc *sc, uint32_t answer, uint32_t key,
    const void *payload, size_t len)
{
	struct hvs_request *rq;

	mutex_enter(&sc->hs_lock);
	TAILQ_FOREACH(rq, &sc->hs_requests, rq_link) {
		if (rq->rq_answer == answer && rq->rq_key == key &&
		    rq->rq_done == 0)
			break;
	}
	if (rq != NULL) {
		memcpy(rq->rq_reply, payload, MIN(len, sizeof (rq->rq_reply)));
		rq->rq_done = 1;
		cv_broadcast(&rq->rq_done_cv);
	}
	mutex_exit(&sc->hs_lock);

	if (rq == NULL && (boothowto & RB_VERBOSE)) {
		dev_err(sc->hs_dev, CE_CONT, "?answer %u about %u, unasked\n",
		    answer, key);
	}
}

/* A channel is gone, and with it every answer about it. */
void
hvs_request_abort(struct hvs_softc *sc, uint32_t relid)
{
	struct hvs_request *rq;

	mutex_enter(&sc->hs_lock);
	TAILQ_FOREACH(rq, &sc->hs_requests, rq_link) {
		if (rq->rq_relid == relid && rq->rq_done == 0) {
			rq->rq_error = ENXIO;
			rq->rq_done = 1;
			cv_broadcast(&rq->rq_done_cv);
		}
	}
	mutex_exit(&sc->hs_lock);
}
