#-
# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The portkit authors
#

#include <sys/types.h>
#include <sys/bus.h>
#include <sys/sbuf.h>

INTERFACE bus;

#
# Add a child of that name; unit -1 takes the next free one.
#
METHOD device_t add_child {
	device_t bus;
	u_int order;
	const char *name;
	int unit;
};

#
# One line about a child while it is being probed; returns its length.
#
METHOD int print_child {
	device_t bus;
	device_t child;
} DEFAULT bus_generic_print_child;

#
# Read an instance variable that the bus keeps of a child.
#
METHOD int read_ivar {
	device_t bus;
	device_t child;
	int index;
	uintptr_t *result;
};

#
# What a child is, as words "name=value": what drivers are found by.
#
METHOD int child_pnpinfo {
	device_t bus;
	device_t child;
	struct sbuf *sb;
};

#
# Change an instance variable; most are read only.
#
METHOD int write_ivar {
	device_t bus;
	device_t child;
	int index;
	uintptr_t value;
};
