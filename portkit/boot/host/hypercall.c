/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Hypercalls: what the registers say is checked as the hypervisor does, and
 * what a correct guest never does is reported besides being refused.
 */

#include "core.h"

unsigned long hv_hypercalls;

static const char *
call_name(unsigned code)
{
	switch (code) {
	case HV_CALL_LONG_SPIN:
		return ("HvNotifyLongSpinWait");
	case HV_CALL_PARTITION_ID:
		return ("HvGetPartitionId");
	case HV_CALL_POST_MESSAGE:
		return ("HvPostMessage");
	case HV_CALL_SIGNAL_EVENT:
		return ("HvSignalEvent");
	}
	return ("hypercall");
}

/*
 * Parameters in memory: aligned, in one page, and that page exists. NULL with
 * the reason told.
 */
static void *
parameters(unsigned code, const char *which, uint64_t gpa, size_t size)
{
	const char *name = call_name(code);
	void *p;

	if (gpa % 8 != 0) {
		hv_protocol("%s: the %s parameters at 0x%lx are not 8-byte "
		    "aligned", name, which, gpa);
		return (NULL);
	}
	if (gpa / HC_PAGE != (gpa + size - 1) / HC_PAGE) {
		hv_protocol("%s: the %zu bytes of %s parameters at 0x%lx cross "
		    "a page boundary", name, size, which, gpa);
		return (NULL);
	}
	p = hc_phys(gpa, size);
	if (p == NULL)
		hv_protocol("%s: there is no memory at the %s parameters' "
		    "address 0x%lx", name, which, gpa);
	return (p);
}

static enum hv_status
post_message(uint64_t gpa)
{
	struct hv_post_input in;
	const void *p = parameters(HV_CALL_POST_MESSAGE, "input", gpa,
	    sizeof (in));

	if (p == NULL)
		return (HV_INVALID_ALIGNMENT);
	memcpy(&in, p, sizeof (in));
	if (in.size > HV_MESSAGE_MAX) {
		hv_protocol("HvPostMessage: payload of %u bytes, at most %u "
		    "are possible", in.size, HV_MESSAGE_MAX);
		return (HV_INVALID_PARAMETER);
	}
	if (in.type == HV_TYPE_NONE || (in.type & HV_TYPE_HYPERVISOR) != 0) {
		hv_protocol("HvPostMessage: message type 0x%x is not for "
		    "guests", in.type);
		return (HV_INVALID_PARAMETER);
	}
	if (in.reserved != 0)
		hv_protocol("HvPostMessage: the reserved field is 0x%x, must "
		    "be 0", in.reserved);
	if (hv_manners.busy_posts > 0) {
		hv_manners.busy_posts--;
		return (HV_NO_BUFFERS);
	}
	return (vb_posted(in.connection, in.type, in.payload, in.size));
}

static enum hv_status
signal_event(uint64_t input)
{
	struct hv_signal_input in;

	memcpy(&in, &input, sizeof (in));
	if (in.reserved != 0)
		hv_protocol("HvSignalEvent: the reserved field is 0x%x, must "
		    "be 0", in.reserved);
	return (vb_event(in.connection, in.flag));
}

static enum hv_status
dispatch(unsigned code, bool fast, uint64_t input, uint64_t output)
{
	const struct hv_release *r = hv_release();
	void *p;

	switch (code) {
	case HV_CALL_POST_MESSAGE:
		if (fast) {
			hv_protocol("HvPostMessage: its input is not for "
			    "registers (fast)");
			return (HV_INVALID_INPUT);
		}
		return (post_message(input));
	case HV_CALL_SIGNAL_EVENT:
		if (!fast) {
			p = parameters(code, "input", input,
			    sizeof (struct hv_signal_input));
			if (p == NULL)
				return (HV_INVALID_ALIGNMENT);
			memcpy(&input, p, sizeof (input));
		}
		return (signal_event(input));
	case HV_CALL_PARTITION_ID:
		if ((r->features >> 32 & HV_MAY_PARTITION_ID) == 0)
			return (HV_ACCESS_DENIED);
		p = parameters(code, "output", output, sizeof (uint64_t));
		if (p == NULL)
			return (HV_INVALID_ALIGNMENT);
		memset(p, 0, sizeof (uint64_t));
		*(uint8_t *)p = 2;
		return (HV_SUCCESS);
	case HV_CALL_LONG_SPIN:
		return (HV_SUCCESS);
	}
	hv_protocol("call code 0x%x is none that this host has", code);
	return (HV_INVALID_CODE);
}

hc_u64
hv_hypercall(int cpu, hc_u64 rcx, hc_u64 rdx, hc_u64 r8)
{
	unsigned code = HV_CALL_CODE(rcx);
	enum hv_status status;
	static bool known;

	hv_hypercalls++;
	if (!hv_hypercall_on()) {
		hv_protocol("%s (0x%x) on CPU %d: the hypercall page is not "
		    "enabled", call_name(code), code, cpu);
		return (HV_INVALID_CODE);
	}
	if ((rcx & HV_CALL_RESERVED) != 0 || (rcx & HV_CALL_HEADER) != 0 ||
	    (rcx & HV_CALL_REPS) != 0) {
		hv_protocol("%s: reserved bits, a header size or repetitions "
		    "in the input value 0x%lx", call_name(code), rcx);
		return (HV_INVALID_INPUT);
	}
	status = dispatch(code, (rcx & HV_CALL_FAST) != 0, rdx, r8);
	if (status == HV_SUCCESS && !known) {
		known = true;
		hc_milestone("hypercall", 1, "%s (0x%x) on CPU %d succeeded",
		    call_name(code), code, cpu);
	}
	return (status);
}
