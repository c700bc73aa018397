#-
# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The portkit authors
#

#include <sys/types.h>
#include <sys/bus.h>

INTERFACE device;

#
# Drivers that find their own devices add them to the parent.
#
STATICMETHOD void identify {
	driver_t *driver;
	device_t parent;
};

#
# How well the driver fits the device: BUS_PROBE_ or an errno value.
#
METHOD int probe {
	device_t dev;
};

#
# Bring the device into service, or undo everything and say why not.
#
METHOD int attach {
	device_t dev;
};

#
# Take the device out of service; an error keeps it attached.
#
METHOD int detach {
	device_t dev;
};

#
# The system is going down.
#
METHOD int shutdown {
	device_t dev;
};
