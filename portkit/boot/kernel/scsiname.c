/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Names for messages: scsi_cname(9F), scsi_dname(9F), scsi_rname(9F),
 * scsi_mname(9F), scsi_sname(9F), scsi_log(9F); and of capabilities.
 */

#include "kscsi.h"

char *scsi_state_bits = "\020\07xarq\06arq\05sts\04xfer\03cmd\02tgt\01bus";

char *sense_keys[NUM_SENSE_KEYS + NUM_IMPL_SENSE_KEYS] = {
	"No Additional Sense", "Soft Error", "Not Ready", "Media Error",
	"Hardware Error", "Illegal Request", "Unit Attention",
	"Write Protected", "Blank Check", "Vendor Unique", "Copy Aborted",
	"Aborted Command", "Equal Error", "Volume Overflow",
	"Miscompare Error", "Reserved", "fatal", "timeout", "EOF", "EOT",
	"length error", "BOT", "wrong tape media"
};

static char unnamed[64];

char *
scsi_dname(int type)
{
	static char *names[] = DTYPE_ASCII;

	hc_point();
	if ((type & DTYPE_MASK) < (int)(sizeof (names) / sizeof (names[0])) - 1)
		return (names[type & DTYPE_MASK]);
	return (type == DTYPE_NOTPRESENT ? "Not Present" :
	    "<unknown device type>");
}

char *
scsi_rname(uchar_t reason)
{
	static char *names[] = CMD_REASON_ASCII;

	hc_point();
	if (reason < sizeof (names) / sizeof (names[0]) - 1 &&
	    names[reason][0] != '\0')
		return (names[reason]);
	return ("<unknown reason>");
}

char *
scsi_mname(uchar_t msg)
{
	static char *const low[] = {
		"COMMAND COMPLETE", "EXTENDED", "SAVE DATA POINTER",
		"RESTORE POINTERS", "DISCONNECT", "INITIATOR DETECTED ERROR",
		"ABORT", "REJECT", "NO-OP", "MESSAGE PARITY",
		"LINKED COMMAND COMPLETE",
		"LINKED COMMAND COMPLETE (W/FLAG)", "BUS DEVICE RESET",
		"ABORT TAG", "CLEAR QUEUE", "INITIATE RECOVERY",
		"RELEASE RECOVERY", "TERMINATE PROCESS"
	};
	static char *const high[] = {
		"SIMPLE QUEUE TAG", "HEAD OF QUEUE TAG", "ORDERED QUEUE TAG",
		"IGNORE WIDE RESID", "ACA"
	};

	hc_point();
	if (msg < sizeof (low) / sizeof (low[0]))
		return (low[msg]);
	if (msg >= 0x20 && msg < 0x20 + sizeof (high) / sizeof (high[0]))
		return (high[msg - 0x20]);
	return (IS_IDENTIFY_MSG(msg) ? "IDENTIFY" : "<unknown msg>");
}

/*
 * The vector holds strings whose first character is the command.
 */
char *
scsi_cname(uchar_t cmd, char **vector)
{
	hc_point();
	for (; *vector != NULL; vector++) {
		if ((uchar_t)(*vector)[0] == cmd)
			return (*vector + 1);
	}
	(void) snprintf(unnamed, sizeof (unnamed), "<undecoded cmd 0x%x>", cmd);
	return (unnamed);
}

char *
scsi_cmd_name(uchar_t cmd, struct scsi_key_strings *list, char *tmp)
{
	int i;

	hc_point();
	for (i = 0; list[i].key != -1; i++) {
		if (list[i].key == cmd)
			return (list[i].message);
	}
	(void) snprintf(tmp, 64, "<undecoded cmd 0x%x>", cmd);
	return (tmp);
}

char *
scsi_sname(uchar_t key)
{
	hc_point();
	return (key >= NUM_SENSE_KEYS + NUM_IMPL_SENSE_KEYS ?
	    "<unknown sense key>" : sense_keys[key]);
}

int
scsi_hba_lookup_capstr(char *cap)
{
	static char *names[] = SCSI_CAP_ASCII;
	static const struct {
		char	*on_name;
		int	on_cap;
	} old[] = {
		{ "dma_max", SCSI_CAP_DMA_MAX },
		{ "msg_out", SCSI_CAP_MSG_OUT },
		{ "wide_xfer", SCSI_CAP_WIDE_XFER }
	};
	int i;

	hc_point();
	for (i = 0; names[i] != NULL; i++) {
		if (strcmp(names[i], cap) == 0)
			return (i);
	}
	for (i = 0; i < 3; i++) {
		if (strcmp(old[i].on_name, cap) == 0)
			return (old[i].on_cap);
	}
	return (-1);
}

/*
 * scsi_log(9F): what the node's path is comes first, in a line of its own.
 */
void
scsi_log(dev_info_t *dip, char *label, uint_t level, const char *fmt, ...)
{
	char text[1024], name[512], path[KDEV_PATH], mark[2] = "";
	const char *p = text;
	size_t len;
	va_list args;

	hc_point();
	va_start(args, fmt);
	(void) vsnprintf(text, sizeof (text), fmt, args);
	va_end(args);
	name[0] = '\0';
	if (dip == NULL) {
		(void) snprintf(name, sizeof (name), "%s:", label);
	} else if (level == CE_PANIC || level == CE_WARN || level == CE_NOTE) {
		(void) snprintf(name, sizeof (name), "%s (%s%d):\n",
		    kdev_path(dip, path, sizeof (path)), label,
		    ddi_get_instance(dip));
	} else if (level >= (uint_t)SCSI_DEBUG) {
		(void) snprintf(name, sizeof (name), "%s%d:", label,
		    ddi_get_instance(dip));
	}
	if (*p == '!' || *p == '?' || *p == '^')
		mark[0] = *p++;
	if (level == CE_NOTE || level == CE_CONT || level >= (uint_t)SCSI_DEBUG)
		level = CE_CONT;
	/* Callers end their text with a newline, whatever the level. */
	len = strlen(p);
	if (level != CE_CONT && len > 0 && p[len - 1] == '\n')
		text[p - text + len - 1] = '\0';
	cmn_err((int)level, "%s%s\t%s", mark, name, p);
}

/*
 * World wide names.
 */
const char *
scsi_wwnstr_skip_ua_prefix(const char *wwn)
{
	return (wwn != NULL && *wwn == 'w' ? wwn + 1 : wwn);
}

int
scsi_wwnstr_to_wwn(const char *text, uint64_t *wwn)
{
	int i;
	char c;

	hc_point();
	*wwn = 0;
	if (text == NULL || strlen(text = scsi_wwnstr_skip_ua_prefix(text)) !=
	    SCSI_WWN_STRLEN)
		return (DDI_FAILURE);
	for (i = 0; i < SCSI_WWN_STRLEN; i++) {
		c = text[i];
		if (c >= '0' && c <= '9')
			c -= '0';
		else if (c >= 'a' && c <= 'f')
			c -= 'a' - 10;
		else if (c >= 'A' && c <= 'F')
			c -= 'A' - 10;
		else
			return (DDI_FAILURE);
		*wwn = *wwn << 4 | (uint64_t)c;
	}
	return (DDI_SUCCESS);
}

char *
scsi_wwn_to_wwnstr(uint64_t wwn, int unit_address, char *text)
{
	hc_point();
	if (text == NULL)
		text = kmem_alloc(unit_address ? SCSI_WWN_UA_STRLEN + 1 :
		    SCSI_WWN_STRLEN + 1, KM_SLEEP);
	(void) snprintf(text, SCSI_WWN_UA_STRLEN + 1, "%s%016lx",
	    unit_address ? "w" : "", wwn);
	return (text);
}

void
scsi_free_wwnstr(char *text)
{
	hc_point();
	if (text != NULL)
		kmem_free(text, strlen(text) + 1);
}

void
scsi_wwnstr_hexcase(char *text, int lower)
{
	hc_point();
	for (; text != NULL && *text != '\0'; text++) {
		if (lower && *text >= 'A' && *text <= 'F')
			*text += 'a' - 'A';
		else if (!lower && *text >= 'a' && *text <= 'f')
			*text -= 'a' - 'A';
	}
}
