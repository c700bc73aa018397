/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Asking what is there: scsi_probe(9F), scsi_hba_probe(9F), and the identity of
 * a device from its vital product data pages 0x80 and 0x83.
 */

#include "kscsi.h"

typedef int (*callback_t)(caddr_t);

#define	PAGE_MAX	0xf0
#define	LIST_MAX	0xff
#define	BUSY_DELAY	10000		/* microseconds */

/*
 * One command to its end, but for TRAN_BUSY without repetitions.
 */
uint_t
kscsi_test(struct scsi_pkt *pkt)
{
	long waited;
	int answer;

	pkt->pkt_flags |= FLAG_NOINTR;
	pkt->pkt_time = SCSI_POLL_TIMEOUT;
	if (scsi_ifgetcap(&pkt->pkt_address, "tagged-qing", 1) == 1)
		pkt->pkt_flags |= FLAG_STAG;
	for (waited = 0; waited <= SCSI_POLL_TIMEOUT * 1000000L;
	    waited += BUSY_DELAY) {
		*pkt->pkt_scbp = pkt->pkt_reason = 0;
		pkt->pkt_state = 0;
		answer = scsi_transport(pkt);
		if (answer != TRAN_BUSY)
			break;
		if ((curthread->t_flag & T_INTR_THREAD) == 0 && !do_polled_io)
			delay(drv_usectohz(BUSY_DELAY));
		else
			drv_usecwait(BUSY_DELAY);
	}
	if (answer == TRAN_BUSY)
		return (KST_TRAN_BUSY);
	if (answer != TRAN_ACCEPT)
		return (KST_REJECTED);
	if (pkt->pkt_reason == CMD_INCOMPLETE)
		return (KST_INCOMPLETE);
	if (pkt->pkt_reason != CMD_CMPLT)
		return (KST_NOTCMPLT);
	switch (*pkt->pkt_scbp & STATUS_MASK) {
	case STATUS_GOOD:
		return (KST_GOOD);
	case STATUS_BUSY:
		return (KST_BUSY);
	case STATUS_CHECK:
		return (KST_CHECK);
	default:
		return (KST_OTHER);
	}
}

/*
 * A command that reads into a buffer of its own.
 */
struct ask {
	struct buf	*as_bp;
	struct scsi_pkt	*as_pkt;
};

static void
ask_done(struct ask *as)
{
	if (as->as_pkt != NULL)
		scsi_destroy_pkt(as->as_pkt);
	if (as->as_bp != NULL)
		scsi_free_consistent_buf(as->as_bp);
	as->as_pkt = NULL;
	as->as_bp = NULL;
}

static int
ask_init(struct ask *as, struct scsi_device *sd, uchar_t op, size_t len,
    int statuslen, int (*callback)(void))
{
	callback_t wait = callback == SLEEP_FUNC ? (callback_t)SLEEP_FUNC :
	    (callback_t)NULL_FUNC;

	as->as_pkt = NULL;
	as->as_bp = scsi_alloc_consistent_buf(&sd->sd_address, NULL, len,
	    B_READ, wait, NULL);
	if (as->as_bp == NULL)
		return (SCSIPROBE_NOMEM);
	as->as_pkt = scsi_init_pkt(&sd->sd_address, NULL, as->as_bp,
	    CDB_GROUP0, statuslen, 0, PKT_CONSISTENT,
	    (callback_t)(void (*)(void))callback, NULL);
	if (as->as_pkt == NULL)
		return (as->as_bp->b_error == 0 ? SCSIPROBE_NOMEM_CB :
		    SCSIPROBE_NOMEM);
	(void) scsi_setup_cdb((union scsi_cdb *)as->as_pkt->pkt_cdbp, op, 0,
	    (uint_t)len, 0);
	as->as_pkt->pkt_flags = FLAG_NOINTR | FLAG_NOPARITY;
	return (SCSIPROBE_EXISTS);
}

static void
old_lun(struct scsi_device *sd, struct scsi_pkt *pkt)
{
	if (sd->sd_address.a_lun > 0 && sd->sd_inq->inq_ansi == 1)
		((union scsi_cdb *)pkt->pkt_cdbp)->scc_lun =
		    sd->sd_address.a_lun;
}

/*
 * Something is there, but did not answer at once: KST_GOOD, or what the probe
 * ends with is in *end.
 */
static uint_t
second_try(struct scsi_device *sd, struct scsi_pkt *pkt,
    int (*callback)(void), int *end)
{
	struct ask sense = { NULL };
	uint_t became = kscsi_test(pkt);

	*end = -1;
	if (KST_FAILED(became)) {
		*end = became == KST_INCOMPLETE ? SCSIPROBE_NORESP :
		    SCSIPROBE_FAILURE;
		return (became);
	}
	if (became == KST_BUSY) {
		*end = SCSIPROBE_BUSY;
		return (became);
	}
	if (became == KST_CHECK && (pkt->pkt_state & STATE_ARQ_DONE) == 0) {
		*end = ask_init(&sense, sd, SCMD_REQUEST_SENSE, SENSE_LENGTH,
		    1, callback);
		if (*end == SCSIPROBE_EXISTS)
			*end = KST_FAILED(kscsi_test(sense.as_pkt)) ?
			    SCSIPROBE_FAILURE : -1;
		if (*end != -1) {
			ask_done(&sense);
			return (became);
		}
	}
	became = kscsi_test(pkt);
	if (became == KST_CHECK) {
		if (sense.as_pkt != NULL)
			(void) kscsi_test(sense.as_pkt);
		became = kscsi_test(pkt);
		if (became == KST_CHECK)
			*end = SCSIPROBE_FAILURE;
	}
	ask_done(&sense);
	if (KST_FAILED(became))
		*end = SCSIPROBE_FAILURE;
	else if (became == KST_BUSY)
		*end = SCSIPROBE_BUSY;
	return (became);
}

static int
inquire(struct scsi_device *sd, struct ask *as, int (*callback)(void))
{
	struct scsi_pkt *pkt = as->as_pkt;
	uint_t became;
	size_t got;
	int end;

	old_lun(sd, pkt);
	became = kscsi_test(pkt);
	if (became == KST_INCOMPLETE)
		return (SCSIPROBE_NORESP);
	if (KST_FAILED(became)) {
		became = kscsi_test(pkt);
		if (KST_FAILED(became))
			return (SCSIPROBE_FAILURE);
	}
	if (became != KST_GOOD) {
		(void) second_try(sd, pkt, callback, &end);
		if (end != -1)
			return (end);
	}
	got = pkt->pkt_resid >= 0 && pkt->pkt_resid <= (ssize_t)SUN_INQSIZE ?
	    SUN_INQSIZE - (size_t)pkt->pkt_resid : 0;
	if ((pkt->pkt_state & STATE_XFERRED_DATA) == 0 || got < SUN_MIN_INQLEN)
		return (SCSIPROBE_NONCCS);
	memcpy(sd->sd_inq, as->as_bp->b_un.b_addr, got);
	return (SCSIPROBE_EXISTS);
}

int
scsi_hba_probe(struct scsi_device *sd, int (*callback)(void))
{
	struct ask as;
	int found;

	hc_point();
	if (sd->sd_inq == NULL) {
		sd->sd_inq = kmem_alloc(SUN_INQSIZE, callback == SLEEP_FUNC ?
		    KM_SLEEP : KM_NOSLEEP);
		if (sd->sd_inq == NULL)
			return (SCSIPROBE_NOMEM);
	}
	memset(sd->sd_inq, 0, SUN_INQSIZE);
	found = ask_init(&as, sd, SCMD_INQUIRY, SUN_INQSIZE,
	    sizeof (struct scsi_arq_status), callback);
	if (found == SCSIPROBE_EXISTS)
		found = inquire(sd, &as, callback);
	/* The unit goes into the command itself for SCSI-1 devices. */
	if (found == SCSIPROBE_EXISTS && sd->sd_address.a_lun > 0 &&
	    sd->sd_inq->inq_ansi == 1)
		found = sd->sd_address.a_lun <= 7 ?
		    inquire(sd, &as, callback) : SCSIPROBE_FAILURE;
	ask_done(&as);
	return (found);
}

int
scsi_hba_probe_pi(struct scsi_device *sd, int (*callback)(void), int path)
{
	return (scsi_hba_probe(sd, callback));
}

/*
 * What INQUIRY has said, as properties; those of the transport's own stay.
 */
int
scsi_ascii_inquiry_len(char *field, size_t len)
{
	int last = -1, i;

	hc_point();
	for (i = 0; i < (int)len && field[i] != '\0'; i++) {
		if (field[i] != ' ')
			last = i;
	}
	return (last + 1);
}

int
scsi_device_prop_update_inqstring(struct scsi_device *sd, char *name,
    char *data, size_t len)
{
	int n = scsi_ascii_inquiry_len(data, len);
	char text[64];

	if (n <= 0 || n >= (int)sizeof (text))
		return (DDI_PROP_INVAL_ARG);
	memcpy(text, data, (size_t)n);
	text[n] = '\0';
	return (ndi_prop_update_string(DDI_DEV_T_NONE, sd->sd_dev, name,
	    text));
}

static void
inquiry_string(struct scsi_device *sd, char *name, char *data, size_t len)
{
	if (!ddi_prop_exists(DDI_DEV_T_ANY, sd->sd_dev, DDI_PROP_DONTPASS |
	    DDI_PROP_NOTPROM, name))
		(void) scsi_device_prop_update_inqstring(sd, name, data, len);
}

int
scsi_probe(struct scsi_device *sd, int (*callback)(void))
{
	scsi_hba_tran_t *tran = sd->sd_address.a_hba_tran;
	struct scsi_inquiry *inq;
	int found, again;

	hc_point();
	if (callback == SLEEP_FUNC)
		(void) kctx_may_sleep("scsi_probe(SLEEP_FUNC)");
	for (again = 0; ; again++) {
		if (tran->tran_tgt_probe == NULL ||
		    tran->tran_tgt_probe == scsi_hba_probe) {
			found = scsi_hba_probe(sd, callback);
		} else {
			KSCSI_CALL("tran_tgt_probe(9E)", found =
			    tran->tran_tgt_probe(sd, callback));
		}
		if (found == SCSIPROBE_EXISTS || again != 0)
			break;
		(void) scsi_reset(&sd->sd_address, RESET_LUN);
	}
	if (found != SCSIPROBE_EXISTS)
		return (found);
	inq = sd->sd_inq;
	if (sd->sd_dev == NULL)
		return (found);
	(void) ndi_prop_update_int(DDI_DEV_T_NONE, sd->sd_dev,
	    INQUIRY_DEVICE_TYPE, (int)inq->inq_dtype);
	if (inq->inq_ansi != 1) {
		inquiry_string(sd, INQUIRY_VENDOR_ID, inq->inq_vid,
		    sizeof (inq->inq_vid));
		inquiry_string(sd, INQUIRY_PRODUCT_ID, inq->inq_pid,
		    sizeof (inq->inq_pid));
		inquiry_string(sd, INQUIRY_REVISION_ID, inq->inq_revision,
		    sizeof (inq->inq_revision));
	}
	return (found);
}

void
scsi_unprobe(struct scsi_device *sd)
{
	hc_point();
}

/*
 * The old way: TEST UNIT READY twice, to get rid of a unit attention.
 */
int
scsi_slave(struct scsi_device *sd, int (*callback)(void))
{
	struct scsi_pkt *pkt;
	int i, found = SCSIPROBE_EXISTS;

	hc_point();
	pkt = scsi_init_pkt(&sd->sd_address, NULL, NULL, CDB_GROUP0,
	    sizeof (struct scsi_arq_status), 0, 0,
	    (callback_t)(void (*)(void))callback, NULL);
	if (pkt == NULL)
		return (SCSIPROBE_NOMEM_CB);
	(void) scsi_setup_cdb((union scsi_cdb *)pkt->pkt_cdbp,
	    SCMD_TEST_UNIT_READY, 0, 0, 0);
	pkt->pkt_flags = FLAG_NOINTR | FLAG_NOPARITY;
	for (i = 0; i < 2 && found == SCSIPROBE_EXISTS; i++) {
		if (scsi_poll(pkt) == 0 || ((*pkt->pkt_scbp & STATUS_MASK) ==
		    STATUS_CHECK && pkt->pkt_reason == CMD_CMPLT))
			continue;
		found = pkt->pkt_reason == CMD_INCOMPLETE ? SCSIPROBE_NORESP :
		    SCSIPROBE_FAILURE;
	}
	scsi_destroy_pkt(pkt);
	return (found == SCSIPROBE_EXISTS ? scsi_probe(sd, callback) : found);
}

void
scsi_unslave(struct scsi_device *sd)
{
	hc_point();
}

/*
 * A page of vital product data: 0, and its bytes in *gotp.
 */
static int
read_page(struct scsi_device *sd, uchar_t page, uchar_t *to, size_t room,
    size_t *gotp, int (*callback)(void))
{
	struct ask as;
	int error = -1;

	*gotp = 0;
	if (ask_init(&as, sd, SCMD_INQUIRY, room,
	    sizeof (struct scsi_arq_status), callback) == SCSIPROBE_EXISTS) {
		as.as_pkt->pkt_cdbp[1] = 1;
		as.as_pkt->pkt_cdbp[2] = page;
		if (kscsi_test(as.as_pkt) == KST_GOOD &&
		    as.as_pkt->pkt_resid >= 0 &&
		    as.as_pkt->pkt_resid <= (ssize_t)room) {
			*gotp = room - (size_t)as.as_pkt->pkt_resid;
			memcpy(to, as.as_bp->b_un.b_addr, *gotp);
			error = 0;
		}
	}
	ask_done(&as);
	return (error);
}

static int
page_property(struct scsi_device *sd, uchar_t page, char *name,
    int (*callback)(void))
{
	uchar_t data[PAGE_MAX];
	size_t got;

	memset(data, 0, sizeof (data));
	if (read_page(sd, page, data, sizeof (data), &got, callback) != 0)
		return (-1);
	if (got != 0 && ndi_prop_update_byte_array(DDI_DEV_T_NONE, sd->sd_dev,
	    name, data, (uint_t)got) != DDI_PROP_SUCCESS) {
		cmn_err(CE_WARN, "scsi_device_identity: failed to add page%x "
		    "prop", page);
		return (-1);
	}
	return (0);
}

int
scsi_device_identity(struct scsi_device *sd, int (*callback)(void))
{
	uchar_t list[LIST_MAX + 1];
	size_t got, i;

	hc_point();
	memset(list, 0, sizeof (list));
	if (read_page(sd, 0, list, LIST_MAX, &got, callback) != 0 ||
	    list[1] != 0)
		return (0);
	/* They come in ascending order. */
	for (i = 4; i <= (size_t)list[3] + 3 && i < LIST_MAX; i++) {
		if (list[i] > 0x83)
			break;
		if (list[i] == 0x80 && page_property(sd, 0x80,
		    "inquiry-page-80", callback) != 0)
			return (-1);
		if (list[i] == 0x83 && page_property(sd, 0x83,
		    "inquiry-page-83", callback) != 0)
			return (-1);
	}
	return (0);
}
