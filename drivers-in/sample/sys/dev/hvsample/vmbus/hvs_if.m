#-
# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The portkit authors
#

#include <sys/bus.h>

INTERFACE hvs;

HEADER {
	struct hvs_guid;
};

#
# Protocol that bus and host agreed on: major in the upper 16 bits.
#
METHOD uint32_t get_protocol {
	device_t bus;
	device_t child;
};

#
# Zero if the child's channel was offered for this device class.
#
METHOD int match_class {
	device_t bus;
	device_t child;
	const struct hvs_guid *class;
};
